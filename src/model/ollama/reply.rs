//! Reads a chat reply line by line: a pure state machine, without a network.

use serde_json::Value;

use super::http::{error_text, malformed};
use crate::domain::chat::{ChatChunk, ChatRequest, ReplyFormat, StopReason, Usage};
use crate::model::ModelError;
use crate::model::bound::Bound;
use crate::model::think::{Piece, Splitter};

/// What the lines so far have said.
pub(super) struct Reply {
    splitter: Splitter,
    bound: Bound,
    num_ctx: u32,
    prompt_chars: usize,
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
        if reason == Some("load") && content.is_empty() && thinking.is_empty() {
            return Ok(Vec::new());
        }
        self.bound.take(content, thinking.len())?;
        let mut chunks = Vec::new();
        if !thinking.is_empty() {
            chunks.push(ChatChunk::Thinking(thinking.to_owned()));
        }
        chunks.extend(self.splitter.push(content).into_iter().map(chunk));
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
