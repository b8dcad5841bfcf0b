//! When the replanner is asked before the plan is through, and what it may do then.

use planwright::domain::event::{
    ApprovalPolicy, Decision, PlanSource, ReplanOn, RunEvent, Trigger,
};
use planwright::domain::plan::{StepChange, diff};
use planwright::session::{RunCommand, RunOutcome};
use serde_json::json;

use super::harness::{Bench, Ran, STEPS, attended, plan, replan, request, respond, watch};
use crate::support::{Kind, Reply, Script};

fn triggers(ran: &Ran) -> Vec<(Decision, Option<Trigger>)> {
    let made = ran.state.decisions.iter();
    made.map(|made| (made.decision, made.trigger)).collect()
}

fn keep() -> Reply {
    Reply::json(json!({"decision": "continue", "reason": "the rest is right"}))
}

fn on(script: Script, when: ReplanOn) -> Bench {
    Bench::with(script, |config| config.settings.replan_on = when)
}

#[tokio::test]
async fn after_the_plan_only_unless_told_otherwise() {
    let script = Script::happy(&STEPS).once(Kind::Executor, Reply::text("CANNOT: no network"));
    let ran = Bench::new(script).run("Compare").await;
    assert_eq!(
        triggers(&ran),
        [(Decision::Respond, Some(Trigger::PlanDone))]
    );
}

#[tokio::test]
async fn a_failed_step_is_looked_at_before_the_next_one_begins() {
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("CANNOT: no network"))
        .once(
            Kind::Replanner,
            replan("another way", &["Take the figures from the almanac"]),
        );
    let bench = on(script, ReplanOn::Failure);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(
        triggers(&ran),
        [
            (Decision::Replan, Some(Trigger::StepFailed)),
            (Decision::Respond, Some(Trigger::PlanDone))
        ]
    );
    assert_eq!(
        ran.plan(),
        [STEPS[0], "Take the figures from the almanac"],
        "what was open is replaced, what has ended stays"
    );
    let asked = bench.server.chat_requests();
    let look = asked.iter().find(|seen| seen.kind() == Kind::Replanner);
    let look = look.unwrap().now().to_owned();
    assert!(
        look.contains("s1 is failed") && look.contains(STEPS[1]) && look.contains(STEPS[2]),
        "{look}"
    );
    assert!(
        look.contains("A step failed"),
        "it is told why it is asked: {look}"
    );
}

#[tokio::test]
async fn after_each_step_the_rest_may_stand_and_costs_no_round() {
    let script = Script::happy(&STEPS).by(|seen| match seen.kind() {
        Kind::Planner => plan(&STEPS),
        Kind::Replanner if seen.decision_words().contains(&"continue") => keep(),
        Kind::Replanner => respond(),
        Kind::Executor => Reply::text("a result"),
        _ => Reply::text("The answer."),
    });
    let mut bench = on(script, ReplanOn::EachStep);
    let ran = bench.run("Compare").await;
    assert_eq!(
        triggers(&ran),
        [
            (Decision::Continue, Some(Trigger::EachStep)),
            (Decision::Continue, Some(Trigger::EachStep)),
            (Decision::Respond, Some(Trigger::PlanDone))
        ]
    );
    assert_eq!((ran.state.iteration_count, ran.state.revision), (1, 1));
    // A run with one round of planning has none to spare before its end: it goes on without a call.
    let script = Script::happy(&STEPS);
    bench = Bench::with(script, |config| {
        config.settings.replan_on = ReplanOn::EachStep;
        config.limits.max_iterations = 1;
    });
    let ran = bench.run("Compare").await;
    assert_eq!(ran.state.totals.model_calls, 6);
    assert_eq!(ran.state.decisions.len(), 3);
}

#[tokio::test]
async fn the_answer_may_come_before_the_plan_is_through() {
    let script = Script::happy(&STEPS);
    let ran = on(script, ReplanOn::EachStep).run("Compare").await;
    assert_eq!(
        ran.outline()[3..],
        [
            "step",
            "done",
            "continue",
            "step",
            "done",
            "continue",
            "step",
            "done",
            "respond",
            "completed"
        ]
    );
    let script = Script::happy(&STEPS).decide(respond());
    let ran = on(script, ReplanOn::EachStep).run("Compare").await;
    assert_eq!(ran.outline()[3..], ["step", "done", "respond", "completed"]);
}

