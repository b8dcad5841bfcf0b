//! What was used in a step, plans inside steps, and the time line: (log, keys, screen).

use planwright::domain::event::{Estimate, RunEvent, RunSettings, StepOutcome};
use planwright::domain::state::RunStatus;
use planwright::session::{RunCommand, RunOutcome};
use planwright::tui::effect::{Effect, Msg, Pointer, Press};

use super::desk::{Desk, at};
use super::log::{self, Log};

fn using() -> Desk {
    let mut desk = Desk::new(100, 40).served();
    desk.app.now = at(26_000);
    desk.watching(log::using().records).take_effects();
    desk
}

#[test]
fn each_call_says_what_it_was_given_and_where_it_stands() {
    let mut desk = using();
    desk.expect("✓ calc  expression: 4.53/3.03")
        .expect("1.4950495049504950")
        .expect("✗ calc  expression: 4.53/0")
        .expect("division by zero")
        .expect("⊘ run_command  curl -s https://example.org")
        .expect("denied")
        .expect("… 37 more")
        .expect_not("file 4");
    // The running step says it in the plan, too.
    desk.expect("tool calc ▸ running");
}

#[test]
fn a_call_is_opened_and_closed() {
    let mut desk = using();
    desk.keys("3 [ [ enter")
        .expect("may    deny: rule: deny run_command")
        .expect("it     runs a program in the workspace")
        .keys("x")
        .expect_not("may    deny");
    desk.keys("] x")
        .expect("file 20")
        .expect("allow run_command, command \"ls\"");
    // What is chosen is what is copied.
    desk.keys("y");
    assert!(
        matches!(&desk.take_effects()[..], [Effect::Copy(text)] if text.starts_with("file 1\nfile 2"))
    );
    desk.keys("1 k")
        .expect("Germany $4.53")
        .expect_not("file 4");
}

#[test]
fn detail_goes_round() {
    let mut desk = using();
    desk.keys("3 o").expect("may    allow").expect("file 39");
    desk.keys("o")
        .expect_not("file 1")
        .expect("✓ run_command  ls -l");
    desk.keys("ctrl-o").expect("file 3").expect_not("file 4");
}

#[test]
fn text_is_found_below_calls_and_scrolls_with_them() {
    let mut desk = using();
    desk.keys("3 /").expect("there is no text here yet");
    let mut log = log::using();
    log.returned("s3", "t5", "calc", true, "2");
    log.finished("s3", StepOutcome::Done, "the ratio is\n\n1.495");
    desk.events(log.records[log.records.len() - 2..].to_vec());
    desk.expect("the ratio is")
        .keys("3 /")
        .types("ratio")
        .keys("enter");
    desk.expect("match 1 of 1");
}

/// An output of as many bytes as tools may bring: opened, closed and drawn without a hitch.
#[test]
fn a_long_output_is_read_to_its_end() {
    let mut log = log::running();
    log.uses(
        "s3",
        "t1",
        "cat",
        serde_json::json!({}),
        log::command("cat"),
        None,
    );
    let output: String =
        (0..12_000).fold(String::new(), |text, n| text + &format!("line {n} of it\n"));
    log.returned("s3", "t1", "cat", true, &output);
    let mut desk = Desk::new(80, 24).served();
    desk.watching(log.records).keys("3 x").expect("▾");
    desk.keys("G").expect("line 11999 of it");
    desk.keys("pgup g")
        .expect("line 2 of it")
        .expect_not("line 11999");
    desk.keys("x").expect("… 11.9k more");
}

