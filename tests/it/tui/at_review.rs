//! The review of a plan: (log, keys, screen).

use planwright::domain::event::PlanSource;
use planwright::domain::ids::StepId;
use planwright::domain::plan::{Step, plan_hash};
use planwright::session::RunCommand;
use planwright::tui::effect::{EditTarget, Effect, Msg};
use proptest::prelude::*;

use super::desk::{Desk, reviewing};
use super::log::{self, Log, gdp_steps, step};

fn approve(steps: &[Step], stepwise: bool) -> RunCommand {
    RunCommand::Approve {
        hash: plan_hash(steps),
        stepwise,
    }
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
fn a_plan_that_comes_up_while_somebody_types_is_neither_run_nor_changed() {
    let mut desk = Desk::new(100, 30).served();
    let mut records = log::reviewing().records;
    let plan = records.pop().unwrap();
    desk.watching(records).keys("j").wait(300).event(plan);
    for key in ["x", "s", "R", "enter"] {
        desk.keys(key).expect("only just appeared").wait(399);
        assert_eq!(desk.commands(), [], "{key}");
    }
    // After a pause all keys count.
    desk.wait(1).keys("x").wait(500).keys("enter");
    let commands = desk.commands();
    assert_eq!(commands.len(), 2, "{commands:?}");
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
fn a_text_too_long_for_one_line_is_not_opened_to_be_cut() {
    let mut desk = Desk::new(100, 30).served();
    let mut steps = gdp_steps();
    steps[0].done_when = Some("so ".repeat(10_000));
    desk.watching(Log::gdp().planned(steps).records.clone())
        .wait(500)
        .keys("w");
    desk.expect("`E` opens the plan in your own editor")
        .expect("Review plan");
    desk.keys("enter");
    assert!(matches!(desk.commands()[..], [RunCommand::Approve { .. }]));
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
fn the_version_before_comes_back() {
    // The rest of the old plan stands in the place of what the replanner wants; what is finished stays.
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::replanned().records).wait(1_000);
    let mut proposed = gdp_steps()[..3].to_vec();
    proposed.push(step(5, "Compute ratio and gap from steps 1 and 2"));
    proposed.push(step(6, "State data year and caveats"));
    let mut old = proposed[..3].to_vec();
    old.push(gdp_steps()[3].clone());
    desk.keys("b")
        .expect("Explain drivers of the gap")
        .expect("(you kept this)")
        .expect_not("you added")
        .keys("enter");
    assert_eq!(
        desk.commands(),
        [
            RunCommand::Edit { steps: old.clone() },
            approve(&old, false)
        ]
    );
    // It is a change like any other.
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::replanned().records).wait(1_000);
    desk.keys("b u enter");
    assert_eq!(desk.commands(), [approve(&proposed, false)]);
    // One's own edits come back after the planner was asked for another plan.
    let mut log = log::reviewing();
    let mut mine = gdp_steps();
    mine[0].description = "My own words".to_owned();
    log.proposed(PlanSource::User, mine.clone(), None);
    log.planned(vec![step(8, "Something else"), step(9, "And more")]);
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records).wait(1_000);
    desk.keys("b")
        .expect("My own words")
        .expect_not("Something else ");
    // A version of one's own goes back to what was proposed.
    let mut log = log::reviewing();
    let mut mine = gdp_steps();
    mine[0].description = "My own words".to_owned();
    log.proposed(PlanSource::User, mine, None);
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records).wait(1_000);
    desk.keys("b")
        .expect_not("My own words")
        .expect("Search current GDP of France");
    let mut first = reviewing();
    first.keys("b").expect("the first version of the plan");
    assert_eq!(first.commands(), []);
}

