//! The demo under the real engine: the same prompts, records and state as every other run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use planwright::domain::event::{
    ApprovalPolicy, Decision, EventRecord, Limits, Mode, PlanSource, RoleModels, RunEvent,
};
use planwright::domain::ids::RunId;
use planwright::domain::plan::plan_hash;
use planwright::domain::state::{PlanExecuteState, RunStatus};
use planwright::engine::graph::{Graph, Port, Setup};
use planwright::engine::journal::{Journal, wall_clock};
use planwright::engine::nodes::Nodes;
use planwright::engine::patience::Patience;
use planwright::engine::{EngineUpdate, RetryPolicy, RunCommand, RunOutcome};
use planwright::model::demo::{DemoModel, DemoPace, EXAMPLES};
use planwright::store::memory::MemoryStore;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::talk::has;

/// Runs a task; `says` is asked for a command at every plan.
async fn run(
    task: &str,
    mut says: impl FnMut(&PlanExecuteState) -> RunCommand,
) -> (PlanExecuteState, Vec<EventRecord>) {
    let (told, mut updates) = mpsc::channel(256);
    let (commands, heard) = mpsc::channel(16);
    let id = RunId::new("demo");
    let store = Arc::new(MemoryStore::new());
    let journal = Journal::new(id, store, &[], told, wall_clock());
    let models = RoleModels {
        planner: "demo".to_owned(),
        executor: "demo".to_owned(),
        replanner: "demo".to_owned(),
        ..RoleModels::default()
    };
    let started = RunEvent::RunStarted {
        task: task.to_owned(),
        mode: Mode::PlanExecute,
        thread: None,
        models,
        limits: Limits::default(),
        settings: planwright::domain::event::RunSettings::default(),
        forked_from: None,
        recipe: None,
        tools: None,
    };
    journal.record(started).await.unwrap();
    let port = Port {
        name: "demo".to_owned(),
        model: Arc::new(DemoModel::new(DemoPace::Instant)),
    };
    let retry = RetryPolicy {
        attempts: 0,
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
    };
    let patience = Patience::new(CancellationToken::new(), None, retry);
    let setup = Setup {
        ports: BTreeMap::from([("demo".to_owned(), port)]),
        num_ctx: 8192,
        think: false,
        approval: ApprovalPolicy::Always,
        attended: true,
        tools: planwright::tool::toolbox::Toolbox::default(),
        approve_tools: false,
        plan_only: false,
        plan: None,
        timeout: None,
        nodes: Nodes::default(),
    };
    let graph = Graph::new(journal, setup, patience, heard).await;
    let watch = async {
        let (mut state, mut records) = (PlanExecuteState::default(), Vec::new());
        while let Some(update) = updates.recv().await {
            let EngineUpdate::Event(record) = update else {
                continue;
            };
            state.apply(&record);
            if matches!(record.event, RunEvent::PlanProposed { .. }) {
                commands.send(says(&state)).await.unwrap();
            }
            records.push((*record).clone());
        }
        (state, records)
    };
    let both = async { tokio::join!(Box::pin(graph.run()), watch) };
    let (outcome, watched) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .expect("the run ends");
    assert_eq!(outcome, RunOutcome::Completed);
    watched
}

fn approve(state: &PlanExecuteState) -> RunCommand {
    RunCommand::Approve {
        hash: plan_hash(&state.steps()),
        stepwise: false,
    }
}

#[tokio::test]
async fn an_example_runs_from_task_to_answer_with_a_call_a_step_and_three_more() {
    for task in [EXAMPLES[0], EXAMPLES[2]] {
        let (state, _) = run(task, approve).await;
        assert_eq!(state.status, RunStatus::Completed);
        assert_eq!(state.totals.model_calls, state.past_steps.len() as u64 + 3);
        assert!(state.totals.prompt_tokens > 100 && state.totals.output_tokens > 50);
        assert!(
            state.revisions[0].problems.is_empty(),
            "{:?}",
            state.revisions[0].problems
        );
        assert_eq!(state.incomplete, None);
    }
}

#[tokio::test]
async fn the_second_example_fails_at_a_step_and_is_planned_anew() {
    let (state, records) = run(EXAMPLES[1], approve).await;
    let decisions: Vec<Decision> = state.decisions.iter().map(|made| made.decision).collect();
    assert_eq!(decisions, [Decision::Replan, Decision::Respond]);
    assert_eq!(state.revisions.len(), 2);
    assert_eq!(state.revisions[1].source, PlanSource::Replanner);
    let failed = records.iter().any(|record| {
        matches!(&record.event, RunEvent::StepFinished { result, .. }
            if **result == *"Step failed: the ratio to 0 m would divide by zero")
    });
    assert!(failed);
    has(state.response.as_deref().unwrap(), "K2 (8,611 m) by 238 m");
}

#[tokio::test]
async fn words_about_a_plan_change_it() {
    let mut asked = false;
    let (state, _) = run("Compare 8 kg and 5 kg", |state| {
        if std::mem::replace(&mut asked, true) {
            approve(state)
        } else {
            RunCommand::Reject {
                feedback: Some("without the division".to_owned()),
            }
        }
    })
    .await;
    let steps: Vec<&str> = state
        .plan
        .iter()
        .map(|p| p.step.description.as_str())
        .collect();
    assert_eq!(
        steps,
        [
            "Read the 2 quantities in the task",
            "Subtract the smaller amount from the larger one",
            "State the comparison in words"
        ]
    );
}

#[tokio::test]
async fn a_task_for_a_language_model_ends_in_what_to_install() {
    let (state, _) = run("Write a poem about the sea", approve).await;
    assert_eq!(state.plan.len(), 2);
    has(state.response.as_deref().unwrap(), "ollama pull llama3.2");
}
