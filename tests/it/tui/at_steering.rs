//! A person's hand in a run at work: (log, keys, what the run is told).

use planwright::domain::chat::Role;
use planwright::domain::event::{Decision, DeltaKind, Limits, PlanSource, RunEvent, StepOutcome};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::Step;
use planwright::session::{Drafts, RunCommand, RunOutcome};
use planwright::tui::effect::{Effect, Msg};

use super::desk::Desk;
use super::log;

fn id(name: &str) -> StepId {
    StepId::new(name)
}

/// Three steps begun, the third one at work, the rest pending; the plan is in focus.
fn working() -> Desk {
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::running().records).keys("1");
    desk
}

#[test]
fn each_key_says_its_word_to_the_run() {
    for (keys, word) in [
        ("s", RunCommand::Skip { step: id("s3") }),
        ("r", RunCommand::Retry { step: id("s3") }),
        ("L", RunCommand::Replan { reason: None }),
        ("B y", RunCommand::RerunFrom { step: id("s3") }),
        ("g s", RunCommand::Skip { step: id("s4") }),
    ] {
        let mut desk = working();
        let keys = keys.replace("g s", "G s");
        desk.keys(&keys);
        assert_eq!(desk.commands(), [word], "{keys}");
    }
}

#[test]
fn what_is_typed_for_a_step_or_the_run_is_sent() {
    let mut desk = working();
    desk.keys("m")
        .expect("in your words")
        .types("it is 1.5")
        .keys("enter");
    desk.keys("i")
        .expect("Steer the run")
        .types("use 2024")
        .keys("enter")
        .expect("are told so");
    desk.expect("1 Plan *");
    // It stands among the decisions from then on.
    let mut log = log::running();
    log.push(RunEvent::HintGiven {
        step: None,
        text: "use 2024".to_owned(),
    });
    desk.event(log.last()).expect("✎ you").expect("   use 2024");
    let mut empty = working();
    empty.keys("i enter").expect("type something first");
    assert_eq!(empty.commands(), []);
    let said = [
        RunCommand::MarkDone {
            step: id("s3"),
            result: "it is 1.5".to_owned(),
        },
        RunCommand::Hint {
            step: None,
            text: "use 2024".to_owned(),
        },
    ];
    assert_eq!(desk.commands(), said);
}

#[test]
fn the_run_is_held_and_finished_by_a_key() {
    let mut desk = working();
    desk.keys("P").expect("is held");
    assert_eq!(desk.commands(), [RunCommand::Hold]);
    let mut desk = working();
    desk.keys("F").expect("are left out. Finish?").keys("n");
    assert_eq!(desk.commands(), []);
    desk.keys("F y");
    assert_eq!(desk.commands(), [RunCommand::Finish]);
    // Nothing comes after the answer.
    let mut log = log::running();
    log.done("s3", "1.5").done("s4", "More");
    log.decided(Decision::Respond, "enough");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records);
    desk.delta("c9", Role::Finalizer, None, DeltaKind::Content, "The ratio");
    desk.keys("p").expect("nothing comes after it");
    desk.keys("P").expect("nothing comes after it");
    desk.keys("F").expect("the answer is being written");
    assert_eq!(desk.commands(), []);
}

/// A step whose tool waits for a person is still what is read when the run is held.
#[test]
fn what_is_held_is_what_is_read() {
    let mut desk = Desk::new(120, 40).served();
    let mut log = log::requesting();
    desk.watching(log.records.clone()).keys("esc");
    let shown = |desk: &Desk| {
        desk.screen().contains("Output: 3 ") || desk.screen().contains("3 Compute ratio and gap  ")
    };
    assert!(shown(&desk), "{}", desk.screen());
    log.push(RunEvent::RunPaused {
        reason: "held".to_owned(),
    });
    desk.event(log.last());
    assert!(shown(&desk), "{}", desk.screen());
    desk.expect_not("The plan");
}

/// A step that was left out before it began took no time.
#[test]
fn what_never_began_says_that_it_was_skipped_and_no_time() {
    let mut log = log::running();
    log.finished("s4", StepOutcome::Skipped, "left out");
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records);
    let screen = desk.screen();
    let row = screen.lines().find(|line| line.contains("4 Explain"));
    let row = row.unwrap_or_default();
    assert!(row.contains("skipped") && !row.contains("0.0s"), "{row}");
}

