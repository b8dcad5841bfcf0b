//! The graph's nodes one by one: planner and executor as usual, one of them watched, and a replanner and a finalizer of
//! this program's own, which need no model.
//!
//! `cargo run --example custom_graph -- "Compare 5 km and 3 miles"`; the server is found as `planwright` finds it.
#![allow(clippy::print_stdout, reason = "an example speaks")]

use std::time::Instant;

use planwright::config::{Config, Overrides, Sources};
use planwright::domain::event::StepOutcome;
use planwright::domain::ids::StepId;
use planwright::domain::plan::DraftStep;
use planwright::engine::call::Caller;
use planwright::engine::finalizer::Answer;
use planwright::engine::nodes::{
    BoxFuture, Executor, Finalizer, ModelExecutor, ModelPlanner, Replanner,
};
use planwright::engine::{Halt, outcomes};
use planwright::session::PlanExecuteGraph;

/// The usual executor, with a word about each step.
struct Watched(ModelExecutor);

impl Executor for Watched {
    fn execute<'a>(
        &'a self,
        caller: &'a Caller,
        step: &'a StepId,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(async move {
            let began = Instant::now();
            self.0.execute(caller, step, attempt).await?;
            println!("{step}, attempt {attempt}: {:.1?}", began.elapsed());
            Ok(())
        })
    }
}

/// Goes on until every step has a result: what failed is tried again in other words, as often as the run allows.
struct NoStepLeftBehind;

impl Replanner for NoStepLeftBehind {
    fn decide<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(async move {
            let failed: Vec<DraftStep> = {
                let state = caller.journal.state().await;
                let news = state.past_steps.iter();
                news.filter(|past| {
                    past.outcome == StepOutcome::Failed && past.revision == state.revision
                })
                .map(|past| DraftStep::new(format!("Find another way: {}", past.description)))
                .collect()
            };
            if failed.is_empty() {
                return outcomes::respond(caller, "every step has a result").await;
            }
            let reason = format!("steps that failed: {}", failed.len());
            outcomes::replan(caller, reason, failed).await
        })
    }
}

/// The results, one below the other.
struct Listed;

impl Finalizer for Listed {
    fn answer<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Answer, Halt>> {
        Box::pin(async move {
            let state = caller.journal.state().await;
            let done = state.past_steps.iter();
            let done = done.filter(|past| past.outcome == StepOutcome::Done);
            let lines = done.map(|past| format!("{}: {}", past.description, past.result));
            Ok(Answer {
                response: lines.collect::<Vec<_>>().join("\n"),
                incomplete: None,
            })
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let task = std::env::args().nth(1);
    let task = task.unwrap_or_else(|| "Compare 5 km and 3 miles".to_owned());
    let settings = Config::load(&Sources::from_process(Overrides::default()))?;
    let graph = PlanExecuteGraph::builder(settings.config)
        .planner(ModelPlanner)
        .executor(Watched(ModelExecutor))
        .replanner(NoStepLeftBehind)
        .finalizer(Listed)
        .build()?;
    let state = graph.invoke(task).await?;
    println!("\n{}", state.response.unwrap_or_default());
    println!("\n{} model calls", state.totals.model_calls);
    Ok(())
}