#[tokio::test]
async fn remaining_steps_are_worded_anew_without_a_new_plan() {
    let edits = json!([
        {"id": "s3", "description": "Compare the two figures per head"},
        {"id": "s1", "description": "Too late"},
        {"id": "s9", "description": "No such step"}
    ]);
    let edit = Reply::json(
        json!({"decision": "continue", "reason": "per head is fairer", "edits": edits}),
    );
    let script = Script::happy(&STEPS).once(Kind::Replanner, edit);
    let bench = Bench::with(script, |config| {
        config.settings.replan_on = ReplanOn::EachStep;
        config.limits.max_iterations = 3;
    });
    let ran = bench.run("Compare").await;
    assert_eq!(
        ran.plan(),
        [STEPS[0], STEPS[1], "Compare the two figures per head"]
    );
    let (before, after) = (&ran.state.revisions[0], &ran.state.revisions[1]);
    assert_eq!(after.source, PlanSource::Replanner);
    let changes = diff(&before.steps, &after.steps);
    assert!(matches!(
        changes[..],
        [
            StepChange::Kept(_),
            StepChange::Kept(_),
            StepChange::Changed(..)
        ]
    ));
    let done = ran.state.past_steps.iter();
    let done: Vec<&str> = done.map(|past| past.id.as_str()).collect();
    assert_eq!(done, ["s1", "s2", "s3"], "nothing is done twice");
}

#[tokio::test]
async fn a_new_wording_is_approved_like_any_new_version() {
    let edits = json!([{"id": "s2", "description": "Find the GDP of Austria"}]);
    let script = || {
        let edit =
            Reply::json(json!({"decision": "continue", "reason": "wrong country", "edits": edits}));
        Script::happy(&STEPS).once(Kind::Replanner, edit)
    };
    for (policy, asked) in [(ApprovalPolicy::Always, 2), (ApprovalPolicy::First, 1)] {
        let bench = on(script(), ReplanOn::EachStep);
        let mut request = attended("Compare");
        request.approval = policy;
        let mut state = planwright::domain::state::PlanExecuteState::default();
        let mut questions = 0;
        let ran = watch(bench.start(request), |record| {
            state.apply(record);
            let asks = matches!(record.event, RunEvent::PlanProposed { .. })
                && (policy == ApprovalPolicy::Always || state.revision == 1);
            asks.then(|| {
                questions += 1;
                RunCommand::Approve {
                    hash: state.plan_hash(),
                    stepwise: false,
                }
            })
        })
        .await;
        assert_eq!(ran.outcome, RunOutcome::Completed, "{policy:?}");
        assert_eq!(questions, asked, "{policy:?}");
        assert_eq!(ran.plan()[1], "Find the GDP of Austria");
    }
}

#[tokio::test]
async fn a_person_may_have_the_rest_looked_at() {
    let script = Script::happy(&STEPS).once(Kind::Replanner, keep());
    let bench = Bench::new(script);
    let ran = watch(bench.start(request("Compare")), |record| {
        let first =
            matches!(&record.event, RunEvent::StepStarted { step, .. } if step.as_str() == "s1");
        first.then(|| RunCommand::Replan {
            reason: Some("prices have changed".to_owned()),
        })
    })
    .await;
    assert_eq!(
        triggers(&ran),
        [
            (Decision::Continue, Some(Trigger::Requested)),
            (Decision::Respond, Some(Trigger::PlanDone))
        ]
    );
    let asked = bench.server.chat_requests();
    let look = asked.iter().find(|seen| seen.kind() == Kind::Replanner);
    assert!(look.unwrap().now().contains("prices have changed"));
}

/// The same plan again and again is no progress, however many rounds are left.
#[tokio::test]
async fn planning_that_gets_nowhere_ends_in_an_answer() {
    let script = Script::happy(&STEPS)
        .decide(replan("not enough", &["Look again, closely"]))
        .decide(replan("still not enough", &["look again: closely!"]))
        .answer(Reply::text("What there is."));
    let bench = Bench::with(script, |config| config.limits.max_iterations = 40);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.response(), "What there is.");
    let incomplete = ran.state.incomplete.clone().unwrap();
    assert!(incomplete.contains("gets nowhere"), "{incomplete}");
    assert_eq!(ran.state.iteration_count, 3);
}
