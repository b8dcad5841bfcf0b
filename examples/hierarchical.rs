//! A plan inside a plan: the second step is planned when its turn comes, and its answer is the step's result. Everything
//! stands in one log, where `scope` says to which plan a record belongs.
//!
//! `cargo run --example hierarchical -- "Write a city guide for Leipzig"`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use planwright::config::{Config, Overrides, Sources};
use planwright::domain::event::{ApprovalPolicy, RunEvent};
use planwright::domain::plan::DraftStep;
use planwright::session::{PlanExecuteGraph, RunRequest};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let task = std::env::args().nth(1);
    let task = task.unwrap_or_else(|| "Write a city guide for Leipzig".to_owned());
    let settings = Config::load(&Sources::from_process(Overrides::default()))?;
    let graph = PlanExecuteGraph::builder(settings.config).build()?;
    let outer = vec![
        DraftStep::new("Say in one sentence who this is for"),
        DraftStep {
            subplan: true,
            ..DraftStep::new("Gather what these people want to know")
        },
        DraftStep::new("Put everything in order"),
    ];
    let request = RunRequest {
        task,
        plan: Some(outer),
        recipe: None,
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
        plan_only: false,
        thread: None,
    };
    let told = graph.invoke_with(request, |record| {
        let indent = "    ".repeat(record.scope.len());
        match &record.event {
            RunEvent::PlanProposed { steps, .. } => {
                for step in steps {
                    println!("{indent}{}  {}", step.id, step.description);
                }
            }
            RunEvent::StepFinished { step, status, .. } => {
                println!("{indent}{step}  {}", status.word());
            }
            _ => {}
        }
    });
    println!("\n{}", told.await?.response.unwrap_or_default());
    Ok(())
}
