//! (log, keys, screen): what a person does and what comes of it.

use planwright::domain::chat::Role;
use planwright::domain::event::{ApprovalPolicy, DeltaKind, PlanSource, RunEvent};
use planwright::domain::ids::StepId;
use planwright::domain::plan::{Step, plan_hash};
use planwright::session::{RunCommand, RunOutcome, RunRequest};
use planwright::tui::app::AppOptions;
use planwright::tui::effect::{Clock, EditTarget, Effect, Msg};
use proptest::prelude::*;

use super::desk::{Desk, options, server};
use super::log::{self, Log, gdp_steps, step};
use super::screens::{streaming, unreachable};

fn request(task: &str) -> Effect {
    Effect::Start(RunRequest {
        task: task.to_owned(),
        plan: None,
        approval: ApprovalPolicy::First,
        attended: true,
        plan_only: false,
    })
}

/// A plan under review that has been looked at.
fn reviewing() -> Desk {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::reviewing().records)
        .wait(500)
        .take_effects();
    desk
}

fn approve(steps: &[Step], stepwise: bool) -> RunCommand {
    RunCommand::Approve {
        hash: plan_hash(steps),
        stepwise,
    }
}

#[test]
fn it_opens_by_asking_for_the_runs_and_the_server() {
    let desk = Desk::new(80, 24);
    assert_eq!(desk.effects, [Effect::ListRuns, Effect::Probe]);
    let task = AppOptions {
        task: Some("count".to_owned()),
        ..options()
    };
    let desk = Desk::with(&task, 80, 24);
    assert_eq!(
        desk.effects,
        [Effect::ListRuns, Effect::Probe, request("count")]
    );
}

#[test]
fn a_task_of_several_lines_is_typed_and_run() {
    let mut desk = Desk::new(80, 24).served();
    desk.types("compare")
        .keys("alt-enter")
        .types("a and b")
        .keys("ctrl-j shift-enter enter");
    assert_eq!(desk.take_effects(), [request("compare\na and b")]);
    desk.expect("What is to be done?");
    desk.keys("up").expect("a and b");
}

#[test]
fn an_empty_task_is_not_run() {
    let mut desk = Desk::new(80, 24).served();
    desk.keys("enter").expect("type a task first");
    desk.types("  ").keys("enter");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Paste(
        "one\rtwo\r\nthree\u{1b}[31m\u{202e}\tq".to_owned(),
    ))
    .keys("enter");
    assert_eq!(desk.take_effects(), [request("one\ntwo\nthree   q")]);
    desk.watching(log::reviewing().records).wait(500);
    desk.tell(Msg::Paste("xXs\r".to_owned()));
    assert_eq!(desk.take_effects(), []);
    desk.expect("4 steps, nothing wrong");
}

#[test]
fn earlier_tasks_come_back_with_up_and_the_draft_with_down() {
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).types("my draft");
    desk.keys("up up").keys("ctrl-a").keys("enter");
    assert_eq!(
        desk.take_effects(),
        [request("Eurostat inflation table by month")]
    );
    desk.types("my draft").keys("up down").keys("enter");
    assert_eq!(desk.take_effects(), [request("my draft")]);
}

#[test]
fn the_keys_of_a_text_edit_whole_characters() {
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Paste(format!("a{family}e\u{301}z")))
        .keys("left backspace backspace enter");
    assert_eq!(desk.take_effects(), [request("az")]);
    desk.tell(Msg::Paste(format!("a{family}b")))
        .keys("ctrl-a right delete enter");
    assert_eq!(desk.take_effects(), [request("ab")]);
    desk.types("one two three")
        .keys("ctrl-w ctrl-a alt-f ctrl-k ctrl-e ctrl-y ctrl-_ home")
        .types("x")
        .keys("enter");
    assert_eq!(desk.take_effects(), [request("xone")]);
}

