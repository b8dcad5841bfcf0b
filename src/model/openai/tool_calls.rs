//! Puts tool calls together that a server sends in pieces.

use serde_json::Value;

use crate::domain::chat::ToolCall;
use crate::domain::sanitize;
use crate::model::ModelError;
use crate::model::http::malformed;

/// The most calls of one reply.
const MAX_CALLS: usize = 128;
/// The longest name and id, in bytes.
const MAX_NAME: usize = 200;

/// The calls so far, in the order of their first pieces.
#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    calls: Vec<Call>,
}

#[derive(Debug, Default)]
struct Call {
    /// The server's number for it.
    index: Option<u64>,
    id: Option<String>,
    name: String,
    arguments: String,
}

impl ToolCalls {
    /// Takes the pieces of one delta; gives the bytes that they hold.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] where there are too many calls or a name is none.
    pub(super) fn take(&mut self, pieces: &Value) -> Result<usize, ModelError> {
        let mut bytes = 0;
        for piece in pieces.as_array().into_iter().flatten() {
            let function = &piece["function"];
            let id = piece["id"].as_str().filter(|id| !id.is_empty());
            let name = function["name"].as_str().unwrap_or_default();
            let arguments = match &function["arguments"] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                // Against the protocol, but clear.
                other => other.to_string(),
            };
            bytes += id.map_or(0, str::len) + name.len() + arguments.len();
            let call = self.call(piece["index"].as_u64(), id, !name.is_empty())?;
            if call.id.is_none() {
                call.id = id.map(str::to_owned);
            }
            // Some servers repeat the name in every piece.
            if call.name != name {
                call.name.push_str(name);
            }
            call.arguments.push_str(&arguments);
            let too_long = call.name.len() > MAX_NAME
                || call.id.as_ref().is_some_and(|id| id.len() > MAX_NAME);
            if too_long || sanitize::visible(&call.name) != call.name {
                return Err(malformed("a tool call with a name that is none"));
            }
        }
        Ok(bytes)
    }

    /// The call that a piece belongs to. Without an index, one with another id or, where there are no ids, with a name
    /// begins a new call.
    fn call(
        &mut self,
        index: Option<u64>,
        id: Option<&str>,
        named: bool,
    ) -> Result<&mut Call, ModelError> {
        let found = match (index, id) {
            (Some(index), _) => self.calls.iter().position(|call| call.index == Some(index)),
            (None, Some(id)) => self
                .calls
                .iter()
                .position(|call| call.id.as_deref() == Some(id)),
            (None, None) if named => None,
            (None, None) => self.calls.len().checked_sub(1),
        };
        let at = found.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                ..Call::default()
            });
            self.calls.len() - 1
        });
        self.calls
            .get_mut(at)
            .filter(|_| at < MAX_CALLS)
            .ok_or_else(|| malformed("more than 128 tool calls in one reply"))
    }

    /// The whole calls. Arguments that are no JSON stay the text that they are.
    pub(super) fn finish(&mut self) -> impl Iterator<Item = ToolCall> + use<> {
        let calls = std::mem::take(&mut self.calls).into_iter();
        calls.filter(|call| !call.name.is_empty()).map(|call| {
            let arguments = if call.arguments.trim().is_empty() {
                Value::Object(serde_json::Map::new())
            } else {
                serde_json::from_str(&call.arguments)
                    .unwrap_or_else(|_| Value::String(call.arguments.clone()))
            };
            ToolCall {
                id: call.id,
                name: call.name,
                arguments,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ToolCalls;

    fn calls(pieces: &[Value]) -> Vec<(Option<String>, String, Value)> {
        let mut calls = ToolCalls::default();
        for piece in pieces {
            calls.take(piece).unwrap();
        }
        calls
            .finish()
            .map(|call| (call.id, call.name, call.arguments))
            .collect()
    }

    fn call(id: &str, name: &str, arguments: Value) -> (Option<String>, String, Value) {
        (Some(id.to_owned()), name.to_owned(), arguments)
    }

    #[test]
    fn pieces_are_put_together_by_their_index() {
        let pieces = [
            json!([{"index": 0, "id": "a", "function": {"name": "look", "arguments": ""}}]),
            json!([{"index": 1, "id": "b", "function": {"name": "count", "arguments": "{\"n\""}}]),
            json!([{"index": 0, "function": {"arguments": "{\"at\":"}}]),
            json!([{"index": 1, "function": {"arguments": ": 2}"}}, {"index": 0, "function": {"arguments": "\"日\"}"}}]),
        ];
        let expected = [
            call("a", "look", json!({"at": "日"})),
            call("b", "count", json!({"n": 2})),
        ];
        assert_eq!(calls(&pieces), expected);
    }

    #[test]
    fn servers_without_an_index_are_understood() {
        let whole = json!([
            {"id": "a", "function": {"name": "look", "arguments": "{}"}},
            {"id": "b", "function": {"name": "look", "arguments": {"at": 1}}},
        ]);
        let expected = [
            call("a", "look", json!({})),
            call("b", "look", json!({"at": 1})),
        ];
        assert_eq!(calls(&[whole]), expected);
        let nameless = [
            json!([{"function": {"name": "look"}}]),
            json!([{"function": {"arguments": "{\"a\":1}"}}]),
            json!([{"function": {"name": "look"}}]),
        ];
        let ids: Vec<Value> = calls(&nameless).into_iter().map(|call| call.2).collect();
        assert_eq!(ids, [json!({"a": 1}), json!({})]);
    }

    #[test]
    fn arguments_that_are_no_json_stay_text() {
        let broken =
            [json!([{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{\"a"}}])];
        assert_eq!(calls(&broken), [call("a", "look", json!("{\"a"))]);
    }

    #[test]
    fn a_flood_of_calls_is_refused() {
        let flood: Vec<Value> = (0..200)
            .map(|index| json!({"index": index, "function": {"name": "x"}}))
            .collect();
        assert!(ToolCalls::default().take(&Value::Array(flood)).is_err());
        let long = json!([{"index": 0, "function": {"name": "x".repeat(300)}}]);
        assert!(ToolCalls::default().take(&long).is_err());
    }
}
