//! The named providers: found in the settings, opened when first needed, each with its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tokio::sync::OnceCell;

use super::keys::{self, NoKey};
use crate::config::{Config, ProviderConfig, ProviderKind};
use crate::domain::chat::{ChatChunk, ChatRequest, ModelInfo};
use crate::engine::masking::Masking;
use crate::model::ollama::{InstalledModel, LoadedModel, OllamaModel, OllamaOptions, OllamaServer};
use crate::model::openai::{OfferedModel, OpenAiOptions, OpenAiServer};
use crate::model::{Access, ChatModel, ModelError};

/// The providers of the settings, by name. Clones share connections and keys.
#[derive(Clone)]
pub(super) struct Named {
    config: Arc<Config>,
    masking: Masking,
    servers: Arc<BTreeMap<String, OnceCell<Server>>>,
}

/// A provider that was opened.
pub(super) enum Server {
    Ollama(OllamaServer),
    OpenAi(OpenAiServer),
}

impl Named {
    pub(super) fn new(config: Arc<Config>, masking: Masking) -> Self {
        let names = config.providers.keys().cloned();
        Self {
            servers: Arc::new(names.map(|name| (name, OnceCell::new())).collect()),
            config,
            masking,
        }
    }

    /// Whether the key to a provider is there, as far as that can be told without running anything.
    pub(super) fn check_key(&self, name: &str) -> Result<(), NoKey> {
        let provider = self.config.providers.get(name);
        provider.map_or(Ok(()), |provider| keys::at_hand(&provider.key).map(|_| ()))
    }

    /// The provider of this name, opened where it was not yet.
    ///
    /// # Errors
    /// [`ModelError::Denied`] where there is none, or its key cannot be found.
    pub(super) async fn server(&self, name: &str) -> Result<&Server, ModelError> {
        let denied = |reason: String, remedy: String| ModelError::Denied {
            provider: name.to_owned(),
            reason,
            remedy,
        };
        let found = self.config.providers.get(name).zip(self.servers.get(name));
        let (provider, server) = found.ok_or_else(|| {
            denied(
                "the settings do not know it".to_owned(),
                format!("add `[providers.{name}]` with `kind` and `base_url` to the config file"),
            )
        })?;
        let open = async {
            let key = keys::find(&provider.key, &self.masking).await;
            let access = Access {
                provider: name.to_owned(),
                key: key.map_err(|no_key| denied(no_key.reason, no_key.remedy))?,
                key_place: keys::place(&provider.key),
            };
            let opened = open(provider, &self.config, access);
            opened.map_err(|error| {
                denied(error, format!("correct `base_url` in `[providers.{name}]`"))
            })
        };
        server.get_or_try_init(|| open).await
    }

    /// The way to one model of a provider.
    ///
    /// # Errors
    /// As for [`Named::server`].
    pub(super) async fn model(
        &self,
        provider: &str,
        model: &str,
    ) -> Result<Arc<dyn ChatModel>, ModelError> {
        Ok(match self.server(provider).await? {
            Server::OpenAi(server) => Arc::new(server.model(model)),
            Server::Ollama(server) => {
                let config = self.config.providers.get(provider);
                Arc::new(Adjusted {
                    model: server.model(model),
                    num_ctx: config.and_then(|config| config.num_ctx),
                    tools: config.is_none_or(|config| config.tools),
                })
            }
        })
    }

    /// How many requests a provider answers at once.
    pub(super) fn slots(&self, name: &str) -> u32 {
        let provider = self.config.providers.get(name);
        provider.map_or(1, |provider| provider.slots)
    }

    /// Where a provider is, what it speaks, and where its key is looked for.
    pub(super) fn about(&self) -> impl Iterator<Item = (&String, &ProviderConfig)> {
        self.config.providers.iter()
    }
}

impl Server {
    /// The models that the provider offers, the newest first where it says how old they are.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub(super) async fn models(&self) -> Result<Vec<InstalledModel>, ModelError> {
        match self {
            Self::Ollama(server) => server.models().await,
            Self::OpenAi(server) => {
                let mut models = server.models().await?;
                models.sort_by_key(|model| std::cmp::Reverse(model.created));
                Ok(models.into_iter().map(installed).collect())
            }
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Ollama(server) => server.url(),
            Self::OpenAi(server) => server.url(),
        }
    }
}

fn installed(model: OfferedModel) -> InstalledModel {
    InstalledModel {
        name: model.name,
        size: 0,
        family: None,
        parameter_size: None,
        quantization: None,
        modified_at: model
            .created
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()),
        loaded: model.context_length.map(|context| LoadedModel {
            context: Some(context),
            memory: 0,
            vram: 0,
            expires_at: None,
        }),
    }
}

fn open(provider: &ProviderConfig, config: &Config, access: Access) -> Result<Server, String> {
    let (base_url, times) = (provider.base_url.clone(), &config.ollama);
    let connect_timeout = provider.connect_timeout.unwrap_or(times.connect_timeout);
    let first_token_timeout = provider
        .first_token_timeout
        .unwrap_or(times.first_token_timeout);
    let idle_timeout = provider.idle_timeout.unwrap_or(times.idle_timeout);
    match provider.kind {
        ProviderKind::Ollama => {
            let options = OllamaOptions {
                base_url,
                keep_alive: times.keep_alive.clone(),
                connect_timeout,
                first_token_timeout,
                idle_timeout,
            };
            let server = OllamaServer::named(options, access);
            server
                .map(Server::Ollama)
                .map_err(|error| error.to_string())
        }
        ProviderKind::OpenAi => {
            let options = OpenAiOptions {
                base_url,
                connect_timeout,
                first_token_timeout,
                idle_timeout,
                tools: provider.tools,
                num_ctx: provider.num_ctx,
            };
            let server = OpenAiServer::new(options, access);
            server
                .map(Server::OpenAi)
                .map_err(|error| error.to_string())
        }
    }
}

/// A model of an Ollama server as the settings of its provider have it.
struct Adjusted {
    model: OllamaModel,
    num_ctx: Option<u32>,
    tools: bool,
}

impl ChatModel for Adjusted {
    fn stream(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        self.model.stream(request)
    }

    fn wire(&self, request: &ChatRequest) -> Option<String> {
        self.model.wire(request)
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(async {
            let mut info = self.model.describe().await?;
            info.capabilities
                .retain(|capability| self.tools || capability != "tools");
            Ok(info)
        })
    }

    fn num_ctx(&self, _: &ModelInfo) -> Option<u32> {
        self.num_ctx
    }
}

/// A model that there is no way to: it says why whenever it is asked.
pub(super) struct Unusable(pub(super) ModelError);

impl ChatModel for Unusable {
    fn stream(&self, _: ChatRequest) -> BoxStream<'static, Result<ChatChunk, ModelError>> {
        let error = self.0.clone();
        Box::pin(futures_util::stream::once(async { Err(error) }))
    }

    fn describe(&self) -> BoxFuture<'_, Result<ModelInfo, ModelError>> {
        Box::pin(async { Err(self.0.clone()) })
    }
}
