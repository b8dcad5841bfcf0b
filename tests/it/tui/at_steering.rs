//! A person's hand in a run at work: (log, keys, what the run is told).

use planwright::domain::event::{Limits, PlanSource, RunEvent};
use planwright::domain::ids::StepId;
use planwright::domain::plan::Step;
use planwright::session::RunCommand;

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
        .expect("the rest of the run heed")
        .types("use 2024")
        .keys("enter");
    let mut empty = working();
    empty.keys("i enter").expect("nothing was typed");
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
