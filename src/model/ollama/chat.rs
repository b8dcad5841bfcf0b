//! One chat call: sends the request when the stream is first polled, reads lines until `done`, closes on drop.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reqwest::{Method, Response};
use serde::de::IgnoredAny;

use super::http::interrupted;
use super::reply::Reply;
use super::wire::ChatBody;
use super::{OllamaServer, http};
use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo};
use crate::model::http::finish;
use crate::model::ndjson::Lines;
use crate::model::{ModelError, Phase};

pub(super) fn stream(
    server: OllamaServer,
    model: String,
    request: ChatRequest,
) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
    let call = Call {
        reply: Reply::to(&request),
        server,
        model,
        request,
        lines: Lines::default(),
        ready: VecDeque::new(),
        state: State::Unsent,
        phase: Phase::FirstToken,
    };
    stream::unfold(call, |mut call| async move {
        let item = call.next().await?;
        Some((item, call))
    })
    .boxed()
}

/// The body of the request, as it is sent once the model is known.
pub(super) fn wire(server: &OllamaServer, model: &str, request: &ChatRequest) -> Option<String> {
    let keep_alive = &server.inner.options.keep_alive;
    let known = server.known(model);
    serde_json::to_string(&ChatBody::new(model, request, keep_alive, known.as_ref())).ok()
}

enum State {
    Unsent,
    /// Dropping the response closes the connection.
    Reading(Response),
    Over,
}

struct Call {
    server: OllamaServer,
    model: String,
    request: ChatRequest,
    lines: Lines,
    reply: Reply,
    ready: VecDeque<Result<ChatChunk, ModelError>>,
    state: State,
    phase: Phase,
}

impl Call {
    async fn next(&mut self) -> Option<Result<ChatChunk, ModelError>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            let went_on = match std::mem::replace(&mut self.state, State::Over) {
                State::Unsent => self.begin().await,
                State::Reading(response) => self.read(response).await,
                State::Over => return None,
            };
            if let Err(error) = went_on {
                self.ready.push_back(Err(error));
            }
        }
    }

    async fn begin(&mut self) -> Result<(), ModelError> {
        let info = self.info().await?;
        let sending = self.send(info);
        let limit = self.server.inner.options.first_token_timeout;
        let sent = tokio::time::timeout(limit, sending).await;
        self.state = State::Reading(sent.map_err(|_| self.silent(limit))??);
        Ok(())
    }

    /// What is known of the model; asked for once. A server that cannot say is no reason not to try.
    async fn info(&self) -> Result<Option<ModelInfo>, ModelError> {
        if let Some(info) = self.server.known(&self.model) {
            return Ok(Some(info));
        }
        match self.server.show(&self.model).await {
            Ok(info) => Ok(Some(info)),
            Err(error) if error.is_unusable() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Sends the request; once more without a word on thinking, where that was what the server refused.
    async fn send(&self, info: Option<ModelInfo>) -> Result<Response, ModelError> {
        let keep_alive = &self.server.inner.options.keep_alive;
        let body = ChatBody::new(&self.model, &self.request, keep_alive, info.as_ref());
        let sent = self.post(&body).await;
        let Err(ModelError::Status {
            status: 400,
            message,
            ..
        }) = &sent
        else {
            return sent;
        };
        if !body.mentions_thinking() || !message.contains("think") {
            return sent;
        }
        if let Some(mut info) = info {
            info.capabilities.retain(|name| name != "thinking");
            self.server.remember(&self.model, info);
        }
        self.post(&body.without_thinking()).await
    }

    async fn post(&self, body: &ChatBody<'_>) -> Result<Response, ModelError> {
        let sending = self
            .server
            .send(Method::POST, "api/chat", Some(body), &self.model);
        sending.await
    }

    /// Takes the next bytes of the body.
    async fn read(&mut self, mut response: Response) -> Result<(), ModelError> {
        let limit = match self.phase {
            Phase::FirstToken => self.server.inner.options.first_token_timeout,
            Phase::NextToken => self.server.inner.options.idle_timeout,
        };
        let bytes = tokio::time::timeout(limit, response.chunk()).await;
        let bytes = bytes.map_err(|_| self.silent(limit))?;
        let bytes = bytes.map_err(|error| interrupted(http::reason(&error, limit)))?;
        let Some(bytes) = bytes else {
            return self.end();
        };
        self.lines.push(&bytes);
        while let Some(line) = self.lines.next_line()? {
            if self.take(&line)? {
                finish(response).await;
                return Ok(());
            }
        }
        self.state = State::Reading(response);
        Ok(())
    }

    /// The body has ended: it must have been complete, but for the last line feed. A last line that breaks off was cut
    /// by the network, wherever in it that happened.
    fn end(&mut self) -> Result<(), ModelError> {
        if let Ok(Some(line)) = self.lines.last_line()
            && !breaks_off(&line)
            && self.take(&line)?
        {
            return Ok(());
        }
        Err(interrupted(
            "the stream ended before the reply was complete",
        ))
    }

    /// Takes a line; says whether it was the last one.
    fn take(&mut self, line: &str) -> Result<bool, ModelError> {
        let chunks = self.reply.line(line)?;
        if !chunks.is_empty() {
            self.phase = Phase::NextToken;
        }
        let done = matches!(chunks.last(), Some(ChatChunk::Done(..)));
        self.ready.extend(chunks.into_iter().map(Ok));
        Ok(done)
    }

    fn silent(&self, after: Duration) -> ModelError {
        ModelError::Silent {
            phase: self.phase,
            after,
        }
    }
}

/// Whether this is the beginning of some JSON and no more than that.
fn breaks_off(line: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(line).is_err_and(|error| error.is_eof())
}