#[test]
fn without_a_server_one_key_each_helps() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
        .take_effects();
    desk.expect("unreachable at http://127.0.0.1:11434");
    desk.types("my task").keys("enter").expect("cannot be used");
    assert_eq!(desk.take_effects(), []);
    desk.keys("esc r");
    assert_eq!(desk.take_effects(), [Effect::Probe]);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
    desk.keys("u ctrl-u").types("gpu:11434").keys("enter");
    assert_eq!(
        desk.take_effects(),
        [Effect::UseServer("gpu:11434".to_owned())]
    );
    desk.tell(Msg::Failed(
        "`gpu` is no URL".to_owned(),
        Some("write `http://host:port`".to_owned()),
    ));
    desk.expect("hint: write");
    desk.keys("i").expect("install.sh").keys("esc");
    desk.keys("d");
    assert_eq!(desk.take_effects(), [Effect::UseModel("demo".to_owned())]);
    desk.tell(Msg::Probed(unreachable(), "demo".to_owned()));
    desk.expect("demo (scripted)").expect_not("unreachable");
    desk.keys("1").expect("Task *").keys("enter");
    assert!(matches!(desk.take_effects()[..], [Effect::Start(_)]));
}

#[test]
fn a_server_without_a_model_is_said_so() {
    let mut desk = Desk::new(80, 24);
    let empty = planwright::session::ServerStatus {
        models: Vec::new(),
        ..server()
    };
    desk.tell(Msg::Probed(empty, "auto".to_owned()));
    desk.expect("no model at http://127.0.0.1:11434")
        .expect("f8 go on with the demo model");
}

#[test]
fn a_reachable_server_closes_the_instructions() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
        .keys("f7 r");
    desk.tell(Msg::Probed(server(), "llama3.2:3b".to_owned()));
    desk.expect_not("install.sh").expect("answers");
}

#[test]
fn an_enter_meant_for_something_else_approves_nothing() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::reviewing().records);
    desk.keys("enter s");
    assert_eq!(desk.commands(), []);
    desk.expect("only just appeared");
    desk.wait(399).keys("enter");
    assert_eq!(desk.commands(), []);
    desk.wait(1).keys("enter");
    assert_eq!(desk.commands(), [approve(&gdp_steps(), false)]);
}

#[test]
fn a_review_that_was_covered_must_be_looked_at_again() {
    let mut desk = reviewing();
    desk.keys("?").wait(1000).keys("esc enter");
    assert_eq!(desk.commands(), []);
    desk.wait(400).keys("s");
    assert_eq!(desk.commands(), [approve(&gdp_steps(), true)]);
}

#[test]
fn an_edited_plan_is_sent_before_it_is_approved() {
    let mut desk = reviewing();
    desk.keys("e ctrl-u").types("Look up France").keys("enter");
    desk.keys("j w").types("there is a number").keys("enter");
    desk.keys("G x O")
        .types("State the year")
        .keys("enter")
        .wait(500)
        .keys("enter");
    let mut steps = gdp_steps();
    steps[0].description = "Look up France".to_owned();
    steps[1].done_when = Some("there is a number".to_owned());
    steps.pop();
    steps.insert(2, step(5, "State the year"));
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit {
                steps: steps.clone()
            },
            approve(&steps, false)
        ]
    );
    // The engine answers with a version of its own and the approval: no second review in between.
    let mut log = log::reviewing();
    desk.event(log.proposed(PlanSource::User, steps, None).last());
    desk.expect_not("Review plan");
    desk.event(log.approved().last())
        .event(log.started("s1").last());
    desk.expect("1 Plan").expect("edited");
}

#[test]
fn an_approval_that_is_refused_brings_the_review_back() {
    let mut desk = reviewing();
    desk.keys("enter").expect_not("Review plan");
    let mut log = log::reviewing();
    desk.event(
        log.notice("the plan has changed since it was looked at")
            .last(),
    );
    desk.expect("Review plan").expect("the plan has changed");
}

