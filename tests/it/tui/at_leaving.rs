//! Leaving a review that was edited: (log, keys, what the run is told).

use planwright::domain::event::PlanSource;
use planwright::domain::plan::{Step, plan_hash};
use planwright::session::RunCommand;
use planwright::tui::effect::{EditTarget, Effect, Msg};

use super::desk::{Desk, reviewing};
use super::log::{self, gdp_steps};

fn edit(steps: Vec<Step>) -> Effect {
    Effect::Send(RunCommand::Edit { steps })
}

fn shorter() -> Vec<Step> {
    let mut steps = gdp_steps();
    steps.pop();
    steps
}

/// A review whose last step was deleted.
fn edited() -> Desk {
    let mut desk = reviewing();
    desk.keys("G x").take_effects();
    desk
}

/// The version that the engine makes of what it was told.
fn recorded(desk: &mut Desk, steps: Vec<Step>) {
    let mut log = log::reviewing();
    desk.event(log.proposed(PlanSource::User, steps, None).last());
}

#[test]
fn edits_are_recorded_however_the_review_is_left() {
    for keys in ["esc", "H", "n", "f10"] {
        let mut desk = edited();
        desk.keys(keys);
        assert_eq!(desk.take_effects()[0], edit(shorter()), "{keys}");
        recorded(&mut desk, shorter());
        desk.keys("esc esc f4").take_effects();
        desk.expect("3 steps, nothing wrong").expect_not(", edited");
        desk.keys(keys);
        let again = desk.commands();
        assert_eq!(again, [], "{keys}: nothing was edited since");
    }
    let mut desk = reviewing();
    desk.keys("j ? esc : esc e esc esc");
    assert_eq!(desk.commands(), [], "nothing was edited");
}

#[test]
fn what_is_on_its_way_is_not_sent_twice() {
    let mut desk = edited();
    desk.keys("esc w esc w").wait(500).keys("enter");
    let hash = plan_hash(&shorter());
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit { steps: shorter() },
            RunCommand::Approve {
                hash,
                stepwise: false
            }
        ]
    );
}

#[test]
fn what_was_recorded_can_still_be_undone_and_done_again() {
    let mut desk = edited();
    desk.keys("esc").take_effects();
    recorded(&mut desk, shorter());
    desk.keys("w u").expect("4 steps").expect(", edited");
    desk.keys("U").expect("3 steps").expect_not(", edited");
    desk.keys("u").wait(500).keys("enter");
    let hash = plan_hash(&gdp_steps());
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit { steps: gdp_steps() },
            RunCommand::Approve {
                hash,
                stepwise: false
            }
        ]
    );
}

#[test]
fn edits_made_while_others_are_on_their_way_stay() {
    let mut desk = edited();
    desk.keys("esc w G x esc").take_effects();
    recorded(&mut desk, shorter());
    desk.keys("w")
        .expect("2 steps")
        .keys("u u")
        .expect("4 steps");
}

#[test]
fn edits_are_recorded_before_the_program_ends() {
    let mut desk = edited();
    desk.keys("q y");
    assert_eq!(desk.take_effects(), [edit(shorter())]);
    recorded(&mut desk, shorter());
    assert_eq!(desk.take_effects(), [Effect::Quit]);

    let mut desk = edited();
    desk.keys("q y").wait(1999);
    assert_eq!(desk.take_effects(), [edit(shorter())]);
    desk.wait(1);
    assert_eq!(desk.take_effects(), [Effect::Quit], "it waits no longer");

    let mut desk = edited();
    desk.keys("q y q y");
    assert_eq!(desk.take_effects(), [edit(shorter()), Effect::Quit]);
}

#[test]
fn edits_are_recorded_before_the_run_is_stopped() {
    let mut desk = edited();
    desk.keys("ctrl-c ctrl-c");
    assert_eq!(desk.take_effects(), [edit(shorter())]);
    recorded(&mut desk, shorter());
    assert_eq!(desk.take_effects(), [Effect::Cancel]);
}

#[test]
fn edits_are_recorded_before_the_plan_is_turned_down() {
    let mut desk = edited();
    desk.keys("X y");
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit { steps: shorter() },
            RunCommand::Reject { feedback: None }
        ]
    );
}

#[test]
fn a_plan_that_cannot_run_is_kept_here_and_said_to_be() {
    let mut desk = reviewing();
    let long = format!("1. {}", "word ".repeat(500));
    desk.tell(Msg::Edited(EditTarget::Plan, Ok(long)));
    desk.keys("esc")
        .expect("kept only until you quit: step 1 is longer");
    assert_eq!(desk.commands(), []);
    desk.keys("w").expect("longer than 2000 characters");
    desk.keys("q").expect("cannot run and is lost").keys("n");
    desk.keys("ctrl-c").expect("cannot run and is lost");
    desk.keys("q y");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
}

#[test]
fn a_refused_edit_is_sent_again() {
    let mut desk = edited();
    desk.keys("esc").take_effects();
    let mut log = log::reviewing();
    desk.event(log.notice("the edited plan was not taken").last());
    desk.keys("w esc");
    assert_eq!(desk.take_effects()[0], edit(shorter()));
}

#[test]
fn edits_of_an_earlier_process_are_marked_as_such() {
    let mut log = log::reviewing();
    let mut steps = gdp_steps();
    steps[0].description = "Look up France".to_owned();
    log.proposed(PlanSource::User, steps, None);
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records);
    desk.expect("rev 2 by user")
        .expect("you changed this")
        .expect_not(", edited");
}