#[test]
fn what_is_typed_waits_as_a_task_and_is_taken_back() {
    let mut desk = working();
    desk.keys("i").types("another task").keys("tab");
    desk.expect("begins when the run").expect("1 task waits");
    assert_eq!(desk.commands(), []);
    desk.keys("alt-up")
        .expect("\u{203a} another task")
        .expect_not("waits");
    // With something typed, that waits in its place.
    desk.keys("tab").types("older").keys("alt-up");
    desk.expect("\u{203a} another task").expect("1 task waits");
    // What is typed stays while the panes have the keyboard; a first Ctrl-C clears it, and undo brings it back.
    desk.keys("esc");
    desk.expect("1 Plan *");
    desk.expect("another task")
        .keys("i ctrl-c")
        .expect_not("another task");
    desk.keys("ctrl-_").expect("another task");
}

#[test]
fn nothing_takes_the_line_away_in_which_somebody_types() {
    // A request waits until the line is left, and so does a plan.
    let mut desk = working();
    desk.keys("i").types("use ");
    let mut log = log::requesting();
    desk.event(log.last());
    desk.expect_not("1 Plan *");
    desk.types("2024").expect("use 2024");
    let mut desk = Desk::new(120, 40).served();
    log = log::running();
    desk.watching(log.records.clone()).keys("i").types("yes ");
    desk.wait(1_000);
    log.done("s3", "1.5");
    desk.event(log.last());
    log.decided(Decision::Replan, "more is needed");
    desk.event(log.last());
    let steps = vec![log::step(5, "Look it up")];
    log.proposed(PlanSource::Replanner, steps, Some("more"));
    desk.event(log.last());
    desk.expect_not("1 Plan *");
    desk.types("x enter").expect("a plan waits for your review");
    assert_eq!(desk.commands(), []);
    desk.keys("esc").expect("Look it up");
    desk.expect("Review");
    // Keys meant for the line decide nothing.
    desk.keys("enter").expect("only just appeared");
    assert_eq!(desk.commands(), []);
    // The run ends: letters are still text, and become a task if one wants.
    let mut desk = working();
    desk.keys("i").types("qu");
    desk.tell(Msg::Ended(RunOutcome::Interrupted));
    desk.types("it").expect("quit").expect("The run is at rest");
    desk.keys("enter").expect("makes this a task of its own");
    desk.keys("tab");
    let begun = desk.take_effects();
    assert!(
        begun
            .iter()
            .any(|effect| matches!(effect, Effect::Start(request) if request.task == "quit")),
        "{begun:?}"
    );
}

#[test]
fn what_is_typed_for_one_run_is_never_said_to_another() {
    // The next run begins while somebody types: the line stays, and is not for that run.
    let mut desk = working();
    desk.keys("i").types("another task").keys("tab");
    desk.types("for the first");
    desk.tell(Msg::Ended(RunOutcome::Completed));
    let mut next = log::Log::new("another task");
    next.planned(log::gdp_steps());
    for record in &mut next.records {
        record.run = RunId::new("99999999000000000000000000000000");
    }
    let run = next.records[0].run.clone();
    desk.tell(Msg::Watching(run, next.records));
    desk.types(" run")
        .expect("for the first run")
        .expect("The run is at rest");
    desk.take_effects();
    desk.keys("enter").expect("makes this a task of its own");
    assert_eq!(desk.commands(), []);
    // Left, it is found where tasks are typed.
    desk.keys("esc")
        .expect("is among the earlier tasks")
        .expect_not("for the first run");
    desk.keys("n")
        .expect_not("for the first run")
        .keys("up")
        .expect("for the first run");
    // The same where it was left before the run ended.
    let mut desk = working();
    desk.keys("i").types("too late").keys("esc");
    desk.tell(Msg::Ended(RunOutcome::Completed));
    let mut again = log::Log::new("another task");
    again.planned(log::gdp_steps()).approved().started("s1");
    for record in &mut again.records {
        record.run = RunId::new("99999999000000000000000000000000");
    }
    let run = again.records[0].run.clone();
    desk.tell(Msg::Watching(run, again.records));
    desk.expect_not("too late").keys("n").expect_not("too late");
    desk.keys("up").expect("too late");
}

#[test]
fn a_run_is_held_only_where_a_step_is_at_work() {
    let mut log = log::Log::gdp();
    log.planned(log::gdp_steps()).approved();
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records);
    desk.keys("P").expect("before its next step begins");
    assert_eq!(desk.commands(), [RunCommand::Pause]);
}

#[test]
fn a_paste_goes_where_the_run_is_steered_and_survives_the_program() {
    let mut desk = working();
    desk.tell(Msg::Paste("two\nlines".to_owned()));
    desk.expect("two").expect("lines");
    assert_eq!(desk.commands(), []);
    let mut next = working();
    next.tell(Msg::DraftsTaken(Drafts {
        steering: "two\nlines".to_owned(),
        ..Drafts::default()
    }));
    next.expect("two").expect("lines");
}

