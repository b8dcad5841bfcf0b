//! Runs at work, answered and past: (log, keys, screen).

use planwright::domain::chat::Role;
use planwright::domain::event::{Approver, Decision, DeltaKind, RunEvent};
use planwright::domain::ids::StepId;
use planwright::domain::state::RunStatus;
use planwright::session::{RunCommand, RunOutcome};
use planwright::store::{Ending, Order, RunPage, RunQuery, RunSummary, SearchHit};
use planwright::tui::app::AppOptions;
use planwright::tui::effect::{Clock, Effect, Msg};

use super::desk::{Desk, options, reviewing};
use super::log::{self, Log};
use super::screens::{streaming, unreachable};

#[test]
fn text_is_followed_until_the_reader_scrolls() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    for n in 0..100 {
        desk.delta(
            "c4",
            Role::Executor,
            Some("s3"),
            DeltaKind::Content,
            &format!("line {n}\n"),
        );
    }
    desk.expect("line 99").keys("3 k k");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "more\nand more\n",
    );
    desk.expect_not("and more")
        .expect("line 97")
        .keys("G")
        .expect("and more");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "the end\n",
    );
    desk.expect("the end")
        .keys("g")
        .expect("The ratio of Germany")
        .keys("f")
        .expect("the end");
    desk.keys("f");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "after\n",
    );
    desk.expect_not("after")
        .keys("pgup ctrl-u ctrl-d space pgdn")
        .expect("after");
}

#[test]
fn another_step_is_read_while_one_is_at_work() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("g")
        .expect("Nominal, from the World Bank.")
        .keys("z 3");
    desk.keys("z f").expect("so the German economy");
    desk.keys("1 G")
        .expect("4 Explain drivers of the gap  ")
        .keys("k")
        .expect("so the German economy");
}

#[test]
fn json_gives_way_to_what_it_says() {
    let json = r#"{"decision":"replan","reason":"page moved"}"#;
    let mut log = log::running();
    log.finished("s3", planwright::domain::event::StepOutcome::Failed, "404");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records).keys("G");
    desk.delta("c9", Role::Replanner, None, DeltaKind::Restart, "");
    desk.keys("f");
    desk.delta("c9", Role::Replanner, None, DeltaKind::Content, json);
    desk.expect("the replanner is writing its decision… 43 characters")
        .expect(json);
    let dimmed = |desk: &Desk, text: &str| {
        let buffer = desk.buffer();
        let cells = buffer.content();
        let first: Vec<&str> = text.split("").filter(|c| !c.is_empty()).collect();
        let at = cells
            .windows(first.len())
            .position(|cells| {
                cells
                    .iter()
                    .zip(&first)
                    .all(|(cell, c)| cell.symbol() == *c)
            })
            .unwrap();
        cells[at].modifier.contains(ratatui::style::Modifier::DIM)
    };
    assert!(dimmed(&desk, "\"decision\""));
    let records = log::replanned().approved().records.clone();
    desk.events(records[records.len() - 4..].to_vec());
    desk.expect("go on with other steps")
        .expect("why: the figures of steps 1 and 2 are enough")
        .expect("4. Compute ratio and gap from steps 1 and 2")
        .expect_not("\"decision\"");
    assert!(!dimmed(&desk, "4. Compute"));
    desk.keys("v").expect(json).keys("esc").expect_not(json);
}

/// The row of the first cell that is set off, and what is set off on the screen.
fn set_off(desk: &Desk) -> (u16, String) {
    let buffer = desk.buffer();
    let area = buffer.area;
    let cells = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
    let mut row = 0;
    let mut text = String::new();
    for place in cells {
        if buffer[place]
            .modifier
            .contains(ratatui::style::Modifier::REVERSED)
        {
            if text.is_empty() {
                row = place.1;
            }
            text.push_str(buffer[place].symbol());
        }
    }
    (row, text)
}

#[test]
fn words_are_found_in_the_output() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    for n in 0..100 {
        let text = format!("Line {n} of the **RESULT** lists\n");
        desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Content, &text);
    }
    desk.keys("3 g 1 /").types("line 5").keys("enter");
    desk.expect("match 1 of 11").expect("Line 5 of");
    let (row, text) = set_off(&desk);
    assert_eq!((row > 2, text.as_str()), (true, "Line 5"));
    desk.keys("n").expect("match 2 of 11").expect("Line 50 of");
    desk.keys("N N")
        .expect("match 11 of 11")
        .expect("Line 59 of");
    desk.keys("n").expect("match 1 of 11");
    desk.keys("/ ctrl-u").types("*result*").keys("enter");
    assert!(set_off(&desk).1.starts_with("*RESULT**RESULT*"));
    desk.keys("/ ctrl-u").types("nowhere").keys("enter");
    desk.expect("not in this text");
    desk.keys("esc").expect("Line 5 of");
    assert_eq!(set_off(&desk).1, "");
    // Outside of a search the key is for a new task.
    desk.keys("n").expect("Recent runs");
}