#[test]
fn steps_move_but_never_before_what_they_build_on() {
    let mut desk = reviewing();
    desk.keys("J").wait(10);
    desk.keys("j K").expect("builds on the upper one");
    desk.keys("g K")
        .expect("it is the first step")
        .keys("G J")
        .expect("it is the last step");
    desk.wait(500).keys("enter");
    let mut steps = gdp_steps();
    steps.swap(0, 1);
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit {
                steps: steps.clone()
            },
            approve(&steps, false)
        ]
    );
}

#[test]
fn a_deleted_step_is_taken_out_of_what_others_build_on() {
    let mut desk = reviewing();
    desk.keys("x enter");
    let mut steps = gdp_steps();
    steps.remove(0);
    steps[1].depends_on = vec![StepId::numbered(2)];
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit {
                steps: steps.clone()
            },
            approve(&steps, false)
        ]
    );
}

#[test]
fn the_last_step_is_not_deleted() {
    let mut desk = reviewing();
    desk.keys("x x x x x").expect("a plan needs a step");
}

#[test]
fn finished_steps_stay_as_they_are() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::replanned().records);
    for key in ["e", "w", "x", "J", "K", "O"] {
        desk.keys("g").keys(key);
        if key == "O" {
            desk.types("too early").keys("enter");
            desk.expect("before one that is finished");
        } else {
            desk.expect("finished steps stay as they are");
        }
    }
    desk.expect("rev 2 by replanner").expect_not("edited");
    desk.keys("G K K").expect("finished steps stay as they are");
}

#[test]
fn a_plan_is_edited_as_text_and_unchanged_steps_keep_their_names() {
    let mut desk = reviewing();
    desk.keys("E");
    let effects = desk.take_effects();
    let [Effect::Edit(EditTarget::Plan, text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    let edited = text
        .replace("1. Search current GDP of France\n", "")
        .replace(
            "2. Search current GDP of Germany",
            "1. Search current GDP of Germany",
        )
        .replace("after: 1, 2", "after: 1")
        + "9. State the year\n";
    desk.tell(Msg::Edited(EditTarget::Plan, Ok(edited)))
        .wait(500)
        .keys("enter");
    let commands = desk.commands();
    let [RunCommand::Edit { steps }, _] = &commands[..] else {
        panic!("{commands:?}");
    };
    let names: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(names[..3], ["s2", "s3", "s4"], "{steps:?}");
    assert!(!["s1", "s2", "s3", "s4"].contains(&names[3]), "{steps:?}");
    assert_eq!(steps[1].depends_on, [StepId::numbered(2)]);
}

#[test]
fn a_text_that_is_no_plan_is_kept_and_shown_again() {
    let mut desk = reviewing();
    desk.tell(Msg::Edited(
        EditTarget::Plan,
        Ok("what was I thinking".to_owned()),
    ));
    desk.expect("line 1:").expect("4 steps").keys("E");
    assert_eq!(
        desk.take_effects(),
        [Effect::Edit(
            EditTarget::Plan,
            "what was I thinking".to_owned()
        )]
    );
    desk.tell(Msg::Edited(
        EditTarget::Plan,
        Err("`vi` could not be started".to_owned()),
    ));
    desk.expect("`vi` could not be started");
}

#[test]
fn changes_are_asked_for_in_words() {
    let mut desk = reviewing();
    desk.keys("f").types("use PPP figures").keys("enter");
    let feedback = Some("use PPP figures".to_owned());
    assert_eq!(desk.commands(), [RunCommand::Reject { feedback }]);
    desk.expect_not("Review plan");
    let mut desk = reviewing();
    desk.keys("f esc").expect("Review plan").keys("R");
    assert!(matches!(
        desk.commands()[..],
        [RunCommand::Reject { feedback: Some(_) }]
    ));
}

#[test]
fn rejecting_is_asked_about_first() {
    let mut desk = reviewing();
    desk.keys("X")
        .expect("Reject the plan?")
        .keys("n enter esc");
    let mut desk = reviewing();
    desk.keys("X y");
    assert_eq!(desk.commands(), [RunCommand::Reject { feedback: None }]);
}

#[test]
fn a_plan_that_waits_is_found_again_from_home() {
    let mut desk = reviewing();
    desk.keys("x esc")
        .expect("its plan waits for your review")
        .expect("f4 shows it");
    desk.keys("esc").expect("w shows it");
    desk.keys("w")
        .expect("3 steps, nothing wrong")
        .expect("edited");
    desk.keys("esc i")
        .types("w")
        .keys("f4")
        .expect("Review plan");
}

#[test]
fn a_review_never_takes_the_keyboard_from_a_text() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(Log::gdp().records)
        .keys("esc i")
        .types("next ");
    let log = log::reviewing();
    desk.events(log.records[1..].to_vec());
    desk.types("task s")
        .expect("next task s")
        .expect("a plan waits for your review");
    assert_eq!(desk.commands(), []);
}

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
fn thinking_is_shown_apart() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.expect_not("The user wants the ratio.")
        .keys("T")
        .expect("The user wants the ratio.");
    desk.keys("ctrl-o").expect_not("The user wants the ratio.");
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
        .expect("loading model... 5 s");
    desk.expect_not("so the German economy");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Content,
        "now then",
    );
    desk.expect("now then").expect_not("loading model");
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