#[test]
fn steps_inside_steps_are_rows_that_can_be_read_and_changed() {
    let mut desk = Desk::new(100, 40).served();
    desk.watching(log::nested().records).take_effects();
    desk.expect("✓ 2.1 Find the tables")
        .expect("▸ 2.2 Read them")
        .expect("✗ try 1 missed: the");
    desk.keys("g j j")
        .expect("2.1 Find the tables")
        .expect("two tables");
    desk.keys("j s");
    let skip = planwright::domain::ids::StepId::new("s2.2");
    assert_eq!(desk.commands(), [RunCommand::Skip { step: skip }]);
    desk.keys("o").types("Sum them up").keys("enter");
    let commands = desk.commands();
    let [RunCommand::Revise { steps }] = &commands[..] else {
        panic!("{commands:?}");
    };
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        ["s2.1", "s2.2", "s2.3"],
        "the plan inside the step alone"
    );
}

#[test]
fn a_plan_inside_a_step_is_reviewed_as_soon_as_it_is_there() {
    let mut log = log::reviewing();
    log.approved().started("s1").scope(&["s1"]);
    log.planned(vec![log::step(31, "Look it up")]);
    let mut desk = Desk::new(100, 40).served();
    desk.watching(log.records)
        .expect("Review plan")
        .expect("Look it up");
}

#[test]
fn what_ran_at_the_same_time_stands_above_each_other() {
    let mut desk = Desk::new(120, 40).served();
    desk.app.now = at(20_000);
    desk.watching(log::nested().records).keys("2");
    let screen = desk.screen();
    let bar = |name: &str| {
        let row = screen
            .lines()
            .find(|line| line.starts_with(&format!("│{name:>5}")))
            .unwrap_or_else(|| panic!("no {name} in\n{screen}"));
        let row: Vec<char> = row.chars().take(30).collect();
        let first = row.iter().position(|c| *c == '▬').unwrap_or(row.len());
        let last = row
            .iter()
            .rposition(|c| matches!(c, '▬' | '▸'))
            .unwrap_or(0);
        (first, last)
    };
    let (one, two, inner) = (bar("1"), bar("2"), bar("2.1"));
    assert!(two.0 > one.0 && two.0 < one.1, "{one:?} {two:?}");
    assert!(inner.0 > two.0 && inner.1 < two.1, "{inner:?} {two:?}");
    assert!(bar("plan").1 < one.0);
    desk.expect("* critical")
        .expect("│  2.2*")
        .expect("│    1 ");
    desk.keys("j").expect("2.1 Find").keys("enter");
    desk.expect("3 Output *");
}

#[test]
fn time_in_which_a_person_is_waited_for_is_no_work() {
    let mut desk = Desk::new(100, 40).served();
    desk.watching(log::requesting().records).wait(60_000);
    desk.keys("esc").expect("00:10");
}

#[test]
fn what_was_expected_stands_beside_what_it_took() {
    let mut log = Log::gdp();
    log.planned(log::gdp_steps());
    log.push(RunEvent::PlanEstimated {
        revision: 1,
        estimate: Estimate {
            tool_calls: 0,
            model_calls: 6,
            prompt_tokens: 5000,
            output_tokens: 1000,
            duration_ms: Some(90_000),
            measured_calls: 4,
        },
    });
    log.approved()
        .done("s1", "3.03")
        .answered("All of it.", None);
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records)
        .tell(Msg::Ended(RunOutcome::Completed));
    desk.expect("expected 6 calls, 6.0k tokens, about 01:30; the plan took 2 calls, 3.2k");
    // What was not needed is not done.
    desk.expect("not done");
}

#[test]
fn a_step_is_marked_to_be_a_plan_of_its_own() {
    let mut desk = super::desk::reviewing();
    desk.keys("p").expect("may not stand inside steps");
    let mut log = Log::gdp();
    if let Some(RunEvent::RunStarted { settings, .. }) =
        log.records.first_mut().map(|r| &mut r.event)
    {
        *settings = RunSettings {
            subplans: true,
            ..RunSettings::default()
        };
    }
    log.planned(log::gdp_steps());
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records).wait(500).take_effects();
    desk.keys("j p")
        .expect("sub-plan")
        .expect("runs as a plan of its own");
    desk.keys("p")
        .expect_not("runs as a plan of its own")
        .keys("u enter");
    let commands = desk.commands();
    assert!(
        matches!(&commands[..], [RunCommand::Edit { steps }, RunCommand::Approve { .. }] if steps[1].subplan && !steps[0].subplan),
        "{commands:?}"
    );
}

