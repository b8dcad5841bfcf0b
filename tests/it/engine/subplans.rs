//! Plans inside steps: by a planner's or a person's mark, one step for each item of a list, in one log, resumable.

use std::time::Duration;

use planwright::domain::budget::Bound;
use planwright::domain::event::{ApprovalPolicy, EventRecord, PlanSource, RunEvent, StepOutcome};
use planwright::domain::ids::StepId;
use planwright::domain::plan::DraftStep;
use planwright::domain::state::{PlanExecuteState, StepStatus};
use planwright::session::{RunCommand, RunOutcome, RunRequest};
use serde_json::json;

use super::harness::{Bench, Ran, plan, request, respond, watch};
use crate::support::{ChatSeen, Kind, Reply, Script};

/// Two steps; the second one is a plan of its own.
fn nested(task: &str) -> RunRequest {
    let inner = DraftStep {
        subplan: true,
        ..DraftStep::new("Write the report in three parts")
    };
    RunRequest {
        plan: Some(vec![DraftStep::new("Gather the figures"), inner]),
        ..request(task)
    }
}

fn script() -> Script {
    Script::new().by(|seen: &ChatSeen| match seen.job() {
        Kind::Planner => plan(&["Write part one", "Write part two"]),
        Kind::Executor => Reply::text(format!("text {}", seen.nth_of_kind)),
        Kind::Replanner => respond(),
        _ => Reply::text(format!("answer {}", seen.nth_of_kind)),
    })
}

fn scopes(ran: &Ran) -> Vec<String> {
    let scope = |scope: &[StepId]| {
        let names: Vec<&str> = scope.iter().map(StepId::as_str).collect();
        names.join("/")
    };
    let mut all: Vec<String> = ran
        .records
        .iter()
        .map(|record| scope(&record.scope))
        .collect();
    all.dedup();
    all
}