#[test]
fn thinking_is_shown_apart() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.expect_not("The user wants the ratio.")
        .keys("T")
        .expect("The user wants the ratio.");
    desk.keys("T").expect_not("The user wants the ratio.");
    desk.keys("ctrl-o").expect("The user wants the ratio.");
    desk.keys("3 o").expect_not("The user wants the ratio.");
}

#[test]
fn the_server_is_asked_again_where_a_call_says_that_it_changed() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    let heard = |desk: &mut Desk, kind| {
        desk.take_effects();
        desk.delta("c4", Role::Executor, Some("s3"), kind, "words");
        desk.take_effects()
    };
    assert_eq!(heard(&mut desk, DeltaKind::Content), []);
    assert_eq!(heard(&mut desk, DeltaKind::Restart), [Effect::Probe]);
    assert_eq!(
        heard(&mut desk, DeltaKind::Restart),
        [],
        "it is being asked"
    );
    desk.tell(Msg::Probed(unreachable(), String::new()));
    desk.expect("unreachable");
    assert_eq!(heard(&mut desk, DeltaKind::Restart), []);
    assert_eq!(heard(&mut desk, DeltaKind::Content), [Effect::Probe]);
    desk.tell(Msg::Probed(unreachable(), String::new()));
    assert_eq!(
        heard(&mut desk, DeltaKind::Content),
        [],
        "once for each call"
    );
}

#[test]
fn a_server_in_trouble_is_said_at_every_width() {
    for (columns, rows, said) in [
        (120, 40, "✗ unreachable http://127.0.0.1:11434"),
        (80, 24, "✗ server"),
        (40, 15, "✗ server"),
    ] {
        let mut desk = Desk::new(columns, rows).served();
        streaming(&mut desk);
        desk.expect_not("✗")
            .tell(Msg::Probed(unreachable(), String::new()));
        desk.expect(said);
    }
}

#[test]
fn a_call_that_is_sent_again_begins_anew() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Restart,
        "the connection broke",
    );
    desk.wait(5000)
        .expect("sent again: the connection broke")
        .expect("waiting for the first token… 5 s")
        .expect_not("loading");
    desk.expect_not("so the German economy");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "now then",
    );
    desk.expect("now then").expect_not("waiting for the first");
}

#[test]
fn a_reply_says_how_fast_it_comes_and_when_it_stalls() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    for _ in 0..20 {
        desk.wait(100);
        desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Content, "x ");
    }
    // 20 pieces came in the 2 s after the first one, which brought the thinking; the second came with it.
    desk.expect("~10 tok/s").expect_not("no text has come");
    desk.wait(4_999).expect_not("no text has come");
    desk.wait(1).expect("no text has come for 5 s");
    desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Content, "on");
    desk.expect_not("no text has come");
    // Once it has ended, what the server measured stands there.
    let mut log = log::running();
    log.called(Role::Executor, Some("s3"));
    desk.event(log.last()).wait(9_000);
    desk.expect_not("no text has come")
        .expect_not("~10")
        .expect(" tok/s");
}

#[test]
fn what_had_come_of_a_stopped_step_is_still_read() {
    let stops: [fn(&mut Log); 2] = [
        |log| {
            log.push(RunEvent::RunInterrupted {
                reason: "stopped on request".to_owned(),
            });
        },
        |log| {
            log.push(RunEvent::StepReset {
                step: StepId::new("s3"),
                reason: "the person holds the run".to_owned(),
            });
            log.push(RunEvent::RunPaused {
                reason: "paused by the person".to_owned(),
            });
        },
    ];
    for stop in stops {
        let mut desk = Desk::new(120, 40).served();
        streaming(&mut desk);
        let mut log = log::running();
        let before = log.records.len();
        stop(&mut log);
        desk.events(log.records.split_off(before));
        desk.expect("3 Compute ratio and gap")
            .expect("so the German economy");
    }
}

#[test]
fn a_further_attempt_is_counted() {
    let mut log = log::running();
    log.push(RunEvent::StepStarted {
        step: StepId::new("s3"),
        attempt: 2,
    });
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records);
    desk.expect("attempt 2");
}

