//! The vocabulary of talking to a model.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which job of the pattern a model call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Makes the plan.
    Planner,
    /// Carries out one step.
    Executor,
    /// Decides: answer, or go on with a new plan.
    Replanner,
    /// Writes the answer.
    Finalizer,
    /// Shortens older results.
    Summarizer,
    /// Judges whether a step reached its `done_when`.
    Verifier,
}

impl Role {
    /// All of them, in the order in which a run first needs them.
    pub const ALL: [Self; 6] = [
        Self::Planner,
        Self::Executor,
        Self::Verifier,
        Self::Summarizer,
        Self::Replanner,
        Self::Finalizer,
    ];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planner => "planner",
            Self::Executor => "executor",
            Self::Replanner => "replanner",
            Self::Finalizer => "finalizer",
            Self::Summarizer => "summarizer",
            Self::Verifier => "verifier",
        })
    }
}

/// Who speaks in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Standing rules.
    System,
    /// What is asked.
    User,
    /// What the model said.
    Assistant,
    /// What a tool brought.
    Tool,
}

/// What a tool may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: it may be called again at will.
    ReadOnly,
    /// Something outside of the run.
    Mutating,
}

/// What a model is told of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// What it does, in one or two sentences for a model.
    pub description: String,
    /// JSON schema of its arguments, an object.
    pub parameters: Value,
    /// What it may change.
    pub effect: Effect,
}

/// A model's wish to use a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The server's name for the call, where it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tool.
    pub name: String,
    /// Its arguments, as the model wrote them.
    pub arguments: Value,
}

/// One turn of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: String,
    /// The tools the model wished to use; of an assistant's turn only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that this is the result of; of a tool's turn only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<ToolCall>,
}

impl Message {
    /// A turn by `role`.
    pub fn new(role: Speaker, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
            tool_calls: Vec::new(),
            answers: None,
        }
    }
}

/// What shape the reply must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyFormat {
    /// Plain text.
    Text,
    /// Any JSON object.
    Json,
    /// JSON that satisfies this schema.
    Schema(Value),
}

/// One request to a model. Adapters translate it; nothing in it is specific to a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The job this call does. Adapters to real servers ignore it.
    pub role: Role,
    /// The chat so far, system rules first.
    pub messages: Vec<Message>,
    /// The shape of the reply.
    pub format: ReplyFormat,
    /// Sampling temperature.
    pub temperature: f32,
    /// Context length in tokens that the server is to keep for this model; the same for every call of a run.
    pub num_ctx: u32,
    /// The most tokens the reply may have.
    pub num_predict: u32,
    /// Whether the model may think aloud before it answers, where it can.
    pub think: bool,
    /// The tools it may wish to use; never together with a format other than plain text.
    pub tools: Vec<ToolSpec>,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It had said all.
    Stop,
    /// It reached `num_predict` or the end of its context: the text is cut off.
    Length,
}

/// What a server measured about one call. Everything is optional: servers leave out what is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the reply, thinking included.
    pub output_tokens: Option<u64>,
    /// Milliseconds spent loading the model.
    pub load_ms: Option<u64>,
}

/// One piece of a streamed reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatChunk {
    /// Text of the answer.
    Content(String),
    /// Text of the model's thinking: shown apart, never parsed, never fed back.
    Thinking(String),
    /// The model wishes to use a tool.
    ToolCall(ToolCall),
    /// The reply is complete. Nothing follows; a stream without it was cut off.
    Done(StopReason, Usage),
}

/// What a server says about one model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelInfo {
    /// `completion`, `tools`, `thinking`, … as the server lists them.
    pub capabilities: Vec<String>,
    /// The longest context the model was trained for, in tokens.
    pub context_length: Option<u32>,
    /// The family, such as `llama` or `qwen3`.
    pub family: Option<String>,
    /// The size as the server words it, such as `8.0B`.
    pub parameter_size: Option<String>,
    /// The quantization, such as `Q4_K_M`.
    pub quantization: Option<String>,
}

impl ModelInfo {
    /// Whether the server lists this capability.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }
}
