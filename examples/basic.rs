//! A run through the library's front door, on the built-in demo model: no server is needed.
//!
//! `cargo run --example basic`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use planwright::config::{Config, Paths};
use planwright::domain::event::{ApprovalPolicy, RunEvent};
use planwright::session::{EngineUpdate, RunRequest, Session};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `Config::load` would read the user's own settings; these are the defaults with another model.
    let home = std::env::temp_dir().join("planwright-example");
    let config = Config {
        model: "demo".to_owned(),
        ..Config::defaults(Paths::under(&home))
    };

    // `Session::open` would keep the run in the database.
    let session = Session::in_memory(config)?;
    let mut run = session.start(RunRequest {
        task: "Compare 5 km and 3 miles".to_owned(),
        plan: None,
        recipe: None,
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
        plan_only: false,
        thread: None,
    })?;
    while let Some(update) = run.updates.recv().await {
        let EngineUpdate::Event(record) = update else {
            continue; // text as it arrives
        };
        match &record.event {
            RunEvent::PlanProposed { steps, .. } => {
                for step in steps {
                    println!("{}  {}", step.id, step.description);
                }
            }
            RunEvent::StepFinished { step, result, .. } => println!("\n{step}  {result}"),
            RunEvent::RunFinished {
                response: Some(answer),
                ..
            } => println!("\n{answer}"),
            _ => {}
        }
    }
    println!("\n{:?}", run.done.await?);
    Ok(())
}