#[test]
fn a_model_that_had_to_be_loaded_is_said_to() {
    for (load_ms, said) in [(Some(8200), true), (Some(400), false), (None, false)] {
        let mut desk = Desk::new(120, 40).served();
        let mut log = log::running();
        log.called(Role::Executor, Some("s3"));
        if let Some(RunEvent::ModelCalled(call)) = log.records.last_mut().map(|r| &mut r.event) {
            call.load_ms = load_ms;
        }
        log.finished("s3", planwright::domain::event::StepOutcome::Done, "1.495");
        desk.watching(log.records);
        assert_eq!(desk.shows("loaded in 8.2s"), said, "{}", desk.screen());
    }
}

#[test]
fn pausing_and_going_on() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("c")
        .expect("the run is not paused")
        .keys("p")
        .expect("PAUSING");
    assert_eq!(desk.commands(), [RunCommand::Pause]);
    for key in ["p", "c"] {
        desk.keys(key).expect("RUNNING").keys("p").expect("PAUSING");
        assert_eq!(
            desk.commands(),
            [RunCommand::Continue { stepwise: false }, RunCommand::Pause],
            "{key} takes it back"
        );
    }
    let mut log = log::running();
    log.finished("s3", planwright::domain::event::StepOutcome::Done, "1.495");
    desk.event(log.last());
    desk.event(
        log.push(RunEvent::RunPaused {
            reason: "asked for".to_owned(),
        })
        .last(),
    );
    desk.expect("PAUSED 3/4").expect("`c` goes on");
    assert_eq!(desk.app.clock(), Clock::Second);
    desk.wait(7000);
    assert_eq!(desk.app.clock(), Clock::Still);
    desk.keys("c");
    assert_eq!(desk.commands(), [RunCommand::Continue { stepwise: false }]);
}

/// What the header says about the rounds.
fn round(desk: &Desk) -> String {
    let screen = desk.screen();
    let (_, rest) = screen.split_once("round ").unwrap_or_default();
    rest.chars().take(3).collect()
}

#[test]
fn a_round_is_a_plan_and_the_look_at_its_results() {
    for width in [80, 120] {
        let mut desk = Desk::new(width, 40).served();
        desk.watching(Log::gdp().records);
        assert_eq!(round(&desk), "1/3", "the first plan is being made");
        desk.watching(log::running().records);
        assert_eq!(round(&desk), "1/3");
        // Decided to go on with other steps: that plan is the second round.
        desk.watching(log::replanned().records);
        assert_eq!(round(&desk), "2/3");
        // Decided to answer after the first plan: no second round began.
        desk.watching(log::answered(None).records);
        assert_eq!(round(&desk), "1/3");
    }
}

#[test]
fn step_by_step_stays_so_until_said_otherwise() {
    let mut desk = reviewing();
    desk.keys("s").take_effects();
    let mut log = log::reviewing();
    desk.event(log.approved().last());
    desk.event(
        log.push(RunEvent::RunPaused {
            reason: "step mode".to_owned(),
        })
        .last(),
    );
    desk.keys("c");
    assert_eq!(desk.commands(), [RunCommand::Continue { stepwise: true }]);
    desk.keys("C");
    assert_eq!(desk.commands(), [RunCommand::Continue { stepwise: false }]);

    // Also while a step is at work.
    let mut desk = reviewing();
    desk.keys("s").take_effects();
    let mut log = log::reviewing();
    desk.event(log.approved().last())
        .event(log.started("s1").last());
    desk.keys("C");
    assert_eq!(desk.commands(), [RunCommand::Continue { stepwise: false }]);
}

#[test]
fn that_the_model_is_a_script_is_said_at_every_width() {
    for (width, said) in [(120, "demo (scripted)"), (80, "demo"), (40, "demo")] {
        let mut desk = Desk::new(width, 15);
        desk.tell(Msg::Probed(
            super::screens::unreachable(),
            "demo".to_owned(),
        ));
        desk.watching(log::running().records);
        let header = desk.screen().lines().next().unwrap_or_default().to_owned();
        assert!(header.contains(said), "{width}: {header}");
    }
}

#[test]
fn arrows_lead_from_pane_to_pane() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("right").expect("2 Timeline *");
    desk.keys("right").expect("3 Output *");
    desk.keys("right").expect("4 Decisions *");
    desk.keys("left left left").expect("1 Plan *");
}

