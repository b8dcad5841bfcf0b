//! The built-in demo model: a script that works on the user's own input, without server and network.
//!
//! It reads the prompt of a request as a model would and answers in the same shapes, so engine, events and store are those of
//! every other run. It plans and computes for real where a task compares quantities, or gives a text or a list to count in;
//! for any other task it says that it is a script and what to install.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};

use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo, StopReason, Usage};

use super::{ChatModel, ModelError};

mod action;
mod amounts;
mod arithmetic;
mod carry;
mod compare;
mod document;
mod feedback;
mod job;
mod label;
mod list;
mod number;
mod quantity;
mod script;
mod text;
mod tools;
mod units;

/// Tasks that show what the demo can do. The second has a step that fails and is planned anew.
pub const EXAMPLES: [&str; 3] = [
    "Compare the GDP of France (3.03 trillion dollars) with the GDP of Germany (4.53 trillion dollars)",
    "Compare the heights of Mount Everest, 8,849 m, and K2, 8,611 m, and compute their ratio to 0 m",
    include_str!("../../../assets/demo/summarise.txt").trim_ascii(),
];

/// The most bytes of one reply.
const MOST_BYTES: usize = 4096;
/// The most bytes of one streamed piece.
const PIECE_BYTES: usize = 16;
/// What a person sees as thinking before the first word.
const FIRST_PIECE: Duration = Duration::from_millis(300);
/// Forty pieces a second.
const NEXT_PIECE: Duration = Duration::from_millis(25);

/// How fast the demo speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DemoPace {
    /// As a small model on a good machine: 0.3 s to the first word, then about forty pieces a second.
    #[default]
    Human,
    /// Without any pause.
    Instant,
}

/// The scripted model.
#[derive(Debug, Clone, Copy, Default)]
pub struct DemoModel {
    pace: DemoPace,
}

impl DemoModel {
    /// A demo that speaks at this pace.
    pub fn new(pace: DemoPace) -> Self {
        Self { pace }
    }
}

impl ChatModel for DemoModel {
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        let reply = bounded(script::reply(&request), MOST_BYTES);
        let mut pieces = pieces(&reply);
        let limit = usize::try_from(request.num_predict).unwrap_or(usize::MAX);
        let reason = if pieces.len() > limit {
            StopReason::Length
        } else {
            StopReason::Stop
        };
        pieces.truncate(limit);
        let usage = Usage {
            prompt_tokens: Some(count_words(&request)),
            output_tokens: Some(pieces.len() as u64),
            load_ms: None,
        };
        let (first, next) = match self.pace {
            DemoPace::Human => (FIRST_PIECE, NEXT_PIECE),
            DemoPace::Instant => (Duration::ZERO, Duration::ZERO),
        };
        let spoken = stream::iter(pieces.into_iter().enumerate()).then(move |(index, piece)| {
            let pause = if index == 0 { first } else { next };
            async move {
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                Ok(ChatChunk::Content(piece))
            }
        });
        let end = stream::iter([Ok(ChatChunk::Done(reason, usage))]);
        spoken.chain(end).boxed()
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(std::future::ready(Ok(ModelInfo {
            capabilities: vec!["completion".to_owned()],
            context_length: Some(8192),
            family: Some("demo".to_owned()),
            parameter_size: None,
            quantization: None,
        })))
    }
}

fn count_words(request: &ChatRequest) -> u64 {
    request
        .messages
        .iter()
        .map(|message| message.content.split_whitespace().count() as u64)
        .sum()
}

/// The text, cut at a character if it is longer than `most` bytes.
fn bounded(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// The text in words with the white space after them, long words in parts.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let mut piece = String::new();
        for c in word.chars() {
            if piece.len() + c.len_utf8() > PIECE_BYTES {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(c);
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}
