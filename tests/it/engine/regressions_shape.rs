//! Faults of the reference implementation, S15: how many workers a map-reduce has comes from the list itself.

use planwright::domain::ids::StepId;
use planwright::domain::plan::DraftStep;
use planwright::session::RunRequest;
use serde_json::json;

use super::harness::{Bench, Ran, request, respond, watch};
use crate::support::{Kind, Reply, Script};

/// A list of `items`, a step for each of them, and one that puts the results together.
async fn map_reduce(items: Vec<String>, max_parallel: u32) -> (Bench, Ran) {
    let script = Script::new().by(move |seen| match seen.job() {
        Kind::Executor if seen.now().contains("Name the rivers") => Reply::json(json!(items)),
        Kind::Executor if seen.now().contains("Measure") => Reply::text("a length"),
        Kind::Replanner => respond(),
        _ => Reply::text("All lengths together."),
    });
    let bench = Bench::with(script, |config| {
        config.limits.max_parallel = max_parallel;
        config.limits.max_steps = 60;
    });
    let map = DraftStep {
        for_each: Some("1".to_owned()),
        ..DraftStep::new("Measure {{item}}")
    };
    let reduce = DraftStep {
        depends_on: vec!["2".to_owned()],
        ..DraftStep::new("Add the lengths")
    };
    let plan = vec![DraftStep::new("Name the rivers"), map, reduce];
    let request = RunRequest {
        plan: Some(plan),
        ..request("How long are the rivers?")
    };
    let ran = watch(bench.start(request), |_| None).await;
    (bench, ran)
}

/// The reference sets up a fixed number of workers: short lists are padded, long ones cut.
#[tokio::test]
async fn s15_a_list_of_n_items_gives_exactly_n_steps() {
    for (n, lanes) in [(1, 4), (2, 4), (5, 1), (13, 4), (40, 8)] {
        let items: Vec<String> = (1..=n).map(|n| format!("river {n}")).collect();
        let (bench, ran) = map_reduce(items.clone(), lanes).await;
        let inner = &ran.state.children[&StepId::new("s2")];
        let steps = inner.plan.iter().map(|p| p.step.description.clone());
        let wanted: Vec<String> = items.iter().map(|item| format!("Measure {item}")).collect();
        assert_eq!(steps.collect::<Vec<_>>(), wanted, "{n} items");
        assert!(inner.plan.iter().all(|p| p.result.is_some()), "{n} items");
        let measured = bench.server.chat_requests();
        let measured = measured
            .iter()
            .filter(|seen| seen.job() == Kind::Executor && seen.now().contains("Measure river"));
        assert_eq!(measured.count(), n, "{n} items, a call for each");
        let whole = ran.state.planned(&StepId::new("s2")).unwrap();
        let whole = whole.result.clone().unwrap();
        assert_eq!(whole.matches("## Measure river").count(), n, "{whole}");
        assert!(bench.server.most_at_once() <= lanes as usize);
        assert_eq!(ran.response(), "All lengths together.");
    }
}

/// Every fault that was measured stands as a test with its number. The twelfth is about a tool that evaluates what a model
/// writes; planwright has no tools yet, so there is nothing yet that could.
#[test]
fn every_fault_that_was_measured_has_its_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut sources = String::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let missing: Vec<u32> = (1..=15)
        .filter(|n| *n != 12)
        .filter(|n| !sources.contains(&format!("fn s{n}_")))
        .collect();
    assert!(missing.is_empty(), "without a test: {missing:?}");
}
