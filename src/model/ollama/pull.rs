//! Pulling a model onto the server, by way of `ollama-rs`.

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use ollama_rs::Ollama;
use ollama_rs::error::OllamaError;
use ollama_rs::models::pull::{PullModelStatus, PullModelStatusStream};

use super::http::{MAX_WORD, error_text, malformed, message, safe};
use super::{OllamaServer, PullProgress};
use crate::model::{ModelError, Phase};

impl OllamaServer {
    /// Fetches a model onto the server. Dropping the stream makes the server stop; what it has so far it keeps for the
    /// next time. Silence is bounded by the first-token timeout: checking a large file takes the server minutes.
    pub fn pull(&self, model: &str) -> BoxStream<'static, Result<PullProgress, ModelError>> {
        let pull = Pull {
            server: self.clone(),
            model: model.to_owned(),
            succeeded: false,
            state: PullState::Unsent,
        };
        stream::unfold(pull, |mut pull| async move {
            let item = pull.next().await?;
            Some((item, pull))
        })
        .boxed()
    }
}

enum PullState {
    Unsent,
    Reading(PullModelStatusStream),
    Over,
}

struct Pull {
    server: OllamaServer,
    model: String,
    succeeded: bool,
    state: PullState,
}

impl Pull {
    async fn next(&mut self) -> Option<Result<PullProgress, ModelError>> {
        let limit = self.server.inner.options.first_token_timeout;
        let Ok(item) = tokio::time::timeout(limit, self.advance()).await else {
            self.state = PullState::Over;
            return Some(Err(ModelError::Silent {
                phase: Phase::NextToken,
                after: limit,
            }));
        };
        if !matches!(item, Some(Ok(_))) {
            self.state = PullState::Over;
        }
        item
    }

    async fn advance(&mut self) -> Option<Result<PullProgress, ModelError>> {
        if matches!(self.state, PullState::Unsent) {
            match begin(&self.server, &self.model).await {
                Ok(stream) => self.state = PullState::Reading(stream),
                Err(error) => return Some(Err(error)),
            }
        }
        let PullState::Reading(stream) = &mut self.state else {
            return None;
        };
        match stream.next().await {
            Some(Ok(status)) => {
                self.succeeded |= status.message == "success";
                Some(Ok(progress(&status)))
            }
            Some(Err(error)) => Some(Err(failed(&self.server, error, true))),
            None if self.succeeded => None,
            None => Some(self.verify().await),
        }
    }

    /// The stream ended without `success`: `ollama-rs` loses a last line that no line feed follows, so the list decides.
    async fn verify(&mut self) -> Result<PullProgress, ModelError> {
        let latest = format!("{}:latest", self.model);
        let models = self.server.models().await?;
        let mut names = models.iter().map(|model| &model.name);
        if !names.any(|name| *name == self.model || *name == latest) {
            return Err(ModelError::Interrupted {
                reason: "the download ended before it was complete".to_owned(),
            });
        }
        self.succeeded = true;
        Ok(PullProgress {
            status: "success".to_owned(),
            total: None,
            completed: None,
        })
    }
}

async fn begin(server: &OllamaServer, model: &str) -> Result<PullModelStatusStream, ModelError> {
    let client = Ollama::builder()
        .url(server.inner.base.clone())
        .reqwest_client(server.inner.client.clone())
        .build();
    let stream = client.pull_model_stream(model.to_owned(), false).await;
    stream.map_err(|error| failed(server, error, false))
}

fn failed(server: &OllamaServer, error: OllamaError, in_stream: bool) -> ModelError {
    match error {
        OllamaError::ReqwestError(error) => server.failed(&error),
        OllamaError::InternalError(error) => ModelError::Reported {
            message: message(&error.message),
        },
        // In mid-stream the text is that of a broken transport, before it that of an HTTP error's body.
        OllamaError::Other(_) if in_stream => ModelError::Interrupted {
            reason: "the connection broke during the download".to_owned(),
        },
        OllamaError::Other(text) => {
            let body = serde_json::from_str(&text).ok();
            let said = body.as_ref().and_then(error_text);
            ModelError::Reported {
                message: said.unwrap_or_else(|| message(&text)),
            }
        }
        OllamaError::JsonError(_) | OllamaError::ToolCallError(_) => {
            malformed("a line that is no progress of a download")
        }
    }
}

fn progress(status: &PullModelStatus) -> PullProgress {
    PullProgress {
        status: safe(&status.message, MAX_WORD),
        total: status.total,
        completed: status.completed,
    }
}