#[test]
fn instead_of_a_new_plan_the_answer_can_be_had() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::replanned().records).wait(1_000);
    desk.keys("F").expect("are left out. Finish?").keys("y");
    assert_eq!(desk.commands(), [RunCommand::Finish]);
    // What was edited is a version of the plan before that.
    let mut desk = reviewing();
    desk.keys("x F y");
    let commands = desk.commands();
    assert!(
        matches!(&commands[..], [RunCommand::Edit { .. }, RunCommand::Finish]),
        "{commands:?}"
    );
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
fn no_line_of_the_edited_plan_is_left_out_and_reworded_steps_stay_what_they_were() {
    let mut desk = reviewing();
    let text = "# My plan\nAsk Eurostat first\n\n\
        1. Search current GDP of France for 2023\n\
        and name the source\n   with its address\n\
        - Explain drivers of the gap | after: 1\n";
    desk.tell(Msg::Edited(EditTarget::Plan, Ok(text.to_owned())));
    desk.wait(500).keys("enter");
    let commands = desk.commands();
    let [RunCommand::Edit { steps }, _] = &commands[..] else {
        panic!("{commands:?}");
    };
    let texts: Vec<&str> = steps.iter().map(|step| step.description.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Ask Eurostat first",
            "Search current GDP of France for 2023",
            "and name the source with its address",
            "Explain drivers of the gap",
        ]
    );
    let known = |at: usize| gdp_steps().iter().any(|step| step.id == steps[at].id);
    assert_eq!(
        [known(0), known(1), known(2), known(3)],
        [false, true, false, true]
    );
    assert_eq!(steps[1].id, gdp_steps()[0].id);
}

#[test]
fn a_text_that_is_no_plan_is_kept_and_shown_again() {
    let mut desk = reviewing();
    desk.tell(Msg::Edited(
        EditTarget::Plan,
        Ok("1. Look it up\n2. ".to_owned()),
    ));
    desk.expect("line 2:").expect("4 steps").keys("E");
    assert_eq!(
        desk.take_effects(),
        [Effect::Edit(
            EditTarget::Plan,
            "1. Look it up\n2. ".to_owned()
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
    desk.keys("x esc i")
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
fn the_key_to_a_plan_that_waits_has_room_on_a_narrow_screen() {
    let mut desk = Desk::new(40, 15).served();
    desk.watching(log::reviewing().records).keys("esc");
    desk.expect("a plan to review").expect("w shows it");
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

#[test]
fn a_single_step_goes_through_the_editor() {
    let mut desk = super::desk::reviewing();
    desk.keys("e ctrl-g");
    let effects = desk.take_effects();
    let Some(Effect::Edit(EditTarget::Line, text)) = effects.last() else {
        panic!("{effects:?}");
    };
    desk.expect(text);
    desk.tell(Msg::Edited(
        EditTarget::Line,
        Ok("Find both\nfigures\n".to_owned()),
    ));
    desk.keys("enter").expect("1 Find both figures");
    // Once nothing asks for it, it changes nothing.
    desk.tell(Msg::Edited(EditTarget::Line, Ok("late".to_owned())));
    desk.expect("no longer asked for").expect_not("late");
}

/// What is typed in a line that is left is there again when the same is asked for.
#[test]
fn a_line_that_was_left_is_there_again() {
    let mut desk = reviewing();
    desk.keys("f").types("make it shorter").keys("esc");
    desk.expect_not("make it shorter").keys("f");
    desk.expect("make it shorter")
        .expect("is here again")
        .keys("esc");
    // Another line has its own words, and one that was sent is not there again.
    desk.keys("o").expect_not("make it shorter").keys("esc");
    desk.keys("f enter").take_effects();
    let mut desk = reviewing();
    desk.keys("e").types(" and more").keys("esc j e");
    desk.expect_not("and more");
    desk.keys("esc k e").expect("and more").keys("enter");
    desk.keys("e").expect_not("is here again");
}

/// A person who is asked about a new plan sees what the old one has come to.
#[test]
fn what_finished_steps_brought_stands_in_the_review() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::replanned().records).wait(1_000);
    desk.keys("g").expect("result: France $3.03 T");
    desk.keys("j j")
        .expect("result: Step failed: the Eurostat page");
}
