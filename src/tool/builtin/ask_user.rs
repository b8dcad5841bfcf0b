//! `ask_user`: a question to the person who started the run.

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The question, in one or two sentences.
    question: String,
}

/// Asks the person.
pub struct AskUser {
    spec: ToolSpec,
}

impl Default for AskUser {
    fn default() -> Self {
        let description =
            "Ask the person who gave the task, when only they can know. Use it rarely.";
        Self {
            spec: spec::<Arguments>("ask_user", description, Effect::ReadOnly),
        }
    }
}

impl Tool for AskUser {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, _: &Value) -> Reach {
        Reach::harmless()
    }

    fn question(&self, given: &Value) -> Option<String> {
        let Arguments { question } = arguments(given).ok()?;
        Some(question)
    }

    fn call(&self, _: CallContext, _: Value) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let text = "there is no person to ask";
        Box::pin(std::future::ready(Err(ToolError::Failed(text.to_owned()))))
    }
}
