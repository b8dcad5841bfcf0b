//! Forks from Rust: from every record of a run, plans inside steps included.

use planwright::domain::compare;
use planwright::domain::event::{ApprovalPolicy, EventRecord, PlanSource, RunEvent};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::DraftStep;
use planwright::domain::state::{PlanExecuteState, RunStatus};
use planwright::session::{
    ForkPlan, ForkPoint, ResumeOptions, RunOutcome, RunRequest, SessionError,
};

use super::harness::{Bench, Ran, STEPS, plan, request, respond, watch};
use crate::support::{Kind, Reply, Script};

/// A server whose answers depend on the request alone.
fn steady() -> Script {
    Script::new().by(|seen| match seen.kind() {
        Kind::Planner => plan(&STEPS[..2]),
        Kind::Executor => Reply::text(seen.now().lines().nth(1).unwrap_or_default()),
        Kind::Replanner => respond(),
        _ => Reply::text(format!(
            "{} results",
            seen.last().matches("</result>").count()
        )),
    })
}

/// A run of two steps, the first of which is a plan of its own.
async fn nested() -> (Bench, Ran) {
    let bench = Bench::new(steady());
    let inner = DraftStep {
        subplan: true,
        ..DraftStep::new("Look into both")
    };
    let run = RunRequest {
        plan: Some(vec![inner, DraftStep::new("Compare them")]),
        ..request("Compare France and Germany")
    };
    let ran = watch(bench.start(run), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    (bench, ran)
}

fn records(bench: &Bench, run: &RunId) -> Vec<EventRecord> {
    bench.session.store().load(run).unwrap()
}

async fn go_on(bench: &Bench, run: &RunId) -> Ran {
    let options = ResumeOptions {
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    watch(bench.session.resume(run, options).unwrap(), |_| None).await
}

#[tokio::test]
async fn a_fork_goes_on_from_every_record_to_the_same_answer() {
    let (bench, ran) = nested().await;
    let run = ran.state.run.clone().unwrap();
    let is_plan = |r: &&EventRecord| matches!(r.event, RunEvent::PlanProposed { .. });
    let first = ran.records.iter().find(is_plan).unwrap().seq;
    let last = ran.records.last().unwrap().seq;
    assert!(ran.records.iter().any(|record| !record.scope.is_empty()));
    for seq in first..last {
        let fork = bench
            .session
            .fork(&run, &ForkPoint::Seq(seq), ForkPlan::Kept)
            .unwrap();
        let before = bench.server.chat_requests().len();
        let again = go_on(&bench, &fork).await;
        assert_eq!(again.outcome, RunOutcome::Completed, "from {seq}");
        assert_eq!(again.response(), ran.response(), "from {seq}");
        assert_eq!(again.results(), ran.results(), "from {seq}");
        let called = |record: &&EventRecord| {
            record.seq > seq && matches!(record.event, RunEvent::ModelCalled(_))
        };
        let own = again.records.iter().filter(called).count();
        let asked = bench.server.chat_requests().len() - before;
        assert_eq!(
            own, asked,
            "from {seq}: only what is not shared is asked for"
        );
        let kept = records(&bench, &fork);
        assert!(
            kept.iter()
                .map(|record| record.seq)
                .eq(1..=kept.len() as u64)
        );
        assert_eq!(compare::shared(&ran.records, &kept), seq);
    }
    assert_eq!(
        records(&bench, &run),
        ran.records,
        "the run itself is as it was"
    );
    let end = bench
        .session
        .fork(&run, &ForkPoint::Seq(last), ForkPlan::Kept);
    assert!(matches!(end, Err(SessionError::Usage { .. })));
}

#[tokio::test]
async fn a_step_of_a_plan_inside_a_step_can_be_named() {
    let (bench, ran) = nested().await;
    let run = ran.state.run.clone().unwrap();
    let point = ForkPoint::BeforeStep("s1.2".to_owned());
    let fork = bench.session.fork(&run, &point, ForkPlan::Kept).unwrap();
    let state = PlanExecuteState::replay(&records(&bench, &fork));
    assert_eq!(state.status, RunStatus::Interrupted);
    let inner = &state.children[&StepId::numbered(1)];
    assert_eq!(inner.progress(), (1, 2));
    let again = go_on(&bench, &fork).await;
    assert_eq!(again.response(), ran.response());
}

#[tokio::test]
async fn a_plan_that_is_to_be_looked_at_again_waits_and_is_the_same() {
    let (bench, ran) = nested().await;
    let run = ran.state.run.clone().unwrap();
    let first = ran
        .records
        .iter()
        .find(|record| matches!(record.event, RunEvent::PlanApproved { .. }))
        .unwrap();
    let through = |record: &&EventRecord| matches!(&record.event, RunEvent::StepFinished { step, .. } if step.as_str() == "s2");
    let through = ran.records.iter().find(through).unwrap().seq;
    for seq in first.seq..through {
        let point = ForkPoint::Seq(seq);
        let fork = bench
            .session
            .fork(&run, &point, ForkPlan::Reviewed)
            .unwrap();
        let options = ResumeOptions {
            approval: ApprovalPolicy::First,
            attended: false,
            approve_tools: false,
        };
        let asked = bench.server.chat_requests().len();
        let waits = watch(bench.session.resume(&fork, options).unwrap(), |_| None).await;
        assert_eq!(waits.outcome, RunOutcome::NeedsPerson, "from {seq}");
        assert_eq!(bench.server.chat_requests().len(), asked, "from {seq}");
        assert_eq!(waits.state.steps(), ran.state.steps(), "from {seq}");
        let again = go_on(&bench, &fork).await;
        assert_eq!(again.response(), ran.response(), "from {seq}");
        assert_eq!(again.results(), ran.results(), "from {seq}");
    }
    // Where nothing is left of it, there is nothing to look at.
    let point = ForkPoint::Seq(through);
    let fork = bench
        .session
        .fork(&run, &point, ForkPlan::Reviewed)
        .unwrap();
    assert_eq!(go_on(&bench, &fork).await.response(), ran.response());
}

#[tokio::test]
async fn a_plan_for_the_rest_is_not_approved_by_what_was() {
    let (bench, ran) = nested().await;
    let run = ran.state.run.clone().unwrap();
    let rest = vec![DraftStep::new("Compare them in verse")];
    let point = ForkPoint::BeforeStep("2".to_owned());
    let fork = bench
        .session
        .fork(&run, &point, ForkPlan::Replaced(rest))
        .unwrap();
    let options = ResumeOptions {
        approval: ApprovalPolicy::First,
        attended: false,
        approve_tools: false,
    };
    let asked = bench.server.chat_requests().len();
    let waits = watch(bench.session.resume(&fork, options).unwrap(), |_| None).await;
    assert_eq!(waits.outcome, RunOutcome::NeedsPerson);
    assert_eq!(
        bench.server.chat_requests().len(),
        asked,
        "nothing runs unasked"
    );
    assert_eq!(
        waits.state.revisions.last().unwrap().source,
        PlanSource::Fork
    );
    let done = go_on(&bench, &fork).await;
    assert_eq!(done.plan(), ["Look into both", "Compare them in verse"]);
    assert_eq!(done.outcome, RunOutcome::Completed);
}
