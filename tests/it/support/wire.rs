//! From a [`Reply`] to the bytes and pauses that a client sees.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::reply::{Body, Ending, Reply};

/// How the bytes of a body are cut into HTTP chunks; the client reads each one by itself.
#[derive(Debug, Clone)]
pub(crate) enum Wire {
    /// One line each, as Ollama does.
    Lines,
    /// This many bytes each, wherever that falls.
    Every(usize),
    /// Cut at these byte offsets of the body.
    At(BTreeSet<usize>),
    /// All in one.
    Whole,
}

/// What the server does next with a connection.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Write(Vec<u8>),
    Pause(Duration),
    /// Say nothing until the client goes away.
    Hang,
    /// Break the connection (RST).
    Reset,
    /// Write this again and again until the client goes away.
    Flood(Vec<u8>),
}

/// What the server knows about the request that it answers.
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) prompt_tokens: u64,
}

impl Reply {
    pub(super) fn ops(&self, asked: &Asked<'_>) -> Vec<Op> {
        let mut ops = match &self.body {
            Body::Chat => self.chat_ops(asked),
            Body::Lines(lines) => self.paced(lines.iter().map(line_bytes).collect()),
            Body::Raw(bytes) => vec![Op::Write(bytes.clone())],
        };
        if !self.last_newline
            && let Some(Op::Write(bytes)) = ops.last_mut()
            && bytes.last() == Some(&b'\n')
        {
            bytes.pop();
        }
        cut(ops, &self.wire)
    }

    fn chat_ops(&self, asked: &Asked<'_>) -> Vec<Op> {
        let tokens = self
            .split(&self.thinking)
            .map(|text| {
                self.line(
                    asked,
                    &json!({"role": "assistant", "content": self.nothing(), "thinking": text}),
                )
            })
            .chain(
                self.split(&self.content)
                    .map(|text| self.line(asked, &json!({"role": "assistant", "content": text}))),
            )
            .chain(
                self.tool_calls
                    .iter()
                    .enumerate()
                    .map(|(index, (name, arguments))| {
                        let function =
                            json!({"index": index, "name": name, "arguments": arguments});
                        let call = json!({"id": format!("call_{index}"), "function": function});
                        self.line(
                            asked,
                            &json!({"role": "assistant", "content": "", "tool_calls": [call]}),
                        )
                    }),
            )
            .map(|line| line_bytes(&line));
        let mut lines: Vec<Vec<u8>> = Vec::new();
        if self.load_line {
            let mut line = self.line(asked, &json!({"role": "assistant", "content": ""}));
            line["done_reason"] = json!("load");
            lines.push(line_bytes(&line));
        }
        let tokens: Vec<Vec<u8>> = tokens.collect();
        let (before, rest) = tokens.split_at(self.after.unwrap_or(tokens.len()).min(tokens.len()));
        lines.extend_from_slice(before);
        let mut ops = self.paced(lines);
        match &self.ending {
            Ending::Done => ops.push(Op::Write(self.done(asked))),
            Ending::NoDone => {}
            Ending::Reset => ops.push(Op::Reset),
            Ending::Hang => ops.push(Op::Hang),
            Ending::Error(error) => ops.push(Op::Write(line_bytes(&json!({ "error": error })))),
            Ending::Garbage(bytes) => {
                ops.push(Op::Write([bytes.as_slice(), b"\n"].concat()));
                ops.extend(self.paced(rest.to_vec()));
                ops.push(Op::Write(self.done(asked)));
            }
            Ending::Flood(bytes) => ops.push(Op::Flood(bytes.clone())),
            Ending::Whitespace => {
                let line = self.line(asked, &json!({"role": "assistant", "content": " \n\t "}));
                ops.push(Op::Flood(line_bytes(&line)));
            }
        }
        ops
    }

    fn split<'a>(&self, text: &'a str) -> impl Iterator<Item = String> + use<'a> {
        let (chars, size): (Vec<char>, usize) = (text.chars().collect(), self.token_chars);
        let pieces: Vec<String> = chars.chunks(size).map(String::from_iter).collect();
        pieces.into_iter()
    }

    fn nothing(&self) -> Value {
        if self.null_content {
            Value::Null
        } else {
            json!("")
        }
    }

    fn line(&self, asked: &Asked<'_>, message: &Value) -> Value {
        let mut line = json!({"model": asked.model, "message": message, "done": false});
        if self.null_content {
            line["message"]["tool_calls"] = Value::Null;
        } else {
            line["created_at"] = json!("2026-08-21T10:00:00.123456789Z");
        }
        if self.extra_fields {
            line["remote_host"] = json!({"unknown": [1, {"deep": null}]});
            line["message"]["images"] = Value::Null;
        }
        line
    }

    fn done(&self, asked: &Asked<'_>) -> Vec<u8> {
        let mut line = self.line(
            asked,
            &json!({"role": "assistant", "content": self.nothing()}),
        );
        line["done"] = json!(true);
        line["done_reason"] = json!(self.done_reason);
        if self.metrics {
            let said = self.content.chars().count() + self.thinking.chars().count();
            line["total_duration"] = json!(1_500_000_000_u64 + self.load_ms * 1_000_000);
            line["load_duration"] = json!(self.load_ms * 1_000_000);
            line["prompt_eval_count"] = json!(self.prompt_eval.unwrap_or(asked.prompt_tokens));
            line["prompt_eval_duration"] = json!(500_000_000);
            line["eval_count"] = json!(self.eval.unwrap_or(said.div_ceil(4) as u64));
            line["eval_duration"] = json!(1_000_000_000);
        }
        line_bytes(&line)
    }

    fn paced(&self, lines: Vec<Vec<u8>>) -> Vec<Op> {
        let mut ops = Vec::with_capacity(lines.len() * 2 + 1);
        if !self.first_delay.is_zero() {
            ops.push(Op::Pause(self.first_delay));
        }
        for (nth, line) in lines.into_iter().enumerate() {
            if nth > 0 && !self.token_delay.is_zero() {
                ops.push(Op::Pause(self.token_delay));
            }
            ops.push(Op::Write(line));
        }
        ops
    }
}

fn line_bytes(line: &Value) -> Vec<u8> {
    format!("{line}\n").into_bytes()
}

/// Joins writes that follow each other and cuts them anew.
fn cut(ops: Vec<Op>, wire: &Wire) -> Vec<Op> {
    let ends_piece = |offset: usize| match wire {
        Wire::Lines | Wire::Whole => false,
        Wire::Every(size) => offset.is_multiple_of((*size).max(1)),
        Wire::At(offsets) => offsets.contains(&offset),
    };
    if matches!(wire, Wire::Lines) {
        return ops;
    }
    let mut cut = Vec::with_capacity(ops.len());
    let (mut piece, mut offset) = (Vec::new(), 0);
    for op in ops {
        let Op::Write(bytes) = op else {
            flush(&mut cut, &mut piece);
            cut.push(op);
            continue;
        };
        for byte in bytes {
            piece.push(byte);
            offset += 1;
            if ends_piece(offset) {
                flush(&mut cut, &mut piece);
            }
        }
    }
    flush(&mut cut, &mut piece);
    cut
}

fn flush(ops: &mut Vec<Op>, piece: &mut Vec<u8>) {
    if !piece.is_empty() {
        ops.push(Op::Write(std::mem::take(piece)));
    }
}
