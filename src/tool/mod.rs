//! Floor 1: the port to what steps can use. Built-in tools, commands from the config and tools of MCP servers all come
//! through it; the engine cannot tell them apart.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::domain::chat::ToolSpec;
use crate::domain::policy::Reach;

pub mod builtin;
pub mod command;
mod command_line;
pub mod mcp;
mod process;
pub mod sandbox;
pub mod toolbox;
pub mod web;
pub mod workspace;

/// The most bytes of one output that are kept; a tool stops reading there and says so.
pub const MOST_OUTPUT: usize = 256 * 1024;

/// Something that a step can use.
///
/// A tool never decides whether it may run: the engine does, from what [`Tool::reach`] says. It does bound its own time
/// and output, and it keeps to the workspace whatever the arguments say.
pub trait Tool: Send + Sync {
    /// What a model is told of it.
    fn spec(&self) -> &ToolSpec;

    /// Where it comes from: `built in`, `command`, or the name of its MCP server.
    #[expect(clippy::unnecessary_literal_bound, reason = "others name their server")]
    fn source(&self) -> &str {
        "built in"
    }

    /// What a call with these arguments would touch. Arguments that make no sense reach nothing: the call will refuse
    /// them.
    fn reach(&self, arguments: &Value) -> Reach;

    /// What a person should see before he allows the call, beside the arguments: the diff of an edit, or how a command is
    /// contained. Plain text, may have several lines.
    fn preview<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Option<String>> {
        let _ = arguments;
        Box::pin(std::future::ready(None))
    }

    /// The question to the person that this call is, where it is one: it is then answered by him and not by
    /// [`Tool::call`].
    fn question(&self, arguments: &Value) -> Option<String> {
        let _ = arguments;
        None
    }

    /// Does it. The arguments satisfy the schema of the spec.
    ///
    /// # Errors
    /// [`ToolError`]; its text is told to the model.
    fn call(
        &self,
        context: CallContext,
        arguments: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>>;
}

/// What a call is given beside its arguments.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Cancelled when the step is stopped: the call then ends at once, with all that it started.
    pub cancel: CancellationToken,
    /// What [`Tool::reach`] said when the call was decided on. A call that would touch something else by now is refused.
    pub reach: Reach,
}

/// What a tool brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// Text for a model; untrusted. At most [`MOST_OUTPUT`] bytes.
    pub text: String,
}

impl ToolOutput {
    /// This text; what is beyond [`MOST_OUTPUT`] is left out, and said to be.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > MOST_OUTPUT {
            let mut ends = (0..=MOST_OUTPUT - 80).rev();
            let end = ends.find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            let left_out = text.len() - end;
            text.truncate(end);
            text.push_str(&format!("\n[… {left_out} bytes left out here]"));
        }
        Self { text }
    }
}

/// Why a tool brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The arguments make no sense; the text says what would.
    #[error("{0}")]
    BadArguments(String),
    /// It may never do that, whoever allows it.
    #[error("{0}")]
    Refused(String),
    /// It did not work.
    #[error("{0}")]
    Failed(String),
    /// It took too long.
    #[error("it was ended after {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The step was stopped.
    #[error("it was stopped")]
    Cancelled,
}
