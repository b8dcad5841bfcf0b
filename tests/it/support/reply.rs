//! What the server says, and everything that can go wrong while it says it.

use std::time::Duration;

use serde_json::{Value, json};

use super::wire::{Op, Wire};

#[derive(Debug, Clone)]
pub(super) enum Ending {
    Done,
    NoDone,
    Reset,
    Hang,
    Error(String),
    Garbage(Vec<u8>),
    Flood(Vec<u8>),
    Whitespace,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Chat,
    Lines(Vec<Value>),
    Raw(Vec<u8>),
}

/// One answer. Starts as [`Reply::text`], [`Reply::json`], [`Reply::status`], [`Reply::lines`] or [`Reply::raw`]; the other
/// methods change it and can be combined.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one fault that can be combined with the others"
)]
pub(crate) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// Before the status line.
    pub(super) before_headers: Vec<Op>,
    /// End the body by closing the connection, as old proxies do.
    pub(super) close_delimited: bool,
    pub(super) body: Body,
    pub(super) content: String,
    pub(super) thinking: String,
    /// Each with its name and arguments.
    pub(super) tool_calls: Vec<(String, Value)>,
    pub(super) token_chars: usize,
    pub(super) first_delay: Duration,
    pub(super) token_delay: Duration,
    pub(super) wire: Wire,
    pub(super) done_reason: &'static str,
    pub(super) metrics: bool,
    pub(super) prompt_eval: Option<u64>,
    pub(super) eval: Option<u64>,
    pub(super) load_ms: u64,
    pub(super) load_line: bool,
    pub(super) extra_fields: bool,
    pub(super) null_content: bool,
    pub(super) last_newline: bool,
    pub(super) ending: Ending,
    pub(super) after: Option<usize>,
}