#[test]
fn tools_are_listed_with_what_became_of_them() {
    let grant = planwright::domain::event::Grant {
        rule: planwright::domain::policy::Rule::allowing(
            "calc",
            &planwright::domain::policy::Reach::harmless(),
        ),
        keep: planwright::domain::event::Keep::Run,
    };
    let mut log = log::with_tools(log::using(), &["calc", "run_command"]);
    log.push(RunEvent::ToolDecided {
        step: planwright::domain::ids::StepId::new("s3"),
        call: "t9".to_owned(),
        decision: planwright::domain::event::ToolDecision::Allow,
        by: planwright::domain::event::Approver::User,
        reason: None,
        grant: Some(Box::new(grant)),
    });
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records).keys("u");
    // What the run itself says is there before the session has answered.
    assert_eq!(desk.take_effects(), [Effect::ListTools]);
    desk.expect("calc").expect("used 3").expect_not("edit_file");
    desk.tell(Msg::Tools(super::desk::tools(), Vec::new()));
    desk.expect("2 of 3")
        .expect("What calc does.")
        .expect("you allowed: calc (run)");
    desk.keys("j")
        .expect("may not use it")
        .keys("j")
        .expect("file 1 file 2");
    desk.keys("esc")
        .expect_not("Tools of this run")
        .keys("esc f12");
    desk.expect("Tools of the next run  3 of 3");
}

#[test]
fn an_output_of_a_step_that_is_over_is_read_from_the_log_when_it_is_opened() {
    let mut log = Log::gdp();
    log.planned(log::gdp_steps()).approved().started("s1");
    let all = format!(
        "the beginning\n{}the end of it\n",
        "a line\n".repeat(60_000)
    );
    let arguments = serde_json::json!({"path": "notes.txt"});
    log.uses("s1", "t1", "read_file", arguments, log::command(""), None)
        .returned("s1", "t1", "read_file", true, &all);
    let returned = log.last();
    log.done("s1", "France $3.03 T");
    let run = log.records[0].run.clone();
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Opened(run.clone(), log.records, RunStatus::Completed))
        .keys("3 g [");
    desk.expect("the beginning").take_effects();
    // Nothing that is not at hand is offered as if it were all.
    desk.keys("y").expect("open this call first");
    assert_eq!(desk.take_effects(), []);
    desk.keys("enter");
    assert_eq!(desk.take_effects(), [Effect::ReadOutput(run, returned.seq)]);
    desk.expect("is being read from the log");
    desk.tell(Msg::OutputRead(Box::new(returned)))
        .keys("G")
        .expect("the end of it");
    desk.keys("y");
    assert_eq!(desk.take_effects(), [Effect::Copy(all)]);
    // Closed and opened again, it is read again.
    desk.keys("enter enter");
    assert!(matches!(
        desk.take_effects().as_slice(),
        [Effect::ReadOutput(..)]
    ));
}

fn mouse(press: Press, column: u16, row: u16) -> Msg {
    Msg::Mouse(Pointer { press, column, row })
}

