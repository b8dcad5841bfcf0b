//! The reference's own tests, by name: state, planner, executor, replanner, routing, the whole graph.

use planwright::domain::event::{Approver, Decision, PlanSource, RunEvent, StepOutcome};
use planwright::domain::reply::{act_from_json, plan_from_json};
use planwright::domain::route::{Node, route};
use planwright::domain::state::{PlanExecuteState, RunStatus};
use planwright::session::RunOutcome;
use serde_json::json;

use super::harness::{Bench, STEPS, plan, replan, request, respond, watch, with_plan};
use crate::support::{Kind, Reply, Script};

#[tokio::test]
async fn end_to_end_every_part_of_the_state_is_filled() {
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = bench.run("Compare the GDP of France and Germany").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(
        ran.outline(),
        [
            "started",
            "proposed",
            "approved",
            "step",
            "done",
            "step",
            "done",
            "step",
            "done",
            "respond",
            "completed"
        ]
    );
    let state = &ran.state;
    assert_eq!(state.status, RunStatus::Completed);
    assert_eq!(ran.plan(), STEPS);
    assert_eq!(state.current_step(), 3);
    assert_eq!(state.past_steps.len(), 3);
    assert_eq!(state.iteration_count, 1);
    assert_eq!(
        ran.response(),
        "The answer, drawn from the results of all steps."
    );
    assert_eq!(state.incomplete, None);
    assert_eq!(state.totals.model_calls, 6, "n steps take n + 3 calls");
    let json = state.to_json();
    assert_eq!(
        json["past_steps"][0],
        json!([STEPS[0], "Result of step 1: Find the GDP of France, done."])
    );
    assert_eq!(json["max_iterations"], 3);
}

#[tokio::test]
async fn records_are_numbered_without_gaps_and_stored_as_published() {
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = bench.run("Compare").await;
    let numbers: Vec<u64> = ran.records.iter().map(|record| record.seq).collect();
    assert_eq!(numbers, (1..=ran.records.len() as u64).collect::<Vec<_>>());
    let run = ran.state.run.clone().unwrap();
    assert_eq!(bench.session.store().load(&run).unwrap(), ran.records);
}

#[tokio::test]
async fn the_planner_creates_a_plan_at_its_first_step() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut only = request("Compare");
    only.plan_only = true;
    let ran = watch(bench.start(only), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::NeedsPerson);
    assert_eq!(ran.plan(), STEPS);
    assert_eq!(ran.state.current_step(), 0);
    assert_eq!(ran.state.status, RunStatus::Waiting);
    assert_eq!(bench.server.kinds(), [Kind::Planner]);
}

#[tokio::test]
async fn an_executor_builds_on_the_results_before_it() {
    let bench = Bench::new(Script::happy(&STEPS));
    bench.run("Compare").await;
    let seen = bench.server.chat_requests();
    let third = seen
        .iter()
        .filter(|chat| chat.kind() == Kind::Executor)
        .nth(2)
        .unwrap();
    assert!(
        third
            .last()
            .contains("Result of step 1: Find the GDP of France, done."),
        "{}",
        third.last()
    );
    assert!(third.last().contains("Result of step 2"));
    assert!(third.now().contains("Step: Compare the two figures"));
    assert!(
        !third.now().contains("Find the GDP"),
        "the job names its own step only"
    );
}

#[tokio::test]
async fn without_an_approved_plan_nothing_is_executed() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut unattended = request("Compare");
    unattended.approval = planwright::domain::event::ApprovalPolicy::Always;
    let ran = watch(bench.start(unattended), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::NeedsPerson);
    assert_eq!(bench.server.kinds(), [Kind::Planner]);
    let again = bench.resume(&ran).await;
    assert_eq!(again.outcome, RunOutcome::Completed);
    let approved = again.records.iter().filter(|record| {
        matches!(
            &record.event,
            RunEvent::PlanApproved {
                by: Approver::Policy,
                ..
            }
        )
    });
    assert_eq!(approved.count(), 1);
}

