//! A run whose steps use tools: one of the program's own beside the built-in calculator, which never evaluates code.
//!
//! `cargo run --example tools -- "How much larger is the GDP of Germany than that of France?"`
#![allow(clippy::print_stdout, reason = "an example speaks")]

use planwright::config::{Config, Overrides, Sources};
use planwright::domain::chat::{Effect, ToolSpec};
use planwright::domain::event::{ApprovalPolicy, RunEvent};
use planwright::domain::policy::Reach;
use planwright::engine::nodes::BoxFuture;
use planwright::session::{PlanExecuteGraph, RunRequest};
use planwright::tool::{CallContext, Tool, ToolError, ToolOutput};
use serde_json::{Value, json};

/// What the search finds. A real one would ask a service.
const KNOWN: [(&str, &str); 2] = [
    ("france", "GDP of France, 2023: 3.03 trillion US dollars"),
    ("germany", "GDP of Germany, 2023: 4.53 trillion US dollars"),
];

/// A focused tool: it looks one thing up.
struct Search {
    spec: ToolSpec,
}

impl Search {
    fn new() -> Self {
        Self {
            spec: ToolSpec {
                name: "search".to_owned(),
                description: "Looks up a figure about a country.".to_owned(),
                parameters: json!({
                    "type": "object",
                    "properties": { "query": { "type": "string", "description": "The country." } },
                    "required": ["query"],
                }),
                effect: Effect::ReadOnly,
            },
        }
    }
}

impl Tool for Search {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, _: &Value) -> Reach {
        Reach::harmless()
    }

    fn call(
        &self,
        _: CallContext,
        arguments: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let query = arguments["query"]
                .as_str()
                .unwrap_or_default()
                .to_lowercase();
            let found = KNOWN.iter().find(|(name, _)| query.contains(name));
            let found =
                found.ok_or_else(|| ToolError::Failed("nothing is known of that".to_owned()))?;
            Ok(ToolOutput::new(found.1))
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let question = "How much larger is the GDP of Germany than that of France?";
    let task = std::env::args()
        .nth(1)
        .unwrap_or_else(|| question.to_owned());
    let overrides = Overrides::default().with("tools.enabled", Some("calculate"));
    let settings = Config::load(&Sources::from_process(overrides))?;
    let graph = PlanExecuteGraph::builder(settings.config)
        .tool(Search::new())
        .build()?;
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
    let state = graph
        .invoke_with(request, |record| match &record.event {
            RunEvent::ToolCalled {
                tool, arguments, ..
            } => println!("{tool} {arguments}"),
            RunEvent::ToolReturned { output, .. } => println!("  {output}"),
            _ => {}
        })
        .await?;
    println!("\n{}", state.response.unwrap_or_default());
    Ok(())
}