/// The place of a text on screen, at its first column.
fn place(desk: &Desk, text: &str) -> (u16, u16) {
    let screen = desk.screen();
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let column = line.find(text)?;
        Some((line[..column].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("no {text:?}: {screen}"));
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

/// A click puts the cursor on the character under it, or at the end of its row.
#[test]
fn a_click_in_a_text_puts_the_cursor_there() {
    let types = |desk: &mut Desk, at: (u16, u16), text: &str| {
        desk.tell(mouse(Press::Click, at.0, at.1)).types(text);
    };
    let mut desk = Desk::new(60, 30).served();
    desk.types("one two 漢字 three")
        .keys("ctrl-j")
        .types("the last line");
    let (column, row) = place(&desk, "two");
    types(&mut desk, (column, row), "A");
    desk.expect("one Atwo 漢字 three");
    // The second half of a wide character is that character still.
    let (column, row) = place(&desk, "漢");
    types(&mut desk, (column + 3, row), "B");
    desk.expect("漢B字");
    let (column, row) = place(&desk, "the last");
    types(&mut desk, (column + 40, row), "C");
    desk.expect("the last lineC");
    types(&mut desk, (column, row), "D");
    desk.expect("Dthe last lineC");
    // A line that goes on in the next row ends where its row does.
    let mut desk = Desk::new(40, 30).served();
    let long = ["word"; 20].join(" ");
    desk.types(&long);
    let (column, row) = place(&desk, "word word");
    types(&mut desk, (column + 35, row), "X");
    types(&mut desk, (column + 1, row + 1), "Y");
    let screen = desk.screen();
    let rows: Vec<&str> = screen.lines().collect();
    let (first, second) = (rows[usize::from(row)], rows[usize::from(row) + 1]);
    assert!(first.contains("word wordX "), "{screen}");
    assert!(second.contains("│ wYord"), "{screen}");
    // In another part of the screen it goes to the text at once.
    let mut desk = Desk::new(60, 30).served();
    desk.types("abc").keys("esc");
    let (column, row) = place(&desk, "abc");
    types(&mut desk, (column + 1, row), "X");
    desk.expect("aXbc");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::running().records);
    desk.keys("i").types("steer it").keys("esc");
    let (column, row) = place(&desk, "steer it");
    types(&mut desk, (column + 5, row), "!");
    desk.expect("steer! it");
    // In a line that lies over the screen, and in the search of the history.
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4))
        .keys("f3 /")
        .types("gdp");
    let (column, row) = place(&desk, "gdp");
    types(&mut desk, (column, row), "x");
    desk.expect("xgdp").keys("enter");
    let (column, row) = place(&desk, "xgdp");
    types(&mut desk, (column + 4, row), "y");
    desk.expect("xgdpy");
}

/// What does not fit in the last row stands above it, whole.
#[test]
fn a_long_message_is_shown_whole() {
    let text = "the server cannot be reached at the address that was given for it";
    for (width, height) in [(40, 15), (24, 8), (80, 24)] {
        let mut desk = Desk::new(width, height).served();
        desk.tell(Msg::Failed(text.to_owned(), Some("start it".to_owned())));
        let screen = desk.screen().replace('\n', " ");
        let words: Vec<&str> = screen.split_whitespace().collect();
        let joined = words.join(" ");
        assert!(
            joined.contains("hint: start it") || width < 40,
            "{width}: {screen}"
        );
        assert!(joined.contains("the server cannot be"), "{width}: {screen}");
        desk.wait(7_000);
        assert!(!desk.shows("cannot be"), "{}", desk.screen());
    }
}

#[test]
fn a_click_selects_what_is_seen_under_it() {
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Runs(log::past_runs(), 4));
    let (column, row) = place(&desk, "Nordic");
    desk.tell(mouse(Press::Click, column, row)).keys("enter");
    let wanted = log::past_runs();
    let wanted = wanted
        .iter()
        .find(|run| run.task.contains("Nordic"))
        .unwrap();
    assert_eq!(
        desk.take_effects().last(),
        Some(&Effect::Open(wanted.run.clone()))
    );
    desk.keys("H");
    let (column, row) = place(&desk, "Nordic");
    desk.keys("g")
        .tell(mouse(Press::Click, column, row))
        .keys("enter");
    assert_eq!(
        desk.take_effects().last(),
        Some(&Effect::Open(wanted.run.clone()))
    );
    // What lies under the list is not hit.
    desk.tell(mouse(Press::Click, 0, 39));
    let mut desk = using();
    let (column, row) = place(&desk, "2 Search current");
    desk.tell(mouse(Press::Click, column, row))
        .expect("1 Plan *");
    desk.expect("2 Search current GDP of Germany  ");
    let mut desk = super::desk::reviewing();
    let (column, row) = place(&desk, "Explain drivers");
    desk.tell(mouse(Press::Click, column, row)).keys("x");
    desk.keys("u").expect("Explain drivers");
}