#[test]
fn copying_says_no_more_than_is_known() {
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::answered(None).records)
        .tell(Msg::Ended(RunOutcome::Completed))
        .take_effects();
    desk.keys("y")
        .expect("offered to the terminal's clipboard")
        .expect_not("copied");
    assert!(
        matches!(&desk.take_effects()[..], [Effect::Copy(text)] if text.contains("**50 % larger**"))
    );
    desk.keys("e ctrl-u").types("out.md").keys("enter");
    assert!(
        matches!(&desk.take_effects()[..], [Effect::Export(path, _)] if path.ends_with("out.md"))
    );
    desk.tell(Msg::Exported("out.md".into()))
        .expect("written to `out.md`");
}

#[test]
fn the_raw_view_has_no_borders() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.keys("v")
        .expect_not("│")
        .expect("so the German economy")
        .keys("esc")
        .expect("│");
}

#[test]
fn the_whole_task_is_shown_on_request() {
    let mut desk = Desk::new(80, 24).served();
    let task = format!("{} and\nlast of all", "many words ".repeat(12));
    desk.watching(Log::new(&task).records)
        .expect_not("last of all")
        .keys("t")
        .expect("last of all");
}

fn hit(summary: RunSummary) -> SearchHit {
    SearchHit {
        summary,
        snippet: String::new(),
    }
}

#[test]
fn runs_are_found_opened_resumed_deleted_and_brought_back() {
    // Too few rows for previews.
    let mut desk = Desk::new(100, 27).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).take_effects();
    desk.keys("esc H");
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    let all: Vec<SearchHit> = log::past_runs().into_iter().map(hit).collect();
    desk.tell(Msg::Runs(log::past_runs(), 4)).finds(&all);
    desk.keys("/").types("eu").keys("enter");
    desk.expect("History  4").finds(&[]);
    desk.expect("\"eu\"  0 of 4").keys("esc").finds(&all);
    desk.expect("History  4");
    desk.keys("j R");
    let runs = log::past_runs();
    assert_eq!(desk.take_effects(), [Effect::Resume(runs[1].run.clone())]);
    desk.keys("g y").expect("run 00000001 was offered");
    assert_eq!(desk.take_effects(), [Effect::Copy(runs[0].run.to_string())]);
    desk.keys("g R").expect("this run is completed").keys("x");
    assert_eq!(desk.take_effects(), [Effect::Delete(runs[0].run.clone())]);
    desk.tell(Msg::Deleted(runs[0].run.clone()))
        .expect_not("Compare GDP")
        .finds(&all[1..])
        .keys("u");
    assert_eq!(desk.take_effects(), [Effect::Restore(runs[0].run.clone())]);
    desk.tell(Msg::Restored(runs[0].run.clone()));
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    desk.tell(Msg::Runs(log::past_runs(), 4)).finds(&all);
    desk.expect("Eurostat").keys("e enter");
    let wanted = runs[1].run.clone();
    assert_eq!(desk.take_effects(), [Effect::Open(wanted.clone())]);
    desk.tell(Msg::Opened(
        wanted,
        log::answered(None).records,
        RunStatus::Completed,
    ));
    let effects = desk.take_effects();
    assert!(
        matches!(&effects[..], [Effect::Export(_, text)] if text.contains("## Answer")),
        "{effects:?}"
    );
}

#[test]
fn a_run_that_another_process_works_on_is_only_watched() {
    let mut desk = Desk::new(100, 30).served();
    let records = log::running().records;
    let run = records[0].run.clone();
    desk.tell(Msg::Opened(run.clone(), records, RunStatus::Running));
    desk.take_effects();
    desk.expect("ELSEWHERE 2/4")
        .expect("another planwright works on this run")
        .expect_not("goes on with it");
    for key in ["p", "s", "R"] {
        desk.keys(key).expect("it can only be watched here");
    }
    assert_eq!(desk.take_effects(), []);
    // It was given up there without a word.
    desk.tell(Msg::Followed(run, Vec::new(), RunStatus::Interrupted))
        .expect("INTERRUPTED 2/4");
}

#[test]
fn what_ctrl_c_would_stop_is_named_where_it_is_not_on_screen() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("ctrl-c")
        .expect("again to stop the run;")
        .keys("esc n");
    desk.wait(3000).keys("ctrl-c");
    desk.expect("again to stop the run at work, \"Compare the GDP of France");
}