#[test]
fn steps_that_have_not_begun_are_edited_in_place() {
    let steps = log::gdp_steps();
    let mut edited = steps.clone();
    edited[3].description.push_str(", briefly");
    let mut desk = working();
    desk.keys("G E").types(", briefly").keys("enter");
    assert_eq!(desk.commands(), [RunCommand::Revise { steps: edited }]);

    let mut added = steps.clone();
    added.push(Step::new(id("s5"), "Name the sources"));
    let mut desk = working();
    desk.keys("G o").types("Name the sources").keys("enter");
    assert_eq!(
        desk.commands(),
        [RunCommand::Revise {
            steps: added.clone()
        }]
    );

    let mut desk = working();
    desk.keys("G x");
    assert_eq!(
        desk.commands(),
        [RunCommand::Revise {
            steps: steps[..3].to_vec()
        }]
    );
}

#[test]
fn an_edit_of_a_plan_at_work_is_undone() {
    let steps = log::gdp_steps();
    let mut desk = working();
    desk.keys("U").expect("nothing was edited");
    desk.keys("G x").expect("`U` brings it back");
    let mut log = log::running();
    let shorter = steps[..3].to_vec();
    log.proposed(PlanSource::User, shorter.clone(), None);
    desk.event(log.last());
    log.approved();
    desk.event(log.last());
    desk.expect_not("Explain drivers");
    assert_eq!(desk.commands(), [RunCommand::Revise { steps: shorter }]);
    desk.keys("U");
    assert_eq!(
        desk.commands(),
        [RunCommand::Revise {
            steps: steps.clone()
        }]
    );
    // The replanner has made another plan since: what stood there is no edit of that one.
    let mut desk = working();
    desk.keys("G x").take_effects();
    log.proposed(PlanSource::Replanner, steps, Some("another one"));
    desk.event(log.last());
    log.approved();
    desk.event(log.last());
    desk.keys("U").expect("nothing was edited");
    assert_eq!(desk.commands(), []);
}

#[test]
fn what_has_begun_stays_and_the_key_says_why() {
    for (keys, why) in [
        ("g s", "finished and stays"),
        ("g m", "finished and stays"),
        ("g r", "has not begun, or is done"),
        ("E", "has begun and stays"),
        ("x", "has begun and stays"),
        ("J", "has begun and stays"),
        ("G B", "has not begun"),
    ] {
        let mut desk = working();
        desk.keys(keys).expect(why);
        assert_eq!(desk.commands(), [], "{keys}");
    }
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::answered(None).records);
    desk.tell(planwright::tui::effect::Msg::Ended(
        planwright::session::RunOutcome::Completed,
    ));
    desk.keys("1 s").expect("this run is completed");
}

/// A step at work is never moved past, and one that waits is not moved before it.
#[test]
fn a_step_is_moved_among_those_that_wait() {
    let mut desk = working();
    desk.keys("G K");
    assert_eq!(desk.commands(), [], "its neighbour is at work");
}

/// An edit of a plan at work is approved by whoever makes it: no review comes up.
#[test]
fn no_review_comes_up_for_ones_own_edit() {
    let mut log = log::running();
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records.clone()).keys("1 G x");
    let steps = log::gdp_steps()[..3].to_vec();
    log.proposed(PlanSource::User, steps, None);
    desk.event(log.last()).expect_not("run all");
    log.approved();
    desk.event(log.last()).expect_not("run all").expect("rev 2");
}

#[test]
fn bounds_that_were_set_are_seen_as_they_run_down() {
    let mut log = log::running();
    if let RunEvent::RunStarted { limits, .. } = &mut log.records[0].event {
        *limits = Limits {
            max_model_calls: Some(5),
            max_tokens: Some(20_000),
            ..Limits::default()
        };
    }
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log.records)
        .expect("calls ")
        .expect("/5")
        .expect("tokens ");
    let mut plain = Desk::new(120, 40).served();
    plain.watching(log::running().records).expect_not("calls ");
}

/// Whoever leaves a step out is told what is left out with it.
#[test]
fn what_builds_on_a_step_that_is_left_out_is_said() {
    let mut desk = Desk::new(120, 40).served();
    let mut log = log::reviewing();
    log.approved().started("s1");
    desk.watching(log.records);
    desk.keys("1 g s");
    desk.expect("left out with it: 3;");
    assert_eq!(desk.commands(), [RunCommand::Skip { step: id("s1") }]);
}