#[tokio::test]
async fn a_step_runs_as_a_plan_of_its_own_in_the_same_log() {
    let bench = Bench::new(script());
    let ran = watch(bench.start(nested("Report")), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(
        scopes(&ran),
        ["", "s2", ""],
        "what is inside stands in one piece"
    );
    let gapless = ran
        .records
        .iter()
        .zip(1..)
        .all(|(record, seq)| record.seq == seq);
    assert!(gapless);
    let inner = &ran.state.children[&StepId::new("s2")];
    let names: Vec<&str> = inner.plan.iter().map(|p| p.step.id.as_str()).collect();
    assert_eq!(names, ["s2.1", "s2.2"]);
    assert_eq!(inner.task, "Write the report in three parts");
    let step = ran.state.planned(&StepId::new("s2")).unwrap();
    assert_eq!(
        step.result.as_deref(),
        Some("answer 0"),
        "the inner answer is its result"
    );
    assert_eq!(ran.response(), "answer 1");
    assert_eq!(ran.state.executed(), 4);
    let shown = ran.state.to_json();
    assert_eq!(shown["plan"][1]["plan"][1]["id"], "s2.2");
}

#[tokio::test]
async fn plans_stand_only_as_deep_as_allowed() {
    for (depth, calls) in [(0, 4), (1, 8)] {
        let bench = Bench::with(script(), |config| config.limits.max_depth = depth);
        let ran = watch(bench.start(nested("Report")), |_| None).await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(ran.state.totals.model_calls, calls, "depth {depth}");
        assert_eq!(ran.state.children.len(), depth as usize);
    }
}

#[tokio::test]
async fn steps_inside_count_for_the_bound_of_the_run() {
    let bench = Bench::with(script(), |config| config.limits.max_steps = 3);
    let ran = watch(bench.start(nested("Report")), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(ran.state.executed() <= 4, "{}", ran.state.executed());
    let inner = &ran.state.children[&StepId::new("s2")];
    assert_eq!(inner.limits.max_steps, 2);
}

/// Another bound for the run is another one for the plans inside its steps, however deep they stand.
#[tokio::test]
async fn a_bound_given_anew_holds_in_plans_inside_too() {
    let bench = Bench::with(script(), |config| config.limits.max_steps = 3);
    let whole = watch(bench.start(nested("Report")), |_| None).await;
    let inner = |record: &EventRecord| {
        !record.scope.is_empty() && matches!(record.event, RunEvent::StepFinished { .. })
    };
    let cut = whole.records.iter().position(inner).unwrap();
    let raised = Bench::with(script(), |config| config.limits.max_steps = 10);
    for record in &whole.records[..=cut] {
        raised.session.store().append(record).unwrap();
    }
    let run = &whole.records[0].run;
    let options = planwright::session::ResumeOptions {
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    let bounds = [Bound::MaxSteps];
    let handle = raised.session.resume_within(run, options, &bounds).unwrap();
    let ran = watch(handle, |_| None).await;
    assert_eq!(ran.state.children[&StepId::new("s2")].limits.max_steps, 9);
    assert_eq!(ran.state.executed(), 4);
    assert_eq!(ran.state.incomplete, None);
    let again = PlanExecuteState::replay(&ran.records);
    assert_eq!(again.limits.max_steps, 10, "the log alone tells it");
}

#[tokio::test]
async fn a_person_is_asked_about_the_plan_inside() {
    let bench = Bench::new(script());
    let mut state = PlanExecuteState::default();
    let mut asked = Vec::new();
    let wanted = RunRequest {
        approval: ApprovalPolicy::Always,
        attended: true,
        approve_tools: false,
        ..nested("Report")
    };
    let ran = watch(bench.start(wanted), |record| {
        state.apply(record);
        let (scope, waits) = state.waiting()?;
        matches!(record.event, RunEvent::PlanProposed { .. }).then(|| {
            asked.push(scope.len());
            RunCommand::Approve {
                hash: waits.plan_hash(),
                stepwise: false,
            }
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(asked, [0, 1]);
}

/// From every prefix of the log the run goes on to the same end, and nothing that is finished is done again.
#[tokio::test]
async fn a_run_is_resumed_in_the_middle_of_a_plan_inside() {
    let bench = Bench::new(script());
    let whole = watch(bench.start(nested("Report")), |_| None).await;
    for cut in 2..whole.records.len() {
        let bench = Bench::new(script());
        for record in &whole.records[..cut] {
            bench.session.store().append(record).unwrap();
        }
        let run = &whole.records[0].run;
        let options = planwright::session::ResumeOptions {
            approval: ApprovalPolicy::Never,
            attended: false,
            approve_tools: false,
        };
        let ran = watch(bench.session.resume(run, options).unwrap(), |_| None).await;
        assert_eq!(ran.outcome, RunOutcome::Completed, "after {cut}");
        assert_eq!(ran.state.executed(), 4, "after {cut}");
        let mut ended: Vec<String> = ran
            .records
            .iter()
            .filter_map(|record| match &record.event {
                RunEvent::StepFinished { step, .. } => Some(step.to_string()),
                _ => None,
            })
            .collect();
        ended.sort();
        assert_eq!(ended, ["s1", "s2", "s2.1", "s2.2"], "after {cut}");
    }
}

/// A list of three, then the same for each of them, then one step that builds on all.
fn for_each(task: &str) -> RunRequest {
    let each = DraftStep {
        for_each: Some("1".to_owned()),
        ..DraftStep::new("Weigh {{item}}")
    };
    let last = DraftStep {
        depends_on: vec!["2".to_owned()],
        ..DraftStep::new("Add the weights")
    };
    RunRequest {
        plan: Some(vec![DraftStep::new("List the cities"), each, last]),
        ..request(task)
    }
}

fn cities(list: &'static str) -> Script {
    Script::happy(&[]).by(move |seen| match seen.job() {
        Kind::Executor if seen.now().contains("List the cities") => Reply::text(list),
        Kind::Executor if seen.now().contains("Weigh Rome") => Reply::text("CANNOT: no scales"),
        Kind::Executor => {
            Reply::text(format!("done {}", seen.nth_of_kind)).first_delay(Duration::from_millis(60))
        }
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    })
}

/// The map-reduce shape: the list itself says how many steps there are.
#[tokio::test]
async fn one_step_for_each_item_of_a_list() {
    let bench = Bench::with(cities("- Oslo\n- Bergen\n- Oslo"), |config| {
        config.limits.max_parallel = 3;
    });
    let ran = watch(bench.start(for_each("Weigh cities")), |_| None).await;
    let inner = &ran.state.children[&StepId::new("s2")];
    let steps: Vec<&str> = inner
        .plan
        .iter()
        .map(|p| p.step.description.as_str())
        .collect();
    assert_eq!(steps, ["Weigh Oslo", "Weigh Bergen", "Weigh Oslo"]);
    assert_eq!(inner.revisions[0].source, PlanSource::Validator);
    assert_eq!(
        ran.state.totals.model_calls,
        1 + 3 + 1 + 1 + 1,
        "no planner, no inner answer"
    );
    let result = ran
        .state
        .planned(&StepId::new("s2"))
        .unwrap()
        .result
        .clone();
    let result = result.unwrap();
    assert!(result.starts_with("## Weigh Oslo\ndone") && result.contains("## Weigh Bergen"));
    assert_eq!(
        bench.server.most_at_once(),
        3,
        "they are at work at the same time"
    );
}

#[tokio::test]
async fn a_list_that_is_too_long_or_none_fails_its_step_and_says_why() {
    for (list, max, why) in [
        ("- a\n- b\n- c\n- d", 3, "has 4 items, at most 2 more steps"),
        ("[]", 9, "holds no list"),
    ] {
        let bench = Bench::with(cities(list), |config| config.limits.max_steps = max);
        let ran = watch(bench.start(for_each("Weigh cities")), |_| None).await;
        let failed = ran.state.planned(&StepId::new("s2")).unwrap();
        assert_eq!(failed.status, StepStatus::Finished(StepOutcome::Failed));
        let said = failed.result.clone().unwrap();
        assert!(said.contains(why), "{said}");
        let last = ran.state.planned(&StepId::new("s3")).unwrap();
        assert_eq!(last.status, StepStatus::Finished(StepOutcome::Skipped));
    }
}

#[tokio::test]
async fn items_without_a_result_are_counted() {
    let bench = Bench::new(cities("[\"Oslo\", \"Rome\"]"));
    let ran = watch(bench.start(for_each("Weigh cities")), |_| None).await;
    let step = ran.state.planned(&StepId::new("s2")).unwrap();
    assert_eq!(step.status, StepStatus::Finished(StepOutcome::Done));
    let result = step.result.clone().unwrap();
    assert!(
        result.contains("1 of 2 items have no result") && result.contains("no scales"),
        "{result}"
    );
}

/// A planner's mark counts where the settings let it.
#[tokio::test]
async fn a_planner_marks_steps_where_it_may() {
    for allowed in [false, true] {
        let script = script().once(
            Kind::Planner,
            Reply::json(json!({"steps": [
                {"description": "Gather the figures"},
                {"description": "Write the report in three parts", "subplan": true}
            ]})),
        );
        let bench = Bench::with(script, |config| config.settings.subplans = allowed);
        let ran = bench.run("Report").await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(ran.state.children.len(), usize::from(allowed));
        let asked = bench.server.chat_requests();
        assert_eq!(asked[0].now().contains("\"subplan\""), allowed);
        let schema = asked[0].body["format"].to_string();
        assert_eq!(schema.contains("subplan"), allowed);
    }
}
