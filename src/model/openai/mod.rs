//! Any server that speaks OpenAI's chat completions: vLLM, llama.cpp, LM Studio, `SGLang`, Ray Serve, hosted ones. The
//! transport is our own, for the reasons that Ollama's is: a character may be cut by the network, an error may come in
//! mid-stream, and what was cut off is never an answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use url::Url;

use super::http::{base_url, client, safe, shown};
use super::{Access, ChatModel, ModelError};
use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo};
use quirks::Quirks;

mod admin;
mod chat;
mod events;
mod quirks;
mod reply;
mod tool_calls;
mod wire;

/// Where the settings say nothing and the server says how long its context is, no more of it is used: replies may have a
/// share of it, and hosted servers bound those.
const MOST_CONTEXT: u32 = 32_768;

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAiOptions {
    /// `http://…` or `https://…` up to where `/chat/completions` follows, mostly with `/v1` at its end.
    pub base_url: String,
    /// Bound on making a connection.
    pub connect_timeout: Duration,
    /// Bound on silence before the first token.
    pub first_token_timeout: Duration,
    /// Bound on silence in the middle of a reply.
    pub idle_timeout: Duration,
    /// Whether its models may be offered tools.
    pub tools: bool,
    /// The context length to use, in tokens; none for what the server says, up to 32768.
    pub num_ctx: Option<u32>,
}

/// The address given for a server is none, or its key cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` is not the address of a model server: {reason}")]
pub struct BadBase {
    /// What was given, made safe to show.
    pub address: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One model that the server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    /// Its name.
    pub name: String,
    /// Its context length in tokens, where the server says.
    pub context_length: Option<u32>,
    /// When it was made, in seconds since 1970, where the server says.
    pub created: Option<i64>,
}

/// A server. Clones share connections and what is known of it.
#[derive(Clone)]
pub struct OpenAiServer {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    /// Ends with a slash, so that paths are joined below it.
    base: Url,
    options: OpenAiOptions,
    access: Access,
    quirks: Mutex<Quirks>,
}

impl OpenAiServer {
    /// Makes no connection yet. Proxies of the environment are used, except towards this machine itself; redirects are
    /// not followed.
    ///
    /// # Errors
    /// Where the base URL is not an address of the form `http://…` or `https://…`.
    pub fn new(options: OpenAiOptions, access: Access) -> Result<Self, BadBase> {
        let bad = |reason: String| BadBase {
            address: safe(&options.base_url, 200),
            reason,
        };
        let base = base_url(&options.base_url).map_err(bad)?;
        let key = access.key.as_ref();
        let client = client(&base, options.connect_timeout, key).map_err(bad)?;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                base,
                options,
                access,
                quirks: Mutex::default(),
            }),
        })
    }

    /// One model of it. Nothing is asked yet.
    pub fn model(&self, name: &str) -> OpenAiModel {
        OpenAiModel {
            server: self.clone(),
            name: name.to_owned(),
        }
    }

    /// The address, without name and password.
    pub fn url(&self) -> String {
        shown(&self.inner.base)
    }

    fn quirks(&self) -> Quirks {
        let quirks = self.inner.quirks.lock();
        *quirks.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what the server refused with these words; says whether that changes how it is asked.
    fn learn(&self, message: &str) -> bool {
        let quirks = self.inner.quirks.lock();
        quirks
            .unwrap_or_else(PoisonError::into_inner)
            .learn(message)
    }
}

impl fmt::Debug for OpenAiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenAiServer").field(&self.url()).finish()
    }
}

/// One model of an [`OpenAiServer`].
#[derive(Debug, Clone)]
pub struct OpenAiModel {
    server: OpenAiServer,
    name: String,
}

impl ChatModel for OpenAiModel {
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        chat::stream(self.server.clone(), self.name.clone(), request)
    }

    fn wire(&self, request: &ChatRequest) -> Option<String> {
        Some(wire::body(&self.name, request, self.server.quirks()).to_string())
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(self.server.describe(&self.name))
    }

    fn num_ctx(&self, info: &ModelInfo) -> Option<u32> {
        let own = self.server.inner.options.num_ctx;
        own.or_else(|| Some(info.context_length?.min(MOST_CONTEXT)))
    }
}
