//! From the name of a model to the way to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SessionError;
use super::graph::Custom;
use super::keys;
use super::providers::{Named, Unusable};
use crate::config::Config;
use crate::config::names::{self, OLLAMA, UnknownProvider};
use crate::domain::chat::Role;
use crate::domain::event::RoleModels;
use crate::engine::graph::Port;
use crate::engine::masking::Masking;
use crate::model::demo::{DemoModel, DemoPace};
use crate::model::ollama::{BadAddress, OllamaOptions, OllamaServer};
use crate::model::{ChatModel, ModelError};

/// The name that stands for whichever model the server got last.
pub(super) const AUTO: &str = "auto";

/// Where a model's name leads. A provider is none for the Ollama server that needs no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spec {
    /// The built-in scripted model.
    Demo,
    /// Whichever model the provider got last.
    Auto(Option<String>),
    /// A model of the provider.
    Model(Option<String>, String),
}

impl Spec {
    /// Reads a name as a person gives it: a bare one is a model of the default provider.
    pub(super) fn of_setting(text: &str, config: &Config) -> Result<Self, UnknownProvider> {
        Self::read(text, config, &config.default_provider)
    }

    /// Reads a name as records hold it: a bare one is a model of Ollama, whatever the settings say now.
    pub(super) fn of_record(text: &str, config: &Config) -> Result<Self, UnknownProvider> {
        Self::read(text, config, OLLAMA)
    }

    fn read(text: &str, config: &Config, default: &str) -> Result<Self, UnknownProvider> {
        let text = text.trim();
        if text == "demo" {
            return Ok(Self::Demo);
        }
        let (provider, model) = names::split(text, config)?;
        let provider = provider.unwrap_or(default);
        let provider = (provider != OLLAMA).then(|| provider.to_owned());
        Ok(match model {
            AUTO | "" => Self::Auto(provider),
            name => Self::Model(provider, name.to_owned()),
        })
    }

    /// The name as records hold it.
    pub(super) fn name(&self, config: &Config) -> String {
        match self {
            Self::Demo => "demo".to_owned(),
            Self::Auto(None) => AUTO.to_owned(),
            Self::Auto(Some(provider)) => format!("{provider}:{AUTO}"),
            Self::Model(Some(provider), name) => format!("{provider}:{name}"),
            // Without its provider this one would be taken for another model.
            Self::Model(None, name) if Self::of_record(name, config).as_ref() != Ok(self) => {
                format!("{OLLAMA}:{name}")
            }
            Self::Model(None, name) => name.clone(),
        }
    }

    fn provider(&self) -> Option<&str> {
        match self {
            Self::Demo => None,
            Self::Auto(provider) | Self::Model(provider, _) => provider.as_deref(),
        }
    }
}

/// The models that the config names for each role. What cannot be read is left as it is, for [`Providers::check`].
pub(super) fn role_models(config: &Config) -> RoleModels {
    let name = |text: &str| {
        Spec::of_setting(text, config).map_or_else(|_| text.to_owned(), |spec| spec.name(config))
    };
    let of = |own: &Option<String>| name(own.as_deref().unwrap_or(&config.model));
    let own = |own: &Option<String>| own.as_deref().map(name);
    let fallbacks = config.fallbacks.iter();
    RoleModels {
        planner: of(&config.planner_model),
        executor: of(&config.executor_model),
        replanner: of(&config.replanner_model),
        finalizer: own(&config.finalizer_model),
        summarizer: own(&config.summarizer_model),
        verifier: own(&config.verifier_model),
        fallbacks: fallbacks
            .map(|(role, models)| (*role, models.iter().map(|model| name(model)).collect()))
            .collect(),
    }
}

impl From<UnknownProvider> for SessionError {
    fn from(unknown: UnknownProvider) -> Self {
        Self::Usage {
            error: unknown.to_string(),
            hint: Some(unknown.hint),
        }
    }
}

/// Where models come from.
#[derive(Clone)]
pub(super) struct Providers {
    pub(super) ollama: OllamaServer,
    pub(super) named: Named,
    demo: DemoModel,
    config: Arc<Config>,
    pub(super) custom: Custom,
    /// The secrets of this process, in clones of these providers the same.
    pub(super) masking: Masking,
}

