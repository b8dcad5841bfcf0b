//! What a plan is expected to cost, before anyone is asked about it.

use std::time::Duration;

use planwright::domain::estimate::comparison;
use planwright::domain::event::{Estimate, EventRecord, ReplanOn, RunEvent, Verify};
use planwright::domain::plan::DraftStep;
use planwright::session::{RunCommand, RunRequest};

use super::harness::{
    Bench, Ran, STEPS, attended, plan, replan, request, respond, watch, with_plan,
};
use crate::support::{Kind, Reply, Script};

fn estimates(ran: &Ran) -> Vec<(u32, Estimate)> {
    let estimate = |record: &EventRecord| match &record.event {
        RunEvent::PlanEstimated { revision, estimate } => Some((*revision, *estimate)),
        _ => None,
    };
    ran.records.iter().filter_map(estimate).collect()
}

#[tokio::test]
async fn a_plan_is_estimated_once_before_it_is_approved() {
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = bench.run("Compare GDPs").await;
    let types = ran.records.iter().map(|record| match &record.event {
        RunEvent::PlanProposed { .. } => "proposed",
        RunEvent::PlanEstimated { .. } => "estimated",
        RunEvent::PlanApproved { .. } => "approved",
        _ => "",
    });
    let types: Vec<&str> = types.filter(|word| !word.is_empty()).collect();
    assert_eq!(types, ["proposed", "estimated", "approved"]);

    let comparison = comparison(&ran.state).expect("there is an estimate");
    assert_eq!(comparison.expected.model_calls, 3 + 2);
    assert_eq!(
        comparison.took.model_calls,
        3 + 2,
        "the plan's own call is not in it"
    );
    let (expected, took) = (
        comparison.expected.prompt_tokens,
        comparison.took.prompt_tokens,
    );
    assert!(
        expected > took / 2 && expected < took * 2,
        "{expected} tokens expected, {took} taken"
    );
}

#[tokio::test]
async fn every_version_of_a_plan_has_its_own() {
    let script = Script::happy(&STEPS)
        .planner(plan(&STEPS))
        .decide(replan("more is needed", &["Ask again"]))
        .decide(respond());
    let bench = Bench::new(script);
    let mut asked = 0;
    let ran = watch(
        bench.start(attended("Compare GDPs")),
        |record| match &record.event {
            RunEvent::PlanProposed { steps, .. } => {
                asked += 1;
                if asked == 1 {
                    let mut steps = steps.clone();
                    steps.truncate(2);
                    return Some(RunCommand::Edit { steps });
                }
                let hash = planwright::domain::plan::plan_hash(steps);
                Some(RunCommand::Approve {
                    hash,
                    stepwise: false,
                })
            }
            _ => None,
        },
    )
    .await;
    let calls: Vec<(u32, u64)> = estimates(&ran)
        .iter()
        .map(|(revision, estimate)| (*revision, estimate.model_calls))
        .collect();
    assert_eq!(calls, [(1, 3 + 2), (2, 2 + 2), (3, 1 + 2)]);
    let comparison = comparison(&ran.state).expect("there is an estimate");
    assert_eq!(
        comparison.expected.model_calls, 4,
        "of the first that was approved"
    );
    assert_eq!(
        comparison.took.model_calls,
        2 + 1 + 1 + 2,
        "a new plan costs more"
    );
}

/// The first call of a model tells how fast it is; before that nobody knows.
#[tokio::test]
async fn time_is_estimated_from_what_the_model_did_before() {
    let script = Script::happy(&STEPS).by(|seen| {
        let reply = match seen.job() {
            Kind::Replanner => respond(),
            _ => Reply::text("word ".repeat(24)),
        };
        reply
            .first_delay(Duration::from_millis(40))
            .token_delay(Duration::from_millis(4))
    });
    let bench = Bench::new(script);
    let steps = STEPS.map(|step| format!("{step} in euros"));
    let steps = steps.each_ref().map(String::as_str);
    let first = watch(bench.start(with_plan("Compare GDPs", &steps)), |_| None).await;
    let (_, unknown) = estimates(&first)[0];
    assert_eq!((unknown.duration_ms, unknown.measured_calls), (None, 0));

    let second = watch(bench.start(with_plan("Compare GDPs", &steps)), |_| None).await;
    let (_, known) = estimates(&second)[0];
    assert_eq!(known.measured_calls, 5);
    let (expected, took) = (
        known.duration_ms.expect("the speed is known"),
        comparison(&second.state).unwrap().took.duration_ms,
    );
    assert!(
        expected > took / 3 && expected < took * 3,
        "{expected} ms expected, {took} taken"
    );
}