impl Reply {
    fn new(body: Body) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            before_headers: Vec::new(),
            close_delimited: false,
            body,
            content: String::new(),
            thinking: String::new(),
            tool_calls: Vec::new(),
            token_chars: 4,
            first_delay: Duration::ZERO,
            token_delay: Duration::ZERO,
            wire: Wire::Lines,
            done_reason: "stop",
            metrics: true,
            prompt_eval: None,
            eval: None,
            load_ms: 0,
            load_line: false,
            extra_fields: false,
            null_content: false,
            last_newline: true,
            ending: Ending::Done,
            after: None,
        }
    }

    /// A chat reply with this content, four characters a token.
    pub(crate) fn text(content: impl Into<String>) -> Self {
        let mut reply = Self::new(Body::Chat);
        reply.content = content.into();
        reply
    }

    /// A chat reply whose content is this JSON.
    #[allow(clippy::needless_pass_by_value, reason = "called with `json!`")]
    pub(crate) fn json(content: Value) -> Self {
        Self::text(content.to_string())
    }

    /// A chat reply without text that calls a tool; [`Reply::and_call`] adds more.
    pub(crate) fn call(name: &str, arguments: Value) -> Self {
        Self::text("").and_call(name, arguments)
    }

    pub(crate) fn and_call(mut self, name: &str, arguments: Value) -> Self {
        self.tool_calls.push((name.to_owned(), arguments));
        self
    }

    /// An HTTP error with Ollama's error body.
    pub(crate) fn status(status: u16, error: &str) -> Self {
        Self::raw(json!({ "error": error }).to_string()).with_status(status)
    }

    /// A body of these JSON lines.
    pub(crate) fn lines(lines: Vec<Value>) -> Self {
        Self::new(Body::Lines(lines))
    }

    /// A body of exactly these bytes.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Body::Raw(bytes.into()))
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", &seconds.to_string())
    }

    pub(crate) fn thinking(mut self, text: impl Into<String>) -> Self {
        self.thinking = text.into();
        self
    }

    /// Characters a line of the stream carries.
    pub(crate) fn token_chars(mut self, chars: usize) -> Self {
        self.token_chars = chars.max(1);
        self
    }

    pub(crate) fn wire(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }

    /// Wait this long after the headers, before the first token.
    pub(crate) fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Wait this long before each further token.
    pub(crate) fn token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = delay;
        self
    }

    pub(crate) fn tokens_per_second(self, rate: f64) -> Self {
        self.token_delay(Duration::from_secs_f64(1.0 / rate))
    }

    /// Wait this long before the status line.
    pub(crate) fn header_delay(mut self, delay: Duration) -> Self {
        self.before_headers.push(Op::Pause(delay));
        self
    }

    /// `stop`, `length` or `load`.
    pub(crate) fn done_reason(mut self, reason: &'static str) -> Self {
        self.done_reason = reason;
        self
    }

    /// Leave out every count and duration.
    pub(crate) fn without_metrics(mut self) -> Self {
        self.metrics = false;
        self
    }

    pub(crate) fn prompt_eval_count(mut self, tokens: u64) -> Self {
        self.prompt_eval = Some(tokens);
        self
    }

    pub(crate) fn eval_count(mut self, tokens: u64) -> Self {
        self.eval = Some(tokens);
        self
    }

    pub(crate) fn load_ms(mut self, ms: u64) -> Self {
        self.load_ms = ms;
        self
    }

    /// Begin with a line `done_reason: "load"` without content.
    pub(crate) fn load_line_first(mut self) -> Self {
        self.load_line = true;
        self
    }

    pub(crate) fn extra_fields(mut self) -> Self {
        self.extra_fields = true;
        self
    }

    /// Where there is no content, send `null` in place of an empty string, and leave `created_at` out.
    pub(crate) fn null_content(mut self) -> Self {
        self.null_content = true;
        self
    }

    pub(crate) fn without_last_newline(mut self) -> Self {
        self.last_newline = false;
        self
    }

    /// No chunked encoding: the body ends where the connection does.
    pub(crate) fn close_delimited(mut self) -> Self {
        self.close_delimited = true;
        self
    }

    fn ending(mut self, tokens: usize, ending: Ending) -> Self {
        self.after = Some(tokens);
        self.ending = ending;
        self
    }

    /// After this many tokens, an `{"error":…}` line.
    pub(crate) fn error_after(self, tokens: usize, error: &str) -> Self {
        self.ending(tokens, Ending::Error(error.to_owned()))
    }

    /// After this many tokens the body ends properly, without `done`.
    pub(crate) fn end_after(self, tokens: usize) -> Self {
        self.ending(tokens, Ending::NoDone)
    }

    /// After this many tokens the connection breaks.
    pub(crate) fn reset_after(self, tokens: usize) -> Self {
        self.ending(tokens, Ending::Reset)
    }

    /// After this many tokens (0: before the first one) nothing more comes.
    pub(crate) fn hang_after(self, tokens: usize) -> Self {
        self.ending(tokens, Ending::Hang)
    }

    /// Not even a status line comes.
    pub(crate) fn hang_before_headers(mut self) -> Self {
        self.before_headers.push(Op::Hang);
        self
    }

    /// The connection breaks before the status line.
    pub(crate) fn reset_before_headers(mut self) -> Self {
        self.before_headers.push(Op::Reset);
        self
    }

    /// After this many tokens a line of these bytes, and the rest as usual.
    pub(crate) fn garbage_after(self, tokens: usize, bytes: impl Into<Vec<u8>>) -> Self {
        self.ending(tokens, Ending::Garbage(bytes.into()))
    }

    /// After this many tokens a line that never ends.
    pub(crate) fn endless_line_after(self, tokens: usize) -> Self {
        self.ending(tokens, Ending::Flood(vec![b'x'; 64 * 1024]))
    }

    /// After this many tokens, tokens of white space without end.
    pub(crate) fn endless_whitespace_after(self, tokens: usize) -> Self {
        self.ending(tokens, Ending::Whitespace)
    }

    /// After this many tokens, the same text again and again without end.
    pub(crate) fn endless_text_after(self, tokens: usize, text: &str) -> Self {
        let line = json!({"message": {"role": "assistant", "content": text}, "done": false});
        self.ending(tokens, Ending::Flood(format!("{line}\n").into_bytes()))
    }

    /// Only where the body is a chat's.
    pub(super) fn is_chat(&self) -> bool {
        matches!(self.body, Body::Chat)
    }

    pub(super) fn content_type(&self) -> &'static str {
        match self.body {
            Body::Chat | Body::Lines(_) => "application/x-ndjson",
            Body::Raw(_) => "application/json; charset=utf-8",
        }
    }
}
