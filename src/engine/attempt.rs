//! One attempt at a model call: the stream read to its end, each piece passed on to whoever watches.

use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::Instant;

use super::Halt;
use super::call::Caller;
use super::in_use::ModelInUse;
use crate::domain::chat::{ChatChunk, ChatRequest, StopReason, ToolCall, Usage};
use crate::domain::event::{Delta, DeltaKind, ModelCall};
use crate::model::ModelError;

/// What one attempt brought before it ended.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) text: String,
    pub(super) tool_calls: Vec<ToolCall>,
    pub(super) thinking: String,
    pub(super) first_token: Option<Duration>,
    pub(super) usage: Usage,
}

impl Caller {
    pub(super) async fn attempt(
        &self,
        model: &ModelInUse,
        request: &ChatRequest,
        record: &ModelCall,
        sent: Instant,
        so_far: &mut Attempt,
    ) -> Result<StopReason, Halt> {
        let mut stream = model.port.stream(request.clone());
        loop {
            let chunk = self.patience.within(stream.next()).await?;
            let cut = || ModelError::Interrupted {
                reason: "the stream ended early".to_owned(),
            };
            let (kind, text) = match chunk
                .ok_or_else(cut)
                .and_then(|chunk| chunk)
                .map_err(Halt::Model)?
            {
                ChatChunk::Done(stop, usage) => {
                    so_far.usage = usage;
                    return Ok(stop);
                }
                ChatChunk::Content(text) => {
                    so_far.text.push_str(&text);
                    (DeltaKind::Content, text)
                }
                ChatChunk::Thinking(text) => {
                    so_far.thinking.push_str(&text);
                    (DeltaKind::Thinking, text)
                }
                ChatChunk::ToolCall(call) => {
                    so_far.tool_calls.push(call);
                    continue;
                }
            };
            so_far.first_token.get_or_insert_with(|| sent.elapsed());
            self.delta(record, kind, &text).await?;
        }
    }

    pub(super) async fn delta(
        &self,
        record: &ModelCall,
        kind: DeltaKind,
        text: &str,
    ) -> Result<(), Halt> {
        let delta = Delta {
            call: record.call.clone(),
            role: record.role,
            step: record.step.clone(),
            kind,
            text: text.to_owned(),
        };
        self.patience.within(self.journal.stream(delta)).await
    }
}
