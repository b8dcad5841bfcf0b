//! The neighbours of the pattern: other routings of the same nodes, in the same log.

use planwright::domain::event::{ApprovalPolicy, Mode, PlanSource, RunEvent};
use planwright::session::{RunCommand, RunOutcome};
use serde_json::json;

use super::harness::{Bench, STEPS, attended, plan, respond, watch};
use crate::support::{ChatSeen, Kind, Reply, Script};

fn bench(mode: Mode, script: Script) -> Bench {
    Bench::with(script, |config| {
        config.mode = mode;
        config.limits.max_parallel = 4;
    })
}

#[tokio::test]
async fn direct_is_one_call_and_no_plan() {
    let bench = bench(Mode::Direct, Script::happy(&STEPS));
    let ran = bench.run("What is the capital of Norway?").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.outline(), ["started", "completed"]);
    let asked = bench.server.chat_requests();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].last().contains("capital of Norway"));
    assert!(
        asked[0].now().contains("There is no plan"),
        "{}",
        asked[0].now()
    );
}

#[tokio::test]
async fn react_is_the_task_as_one_step_whose_result_is_the_answer() {
    let script = Script::happy(&STEPS).step(Reply::text("It is Oslo."));
    let bench = bench(Mode::React, script);
    let ran = bench.run("What is the capital of Norway?").await;
    assert_eq!(ran.response(), "It is Oslo.");
    assert_eq!(
        ran.outline(),
        [
            "started",
            "proposed",
            "approved",
            "step",
            "done",
            "completed"
        ]
    );
    assert_eq!(ran.plan(), ["What is the capital of Norway?"]);
    assert_eq!(ran.state.revisions[0].source, PlanSource::Validator);
    assert_eq!(bench.server.chat_requests().len(), 1);
}

#[tokio::test]
async fn react_without_a_result_is_answered_from_what_there_is() {
    let script = Script::happy(&STEPS).step(Reply::text("CANNOT: I do not know"));
    let bench = bench(Mode::React, script);
    let ran = bench.run("What is the capital of Norway?").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(
        bench
            .server
            .chat_requests()
            .last()
            .unwrap()
            .last()
            .contains("I do not know")
    );
}

fn blueprint(steps: &[(&str, &str)]) -> Reply {
    let steps: Vec<_> = steps
        .iter()
        .map(|(description, input)| json!({"description": description, "input": input}))
        .collect();
    Reply::json(json!({ "steps": steps }))
}

/// One planner call, the steps from their own words alone, one call for the answer; what is independent at once.
#[tokio::test]
async fn rewoo_plans_once_and_fills_in_results_by_number() {
    let mut steps: Vec<(String, String)> = (1..=10)
        .map(|n| (format!("Ask {n}"), format!("What is {n}, list[{n}]?")))
        .collect();
    steps.push((
        "Compare".to_owned(),
        "Compare #E1 with #E10 in [#E2]".to_owned(),
    ));
    let pairs: Vec<(&str, &str)> = steps
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let plan = blueprint(&pairs);
    let script = Script::new().by(move |seen: &ChatSeen| match seen.kind() {
        Kind::Planner => plan.clone(),
        Kind::Executor => {
            let now = seen.now();
            let asked = (1..=10).find(|n| now.contains(&format!("What is {n},")));
            Reply::text(asked.map_or("compared".to_owned(), |n| format!("R{n}!")))
                .first_delay(std::time::Duration::from_millis(30))
        }
        _ => Reply::text("The answer."),
    });
    let bench = bench(Mode::Rewoo, script);
    let ran = bench.run("Compare things").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let kinds = bench.server.kinds();
    let count = |kind: Kind| kinds.iter().filter(|seen| **seen == kind).count();
    // Ten steps are the most a plan may have: the eleventh is left out, and that is said.
    assert_eq!(
        (
            count(Kind::Planner),
            count(Kind::Replanner),
            count(Kind::Finalizer)
        ),
        (1, 0, 1)
    );
    assert_eq!(
        bench.server.most_at_once(),
        4,
        "S14: what is independent runs at once"
    );
    let said = &ran.state.revisions[0].problems;
    assert!(
        said.iter()
            .any(|problem| problem.contains("the first 10 are kept")),
        "{said:?}"
    );
}

