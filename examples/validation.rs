//! A validation node between planner and executor: a plan of one step runs without a question, one of more than ten is
//! sent back to be made simpler, all others wait for approval as usual.
//!
//! `cargo run --example validation -- "Compare 5 km and 3 miles"`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use planwright::config::{Config, Overrides, Sources};
use planwright::domain::chat::Role;
use planwright::domain::event::{Approver, NoticeLevel, PlanSource, RunEvent};
use planwright::domain::plan::DraftStep;
use planwright::domain::reply::{plan_from_json, plan_from_text, plan_schema};
use planwright::engine::call::{Caller, Job};
use planwright::engine::ladder::{Shape, ask};
use planwright::engine::nodes::{BoxFuture, Planner};
use planwright::engine::{Halt, outcomes, prompts};
use planwright::session::PlanExecuteGraph;

const MOST: usize = 10;

/// A planner whose plans are looked at before anyone else sees them.
struct Validated;

impl Validated {
    /// The steps of one reply, which may be as many as the model likes.
    async fn drafts(caller: &Caller, range: &str) -> Result<Vec<DraftStep>, Halt> {
        let model = caller.model(Role::Planner).await?;
        let job = Job {
            role: Role::Planner,
            step: None,
            text: prompts::plan_job(&*caller.journal.state().await, range),
            temperature: 0.1,
        };
        let shape = Shape {
            schema: plan_schema(100, false),
            from_json: plan_from_json,
            from_text: plan_from_text,
            ask_text: prompts::PLAN_AS_LIST,
        };
        Ok(ask(caller, &model, &job, &shape).await?.unwrap_or_default())
    }
}

impl Planner for Validated {
    fn plan<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(async move {
            let mut drafts = Self::drafts(caller, "3 to 7").await?;
            if drafts.len() > MOST {
                let text = format!(
                    "{} steps are too many; asking for a simpler plan",
                    drafts.len()
                );
                caller.journal.notice(NoticeLevel::Info, text).await?;
                drafts = Self::drafts(caller, "at most 7").await?;
            }
            let direct = drafts.len() < 2;
            if direct {
                let task = caller.journal.state().await.task.clone();
                drafts = vec![DraftStep::new(task)];
            }
            outcomes::propose(caller, PlanSource::Planner, drafts, None).await?;
            if direct {
                let (revision, hash) = {
                    let state = caller.journal.state().await;
                    (state.revision, state.plan_hash())
                };
                let approved = RunEvent::PlanApproved {
                    revision,
                    by: Approver::Policy,
                    hash,
                    feedback: Some("one step runs directly".to_owned()),
                };
                caller.journal.record(approved).await?;
            }
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let task = std::env::args().nth(1);
    let task = task.unwrap_or_else(|| "Compare 5 km and 3 miles".to_owned());
    let settings = Config::load(&Sources::from_process(Overrides::default()))?;
    let graph = PlanExecuteGraph::builder(settings.config)
        .planner(Validated)
        .build()?;
    let state = graph.invoke(task).await?;
    for notice in &state.notices {
        println!("note: {}", notice.text);
    }
    for planned in &state.plan {
        println!("{}  {}", planned.step.id, planned.step.description);
    }
    println!("\n{}", state.response.unwrap_or_default());
    Ok(())
}
