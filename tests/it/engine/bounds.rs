//! Each bound of a run ends in an answer from the best evidence there is, which says which bound it was and why.

use planwright::domain::budget::left;
use planwright::domain::event::{Decision, Limits, RunEvent};
use planwright::session::RunOutcome;

use super::harness::{Bench, Ran, STEPS, replan};
use crate::support::{Kind, Reply, Script};

async fn bounded(change: impl FnOnce(&mut Limits)) -> (Bench, Ran) {
    let script = Script::happy(&STEPS).by(|seen| match seen.kind() {
        Kind::Planner => super::harness::plan(&STEPS),
        Kind::Executor => Reply::text(format!("evidence {}", seen.nth_of_kind))
            .prompt_eval_count(90)
            .eval_count(10),
        Kind::Replanner => replan(
            "more is better",
            &[&format!("Dig deeper, time {}", seen.nth_of_kind)],
        ),
        _ => Reply::text("What is known."),
    });
    let bench = Bench::with(script, |config| change(&mut config.limits));
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.response(), "What is known.");
    assert_eq!(ran.state.decision, Some(Decision::FinalizeForced));
    (bench, ran)
}

fn incomplete(ran: &Ran) -> &str {
    ran.state.incomplete.as_deref().unwrap()
}

#[tokio::test]
async fn model_calls_are_bounded_and_the_last_one_is_the_answer() {
    for max in 1..=6 {
        let (bench, ran) = bounded(|limits| limits.max_model_calls = Some(max)).await;
        let asked = bench.server.chat_requests();
        assert_eq!(asked.len() as u64, max);
        assert_eq!(ran.state.totals.model_calls, max);
        let why = incomplete(&ran);
        assert!(
            why.contains(&format!("may make {max} model calls")),
            "{why}"
        );
        let answer = asked.last().unwrap();
        assert_eq!(answer.kind(), Kind::Finalizer);
        for done in 0..ran.state.past_steps.len() {
            assert!(answer.last().contains(&format!("evidence {done}")));
        }
        if max == 4 {
            assert!(why.contains(STEPS[2]), "what was not done is named: {why}");
        }
    }
}

#[tokio::test]
async fn tokens_are_bounded() {
    let (_, ran) = bounded(|limits| limits.max_tokens = Some(300)).await;
    assert!(
        incomplete(&ran).contains("may use 300 tokens"),
        "{}",
        incomplete(&ran)
    );
    assert!(ran.state.past_steps.len() < 3);
}

#[tokio::test]
async fn rounds_and_steps_are_bounded() {
    let (_, ran) = bounded(|limits| limits.max_iterations = 2).await;
    assert!(
        incomplete(&ran).contains("2 rounds of planning"),
        "{}",
        incomplete(&ran)
    );
    let (_, ran) = bounded(|limits| limits.max_steps = 4).await;
    assert!(incomplete(&ran).contains("4 steps"), "{}", incomplete(&ran));
    assert_eq!(ran.state.executed(), 4);
}

/// With several steps at work no call is made beyond the bound either, and what was at work is stopped.
#[tokio::test]
async fn parallel_steps_share_one_bound() {
    let (bench, ran) = bounded(|limits| {
        limits.max_parallel = 3;
        limits.max_model_calls = Some(3);
    })
    .await;
    assert_eq!(bench.server.chat_requests().len(), 3);
    assert_eq!(ran.state.totals.model_calls, 3);
}

#[tokio::test]
async fn what_is_left_can_be_seen_at_any_time() {
    let (_, ran) = bounded(|limits| limits.max_model_calls = Some(6)).await;
    let mut state = planwright::domain::state::PlanExecuteState::default();
    let mut seen = Vec::new();
    for record in &ran.records {
        state.apply(record);
        if let RunEvent::ModelCalled(_) = record.event {
            let calls = left(&state)
                .into_iter()
                .find(|left| left.name == "model calls");
            seen.push(calls.map(|left| (left.used, left.max, left.is_scarce())));
        }
    }
    let expected = (1..=6).map(|used| Some((used, 6, used >= 5)));
    assert_eq!(seen, expected.collect::<Vec<_>>());
    let names: Vec<&str> = left(&state).iter().map(|left| left.name).collect();
    assert_eq!(names, ["rounds", "steps", "model calls"]);
}