#[test]
fn an_opened_run_is_read_and_can_be_resumed() {
    let mut desk = Desk::new(100, 30).served();
    let records = log::running().records;
    desk.tell(Msg::Opened(
        records[0].run.clone(),
        records,
        RunStatus::Completed,
    ))
    .take_effects();
    desk.expect("INTERRUPTED 2/4")
        .expect("`R` goes on with it")
        .keys("p")
        .expect("not at work here");
    desk.keys("R");
    assert!(matches!(desk.take_effects()[..], [Effect::Resume(_)]));
}

#[test]
fn a_run_goes_on_behind_home_and_says_when_it_is_done() {
    let mut desk = Desk::new(100, 30).served();
    streaming(&mut desk);
    desk.keys("esc").expect("2 of 4 steps done");
    let log = log::answered(None);
    desk.events(log.records[log::running().records.len()..].to_vec());
    desk.tell(Msg::Ended(RunOutcome::Completed))
        .expect("the run is completed");
    desk.keys("f4").expect("50 % larger");
}

#[test]
fn an_unusable_server_is_asked_again() {
    let mut desk = Desk::new(100, 30).served();
    streaming(&mut desk);
    let (error, hint) = (
        "cannot reach the model server".to_owned(),
        Some("`ollama serve`".to_owned()),
    );
    desk.tell(Msg::Ended(RunOutcome::ServerUnusable { error, hint }));
    assert_eq!(desk.take_effects(), [Effect::ListRuns, Effect::Probe]);
    desk.expect("cannot reach the model server");
}

#[test]
fn a_run_brought_back_is_found_again() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3 /");
    desk.types("gdp").finds(&[]).keys("enter").take_effects();
    desk.tell(Msg::Restored(log::past_runs()[0].run.clone()));
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    desk.tell(Msg::Runs(log::past_runs(), 4));
    let asked = desk.take_effects();
    assert!(
        matches!(&asked[..], [Effect::ReadPage(query)] if query.words == "gdp"),
        "{asked:?}"
    );
}

#[test]
fn leaving_a_run_that_nothing_keeps_says_so() {
    let kept_nowhere = AppOptions {
        in_memory: true,
        ..options()
    };
    for (options, words) in [(options(), "order and kept"), (kept_nowhere, "and nothing")] {
        let mut desk = Desk::with(&options, 120, 40).served();
        desk.watching(log::running().records).wait(500);
        desk.keys("q").expect(words);
    }
}

/// Of several steps at work one is read until it ends; each keeps its own text.
#[test]
fn steps_at_work_at_the_same_time_do_not_take_the_text_from_each_other() {
    let mut log = log::reviewing();
    log.approved();
    log.started("s1");
    log.started("s2");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records.clone());
    let say = |desk: &mut Desk, call: &str, step: &str, text: &str| {
        desk.delta(call, Role::Executor, Some(step), DeltaKind::Content, text);
    };
    for n in 0..5 {
        say(&mut desk, "c2", "s1", &format!("first {n}\n"));
        say(&mut desk, "c3", "s2", &format!("second {n}\n"));
        desk.expect(&format!("first {n}")).expect_not("second");
    }
    let begun = log.records.len();
    log.done("s1", "France is done");
    desk.events(log.records[begun..].to_vec());
    say(&mut desk, "c3", "s2", "second 5\n");
    desk.expect("second 5").expect("second 0");
}

#[test]
fn the_history_is_sifted_and_sorted_and_says_so() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 340)).keys("esc H");
    desk.tell(Msg::Runs(log::past_runs(), 340));
    let asked = std::cell::RefCell::new(Vec::new());
    let page = |query: &RunQuery| {
        asked.borrow_mut().push(query.clone());
        let odd = query.order == Order::Longest;
        let first = log::past_runs().remove(if odd { 2 } else { 0 });
        let some = query.ending != Ending::GivenUp;
        RunPage {
            hits: some.then(|| hit(first)).into_iter().collect(),
            total: usize::from(some),
        }
    };
    let last = || asked.borrow().last().cloned().unwrap_or_default();
    desk.lists(&page).expect("History  1 of 340").keys("F F");
    desk.lists(&page).expect("1 of 340  status:failed");
    assert_eq!(last().ending, Ending::Failed);
    desk.keys("F").lists(&page).expect("status:unfinished");
    assert_eq!(last().ending, Ending::Open);
    desk.keys("F").lists(&page).expect("no run like this");
    desk.keys("F D D D")
        .lists(&page)
        .expect("1 of 340  since:30d");
    let days = |days: i64| Some(desk.app.now - jiff::SignedDuration::from_hours(24 * days));
    assert_eq!((last().ending, last().since), (Ending::Any, days(30)));
    desk.keys("D D s")
        .lists(&page)
        .expect("1 of 340  sort:oldest");
    assert_eq!((last().since, last().order), (None, Order::Oldest));
    desk.keys("s")
        .lists(&page)
        .expect("sort:longest")
        .expect("Nordic");
    // What is selected is what is opened.
    desk.take_effects();
    desk.keys("enter");
    assert_eq!(
        desk.take_effects(),
        [Effect::Open(log::past_runs()[2].run.clone())]
    );
}