impl Providers {
    /// The providers that the config names.
    ///
    /// # Errors
    /// Where the address of the server is none.
    pub(super) fn new(config: &Arc<Config>) -> Result<Self, BadAddress> {
        let masking = keys::of_environment();
        let ollama = OllamaServer::new(OllamaOptions {
            base_url: config.base_url.clone(),
            keep_alive: config.ollama.keep_alive.clone(),
            connect_timeout: config.ollama.connect_timeout,
            first_token_timeout: config.ollama.first_token_timeout,
            idle_timeout: config.ollama.idle_timeout,
        })?;
        let pace = if config.demo_instant {
            DemoPace::Instant
        } else {
            DemoPace::Human
        };
        Ok(Self {
            ollama,
            named: Named::new(Arc::clone(config), masking.clone()),
            masking,
            demo: DemoModel::new(pace),
            config: Arc::clone(config),
            custom: Custom::default(),
        })
    }

    /// Whether every provider of these models is configured, and the keys of those that the roles begin with are there.
    /// No server is asked and no command is run.
    ///
    /// # Errors
    /// [`SessionError::Usage`] that names what is missing and the remedy.
    pub(super) fn check(&self, models: &RoleModels) -> Result<(), SessionError> {
        for name in models.names() {
            let spec = Spec::of_record(name, &self.config)?;
            let begins = Role::ALL.iter().any(|&role| models.of(role) == name);
            if let Some(provider) = spec.provider().filter(|_| begins) {
                self.named
                    .check_key(provider)
                    .map_err(|no_key| SessionError::Usage {
                        error: format!(
                            "the provider `{provider}` cannot be used: {}",
                            no_key.reason
                        ),
                        hint: Some(no_key.remedy),
                    })?;
            }
        }
        Ok(())
    }

    /// How many requests the provider of this model answers at once.
    pub(super) fn slots(&self, name: &str) -> u32 {
        match Spec::of_record(name, &self.config) {
            Ok(Spec::Demo) | Err(_) => 1,
            Ok(spec) => match spec.provider() {
                Some(provider) => self.named.slots(provider),
                None => self.config.ollama.slots,
            },
        }
    }

    /// Whether a server has to be asked to find these models.
    pub(super) fn ask_for(&self, names: &RoleModels) -> bool {
        let mut names = names.names().into_iter();
        names.any(|name| matches!(Spec::of_record(name, &self.config), Ok(Spec::Auto(_))))
    }

    /// Ways to all the models that records name, by those names. Where roles have fallbacks, a model that there is no way
    /// to now says so when it is asked.
    ///
    /// # Errors
    /// Where `auto` is among them and the server cannot be asked, or has no model at all; where a key is not found.
    pub(super) async fn ports(
        &self,
        names: &RoleModels,
    ) -> Result<BTreeMap<String, Port>, ModelError> {
        let mut ports = BTreeMap::new();
        for name in names.names() {
            let found = match Spec::of_record(name, &self.config) {
                Ok(spec) => self.port(spec).await,
                Err(unknown) => Err(ModelError::Denied {
                    reason: "the settings do not know it".to_owned(),
                    provider: unknown.provider,
                    remedy: unknown.hint,
                }),
            };
            let port = match found {
                Err(error) if error.is_unusable() && !names.fallbacks.is_empty() => Port {
                    name: name.to_owned(),
                    model: Arc::new(Unusable(error)),
                },
                found => found?,
            };
            ports.insert(name.to_owned(), port);
        }
        Ok(ports)
    }

    /// The way to one model.
    ///
    /// # Errors
    /// As for [`Providers::ports`].
    pub(super) async fn port(&self, spec: Spec) -> Result<Port, ModelError> {
        let spec = match spec {
            Spec::Auto(provider) => {
                let newest = self.newest(provider.as_deref()).await?;
                Spec::Model(provider, newest)
            }
            spec => spec,
        };
        let model: Arc<dyn ChatModel> = match &spec {
            Spec::Demo => Arc::new(self.demo),
            Spec::Model(Some(provider), name) => self.named.model(provider, name).await?,
            Spec::Auto(_) => Arc::new(self.ollama.model(AUTO)),
            Spec::Model(None, name) => Arc::new(self.ollama.model(name)),
        };
        Ok(Port {
            name: spec.name(&self.config),
            model,
        })
    }

    /// The model that the provider got last.
    async fn newest(&self, provider: Option<&str>) -> Result<String, ModelError> {
        let (models, url) = match provider {
            None => (self.ollama.models().await?, self.ollama.url()),
            Some(provider) => {
                let server = self.named.server(provider).await?;
                (server.models().await?, server.url())
            }
        };
        let newest = models.into_iter().next();
        newest
            .map(|model| model.name)
            .ok_or(ModelError::NoModels { url })
    }
}
