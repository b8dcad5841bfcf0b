//! The pattern over a model of your own: anything that implements `ChatModel` can plan, execute and answer.
//!
//! `cargo run --example custom_model`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use planwright::domain::chat::{ChatChunk, ChatRequest, ModelInfo, Role, StopReason, Usage};
use planwright::domain::event::{ApprovalPolicy, Limits, Mode, RoleModels, RunEvent};
use planwright::domain::ids::RunId;
use planwright::engine::graph::{Graph, Port, Setup};
use planwright::engine::journal::{Journal, wall_clock};
use planwright::engine::nodes::Nodes;
use planwright::engine::patience::Patience;
use planwright::engine::{EngineUpdate, RetryPolicy};
use planwright::model::{ChatModel, ModelError};
use planwright::store::memory::MemoryStore;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A model that knows one recipe. A real one would send `request.messages` somewhere and stream what comes back.
struct Cook;

impl ChatModel for Cook {
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        let reply = match request.role {
            Role::Planner => {
                r#"{"steps":[{"description":"Boil 8 g of salt in 1 l of water"},{"description":"Cook the pasta for 9 minutes","depends_on":[1]}]}"#
            }
            Role::Replanner => {
                r#"{"decision":"respond","reason":"the pasta is cooked","steps":[]}"#
            }
            Role::Finalizer => "Drain the pasta and eat it.",
            _ => "done",
        };
        let end = ChatChunk::Done(StopReason::Stop, Usage::default());
        stream::iter([Ok(ChatChunk::Content(reply.to_owned())), Ok(end)]).boxed()
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(std::future::ready(Ok(ModelInfo::default())))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let name = "cook".to_owned();
    let (told, mut updates) = mpsc::channel(256);
    let (_commands, heard) = mpsc::channel(16);
    let store = Arc::new(MemoryStore::new());
    let journal = Journal::new(RunId::new("1"), store, &[], told, wall_clock());
    journal
        .record(RunEvent::RunStarted {
            task: "Cook pasta".to_owned(),
            mode: Mode::PlanExecute,
            thread: None,
            models: RoleModels {
                planner: name.clone(),
                executor: name.clone(),
                replanner: name.clone(),
                ..RoleModels::default()
            },
            limits: Limits::default(),
            settings: planwright::domain::event::RunSettings::default(),
            forked_from: None,
            recipe: None,
            tools: None,
        })
        .await?;
    let model = Arc::new(Cook);
    let retry = RetryPolicy {
        attempts: 2,
        first_delay: Duration::from_millis(250),
        max_delay: Duration::from_secs(8),
    };
    let patience = Patience::new(CancellationToken::new(), None, retry);
    let setup = Setup {
        ports: BTreeMap::from([(name.clone(), Port { name, model })]),
        num_ctx: 8192,
        think: false,
        approval: ApprovalPolicy::Never,
        attended: false,
        plan_only: false,
        plan: None,
        timeout: None,
        tools: planwright::tool::toolbox::Toolbox::default(),
        approve_tools: false,
        nodes: Nodes::default(),
    };
    let run = Graph::new(journal, setup, patience, heard).await;
    let work = tokio::spawn(run.run());
    while let Some(update) = updates.recv().await {
        if let EngineUpdate::Event(record) = update {
            println!("{}", serde_json::to_string(&*record)?);
        }
    }
    println!("{:?}", work.await?);
    Ok(())
}