/// Of a history of any length that part is read that is looked at, and read again where it is left.
#[test]
fn a_history_of_any_length_is_gone_through_to_its_end() {
    const RUNS: usize = 100_000;
    let page = |query: &RunQuery| {
        let rows = (query.from..RUNS).take(query.limit);
        let run = |n| {
            log::summary(
                1 + i64::try_from(n).unwrap(),
                &format!("task {n}"),
                RunStatus::Completed,
            )
        };
        RunPage {
            hits: rows.map(|n| hit(run(n))).collect(),
            total: RUNS,
        }
    };
    let first: Vec<RunSummary> = (0..20)
        .map(|n| log::summary(1 + n, &format!("task {n}"), RunStatus::Completed))
        .collect();
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(first.clone(), RUNS)).keys("esc H");
    desk.expect("History  100000").expect("task 3 ");
    desk.tell(Msg::Runs(first, RUNS)).lists(&page);
    desk.keys("G").expect_not("task 99999").lists(&page);
    desk.expect("task 99999").keys("enter");
    let last = log::summary(100_000, "", RunStatus::Completed).run;
    assert_eq!(desk.take_effects().last(), Some(&Effect::Open(last)));
    // Up through the edge of what is at hand: no row is ever missing on the way.
    for _ in 0..900 {
        desk.keys("k").lists(&page).expect_not("…");
    }
    desk.expect("task 99099").expect_not("task 99999");
    desk.keys("g").lists(&page).expect("task 0 ");
    // A run that came first moves all others down; what is selected stays selected.
    desk.keys("j j").take_effects();
    let moved = |query: &RunQuery| {
        let mut page = page(query);
        page.hits
            .insert(0, hit(log::summary(0, "the newest", RunStatus::Completed)));
        page
    };
    desk.tell(Msg::Runs(Vec::new(), RUNS + 1)).lists(&moved);
    desk.expect("the newest").keys("enter");
    let third = log::summary(3, "", RunStatus::Completed).run;
    assert_eq!(desk.take_effects().last(), Some(&Effect::Open(third)));
}

#[test]
fn a_history_that_cannot_be_read_says_so_once() {
    let mut desk = Desk::new(100, 30).served();
    desk.keys("f3").tell(Msg::Runs(log::past_runs(), 4));
    let asked = desk.take_effects().pop();
    let Some(Effect::ReadPage(query)) = asked else {
        panic!("{asked:?}");
    };
    desk.tell(Msg::Paged(query, Err("the disk is gone".to_owned())))
        .expect("the disk is gone");
    desk.keys("j");
    assert_eq!(desk.take_effects(), [], "it is not asked again and again");
    desk.keys("F");
    assert!(matches!(desk.take_effects()[..], [Effect::ReadPage(_)]));
}

#[test]
fn the_taskbar_shows_how_far_the_run_is_and_whether_it_waits() {
    use planwright::tui::announce::Progress;
    let mut desk = Desk::new(80, 24).served();
    assert_eq!(desk.app.progress(), Progress::None);
    desk.watching(log::running().records);
    assert_eq!(desk.app.progress(), Progress::Running(50));
    let mut desk = Desk::new(80, 24).served();
    desk.watching(log::reviewing().records);
    assert_eq!(desk.app.progress(), Progress::Waiting(0));
    desk.tell(Msg::Ended(RunOutcome::Completed));
    assert_eq!(desk.app.progress(), Progress::None);
}

/// While the list that was asked for is not there yet, no key means a run of the old one, or the one beneath.
#[test]
fn keys_wait_for_the_list_that_was_asked_for() {
    let all: Vec<SearchHit> = log::past_runs().into_iter().map(hit).collect();
    for keys in ["F", "s", "/ x enter"] {
        let mut desk = Desk::new(100, 30).served();
        let records = log::running().records;
        let run = records[0].run.clone();
        desk.tell(Msg::Opened(run, records, RunStatus::Interrupted));
        desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3");
        desk.tell(Msg::Runs(log::past_runs(), 4)).finds(&all);
        desk.keys(keys).take_effects();
        for key in ["x", "enter", "R", "r", "f", "p", "m", "y"] {
            desk.keys(key);
            assert_eq!(desk.take_effects(), [], "{keys} {key}");
            desk.expect("the list is being read; press again")
                .expect("History");
        }
    }
}

