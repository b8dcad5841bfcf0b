//! Reads a chat reply line by line: a pure state machine, without a network.

use serde_json::Value;

use super::http::{error_text, malformed};
use crate::domain::chat::{ChatChunk, ChatRequest, ReplyFormat, StopReason, Usage};
use crate::model::ModelError;
use crate::model::think::{Piece, Splitter};

/// Bound on the text of one reply, thinking included.
const MAX_TEXT: usize = 4 * 1024 * 1024;
/// White space in a row outside of JSON strings: indentation stays far below it, a model that is stuck does not.
const MAX_WHITE_SPACE: usize = 64;

/// What the lines so far have said.
pub(super) struct Reply {
    splitter: Splitter,
    white_space: Option<WhiteSpace>,
    bytes: usize,
    num_ctx: u32,
    prompt_chars: usize,
}

impl Reply {
    pub(super) fn to(request: &ChatRequest) -> Self {
        let text = request.format == ReplyFormat::Text;
        let contents = request.messages.iter().map(|message| &message.content);
        Self {
            splitter: Splitter::new(text),
            white_space: (!text).then(WhiteSpace::default),
            bytes: 0,
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
        self.bound(content, thinking)?;
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

    fn bound(&mut self, content: &str, thinking: &str) -> Result<(), ModelError> {
        self.bytes += content.len() + thinking.len();
        if self.bytes > MAX_TEXT {
            return Err(ModelError::Runaway {
                reason: "more than 4 MiB of text".to_owned(),
            });
        }
        let white_space = self.white_space.as_mut();
        if white_space.is_some_and(|white_space| white_space.runs_away(content)) {
            return Err(ModelError::Runaway {
                reason: "white space without end".to_owned(),
            });
        }
        Ok(())
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

/// Counts white space outside of JSON strings.
#[derive(Debug, Default)]
struct WhiteSpace {
    in_string: bool,
    escaped: bool,
    run: usize,
}

impl WhiteSpace {
    fn runs_away(&mut self, text: &str) -> bool {
        text.chars().any(|c| {
            self.take(c);
            self.run > MAX_WHITE_SPACE
        })
    }

    fn take(&mut self, c: char) {
        if self.in_string {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                '"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        self.in_string = c == '"';
        self.run = if c.is_whitespace() { self.run + 1 } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::WhiteSpace;

    #[test]
    fn white_space_counts_outside_of_strings_only() {
        let runs_away = |text: &str| WhiteSpace::default().runs_away(text);
        let space = " ".repeat(65);
        assert!(runs_away(&format!("{{\"a\":1,{space}")));
        assert!(!runs_away(&format!("{{\"a\\\"{space}\":1,\n    \"b\"")));
        assert!(!runs_away(&" ".repeat(64)));
        let mut pieces = WhiteSpace::default();
        assert!(!pieces.runs_away(&space[..40]));
        assert!(pieces.runs_away(&space[..25]));
    }
}
