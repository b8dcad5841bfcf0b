//! What goes over the wire to `/api/chat`. Types are ours where `ollama-rs` has no field for what must be said.

use ollama_rs::models::ModelOptions;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::chat::{ChatRequest, Message, ModelInfo, ReplyFormat, ToolCall, ToolSpec};

/// The same for every call, so that a repeated call of the same prompt gives the same reply where the server can.
const SEED: i32 = 42;

/// The body of a chat request.
#[derive(Debug, Serialize)]
pub(super) struct ChatBody<'a> {
    model: &'a str,
    messages: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<Value>,
    keep_alive: Value,
    options: ModelOptions,
    /// Refuse a prompt that is too long, in place of dropping half of it in silence.
    truncate: bool,
    /// The same for a reply. A change of it would load the model anew, so it is the same in every call.
    shift: bool,
}

impl<'a> ChatBody<'a> {
    /// With `info`, the model is told whether to think; without it, or where it cannot think, nothing is said of that.
    pub(super) fn new(
        model: &'a str,
        request: &'a ChatRequest,
        keep_alive: &str,
        info: Option<&ModelInfo>,
    ) -> Self {
        let predict = i32::try_from(request.num_predict).unwrap_or(i32::MAX);
        Self {
            model,
            messages: request.messages.iter().map(message).collect(),
            tools: request.tools.iter().map(tool).collect(),
            stream: true,
            format: match &request.format {
                ReplyFormat::Text => None,
                ReplyFormat::Json => Some("json".into()),
                ReplyFormat::Schema(schema) => Some(schema.clone()),
            },
            think: info.and_then(|info| think(model, info, request.think)),
            keep_alive: keep_alive_value(keep_alive),
            options: ModelOptions::default()
                .temperature(request.temperature)
                .num_ctx(request.num_ctx.into())
                .num_predict(predict)
                .seed(SEED),
            truncate: false,
            shift: false,
        }
    }

    /// Whether it says anything of thinking.
    pub(super) fn mentions_thinking(&self) -> bool {
        self.think.is_some()
    }

    pub(super) fn without_thinking(self) -> Self {
        Self {
            think: None,
            ..self
        }
    }
}

/// One turn. The server wants the arguments of a call as an object, and a result with the name of its tool.
fn message(message: &Message) -> Value {
    let mut turn = json!({"role": message.role, "content": message.content});
    if !message.tool_calls.is_empty() {
        turn["tool_calls"] = message.tool_calls.iter().map(call).collect();
    }
    if let Some(answered) = &message.answers {
        turn["tool_name"] = json!(answered.name);
        if let Some(id) = &answered.id {
            turn["tool_call_id"] = json!(id);
        }
    }
    turn
}

fn call(call: &ToolCall) -> Value {
    let arguments = if call.arguments.is_object() {
        call.arguments.clone()
    } else {
        json!({ "input": call.arguments })
    };
    let mut wire = json!({"function": {"name": call.name, "arguments": arguments}});
    if let Some(id) = &call.id {
        wire["id"] = json!(id);
    }
    wire
}

fn tool(tool: &ToolSpec) -> Value {
    json!({"type": "function", "function": {
        "name": tool.name, "description": tool.description, "parameters": tool.parameters,
    }})
}

/// GPT-OSS cannot be told not to think: it knows levels only.
fn think(model: &str, info: &ModelInfo, wanted: bool) -> Option<Value> {
    if !info.can("thinking") {
        return None;
    }
    let family = info.family.as_deref().unwrap_or_default();
    let by_level = matches!(family, "gptoss" | "gpt-oss") || model.contains("gpt-oss");
    Some(match (by_level, wanted) {
        (true, true) => "medium".into(),
        (true, false) => "low".into(),
        (false, wanted) => wanted.into(),
    })
}

/// A plain number means seconds and must be one: as a string, Ollama wants a unit after it.
fn keep_alive_value(text: &str) -> Value {
    let text = text.trim();
    match text.parse::<i64>() {
        Ok(seconds) => seconds.into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{keep_alive_value, think};
    use crate::domain::chat::ModelInfo;

    #[test]
    fn thinking_is_mentioned_to_models_that_can() {
        let info = |family: &str, capability: &str| ModelInfo {
            capabilities: vec![capability.to_owned()],
            family: Some(family.to_owned()),
            ..ModelInfo::default()
        };
        assert_eq!(think("m", &info("llama", "tools"), true), None);
        let can = info("qwen3", "thinking");
        assert_eq!(think("m", &can, false), Some(Value::Bool(false)));
        assert_eq!(think("m", &can, true), Some(Value::Bool(true)));
        let levels = info("gptoss", "thinking");
        assert_eq!(think("m", &levels, false), Some(json!("low")));
        assert_eq!(think("m", &levels, true), Some(json!("medium")));
        assert_eq!(
            think("hf.co/x/gpt-oss-20b", &can, false),
            Some(json!("low"))
        );
    }

    #[test]
    fn a_number_is_sent_as_one() {
        assert_eq!(keep_alive_value("-1"), json!(-1));
        assert_eq!(keep_alive_value(" 600 "), json!(600));
        assert_eq!(keep_alive_value("10m"), json!("10m"));
    }
}
