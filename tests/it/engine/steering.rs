//! What a person may say while a run works, and what becomes of it: each word is a record.

use std::time::Duration;

use planwright::domain::event::{Approver, Decision, PlanSource, RunEvent, StepOutcome};
use planwright::domain::ids::StepId;
use planwright::domain::plan::Step;
use planwright::domain::state::{PlanExecuteState, StepStatus};
use planwright::session::{RunCommand, RunOutcome, RunRequest};

use super::harness::{Bench, Ran, STEPS, attended, request, respond, watch};
use crate::support::{Kind, Reply, Script};

fn id(name: &str) -> StepId {
    StepId::new(name)
}

fn status(ran: &Ran, name: &str) -> StepStatus {
    ran.state.planned(&id(name)).unwrap().status
}

/// A task whose plan needs no approval, with somebody there.
fn present(task: &str) -> RunRequest {
    RunRequest {
        attended: true,
        ..request(task)
    }
}

/// Runs three steps; says `word` when `step` begins.
async fn said(script: Script, step: &str, word: RunCommand) -> (Bench, Ran) {
    let bench = Bench::new(script);
    let mut word = Some(word);
    let ran = watch(bench.start(request("Compare")), |record| {
        let begins = matches!(&record.event, RunEvent::StepStarted { step: begun, .. } if begun.as_str() == step);
        begins.then(|| word.take()).flatten()
    })
    .await;
    (bench, ran)
}

/// The first step hangs until its connection is closed.
fn hanging() -> Script {
    Script::happy(&STEPS).once(Kind::Executor, Reply::text("half a").hang_after(1))
}

#[tokio::test]
async fn a_step_at_work_is_left_out_at_once() {
    let (bench, ran) = said(hanging(), "s1", RunCommand::Skip { step: id("s1") }).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(
        status(&ran, "s1"),
        StepStatus::Finished(StepOutcome::Skipped)
    );
    assert_eq!(status(&ran, "s2"), StepStatus::Finished(StepOutcome::Done));
    assert!(
        bench
            .server
            .wait_cancelled(1, Duration::from_secs(10))
            .await
    );
    let ended = ran.records.iter().find_map(|record| match &record.event {
        RunEvent::StepFinished { by, .. } => Some(*by),
        _ => None,
    });
    assert_eq!(ended, Some(Some(Approver::User)));
}

#[tokio::test]
async fn a_step_is_done_with_the_persons_own_result() {
    let word = |step: &str| RunCommand::MarkDone {
        step: id(step),
        result: "2.8 trillion, I looked it up".to_owned(),
    };
    for (script, step) in [(hanging(), "s1"), (Script::happy(&STEPS), "s2")] {
        let (bench, ran) = said(script, "s1", word(step)).await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        let own = ran.state.planned(&id(step)).unwrap();
        assert_eq!(own.status, StepStatus::Finished(StepOutcome::Done));
        assert_eq!(own.result.as_deref(), Some("2.8 trillion, I looked it up"));
        let asked = bench.server.chat_requests();
        assert!(asked.last().unwrap().last().contains("I looked it up"));
    }
}

#[tokio::test]
async fn a_step_at_work_is_tried_again() {
    let (_, ran) = said(hanging(), "s1", RunCommand::Retry { step: id("s1") }).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let step = ran.state.planned(&id("s1")).unwrap();
    assert_eq!(
        (step.attempts, step.status),
        (2, StepStatus::Finished(StepOutcome::Done))
    );
    assert_eq!(ran.outline()[3..7], ["step", "reset", "step", "done"]);
}