#[test]
fn a_history_that_cannot_be_read_again_stays_as_it_was() {
    let all: Vec<SearchHit> = log::past_runs().into_iter().map(hit).collect();
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3");
    desk.tell(Msg::Runs(log::past_runs(), 4)).finds(&all);
    desk.take_effects();
    desk.tell(Msg::Runs(log::past_runs(), 4));
    let Some(Effect::ReadPage(query)) = desk.take_effects().pop() else {
        panic!("nothing is read again");
    };
    desk.tell(Msg::Paged(query, Err("locked".to_owned())))
        .expect("locked")
        .expect("Eurostat");
    // Of a change that came while something else was asked for, nothing is lost.
    desk.tell(Msg::Runs(log::past_runs(), 4));
    let Some(Effect::ReadPage(old)) = desk.take_effects().pop() else {
        panic!("nothing is read again");
    };
    desk.keys("/ x");
    desk.tell(Msg::Paged(old, Ok(RunPage::default())));
    desk.keys("esc").finds(&all);
    desk.expect("Eurostat").expect("History  4");
}

/// A decision that was the person's own took no call, and no round goes back for it.
#[test]
fn an_answer_that_was_asked_for_has_no_figures_of_another_call_and_turns_no_round_back() {
    let mut log = log::replanned();
    log.approved();
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records.clone()).expect("round 2/3");
    let begun = log.records.len();
    log.push(RunEvent::ActDecided {
        decision: Decision::FinalizeForced,
        reason: "the person wants the answer now".to_owned(),
        iteration: 1,
        trigger: None,
    });
    desk.events(log.records[begun..].to_vec());
    desk.expect("round 2/3").keys("4 z");
    let screen = desk.screen();
    let row = screen
        .lines()
        .find(|line| line.contains("answer from what"));
    let row = row.unwrap_or_else(|| panic!("{screen}"));
    assert!(!row.contains("tok") && !row.contains("2.4s"), "{row}");
}

/// What nobody works on is not shown as if somebody did.
#[test]
fn a_step_that_was_at_work_when_the_program_was_killed_is_cut_short() {
    let mut desk = Desk::new(120, 40).served();
    let records = log::running().records;
    let run = records[0].run.clone();
    desk.tell(Msg::Opened(
        run.clone(),
        records.clone(),
        RunStatus::Interrupted,
    ));
    let screen = desk.expect("INTERRUPTED 2/4").screen();
    let row = screen
        .lines()
        .find(|line| line.contains("▸ 3 Compute"))
        .unwrap_or_default();
    assert!(row.contains("cut short"), "{row}");
    desk.tell(Msg::Opened(run, records, RunStatus::Running))
        .expect_not("cut short");
}

#[test]
fn while_another_plan_is_asked_for_the_run_is_planning() {
    let mut log = log::reviewing();
    log.push(RunEvent::PlanRejected {
        revision: 1,
        by: Approver::User,
        hash: planwright::domain::plan::plan_hash(&log::gdp_steps()),
        feedback: Some("shorter".to_owned()),
    });
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records).expect("PLANNING");
}

/// A text of an attempt that was stopped is said to be one.
#[test]
fn the_text_of_a_stopped_attempt_is_known_as_such() {
    let mut log = log::running();
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records.clone());
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "The ratio is half",
    );
    desk.expect("The ratio is half").expect_not("was stopped");
    log.push(RunEvent::StepReset {
        step: StepId::new("s3"),
        reason: "the person wants another attempt".to_owned(),
    });
    desk.event(log.last());
    desk.expect("The ratio is half")
        .expect("of an attempt that was stopped");
}

