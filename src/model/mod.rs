//! Floor 1: the port to language models. Every other file here is one adapter or a part of one.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo};

mod bound;
pub mod demo;
mod http;
mod ndjson;
pub mod ollama;
pub mod openai;
mod secret;
mod think;

pub use secret::{Access, Secret};

/// One model on one server.
pub trait ChatModel: Send + Sync {
    /// Sends the request and streams the reply. The stream ends with [`ChatChunk::Done`] or with an error; one that
    /// ends without either was cut off, and an adapter must report that as [`ModelError::Interrupted`].
    ///
    /// Dropping the stream closes the connection, which makes the server stop working.
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>>;

    /// The body of the request as it goes over the wire, with what has been learnt of the server; none where nothing goes
    /// over any.
    fn wire(&self, request: &ChatRequest) -> Option<String> {
        let _ = request;
        None
    }

    /// Asks the server what this model is and can do. The first contact of every run.
    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>>;

    /// The context length in tokens that a run is to use for this model, where it is another one than the run's own.
    /// `info` is what [`ChatModel::describe`] said.
    fn num_ctx(&self, info: &ModelInfo) -> Option<u32> {
        let _ = info;
        None
    }
}

/// Why a model could not be used. Worded for a person: one sentence that names the server or the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection could be made.
    #[error("cannot reach the model server at {url}: {reason}")]
    Unreachable {
        /// The server.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The server does not have the model.
    #[error("the model server has no model `{model}`")]
    Missing {
        /// Its name.
        model: String,
    },
    /// The server has no model at all.
    #[error("the model server at {url} has no models")]
    NoModels {
        /// The server.
        url: String,
    },
    /// No connection could be made to a provider of the settings.
    #[error("cannot reach the provider `{provider}` at {url}: {reason}")]
    Away {
        /// Its name in the settings.
        provider: String,
        /// Where it should be.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// A provider of the settings does not have the model.
    #[error("the provider `{provider}` has no model `{model}`")]
    Lacks {
        /// Its name in the settings.
        provider: String,
        /// The model, as the provider names it.
        model: String,
    },
    /// A provider of the settings does not let us in, or there is no key to it.
    #[error("the provider `{provider}` cannot be used: {reason}")]
    Denied {
        /// Its name in the settings.
        provider: String,
        /// Why; never with the key.
        reason: String,
        /// What to do, with where the key is looked for.
        remedy: String,
    },
    /// The connection broke, or the stream ended before the reply was complete.
    #[error("the reply was cut off: {reason}")]
    Interrupted {
        /// How.
        reason: String,
    },
    /// The server reported an error in the middle of the reply.
    #[error("the model server reported: {message}")]
    Reported {
        /// Its words, bounded and made safe to show.
        message: String,
    },
    /// The server answered with an HTTP error.
    #[error("the model server answered {status}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Its words, bounded and made safe to show.
        message: String,
        /// When the server asked to be tried again.
        retry_after: Option<Duration>,
    },
    /// The server was silent for too long.
    #[error("the model server was silent for {} s {phase}", after.as_secs())]
    Silent {
        /// While what was awaited.
        phase: Phase,
        /// For how long.
        after: Duration,
    },
    /// The reply is not what the protocol says.
    #[error("the model server sent something unreadable: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The model repeats itself without end; the reply was stopped.
    #[error("the model ran away: {reason}")]
    Runaway {
        /// With what.
        reason: String,
    },
}

/// What was awaited when the server fell silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The model was loading or reading the prompt.
    FirstToken,
    /// The reply had begun.
    NextToken,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstToken => "before the first token",
            Self::NextToken => "in the middle of the reply",
        })
    }
}

impl ModelError {
    /// Whether the same request may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Away { .. }
            | Self::Interrupted { .. }
            | Self::Reported { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Silent { phase, .. } => *phase == Phase::NextToken,
            Self::Missing { .. }
            | Self::NoModels { .. }
            | Self::Lacks { .. }
            | Self::Denied { .. }
            | Self::Malformed { .. }
            | Self::Runaway { .. } => false,
        }
    }

    /// Whether the server says that it cannot offer tools to this model, or could not read the calls that it wrote.
    pub fn is_about_tools(&self) -> bool {
        let (Self::Status { message, .. } | Self::Reported { message }) = self else {
            return false;
        };
        let words = message.to_lowercase();
        words.contains("tool") || words.contains("xml syntax")
    }

    /// Whether the server, or the model on it, cannot be used at all: the run stops and can be resumed later.
    pub fn is_unusable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Missing { .. }
                | Self::NoModels { .. }
                | Self::Away { .. }
                | Self::Lacks { .. }
                | Self::Denied { .. }
        )
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { url, .. } => Some(format!(
                "start the server (`ollama serve`), or name another one with `--base-url` instead of {url}; `--model demo` needs none"
            )),
            Self::Away { provider, .. } => Some(format!(
                "start its server, or correct `base_url` in `[providers.{provider}]`"
            )),
            Self::Lacks { .. } => Some("`planwright models list` shows what is there".to_owned()),
            Self::Denied { remedy, .. } => Some(remedy.clone()),
            Self::Missing { model } => Some(format!(
                "`planwright models pull {model}` fetches it, `planwright models list` shows what is there"
            )),
            Self::Silent {
                phase: Phase::FirstToken,
                ..
            } => Some(
                "a large model may need longer to load: raise `first_token_timeout`".to_owned(),
            ),
            Self::NoModels { .. } => Some(
                "fetch one, for instance `planwright models pull llama3.2`, or use `--model demo`"
                    .to_owned(),
            ),
            Self::Silent { .. } => Some(
                "the server stopped in the middle of a reply: look at its log, or raise `idle_timeout` if it is only slow"
                    .to_owned(),
            ),
            Self::Status { status: 429, .. } => Some(
                "the server is asked too often: wait a little, or lower `max_parallel`".to_owned(),
            ),
            Self::Status { status, .. } if *status >= 500 => Some(
                "the server failed: its log says why, often too little memory for the model"
                    .to_owned(),
            ),
            Self::Status { .. } | Self::Malformed { .. } => Some(
                "the server may be older or another one than was thought: `planwright doctor` looks at it".to_owned(),
            ),
            Self::Interrupted { .. } | Self::Reported { .. } => Some(
                "the server's log says why; what was recorded is kept, and the same can be tried again".to_owned(),
            ),
            Self::Runaway { .. } => {
                Some("another model may do better: `--model`, or `--executor-model`".to_owned())
            }
        }
    }
}