/// Who asks for a look at what comes of the step at work, and has that step done again, wants the look after it.
#[tokio::test]
async fn a_look_that_was_asked_for_waits_for_the_step_that_is_done_again() {
    let bench = Bench::new(hanging());
    let mut words = vec![
        RunCommand::Retry { step: id("s1") },
        RunCommand::Replan {
            reason: Some("the person asks".to_owned()),
        },
    ];
    let ran = watch(bench.start(request("Compare")), |record| {
        match &record.event {
            RunEvent::StepStarted { step, attempt: 1 } if step.as_str() == "s1" => words.pop(),
            RunEvent::ReplanRequested { .. } => words.pop(),
            _ => None,
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(status(&ran, "s1"), StepStatus::Finished(StepOutcome::Done));
    let kinds = bench.server.kinds();
    let looked = kinds.iter().position(|kind| *kind == Kind::Replanner);
    let steps = kinds[..looked.unwrap()]
        .iter()
        .filter(|kind| **kind == Kind::Executor);
    assert!(
        steps.count() == 2,
        "the step comes before the look, and no other one does: {kinds:?}"
    );
    assert!(
        !ran.state
            .notices
            .iter()
            .any(|made| made.text.contains("rests on no step"))
    );
}

/// An answer that was asked for before anything was done says what it is worth.
#[tokio::test]
async fn an_answer_without_any_step_is_said_to_rest_on_none() {
    let bench = Bench::new(hanging().once(Kind::Replanner, respond()));
    let mut words = vec![
        RunCommand::Continue { stepwise: false },
        RunCommand::Replan { reason: None },
        RunCommand::Hold,
    ];
    let ran = watch(bench.start(present("Compare")), |record| {
        match &record.event {
            RunEvent::StepStarted { .. } if words.len() == 3 => words.pop(),
            RunEvent::RunPaused { .. } | RunEvent::ReplanRequested { .. } => words.pop(),
            _ => None,
        }
    })
    .await;
    let said = ran
        .state
        .notices
        .iter()
        .any(|made| made.text.contains("rests on no step"));
    assert!(
        ran.state.past_steps.is_empty(),
        "{:?}",
        ran.state.past_steps
    );
    assert!(said, "{:?}", ran.state.notices);
}

#[tokio::test]
async fn a_failed_step_and_what_was_left_out_with_it_are_tried_again() {
    let script = Script::happy(&STEPS).once(Kind::Executor, Reply::text("CANNOT: no network"));
    let bench = Bench::new(script);
    let mut plan: Vec<_> = STEPS
        .iter()
        .map(|&step| planwright::domain::plan::DraftStep::new(step))
        .collect();
    plan[1].depends_on = vec!["1".to_owned()];
    let wanted = planwright::session::RunRequest {
        plan: Some(plan),
        ..request("Compare")
    };
    let mut word = Some(RunCommand::Retry { step: id("s1") });
    let ran = watch(bench.start(wanted), |record| {
        let third =
            matches!(&record.event, RunEvent::StepStarted { step, .. } if step.as_str() == "s3");
        third.then(|| word.take()).flatten()
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    for step in ["s1", "s2", "s3"] {
        assert_eq!(
            status(&ran, step),
            StepStatus::Finished(StepOutcome::Done),
            "{step}"
        );
    }
    let old: Vec<&str> = ran
        .state
        .past_steps
        .iter()
        .filter(|past| past.superseded)
        .map(|past| past.id.as_str())
        .collect();
    assert_eq!(old, ["s1", "s2"], "what was before stays in the log");
}

#[tokio::test]
async fn everything_from_a_step_on_is_done_again() {
    let (_, ran) = said(
        Script::happy(&STEPS),
        "s3",
        RunCommand::RerunFrom { step: id("s2") },
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let attempts: Vec<u32> = ran.state.plan.iter().map(|p| p.attempts).collect();
    assert_eq!(attempts[..2], [1, 2]);
    assert!(
        ran.state
            .plan
            .iter()
            .all(|p| p.status == StepStatus::Finished(StepOutcome::Done))
    );
}

#[tokio::test]
async fn a_finished_step_is_neither_left_out_nor_overwritten() {
    for word in [
        RunCommand::Skip { step: id("s1") },
        RunCommand::MarkDone {
            step: id("s1"),
            result: "mine".to_owned(),
        },
        RunCommand::Retry { step: id("s1") },
        RunCommand::Skip { step: id("nine") },
    ] {
        let (_, ran) = said(Script::happy(&STEPS), "s2", word.clone()).await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert!(ran.results()[0].starts_with("Result of step 1"), "{word:?}");
        assert_eq!(ran.state.past_steps.len(), 3, "{word:?}");
        let said = ran.notices();
        assert!(
            said.contains("step s1 is") || said.contains("no step nine"),
            "{word:?}: {said}"
        );
    }
}

#[tokio::test]
async fn a_run_that_is_held_rests_at_once_and_does_the_step_again() {
    let bench = Bench::new(hanging());
    let mut words = vec![RunCommand::Continue { stepwise: false }, RunCommand::Hold];
    let ran = watch(bench.start(present("Compare")), |record| {
        let heard = match &record.event {
            RunEvent::StepStarted { step, .. } => step.as_str() == "s1" && words.len() == 2,
            RunEvent::RunPaused { .. } => true,
            _ => false,
        };
        heard.then(|| words.pop()).flatten()
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(
        bench
            .server
            .wait_cancelled(1, Duration::from_secs(10))
            .await
    );
    let kinds: Vec<&str> = ran
        .records
        .iter()
        .filter_map(|record| match &record.event {
            RunEvent::StepReset { .. } => Some("reset"),
            RunEvent::RunPaused { .. } => Some("paused"),
            RunEvent::RunResumed { .. } => Some("resumed"),
            RunEvent::StepStarted { .. } => Some("started"),
            _ => None,
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "started", "reset", "paused", "resumed", "started", "started", "started"
        ]
    );
    assert!(ran.results()[0].starts_with("Result of step 1"));
}

#[tokio::test]
async fn the_answer_is_written_at_once_from_what_there_is() {
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("Result of step 1"))
        .once(Kind::Executor, Reply::text("half a").hang_after(1));
    let (bench, ran) = said(script, "s2", RunCommand::Finish).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(
        bench
            .server
            .wait_cancelled(1, Duration::from_secs(10))
            .await
    );
    assert_eq!(status(&ran, "s1"), StepStatus::Finished(StepOutcome::Done));
    assert_eq!(
        status(&ran, "s2"),
        StepStatus::Finished(StepOutcome::Skipped)
    );
    assert_eq!(status(&ran, "s3"), StepStatus::Pending);
    let last = ran.state.decisions.last().unwrap();
    assert_eq!(last.decision, Decision::FinalizeForced);
    assert_eq!(last.reason, "the person wants the answer now");
    assert!(!bench.server.kinds().contains(&Kind::Replanner));
    assert!(ran.state.response.is_some() && ran.state.incomplete.is_some());
}

#[tokio::test]
async fn a_run_that_rests_is_edited_and_goes_on_resting() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut state = PlanExecuteState::default();
    let mut pauses = 0;
    let ran = watch(bench.start(present("Compare")), |record| {
        state.apply(record);
        match &record.event {
            RunEvent::StepStarted { step, .. } if step.as_str() == "s1" => Some(RunCommand::Pause),
            RunEvent::RunPaused { .. } => {
                pauses += 1;
                Some(if pauses == 1 {
                    let mut steps = state.steps();
                    steps.pop();
                    RunCommand::Revise { steps }
                } else {
                    RunCommand::Continue { stepwise: false }
                })
            }
            _ => None,
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(pauses, 2, "the edit is no word to go on");
    assert_eq!(ran.state.past_steps.len(), 2);
}

#[tokio::test]
async fn the_answer_does_not_wait_for_the_replanner_and_nothing_is_missing_where_all_was_done() {
    let script = Script::happy(&STEPS).once(Kind::Replanner, Reply::text("{").hang_after(1));
    let bench = Bench::new(script);
    let handle = bench.start(present("Compare"));
    let commands = handle.commands.clone();
    let begun = async {
        while !bench.server.kinds().contains(&Kind::Replanner) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        commands.send(RunCommand::Finish).await.unwrap();
    };
    let (ran, ()) = tokio::join!(watch(handle, |_| None), begun);
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(ran.state.response.is_some());
    assert_eq!(ran.state.incomplete, None);
    let last = ran.state.decisions.last().unwrap();
    assert_eq!(last.decision, Decision::Respond);
    assert_eq!(last.reason, "the person wants the answer now");
}

#[tokio::test]
async fn a_plan_that_waits_gives_way_to_an_answer_and_so_does_a_rest() {
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = watch(bench.start(attended("Compare")), |record| {
        matches!(record.event, RunEvent::PlanProposed { .. }).then_some(RunCommand::Finish)
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(ran.state.past_steps.is_empty() && ran.state.response.is_some());
    // After a rest.
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = watch(bench.start(present("Compare")), |record| {
        match &record.event {
            RunEvent::StepStarted { step, .. } if step.as_str() == "s1" => Some(RunCommand::Pause),
            RunEvent::RunPaused { .. } => Some(RunCommand::Finish),
            _ => None,
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.past_steps.len(), 1);
    assert_eq!(
        ran.state.decisions.last().unwrap().decision,
        Decision::FinalizeForced
    );
}

#[tokio::test]
async fn what_a_person_says_is_heeded_by_what_follows() {
    let word = RunCommand::Hint {
        step: None,
        text: "use figures of 2024".to_owned(),
    };
    let (bench, ran) = said(Script::happy(&STEPS), "s1", word).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.hints.len(), 1);
    assert_eq!(ran.state.hints[0].text, "use figures of 2024");
    drop(bench);
}

#[tokio::test]
async fn the_rest_of_the_plan_is_edited_while_it_works() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut state = PlanExecuteState::default();
    let mut done = false;
    let ran = watch(bench.start(request("Compare")), |record| {
        state.apply(record);
        let begins =
            matches!(&record.event, RunEvent::StepStarted { step, .. } if step.as_str() == "s1");
        (begins && !std::mem::replace(&mut done, true)).then(|| {
            let mut steps = state.steps();
            steps.swap(1, 2);
            steps.push(Step::new(id("s4"), "Name the sources"));
            RunCommand::Revise { steps }
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let done: Vec<&str> = ran
        .state
        .past_steps
        .iter()
        .map(|past| past.id.as_str())
        .collect();
    assert_eq!(done, ["s1", "s3", "s2", "s4"]);
    let latest = ran.state.revisions.last().unwrap();
    assert_eq!(
        (latest.source, latest.approved_by),
        (PlanSource::User, Some(Approver::User))
    );
    let approved = ran
        .records
        .iter()
        .rev()
        .find_map(|record| match &record.event {
            RunEvent::PlanApproved { hash, .. } => Some(hash.clone()),
            _ => None,
        });
    assert_eq!(
        approved,
        Some(ran.state.plan_hash()),
        "what runs is what was approved"
    );
}

#[tokio::test]
async fn what_has_begun_is_not_edited() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut state = PlanExecuteState::default();
    let mut done = false;
    let ran = watch(bench.start(request("Compare")), |record| {
        state.apply(record);
        let begins =
            matches!(&record.event, RunEvent::StepStarted { step, .. } if step.as_str() == "s2");
        (begins && !std::mem::replace(&mut done, true)).then(|| {
            let mut steps = state.steps();
            steps[0].description = "Something else".to_owned();
            RunCommand::Revise { steps }
        })
    })
    .await;
    assert_eq!(ran.plan(), STEPS);
    assert!(
        ran.notices()
            .contains("step s1 is finished and stays as it is"),
        "{}",
        ran.notices()
    );
}

#[tokio::test]
async fn while_a_run_rests_steps_may_be_tried_again() {
    let script = Script::happy(&STEPS).once(Kind::Executor, Reply::text("CANNOT: no network"));
    let bench = Bench::new(script);
    let mut state = PlanExecuteState::default();
    let mut words = vec![
        RunCommand::Continue { stepwise: false },
        RunCommand::Retry { step: id("s1") },
    ];
    let ran = watch(bench.start(attended("Compare")), |record| {
        state.apply(record);
        match &record.event {
            RunEvent::PlanProposed { .. } => Some(RunCommand::Approve {
                hash: state.plan_hash(),
                stepwise: true,
            }),
            RunEvent::RunPaused { .. } | RunEvent::StepReset { .. } => words.pop(),
            _ => None,
        }
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(status(&ran, "s1"), StepStatus::Finished(StepOutcome::Done));
}