/// One level out of a run that was opened from the history is the history, as it was.
#[test]
fn a_run_is_left_for_the_history_that_it_was_opened_from() {
    let all: Vec<SearchHit> = log::past_runs().into_iter().map(hit).collect();
    for keys in ["enter", "p"] {
        let mut desk = Desk::new(100, 30).served();
        desk.tell(Msg::Runs(log::past_runs(), 4)).keys("esc H F");
        desk.finds(&all).keys("j j").keys(keys).take_effects();
        desk.tell(Msg::Runs(log::past_runs(), 4)).take_effects();
        let run = log::past_runs()[2].run.clone();
        let records = log::answered(None).records;
        desk.tell(Msg::Opened(run, records, RunStatus::Completed));
        desk.expect_not("History").keys("esc");
        if keys == "p" {
            desk.expect_not("History").keys("esc");
        }
        desk.expect("status:completed");
        let screen = desk.screen();
        let row = screen.lines().find(|line| line.contains("▸")).unwrap();
        assert!(row.contains("Nordic"), "{screen}");
        // What was on its way when the run came is asked for again.
        let asked = desk.take_effects();
        let read = asked
            .iter()
            .any(|effect| matches!(effect, Effect::ReadPage(_)));
        assert!(read, "{asked:?}");
        // Beyond it is the first screen, and a run opened there leads back there.
        desk.keys("esc").expect("Recent runs");
        let records = log::answered(None).records;
        let run = log::past_runs()[0].run.clone();
        desk.tell(Msg::Opened(run, records, RunStatus::Completed))
            .keys("esc");
        desk.expect("Recent runs").expect_not("status:");
    }
}

/// Deletions and their undoing keep their order, however fast the keys come; what cannot be deleted is there again.
#[test]
fn fast_deletions_are_undone_in_their_order() {
    let all: Vec<SearchHit> = log::past_runs().into_iter().map(hit).collect();
    let runs: Vec<_> = log::past_runs().into_iter().map(|run| run.run).collect();
    let open = || {
        let mut desk = Desk::new(100, 27).served();
        desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3");
        desk.tell(Msg::Runs(log::past_runs(), 4)).finds(&all);
        desk.take_effects();
        desk
    };
    let mut desk = open();
    desk.keys("x x x u u");
    let deleted: Vec<Effect> = runs[..3].iter().cloned().map(Effect::Delete).collect();
    assert_eq!(desk.take_effects(), deleted);
    desk.tell(Msg::Deleted(runs[0].clone()))
        .tell(Msg::Deleted(runs[1].clone()));
    assert!(
        desk.take_effects()
            .iter()
            .all(|effect| !matches!(effect, Effect::Restore(_)))
    );
    desk.tell(Msg::Deleted(runs[2].clone()));
    let back: Vec<Effect> = desk
        .take_effects()
        .into_iter()
        .filter(|effect| matches!(effect, Effect::Restore(_)))
        .collect();
    assert_eq!(
        back,
        [
            Effect::Restore(runs[1].clone()),
            Effect::Restore(runs[2].clone())
        ]
    );
    desk.keys("u").take_effects();
    // What fails beside it is no deletion that failed, and a history that was left for a run hears of its own.
    let mut desk = open();
    desk.keys("x u enter").take_effects();
    desk.tell(Msg::Failed("something else".to_owned(), None));
    assert_eq!(desk.take_effects(), []);
    let records = log::answered(None).records;
    desk.tell(Msg::Opened(runs[1].clone(), records, RunStatus::Completed));
    desk.take_effects();
    desk.tell(Msg::Deleted(runs[0].clone()));
    assert_eq!(desk.take_effects(), [Effect::Restore(runs[0].clone())]);
    // Refused, it is read again, and there.
    let mut desk = open();
    desk.keys("j x").expect_not("Eurostat").take_effects();
    desk.tell(Msg::NotDeleted("it is being worked on".to_owned()));
    desk.finds(&all).expect("Eurostat").expect("History  4");
    desk.keys("u").expect("nothing was deleted here");
}

/// Once the answer is being written, nothing is said to any step.
#[test]
fn nothing_is_said_to_a_step_while_the_answer_is_written() {
    let mut log = log::running();
    log.done("s3", "1.5");
    log.decided(Decision::Respond, "enough");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records).keys("1 G k");
    for key in ["s", "r", "L"] {
        desk.keys(key).expect("nothing comes after it");
        assert_eq!(desk.commands(), [], "{key}");
    }
}

/// An answer that comes just after its question has gone is no other key.
#[test]
fn an_answer_that_comes_too_late_is_nothing_else() {
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::running().records).wait(1_000);
    desk.keys("F").expect("Finish?");
    desk.tell(Msg::Ended(RunOutcome::Completed)).take_effects();
    desk.keys("y").expect("has no object any more");
    assert_eq!(desk.take_effects(), []);
    desk.wait(2_000).keys("y");
    assert!(matches!(desk.take_effects()[..], [Effect::Copy(_)]));
}
