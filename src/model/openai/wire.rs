//! What goes over the wire to `/chat/completions`.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::quirks::Quirks;
use crate::domain::chat::{ChatRequest, Message, ReplyFormat, Speaker, ToolCall, ToolSpec};

/// The same for every call, so that a repeated call of the same prompt gives the same reply where the server can.
const SEED: i32 = 42;

/// The body of a chat request.
pub(super) fn body(model: &str, request: &ChatRequest, quirks: Quirks) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("model", model.into());
    put("messages", messages(&request.messages));
    put("stream", true.into());
    if !quirks.no_stream_options {
        put("stream_options", json!({"include_usage": true}));
    }
    let most = if quirks.completion_tokens {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    put(most, request.num_predict.into());
    if !quirks.no_temperature {
        // A single-precision number would show its rounding here.
        let temperature = (f64::from(request.temperature) * 1_000.0).round() / 1_000.0;
        put("temperature", temperature.into());
    }
    if !quirks.no_seed {
        put("seed", SEED.into());
    }
    match &request.format {
        ReplyFormat::Text => {}
        ReplyFormat::Json => {
            put("response_format", json!({"type": "json_object"}));
        }
        ReplyFormat::Schema(schema) => {
            let named = json!({"name": "reply", "strict": false, "schema": schema});
            let format = json!({"type": "json_schema", "json_schema": named});
            put("response_format", format);
        }
    }
    if !request.tools.is_empty() {
        put("tools", request.tools.iter().map(tool).collect());
    }
    Value::Object(body)
}

fn tool(tool: &ToolSpec) -> Value {
    json!({"type": "function", "function": {
        "name": tool.name, "description": tool.description, "parameters": tool.parameters,
    }})
}

/// Every call of a tool needs an id that its result names; where the server gave none, one is made up.
fn messages(messages: &[Message]) -> Value {
    let mut made_up: VecDeque<(String, String)> = VecDeque::new();
    let mut made = 0;
    let mut wire = Vec::with_capacity(messages.len());
    for message in messages {
        let mut turn = json!({"role": message.role, "content": message.content});
        if !message.tool_calls.is_empty() {
            let calls = message.tool_calls.iter().map(|call| {
                let id = call.id.clone().unwrap_or_else(|| {
                    made += 1;
                    let id = format!("call_{made}");
                    made_up.push_back((call.name.clone(), id.clone()));
                    id
                });
                json!({"id": id, "type": "function", "function": {
                    "name": call.name, "arguments": arguments(call),
                }})
            });
            turn["tool_calls"] = calls.collect();
            if message.content.is_empty() {
                turn["content"] = Value::Null;
            }
        }
        if let (Speaker::Tool, Some(call)) = (message.role, &message.answers) {
            let place = made_up.iter().position(|(name, _)| *name == call.name);
            let id = match (&call.id, place) {
                (Some(id), _) => Some(id.clone()),
                (None, Some(place)) => made_up.remove(place).map(|(_, id)| id),
                (None, None) => None,
            };
            turn["tool_call_id"] = id.unwrap_or_else(|| call.name.clone()).into();
        }
        wire.push(turn);
    }
    wire.into()
}

/// The protocol wants JSON as text.
fn arguments(call: &ToolCall) -> String {
    match &call.arguments {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Quirks, body};
    use crate::domain::chat::{
        ChatRequest, Effect, Message, ReplyFormat, Role, Speaker, ToolCall, ToolSpec,
    };

    fn request(messages: Vec<Message>) -> ChatRequest {
        ChatRequest {
            role: Role::Executor,
            messages,
            format: ReplyFormat::Text,
            temperature: 0.3,
            num_ctx: 8192,
            num_predict: 100,
            think: false,
            tools: Vec::new(),
        }
    }

    #[test]
    fn a_request_says_what_the_protocol_knows() {
        let mut request = request(vec![Message::new(Speaker::User, "hi")]);
        request.tools = vec![ToolSpec {
            name: "look".to_owned(),
            description: "Looks.".to_owned(),
            parameters: json!({"type": "object"}),
            effect: Effect::ReadOnly,
        }];
        let expected = json!({
            "model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": true,
            "stream_options": {"include_usage": true}, "max_tokens": 100, "temperature": 0.3, "seed": 42,
            "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}],
        });
        assert_eq!(body("m", &request, Quirks::default()), expected);
        let quirks = Quirks {
            no_stream_options: true,
            completion_tokens: true,
            no_temperature: true,
            no_seed: true,
        };
        request.tools.clear();
        request.format = ReplyFormat::Schema(json!({"type": "object"}));
        let expected = json!({
            "model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": true, "max_completion_tokens": 100,
            "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": false, "schema": {"type": "object"}}},
        });
        assert_eq!(body("m", &request, quirks), expected);
    }

    #[test]
    fn calls_and_their_results_name_each_other() {
        let call = |id: Option<&str>, name: &str| ToolCall {
            id: id.map(str::to_owned),
            name: name.to_owned(),
            arguments: json!({"a": 1}),
        };
        let calls = [
            call(Some("x"), "look"),
            call(None, "look"),
            call(None, "count"),
        ];
        let mut asked = Message::new(Speaker::Assistant, "");
        asked.tool_calls = calls.to_vec();
        let answer = |call: &ToolCall| Message {
            answers: Some(call.clone()),
            ..Message::new(Speaker::Tool, "result")
        };
        let chat = vec![
            asked,
            answer(&calls[2]),
            answer(&calls[0]),
            answer(&calls[1]),
        ];
        let wire = body("m", &request(chat), Quirks::default());
        let ids = |from: usize| &wire["messages"][from]["tool_call_id"];
        assert_eq!(wire["messages"][0]["content"], json!(null));
        let calls = wire["messages"][0]["tool_calls"].as_array().unwrap();
        let sent: Vec<_> = calls.iter().map(|call| &call["id"]).collect();
        assert_eq!(sent, ["x", "call_1", "call_2"]);
        assert_eq!(calls[0]["function"]["arguments"], "{\"a\":1}");
        assert_eq!([ids(1), ids(2), ids(3)], ["call_2", "x", "call_1"]);
    }
}
