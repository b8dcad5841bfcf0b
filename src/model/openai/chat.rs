//! One chat call: sends the request when the stream is first polled, reads events until the reply is complete, closes on
//! drop.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reqwest::{Method, Response};
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout, timeout_at};

use super::events::{Event, Events};
use super::reply::Reply;
use super::{OpenAiServer, wire};
use crate::domain::chat::{ChatChunk, ChatRequest};
use crate::model::http::{finish, interrupted, reason};
use crate::model::{ModelError, Phase};

/// How long token counts are awaited after the last word of a reply.
const COUNTS_TIME: Duration = Duration::from_secs(2);

pub(super) fn stream(
    server: OpenAiServer,
    model: String,
    request: ChatRequest,
) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
    let call = Call {
        reply: Reply::to(&request),
        server,
        model,
        request,
        events: Events::default(),
        ready: VecDeque::new(),
        state: State::Unsent,
        phase: Phase::FirstToken,
        heard: Instant::now(),
    };
    stream::unfold(call, |mut call| async move {
        let item = call.next().await?;
        Some((item, call))
    })
    .boxed()
}

enum State {
    Unsent,
    /// Dropping the response closes the connection.
    Reading(Response),
    Over,
}

struct Call {
    server: OpenAiServer,
    model: String,
    request: ChatRequest,
    events: Events,
    reply: Reply,
    ready: VecDeque<Result<ChatChunk, ModelError>>,
    state: State,
    phase: Phase,
    /// When the server said something last; comments that keep a connection open do not count.
    heard: Instant,
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
                self.ready.push_back(Err(self.server.own(error)));
            }
        }
    }

    async fn begin(&mut self) -> Result<(), ModelError> {
        let limit = self.limit();
        let sent = timeout(limit, self.send()).await;
        self.state = State::Reading(sent.map_err(|_| self.silent(limit))??);
        self.heard = Instant::now();
        Ok(())
    }

    /// Sends the request; again without the words that the server refuses, as long as it names others.
    async fn send(&self) -> Result<Response, ModelError> {
        loop {
            let body = wire::body(&self.model, &self.request, self.server.quirks());
            let path = "chat/completions";
            let sending = self
                .server
                .send(Method::POST, path, Some(&body), &self.model);
            match sending.await {
                Err(ModelError::Status {
                    status: 400 | 422,
                    ref message,
                    ..
                }) if self.server.learn(message) => {}
                sent => return sent,
            }
        }
    }

    /// Takes the next bytes of the body.
    async fn read(&mut self, mut response: Response) -> Result<(), ModelError> {
        let limit = self.limit();
        let bytes = match timeout_at(self.heard + limit, response.chunk()).await {
            Ok(Ok(bytes)) => bytes,
            // All that matters is there.
            _ if self.reply.is_complete() => None,
            Ok(Err(error)) => return Err(interrupted(reason(&error, limit))),
            Err(_) => return Err(self.silent(limit)),
        };
        let Some(bytes) = bytes else {
            return self.end();
        };
        self.events.push(&bytes);
        while let Some(event) = self.events.next_event()? {
            if self.take(&event)? {
                finish(response).await;
                return Ok(());
            }
        }
        self.state = State::Reading(response);
        Ok(())
    }

    /// The body has ended: the reply must have been complete. A last event that breaks off was cut by the network,
    /// wherever in it that happened.
    fn end(&mut self) -> Result<(), ModelError> {
        if let Ok(Some(event)) = self.events.last_event()
            && !breaks_off(&event)
            && self.take(&event)?
        {
            return Ok(());
        }
        let chunks = self.reply.end()?;
        self.ready.extend(chunks.into_iter().map(Ok));
        Ok(())
    }

    /// Takes an event; says whether it was the last one.
    fn take(&mut self, event: &Event) -> Result<bool, ModelError> {
        let chunks = self.reply.event(event)?;
        self.heard = Instant::now();
        if !chunks.is_empty() {
            self.phase = Phase::NextToken;
        }
        let done = matches!(chunks.last(), Some(ChatChunk::Done(..)));
        self.ready.extend(chunks.into_iter().map(Ok));
        Ok(done)
    }

    fn limit(&self) -> Duration {
        let options = &self.server.inner.options;
        match self.phase {
            _ if self.reply.is_complete() => COUNTS_TIME.min(options.idle_timeout),
            Phase::FirstToken => options.first_token_timeout,
            Phase::NextToken => options.idle_timeout,
        }
    }

    fn silent(&self, after: Duration) -> ModelError {
        ModelError::Silent {
            phase: self.phase,
            after,
        }
    }
}

/// Whether this is the beginning of some JSON, or of a word of the protocol, and no more than that.
fn breaks_off(event: &Event) -> bool {
    let (Event::Data(data) | Event::Error(data)) = event;
    let data = data.trim();
    let words = ["[DONE]", "data:", "event:", "error:"];
    let mut words = words.iter().filter(|word| **word != data);
    serde_json::from_str::<IgnoredAny>(data).is_err_and(|error| error.is_eof())
        || words.any(|word| word.starts_with(data))
}
