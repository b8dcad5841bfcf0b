//! Reads a chat reply event by event: a pure state machine, without a network.

use serde_json::Value;

use super::events::Event;
use super::tool_calls::ToolCalls;
use crate::domain::chat::{ChatChunk, ChatRequest, ReplyFormat, StopReason, Usage};
use crate::model::ModelError;
use crate::model::bound::Bound;
use crate::model::http::{error_text, interrupted, malformed, message};
use crate::model::think::{Piece, Splitter};

/// What the events so far have said.
pub(super) struct Reply {
    splitter: Splitter,
    bound: Bound,
    tool_calls: ToolCalls,
    stop: Option<StopReason>,
    usage: Option<Usage>,
}

impl Reply {
    pub(super) fn to(request: &ChatRequest) -> Self {
        let text = request.format == ReplyFormat::Text;
        Self {
            splitter: Splitter::new(text),
            bound: Bound::new(!text),
            tool_calls: ToolCalls::default(),
            stop: None,
            usage: None,
        }
    }

    /// What this event adds. After [`ChatChunk::Done`] no event may follow.
    ///
    /// # Errors
    /// [`ModelError::Reported`] for an error, [`ModelError::Runaway`] where a bound is passed, [`ModelError::Interrupted`]
    /// where the server says that the reply is over but not how it ended, [`ModelError::Malformed`] for what is no JSON
    /// object.
    pub(super) fn event(&mut self, event: &Event) -> Result<Vec<ChatChunk>, ModelError> {
        let data = match event {
            Event::Error(data) => return Err(reported(data)),
            Event::Data(data) => data.trim(),
        };
        if data.is_empty() {
            return Ok(Vec::new());
        }
        if data == "[DONE]" {
            return self.end();
        }
        let parsed: Result<Value, _> = serde_json::from_str(data);
        let Some(chunk) = parsed.ok().filter(Value::is_object) else {
            return Err(malformed("an event that is not a JSON object"));
        };
        if let Some(message) = error_text(&chunk) {
            return Err(ModelError::Reported { message });
        }
        if chunk["usage"].is_object() {
            self.usage = Some(usage(&chunk["usage"]));
        }
        let choices = chunk["choices"].as_array().into_iter().flatten();
        let mut chunks = Vec::new();
        for choice in choices {
            // Only one is asked for.
            if choice["index"].as_u64().unwrap_or(0) == 0 {
                self.choice(choice, &mut chunks)?;
            }
        }
        if self.stop.is_some() && self.usage.is_some() {
            chunks.extend(self.end()?);
        }
        Ok(chunks)
    }

    /// The reply is over, as the server says or because the body has ended: it must have said how it ended.
    ///
    /// # Errors
    /// [`ModelError::Interrupted`] where it has not.
    pub(super) fn end(&mut self) -> Result<Vec<ChatChunk>, ModelError> {
        let Some(stop) = self.stop else {
            return Err(interrupted(
                "the stream ended before the reply was complete",
            ));
        };
        let mut chunks: Vec<ChatChunk> = self.splitter.finish().map(chunk).into_iter().collect();
        chunks.extend(self.tool_calls.finish().map(ChatChunk::ToolCall));
        chunks.push(ChatChunk::Done(stop, self.usage.unwrap_or_default()));
        Ok(chunks)
    }

    /// Whether the reply is complete but for its token counts, which a server may leave out.
    pub(super) fn is_complete(&self) -> bool {
        self.stop.is_some()
    }

    fn choice(&mut self, choice: &Value, chunks: &mut Vec<ChatChunk>) -> Result<(), ModelError> {
        // A server that does not stream sends a whole message.
        let delta = if choice["delta"].is_object() {
            &choice["delta"]
        } else {
            &choice["message"]
        };
        let content = text(&delta["content"]);
        let content = if content.is_empty() {
            text(&delta["refusal"])
        } else {
            content
        };
        let thinking = text(&delta["reasoning_content"]);
        let thinking = if thinking.is_empty() {
            text(&delta["reasoning"])
        } else {
            thinking
        };
        let in_calls = self.tool_calls.take(&delta["tool_calls"])?;
        self.bound.take(&content, thinking.len() + in_calls)?;
        if !thinking.is_empty() {
            chunks.push(ChatChunk::Thinking(thinking));
        }
        chunks.extend(self.splitter.push(&content).into_iter().map(chunk));
        self.stop = match choice["finish_reason"].as_str() {
            None | Some("") => self.stop,
            Some("length") => Some(StopReason::Length),
            Some("abort" | "error") => return Err(interrupted("the server gave the reply up")),
            Some("content_filter") => {
                return Err(malformed("a reply that its content filter cut off"));
            }
            Some(_) => Some(StopReason::Stop),
        };
        Ok(())
    }
}

/// A text, whole or as a list of parts.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let parts = parts.iter().filter_map(|part| part["text"].as_str());
            parts.collect()
        }
        _ => String::new(),
    }
}

fn reported(data: &str) -> ModelError {
    let body: Value = serde_json::from_str(data).unwrap_or_default();
    let own = || body["message"].as_str().map(message);
    let said = error_text(&body).or_else(own);
    ModelError::Reported {
        message: said.unwrap_or_else(|| message(data)),
    }
}

fn chunk(piece: Piece) -> ChatChunk {
    match piece {
        Piece::Content(text) => ChatChunk::Content(text),
        Piece::Thinking(text) => ChatChunk::Thinking(text),
    }
}

fn usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: usage["prompt_tokens"].as_u64(),
        output_tokens: usage["completion_tokens"].as_u64(),
        load_ms: None,
    }
}