#[tokio::test]
async fn what_runs_at_the_same_time_is_not_added_up() {
    let alone = |steps: usize| {
        let script = Script::happy(&STEPS).by(|seen| match seen.job() {
            Kind::Replanner => respond().first_delay(Duration::from_millis(20)),
            _ => Reply::text("word ".repeat(24)).first_delay(Duration::from_millis(60)),
        });
        let plan = (0..steps).map(|n| DraftStep::new(format!("Measure the length of river {n}")));
        let request = RunRequest {
            plan: Some(plan.collect()),
            ..request("Measure rivers")
        };
        (script, request)
    };
    let mut expected = Vec::new();
    for lanes in [1, 4] {
        let (script, request) = alone(4);
        let bench = Bench::with(script, |config| config.limits.max_parallel = lanes);
        watch(bench.start(request.clone()), |_| None).await;
        let ran = watch(bench.start(request), |_| None).await;
        expected.push(
            estimates(&ran)[0]
                .1
                .duration_ms
                .expect("the speed is known"),
        );
    }
    // Added up, the two would be alike; a busy machine takes longer for both.
    assert!(expected[1] * 3 < expected[0] * 2, "{expected:?}");
}

#[tokio::test]
async fn settings_that_cost_calls_are_in_it() {
    let calls = async |verify, replan_on| {
        let bench = Bench::with(Script::happy(&STEPS), |config| {
            (config.settings.verify, config.settings.replan_on) = (verify, replan_on);
        });
        let request = RunRequest {
            plan_only: true,
            ..request("Compare GDPs")
        };
        let ran = watch(bench.start(request), |_| None).await;
        estimates(&ran)[0].1.model_calls
    };
    assert_eq!(calls(Verify::Off, ReplanOn::PlanDone).await, 5);
    assert_eq!(
        calls(Verify::Model, ReplanOn::PlanDone).await,
        8,
        "each step is judged"
    );
    assert_eq!(
        calls(Verify::Off, ReplanOn::EachStep).await,
        7,
        "two more looks"
    );
}

#[tokio::test]
async fn nothing_is_estimated_where_that_is_switched_off() {
    let bench = Bench::with(Script::happy(&STEPS), |config| {
        config.settings.estimate = false;
    });
    let ran = bench.run("Compare GDPs").await;
    assert_eq!(estimates(&ran), []);
    assert_eq!(comparison(&ran.state), None);
}

/// A step that names a tool takes another call for it; what was expected stands beside what it took.
#[tokio::test]
async fn steps_that_name_a_tool_take_a_round_more() {
    let script = || {
        Script::happy(&STEPS)
            .once(Kind::Executor, Reply::call("now", serde_json::json!({})))
            .once(Kind::Executor, Reply::text("It is noon."))
    };
    let with_tool = |tool: &str| {
        let first = DraftStep {
            tool: Some(tool.to_owned()),
            ..DraftStep::new("Look at the clock")
        };
        RunRequest {
            plan: Some(vec![first, DraftStep::new("Say it in words")]),
            ..request("The time")
        }
    };
    let bench = Bench::with(script(), |config| {
        config.tools.enabled = vec!["now".to_owned()];
    });
    let ran = watch(bench.start(with_tool("now")), |_| None).await;
    let comparison = comparison(&ran.state).expect("there is an estimate");
    let (expected, took) = (comparison.expected, comparison.took);
    assert_eq!((expected.model_calls, expected.tool_calls), (3 + 2, 1));
    assert_eq!((took.model_calls, took.tool_calls), (3 + 2, 1));

    let ran = watch(bench.start(with_tool("none")), |_| None).await;
    let none = estimates(&ran)[0].1;
    assert_eq!((none.model_calls, none.tool_calls), (2 + 2, 0));
}
