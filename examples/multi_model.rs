//! A large model that plans and decides, a small one that carries out the steps: the largest and the smallest that the
//! server has, unless `PLANWRIGHT_PLANNER_MODEL`, `PLANWRIGHT_EXECUTOR_MODEL` and `PLANWRIGHT_REPLANNER_MODEL` say
//! otherwise.
//!
//! `cargo run --example multi_model -- "Compare 5 km and 3 miles"`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use planwright::config::{Config, Overrides, Sources};
use planwright::domain::event::{ApprovalPolicy, RunEvent};
use planwright::session::{PlanExecuteGraph, RunRequest};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let task = std::env::args().nth(1);
    let task = task.unwrap_or_else(|| "Compare 5 km and 3 miles".to_owned());
    let mut config = Config::load(&Sources::from_process(Overrides::default()))?.config;

    let graph = PlanExecuteGraph::builder(config.clone()).build()?;
    let mut models = graph.session().probe().await.models;
    models.sort_by_key(|model| model.size);
    if let (Some(small), Some(large)) = (models.first(), models.last()) {
        let large = Some(large.name.clone());
        config.planner_model = config.planner_model.or_else(|| large.clone());
        config.replanner_model = config.replanner_model.or(large);
        config.executor_model = config.executor_model.or_else(|| Some(small.name.clone()));
    }

    let graph = PlanExecuteGraph::builder(config).build()?;
    let request = RunRequest {
        task,
        plan: None,
        recipe: None,
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
        plan_only: false,
        thread: None,
    };
    let told = graph.invoke_with(request, |record| {
        if let RunEvent::ModelCalled(call) = &record.event {
            println!(
                "{:<10} {:<24} {} ms",
                call.role, call.model, call.duration_ms
            );
        }
    });
    println!("\n{}", told.await?.response.unwrap_or_default());
    Ok(())
}
