//! Ollama over its native API. Chat runs over a transport of our own: `ollama-rs` reads replies chunk by chunk, so that a
//! character cut by the network takes its line along, and it hides HTTP status, `done_reason` and errors in mid-stream.
//! Of `ollama-rs` come the request options and the pull.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use url::Url;

use super::http::{base_url, client, shown};
use super::{Access, ChatModel, ModelError};
use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo};

mod admin;
mod chat;
mod http;
mod pull;
mod reply;
mod wire;

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaOptions {
    /// `http://…` or `https://…`, with or without a path; name and password in it are sent as basic authentication.
    pub base_url: String,
    /// How long the server keeps a model loaded after a call, as Ollama words it: `10m`, or a number of seconds, where
    /// a negative one means for ever.
    pub keep_alive: String,
    /// Bound on making a connection.
    pub connect_timeout: Duration,
    /// Bound on silence before the first token: the model is loaded and reads the prompt meanwhile.
    pub first_token_timeout: Duration,
    /// Bound on silence in the middle of a reply.
    pub idle_timeout: Duration,
}

/// The address given for a server is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` is not the address of a model server: {reason}")]
pub struct BadAddress {
    /// What was given, made safe to show.
    pub address: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One model that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// Its name with tag.
    pub name: String,
    /// Bytes on disk.
    pub size: u64,
    /// The family, such as `llama`.
    pub family: Option<String>,
    /// The size as the server words it, such as `8.0B`.
    pub parameter_size: Option<String>,
    /// The quantization, such as `Q4_K_M`.
    pub quantization: Option<String>,
    /// When it was last changed on the server.
    pub modified_at: Option<Timestamp>,
    /// How it is loaded, where it is.
    pub loaded: Option<LoadedModel>,
}

/// How a model is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedModel {
    /// With which context length, in tokens, where the server says so.
    pub context: Option<u32>,
    /// Bytes of memory it takes in all.
    pub memory: u64,
    /// How many of them are in the memory of graphics cards.
    pub vram: u64,
    /// When the server lets go of it, unless it is used again.
    pub expires_at: Option<Timestamp>,
}

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// What the server says it is doing.
    pub status: String,
    /// Bytes of the layer at work, where known.
    pub total: Option<u64>,
    /// Bytes of it that are there.
    pub completed: Option<u64>,
}

/// A server. Clones share connections and what is known of its models.
#[derive(Clone)]
pub struct OllamaServer {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    /// Ends with a slash, so that paths are joined below it.
    base: Url,
    options: OllamaOptions,
    /// Where the settings give it a name of its own.
    access: Option<Access>,
    /// What the server said of each model that was asked for.
    known: Mutex<HashMap<String, ModelInfo>>,
}

impl OllamaServer {
    /// Makes no connection yet. Proxies of the environment are used, except towards this machine itself; redirects are
    /// not followed.
    ///
    /// # Errors
    /// Where the base URL is not an address of the form `http://…` or `https://…`.
    pub fn new(options: OllamaOptions) -> Result<Self, BadAddress> {
        Self::build(options, None)
    }

    /// A server that the settings give a name, and perhaps a key: its errors say so.
    ///
    /// # Errors
    /// As for [`OllamaServer::new`].
    pub fn named(options: OllamaOptions, access: Access) -> Result<Self, BadAddress> {
        Self::build(options, Some(access))
    }

    fn build(options: OllamaOptions, access: Option<Access>) -> Result<Self, BadAddress> {
        let bad = |reason: String| BadAddress {
            address: http::safe(&options.base_url, 200),
            reason,
        };
        let base = base_url(&options.base_url).map_err(bad)?;
        let key = access.as_ref().and_then(|access| access.key.as_ref());
        let client = client(&base, options.connect_timeout, key).map_err(bad)?;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                base,
                options,
                access,
                known: Mutex::default(),
            }),
        })
    }

    /// One model of it. Nothing is asked yet.
    pub fn model(&self, name: &str) -> OllamaModel {
        OllamaModel {
            server: self.clone(),
            name: name.to_owned(),
        }
    }

    /// The address, without name and password.
    pub fn url(&self) -> String {
        shown(&self.inner.base)
    }

    fn known(&self, model: &str) -> Option<ModelInfo> {
        let known = self.inner.known.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(model).cloned()
    }

    fn remember(&self, model: &str, info: ModelInfo) {
        let known = self.inner.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        known.insert(model.to_owned(), info);
    }

    fn unreachable(&self, reason: impl Into<String>) -> ModelError {
        self.own(ModelError::Unreachable {
            url: self.url(),
            reason: reason.into(),
        })
    }

    /// The error in the words of the provider, where the settings name it.
    fn own(&self, error: ModelError) -> ModelError {
        match &self.inner.access {
            Some(access) => access.own(error),
            None => error,
        }
    }
}

impl fmt::Debug for OllamaServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OllamaServer").field(&self.url()).finish()
    }
}

/// One model of an [`OllamaServer`].
#[derive(Debug, Clone)]
pub struct OllamaModel {
    server: OllamaServer,
    name: String,
}

impl ChatModel for OllamaModel {
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        chat::stream(self.server.clone(), self.name.clone(), request)
    }

    fn wire(&self, request: &ChatRequest) -> Option<String> {
        chat::wire(&self.server, &self.name, request)
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(self.server.show(&self.name))
    }
}