#[test]
fn ctrl_c_goes_up_one_rung_at_a_time() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("esc i").take_effects();
    desk.types("a draft").keys("f1 ctrl-c").expect("a draft");
    assert!(desk.footer().contains("^c clear"), "{}", desk.footer());
    desk.keys("ctrl-c").expect_not("a draft│");
    assert!(desk.footer().contains("^c stop run"), "{}", desk.footer());
    desk.keys("ctrl-c").expect("again to stop the run");
    assert_eq!(desk.take_effects(), []);
    desk.wait(2000).keys("ctrl-c");
    assert_eq!(desk.take_effects(), [], "two seconds are over");
    desk.wait(1999).keys("ctrl-c");
    assert_eq!(desk.take_effects(), [Effect::Cancel]);
    desk.tell(Msg::Ended(RunOutcome::Interrupted))
        .keys("ctrl-c")
        .take_effects();
    assert!(
        desk.footer().contains("^c again: quit"),
        "{}",
        desk.footer()
    );
    desk.keys("ctrl-c");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.types("kept").keys("ctrl-c up").expect("kept");
}

#[test]
fn another_key_disarms_ctrl_c() {
    let mut desk = Desk::new(80, 24).served();
    desk.keys("ctrl-c").types("x").keys("backspace ctrl-c");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn leaving_is_asked_about_while_a_run_is_at_work() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.keys("q n").expect("1 Plan").keys("q y");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.keys("esc q");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.keys("ctrl-d");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
}

#[test]
fn one_run_is_at_work_at_a_time() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.tell(Msg::Runs(log::past_runs(), 4));
    desk.keys("n")
        .types("another")
        .keys("enter")
        .expect("a run is at work")
        .expect("another");
    desk.keys("esc j R").expect("a run is at work");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn runs_are_found_opened_resumed_deleted_and_brought_back() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).take_effects();
    desk.keys("esc H");
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    desk.keys("/").types("eu").keys("enter");
    let words = |text: &str| Effect::Search(text.to_owned());
    assert_eq!(desk.take_effects(), [words("e"), words("eu")]);
    desk.tell(Msg::Found("e".to_owned(), Vec::new()))
        .expect("History  4");
    desk.tell(Msg::Found("eu".to_owned(), Vec::new()))
        .expect("\"eu\"  0 of 4")
        .keys("esc")
        .expect("History  4");
    desk.keys("j R");
    let runs = log::past_runs();
    assert_eq!(desk.take_effects(), [Effect::Resume(runs[1].run.clone())]);
    desk.keys("g R").expect("this run is completed").keys("x");
    assert_eq!(desk.take_effects(), [Effect::Delete(runs[0].run.clone())]);
    desk.tell(Msg::Deleted(runs[0].run.clone()))
        .expect_not("Compare GDP")
        .keys("u");
    assert_eq!(desk.take_effects(), [Effect::Restore(runs[0].run.clone())]);
    desk.tell(Msg::Restored(runs[0].run.clone()));
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    desk.keys("e enter");
    let wanted = runs[1].run.clone();
    assert_eq!(desk.take_effects(), [Effect::Open(wanted.clone())]);
    desk.tell(Msg::Opened(wanted, log::answered(None).records));
    let effects = desk.take_effects();
    assert!(
        matches!(&effects[..], [Effect::Export(_, text)] if text.contains("## Answer")),
        "{effects:?}"
    );
}

