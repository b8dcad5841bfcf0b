//! Reads a chat reply line by line: a pure state machine, without a network.

use serde_json::Value;

use super::http::{error_text, malformed};
use crate::domain::chat::{ChatChunk, ChatRequest, ReplyFormat, StopReason, ToolCall, Usage};
use crate::domain::sanitize;
use crate::model::ModelError;
use crate::model::bound::Bound;
use crate::model::think::{Piece, Splitter};

/// The most calls of one reply.
const MAX_CALLS: usize = 128;
/// The longest name and id, in bytes.
const MAX_NAME: usize = 200;

/// What the lines so far have said.
pub(super) struct Reply {
    splitter: Splitter,
    bound: Bound,
    num_ctx: u32,
    prompt_chars: usize,
    calls: usize,
}

impl Reply {
    pub(super) fn to(request: &ChatRequest) -> Self {
        let text = request.format == ReplyFormat::Text;
        let contents = request.messages.iter().map(|message| &message.content);
        Self {
            splitter: Splitter::new(text),
            bound: Bound::new(!text),
            num_ctx: request.num_ctx,
            prompt_chars: contents.map(|content| content.chars().count()).sum(),
            calls: 0,
        }
    }

    /// What this line adds. After [`ChatChunk::Done`] no line may follow.
    ///
    /// # Errors
    /// [`ModelError::Reported`] for an error line, [`ModelError::Runaway`] where a bound is passed,
    /// [`ModelError::Malformed`] for what is no JSON object and where the server cut the prompt.
    pub(super) fn line(&mut self, line: &str) -> Result<Vec<ChatChunk>, ModelError> {
        if line.trim().is_empty() {
            return Ok(Vec::new());
        }
        let parsed: Result<Value, _> = serde_json::from_str(line);
        let Some(line) = parsed.ok().filter(Value::is_object) else {
            return Err(malformed("a line that is not a JSON object"));
        };
        if let Some(message) = error_text(&line) {
            return Err(ModelError::Reported { message });
        }
        let text = |key: &str| line["message"][key].as_str().unwrap_or_default();
        let (content, thinking) = (text("content"), text("thinking"));
        let reason = line["done_reason"].as_str();
        let calls = line["message"]["tool_calls"].as_array();
        let calls = calls.map_or(&[][..], Vec::as_slice);
        if reason == Some("load") && calls.is_empty() && content.is_empty() && thinking.is_empty() {
            return Ok(Vec::new());
        }
        let written: usize = calls.iter().map(|call| call.to_string().len()).sum();
        self.bound.take(content, thinking.len() + written)?;
        let mut chunks = Vec::new();
        if !thinking.is_empty() {
            chunks.push(ChatChunk::Thinking(thinking.to_owned()));
        }
        chunks.extend(self.splitter.push(content).into_iter().map(chunk));
        for call in calls {
            self.calls += 1;
            chunks.push(ChatChunk::ToolCall(tool_call(call, self.calls)?));
        }
        if line["done"].as_bool() == Some(true) {
            chunks.extend(self.splitter.finish().map(chunk));
            let usage = usage(&line);
            self.check_prompt(usage)?;
            let stop = match reason {
                Some("length") => StopReason::Length,
                _ => StopReason::Stop,
            };
            chunks.push(ChatChunk::Done(stop, usage));
        }
        Ok(chunks)
    }

    /// A server that does not know `truncate` cuts a long prompt to about half of its context, and counts what is left.
    fn check_prompt(&self, usage: Usage) -> Result<(), ModelError> {
        let context = u64::from(self.num_ctx);
        let long = self.prompt_chars as u64 / 4 * 10 > context * 9;
        match usage.prompt_tokens {
            Some(tokens) if long && tokens <= context / 2 + 8 => Err(malformed(format!(
                "the server cut the prompt to {tokens} tokens to fit its context of {context}"
            ))),
            _ => Ok(()),
        }
    }
}

/// A call as the server read it; a call of something without a name is none.
fn tool_call(call: &Value, nth: usize) -> Result<ToolCall, ModelError> {
    let function = &call["function"];
    let name = function["name"].as_str().unwrap_or_default();
    if nth > MAX_CALLS {
        return Err(malformed("more than 128 tool calls in one reply"));
    }
    if name.is_empty() || name.len() > MAX_NAME || sanitize::visible(name) != name {
        return Err(malformed("a tool call with a name that is none"));
    }
    let id = call["id"]
        .as_str()
        .filter(|id| !id.is_empty() && id.len() <= MAX_NAME);
    Ok(ToolCall {
        id: id.map(str::to_owned),
        name: name.to_owned(),
        arguments: function["arguments"].clone(),
    })
}

fn chunk(piece: Piece) -> ChatChunk {
    match piece {
        Piece::Content(text) => ChatChunk::Content(text),
        Piece::Thinking(text) => ChatChunk::Thinking(text),
    }
}

fn usage(line: &Value) -> Usage {
    let number = |key: &str| line[key].as_u64();
    Usage {
        prompt_tokens: number("prompt_eval_count"),
        output_tokens: number("eval_count"),
        load_ms: number("load_duration").map(|nanoseconds| nanoseconds / 1_000_000),
    }
}