#[test]
fn borders_are_dragged_and_moved_with_keys() {
    let mut desk = using();
    let border = |desk: &Desk| place(desk, "┬").0;
    let before = border(&desk);
    desk.tell(mouse(Press::Click, before, 10))
        .tell(mouse(Press::Drag, before + 12, 11));
    assert_eq!(border(&desk), before + 12);
    // Let go, and moved on: nothing follows any more.
    desk.tell(mouse(Press::Release, before + 12, 11))
        .tell(mouse(Press::Drag, 70, 11));
    assert_eq!(border(&desk), before + 12);
    desk.tell(mouse(Press::Click, border(&desk), 10))
        .tell(mouse(Press::Drag, 99, 0));
    assert!(border(&desk) < 99, "the output keeps some columns");
    let now = border(&desk);
    desk.keys("1 _");
    assert!(border(&desk) < now);
    let (_, row) = place(&desk, "4 Decisions");
    desk.keys("4 + +");
    assert_eq!(place(&desk, "4 Decisions").1, row - 2);
    let (_, row) = place(&desk, "2 Timeline");
    desk.tell(mouse(Press::Click, 5, row))
        .tell(mouse(Press::Drag, 5, row - 3));
    assert_eq!(place(&desk, "2 Timeline").1, row - 3);
}

#[test]
fn the_mouse_chooses_and_scrolls_and_never_decides() {
    let mut desk = using();
    desk.tell(mouse(Press::Click, 60, 8)).expect("3 Output *");
    desk.tell(mouse(Press::Click, 3, 5)).expect("1 Plan *");
    desk.expect("2 Search current GDP of Germany  ");
    desk.tell(mouse(Press::Up, 3, 5))
        .expect("1 Search current GDP of France  ");
    desk.tell(mouse(Press::Down, 3, 5))
        .tell(mouse(Press::Down, 3, 5));
    for _ in 0..30 {
        desk.tell(mouse(Press::Down, 60, 8));
    }
    desk.expect("1 Plan *").expect("calc  expression: 1+1");
    // Beyond the screen, and over what could be decided.
    desk.tell(mouse(Press::Click, 500, 500));
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::requesting().records)
        .wait(500)
        .take_effects();
    for row in 0..30 {
        for column in (0..100).step_by(5) {
            desk.tell(mouse(Press::Click, column, row));
        }
    }
    assert_eq!(desk.take_effects(), []);
    desk.expect("[ Deny ]");
}

/// A list that is narrowed by typing is turned by the wheel as any list.
#[test]
fn the_wheel_turns_lists_that_are_narrowed_by_typing() {
    let mut desk = Desk::new(80, 24).served();
    desk.keys("esc ?");
    let before = desk.screen();
    desk.tell(mouse(Press::Down, 40, 12));
    desk.tell(mouse(Press::Down, 40, 12));
    assert_ne!(desk.screen(), before);
}

/// A row that is clicked stays where it is.
#[test]
fn a_row_that_is_clicked_stays_in_its_place() {
    let mut desk = Desk::new(100, 20).served();
    let runs: Vec<_> = (0..60)
        .map(|n| log::summary(1 + n, &format!("task {n}."), RunStatus::Completed))
        .collect();
    desk.tell(Msg::Runs(runs, 60)).keys("esc G k");
    let (column, row) = place(&desk, "task 55.");
    desk.tell(mouse(Press::Click, column, row));
    assert_eq!(place(&desk, "task 55."), (column, row));
}
