//! What a plan should look like for the model that makes it, and what happens to one that does not.

use serde_json::json;

use super::harness::{Bench, STEPS, plan};
use crate::support::{FakeModel, Kind, Reply, Script};

#[tokio::test]
async fn the_planner_is_asked_for_as_many_steps_as_its_model_keeps_together() {
    for (size, range) in [
        ("1.2B", "in 3 to 4 steps"),
        ("8.0B", "in 3 to 4 steps"),
        ("14.8B", "in 4 to 6 steps"),
        ("70.6B", "in 5 to 7 steps"),
        ("unknown", "in 3 to 7 steps"),
    ] {
        let models = [FakeModel::new("tiny:1b").size(size)];
        let bench = Bench::new(Script::happy(&STEPS).models(models));
        bench.run("Compare").await;
        let asked = bench.server.chat_requests();
        assert!(asked[0].now().contains(range), "{size}: {}", asked[0].now());
    }
}

#[tokio::test]
async fn a_plan_beyond_that_is_kept_and_the_person_is_told() {
    let names: Vec<String> = (1..=6)
        .map(|n| format!("Measure river number {n}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ran = Bench::new(Script::happy(&names))
        .run("Measure rivers")
        .await;
    assert_eq!(ran.state.past_steps.len(), 6);
    let said = ran.state.revisions[0].problems.join("; ");
    assert!(
        said.contains("6 steps") && said.contains("3 to 4"),
        "{said}"
    );
}

#[tokio::test]
async fn a_plan_that_cannot_be_mended_is_asked_for_once_more_with_its_problems() {
    let bad = Reply::json(json!({"steps": [
        {"description": "Research the topic"},
        {"description": "Find the GDP of France", "depends_on": [3]},
        {"description": "Compare with Germany", "depends_on": [2]},
    ]}));
    let script = Script::happy(&STEPS)
        .once(Kind::Planner, bad)
        .once(Kind::Planner, plan(&STEPS));
    let bench = Bench::new(script);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.plan(), STEPS);
    let asked = bench.server.chat_requests();
    let second = asked[1].now();
    for part in [
        "step 1 is vague",
        "a cycle",
        "Research the topic",
        "Compare with Germany",
    ] {
        assert!(second.contains(part), "{part}: {second}");
    }
    assert!(
        ran.notices().contains("asked to correct its plan"),
        "{}",
        ran.notices()
    );
    assert!(ran.state.revisions[0].problems.is_empty());
}

#[tokio::test]
async fn one_repair_is_all_there_is_and_what_is_left_is_shown() {
    let bad = || {
        plan(&[
            "Research the topic",
            "Find the GDP of France",
            "Compare the two",
        ])
    };
    let script = Script::happy(&STEPS).on(Kind::Planner, bad());
    let bench = Bench::new(script);
    let ran = bench.run("Compare").await;
    let planned = bench
        .server
        .kinds()
        .into_iter()
        .filter(|kind| *kind == Kind::Planner);
    assert_eq!(planned.count(), 2);
    let said = ran.state.revisions[0].problems.join("; ");
    assert!(said.contains("step 1 is vague"), "{said}");
}

/// A good plan takes no call more than before.
#[tokio::test]
async fn what_is_safe_to_mend_costs_no_call() {
    let reply = Reply::json(json!({"steps": [
        {"description": "Find the GDP of France"},
        {"description": "  "},
        {"description": "Find the GDP of France!"},
        {"description": "Compare it with that of Germany", "depends_on": [9]},
    ]}));
    let bench = Bench::new(Script::happy(&STEPS).planner(reply));
    let ran = bench.run("Compare").await;
    assert_eq!(
        ran.plan(),
        ["Find the GDP of France", "Compare it with that of Germany"]
    );
    assert_eq!(ran.state.totals.model_calls, 5);
}

#[tokio::test]
async fn where_steps_may_run_at_once_the_last_one_waits_for_all() {
    for (lanes, after) in [(1, 0), (3, 2)] {
        let bench = Bench::with(Script::happy(&STEPS), |config| {
            config.limits.max_parallel = lanes;
        });
        let ran = bench.run("Compare").await;
        assert_eq!(ran.state.plan[2].step.depends_on.len(), after);
        let reason = ran.state.revisions[0].reason.clone().unwrap_or_default();
        assert_eq!(
            reason.contains("builds on all others"),
            lanes > 1,
            "{reason}"
        );
    }
}