#[tokio::test]
async fn a_new_plan_keeps_what_is_finished_and_resets_the_current_step() {
    let script = Script::happy(&[])
        .planner(plan(&STEPS[..2]))
        .decide(replan(
            "the comparison is missing",
            &["Compare the two figures"],
        ))
        .decide(respond());
    let bench = Bench::new(script);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.plan(), STEPS);
    assert_eq!(ran.state.revision, 2);
    assert_eq!(ran.state.revisions[1].source, PlanSource::Replanner);
    assert_eq!(
        ran.state.revisions[1].reason.as_deref(),
        Some("the comparison is missing")
    );
    assert_eq!(ran.state.iteration_count, 2);
    let started: Vec<&str> = ran
        .records
        .iter()
        .filter_map(|record| match &record.event {
            RunEvent::StepStarted { step, .. } => Some(step.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        started,
        ["s1", "s2", "s3"],
        "no finished step is begun again"
    );
}

#[tokio::test]
async fn a_plan_of_ones_own_needs_no_planner() {
    let bench = Bench::new(Script::happy(&["measure", "report"]));
    let ran = watch(
        bench.start(with_plan("Do it my way", &["measure", "report"])),
        |_| None,
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.revisions[0].source, PlanSource::File);
    assert!(!bench.server.kinds().contains(&Kind::Planner));
}

#[tokio::test]
async fn a_single_step_runs_the_task_directly_and_says_so() {
    let bench = Bench::new(Script::happy(&["Just do it"]));
    let ran = bench.run("Say hello").await;
    assert_eq!(ran.plan(), ["Say hello"]);
    assert!(ran.notices().contains("runs directly"), "{}", ran.notices());
}

#[tokio::test]
async fn a_plan_that_is_too_long_is_simplified_once_and_then_merged() {
    let long: Vec<String> = (1..=15).map(|n| format!("Write chapter {n}")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let bench = Bench::new(Script::happy(&[]).planner(plan(&long)));
    let ran = bench.run("Write a book").await;
    assert_eq!(
        bench
            .server
            .kinds()
            .iter()
            .filter(|kind| **kind == Kind::Planner)
            .count(),
        2
    );
    assert_eq!(ran.plan().len(), 10);
    let all = ran.plan().join(" ");
    assert!(
        (1..=15).all(|n| all.contains(&format!("chapter {n}"))),
        "nothing is lost: {all}"
    );
    let simpler = Script::happy(&STEPS).once(Kind::Planner, plan(&long));
    let ran = Bench::new(simpler).run("Write a book").await;
    assert_eq!(ran.plan(), STEPS);
}

#[test]
fn routing_has_four_edges() {
    use planwright::domain::event::{EventRecord, Limits, Mode, RoleModels};
    use planwright::domain::ids::{RunId, StepId};
    use planwright::domain::plan::{Step, plan_hash};
    let step = |n, text| Step::new(StepId::numbered(n), text);
    let steps = vec![step(1, "one"), step(2, "two")];
    let mut state = PlanExecuteState::default();
    let mut seq = 0;
    let mut fold = |state: &mut PlanExecuteState, event: RunEvent| {
        seq += 1;
        let at = "2026-11-20T10:00:00Z".parse().unwrap();
        state.apply(&EventRecord {
            run: RunId::new("r"),
            seq,
            at,
            scope: Vec::new(),
            event,
        });
        route(state)
    };
    let done = |step: &str| RunEvent::StepFinished {
        step: StepId::new(step),
        attempt: 1,
        status: StepOutcome::Done,
        result: "r".into(),
        duration_ms: 1,
        by: None,
    };
    let decided = |decision, iteration| RunEvent::ActDecided {
        decision,
        reason: String::new(),
        iteration,
        trigger: None,
    };
    let propose = |revision, steps: &[Step]| RunEvent::PlanProposed {
        revision,
        source: PlanSource::Planner,
        steps: steps.to_vec(),
        problems: Vec::new(),
        reason: None,
    };
    let approve = |revision, steps: &[Step]| RunEvent::PlanApproved {
        revision,
        by: Approver::User,
        hash: plan_hash(steps),
        feedback: None,
    };
    let started = RunEvent::RunStarted {
        task: "t".to_owned(),
        mode: Mode::PlanExecute,
        thread: None,
        models: RoleModels::default(),
        limits: Limits::default(),
        settings: planwright::domain::event::RunSettings::default(),
        forked_from: None,
        recipe: None,
        tools: None,
    };
    assert_eq!(fold(&mut state, started), Node::Planner);
    assert_eq!(fold(&mut state, propose(1, &steps)), Node::Approval);
    assert_eq!(
        fold(&mut state, approve(1, &steps)),
        Node::Executor(vec![StepId::new("s1")])
    );
    assert_eq!(
        fold(&mut state, done("s1")),
        Node::Executor(vec![StepId::new("s2")]),
        "more steps: executor"
    );
    assert_eq!(
        fold(&mut state, done("s2")),
        Node::Replanner,
        "plan complete: replanner"
    );
    let mut answered = state.clone();
    assert_eq!(
        fold(&mut answered, decided(Decision::Respond, 1)),
        Node::Finalizer,
        "an answer: end"
    );
    assert_eq!(
        fold(&mut state, decided(Decision::Replan, 1)),
        Node::Replanner,
        "a decision without its plan is made again"
    );
    let more: Vec<Step> = steps
        .iter()
        .cloned()
        .chain([Step::new(StepId::numbered(3), "three")])
        .collect();
    assert_eq!(
        fold(&mut state, propose(2, &more)),
        Node::Approval,
        "a new plan: asked about"
    );
    assert_eq!(
        fold(&mut state, approve(2, &more)),
        Node::Executor(vec![StepId::new("s3")]),
        "a new plan: executor"
    );
}

#[test]
fn plan_response_and_both_arms_of_act_are_read() {
    let (steps, exact) =
        plan_from_json(&json!({"steps": [{"description": "one"}, {"description": "two"}]}))
            .unwrap();
    assert_eq!((steps.len(), exact), (2, true));
    let (response, _) = act_from_json(&json!({"action": {"response": "42"}})).unwrap();
    assert_eq!(response.decision, Decision::Respond);
    let (more, _) = act_from_json(&json!({"action": {"steps": ["look again"]}})).unwrap();
    assert_eq!((more.decision, more.steps.len()), (Decision::Replan, 1));
    assert!(
        act_from_json(&json!({"decision": "not completed"})).is_err(),
        "words inside words decide nothing"
    );
    assert!(act_from_json(&json!({"decision": "replan", "steps": []})).is_err());
}

#[tokio::test]
async fn a_step_that_fails_is_a_result_and_the_run_goes_on() {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::text("CANNOT: the figures are not public"),
    );
    let ran = Bench::new(script).run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.results()[0], "Step failed: the figures are not public");
    assert_eq!(ran.state.past_steps[0].outcome, StepOutcome::Failed);
    assert_eq!(ran.state.past_steps.len(), 3);
}