#[test]
fn an_opened_run_is_read_and_can_be_resumed() {
    let mut desk = Desk::new(100, 30).served();
    let records = log::running().records;
    desk.tell(Msg::Opened(records[0].run.clone(), records))
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
    desk.keys("esc").expect("step 2 of 4");
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
fn what_stands_still_asks_for_no_time() {
    let mut desk = Desk::new(80, 24).served();
    assert_eq!(desk.app.clock(), Clock::Still);
    streaming(&mut desk);
    assert_eq!(desk.app.clock(), Clock::Spinner);
    desk.tell(Msg::Focus(false));
    assert_eq!(desk.app.clock(), Clock::Second);
    let calm = AppOptions {
        reduced_motion: true,
        ..options()
    };
    let mut desk = Desk::with(&calm, 80, 24).served();
    streaming(&mut desk);
    assert_eq!(desk.app.clock(), Clock::Second);
    desk.expect_not("⠋");
    assert_eq!(reviewing().app.clock(), Clock::Still);
    let mut desk = Desk::new(80, 24).served();
    desk.watching(log::answered(None).records)
        .tell(Msg::Ended(RunOutcome::Completed));
    assert_eq!(desk.app.clock(), Clock::Still);
}

#[test]
fn the_title_says_how_far_the_run_is() {
    let mut desk = Desk::new(80, 24).served();
    assert_eq!(desk.app.title(), "planwright");
    desk.watching(log::reviewing().records);
    assert!(desk.app.title().starts_with("planwright review Compare"));
    streaming(&mut desk);
    assert!(desk.app.title().starts_with("planwright 2/4 Compare"));
}

#[test]
fn esc_never_loses_what_is_typed() {
    let mut desk = Desk::new(80, 24).served();
    desk.types("half a task")
        .keys("esc esc ? esc f3 esc f2 esc")
        .expect("half a task");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever was edited, undoing all of it gives the plan that was proposed, and doing all again the edited one.
    #[test]
    fn undoing_everything_gives_the_plan_back(keys in proptest::collection::vec(0_usize..11, 0..30)) {
        let edits = ["x", "J", "K", "o a b enter", "O c enter", "e d enter", "w g enter", "j", "k", "u", "U"];
        let mut desk = reviewing();
        for key in &keys {
            desk.keys(edits[*key]);
        }
        desk.wait(500).keys("enter");
        let edited = desk.commands();
        let mut desk = reviewing();
        for key in &keys {
            desk.keys(edits[*key]);
        }
        for _ in 0..40 {
            desk.keys("u");
        }
        let mut redone = reviewing();
        redone.keys("g");
        desk.wait(500).keys("enter");
        prop_assert_eq!(desk.commands(), [approve(&gdp_steps(), false)]);
        prop_assert!(!edited.is_empty());
    }

    /// Undo, then redo as often: the same plan is approved as before.
    #[test]
    fn redoing_everything_gives_the_edits_back(keys in proptest::collection::vec(0_usize..9, 1..20)) {
        let edits = ["x", "J", "K", "o a b enter", "O c enter", "e d enter", "w g enter", "j", "k"];
        let approved = |undo: usize| {
            let mut desk = reviewing();
            for key in &keys {
                desk.keys(edits[*key]);
            }
            for _ in 0..undo {
                desk.keys("u");
            }
            for _ in 0..undo {
                desk.keys("ctrl-r");
            }
            desk.wait(500).keys("enter");
            desk.commands()
        };
        prop_assert_eq!(approved(0), approved(30));
    }
}