/// S13: references are exact, brackets are text, and a name that is used twice does not loop.
#[tokio::test]
async fn s13_references_are_exact() {
    let mut steps: Vec<(String, String)> = vec![("Same".to_owned(), "What is first?".to_owned())];
    steps.extend((2..=9).map(|n| ("Same".to_owned(), format!("What is number {n}?"))));
    steps.push((
        "Same".to_owned(),
        "Compare [#E1] with #E9 and #E12".to_owned(),
    ));
    let pairs: Vec<(&str, &str)> = steps
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let script = Script::new()
        .planner(blueprint(&pairs))
        .by(|seen: &ChatSeen| match seen.kind() {
            Kind::Executor if seen.now().contains("What is first?") => Reply::text("ONE"),
            Kind::Executor if seen.now().contains("number 9") => Reply::text("NINE #E1"),
            Kind::Executor => Reply::text("other"),
            _ => Reply::text("The answer."),
        });
    let bench = bench(Mode::Rewoo, script);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let asked = bench.server.chat_requests();
    let last = asked.iter().find(|seen| seen.now().contains("Compare ["));
    let last = last.unwrap();
    assert!(
        last.now().contains("Compare [ONE] with NINE #E1 and #E12"),
        "{}",
        last.now()
    );
    assert!(
        !last.last().contains("What is first?"),
        "from its own words alone"
    );
    assert_eq!(ran.state.executed(), 10);
    let said = ran.state.revisions[0].problems.join("; ");
    assert!(said.contains("refers to #E12"), "{said}");
    let names: Vec<&str> = ran.state.plan[9]
        .step
        .depends_on
        .iter()
        .map(|id| id.as_str())
        .collect();
    assert_eq!(names, ["s1", "s9"]);
}

#[tokio::test]
async fn auto_says_what_it_chose_and_why_before_anything_is_approved() {
    for (word, mode, calls) in [
        ("direct", Mode::Direct, 2),
        ("plan-execute", Mode::PlanExecute, 7),
    ] {
        let script = Script::happy(&STEPS).on(
            Kind::Chooser,
            Reply::json(json!({"mode": word, "reason": "because it fits"})),
        );
        let bench = bench(Mode::Auto, script);
        let ran = bench.run("Compare").await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(
            (ran.state.mode, ran.state.mode_reason.as_deref()),
            (Some(mode), Some("because it fits"))
        );
        assert_eq!(ran.state.totals.model_calls, calls);
        let chosen = ran
            .records
            .iter()
            .position(|record| matches!(record.event, RunEvent::ModeChosen { .. }));
        assert_eq!(chosen, Some(2), "after the start and its own call");
    }
}

#[tokio::test]
async fn where_no_choice_can_be_read_the_mode_is_the_one_that_can_change_its_mind() {
    let script = Script::happy(&STEPS).on(Kind::Chooser, Reply::text("Dunno."));
    let ran = bench(Mode::Auto, script).run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.mode, Some(Mode::PlanExecute));
}

#[tokio::test]
async fn a_plan_that_nobody_looks_at_again_is_looked_at_by_the_person() {
    let script = Script::new()
        .planner(blueprint(&[("Ask", "What is it?")]))
        .by(|seen: &ChatSeen| match seen.kind() {
            Kind::Planner => plan(&STEPS),
            Kind::Replanner => respond(),
            _ => Reply::text("ok"),
        });
    let bench = bench(Mode::Rewoo, script);
    let mut request = attended("Compare");
    request.approval = ApprovalPolicy::Always;
    let mut state = planwright::domain::state::PlanExecuteState::default();
    let ran = watch(bench.start(request), |record| {
        state.apply(record);
        matches!(record.event, RunEvent::PlanProposed { .. }).then(|| RunCommand::Approve {
            hash: state.plan_hash(),
            stepwise: false,
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
}
