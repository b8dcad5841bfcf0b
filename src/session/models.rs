//! From the name of a model to the way to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::graph::Custom;
use crate::config::Config;
use crate::domain::event::RoleModels;
use crate::engine::graph::Port;
use crate::model::demo::{DemoModel, DemoPace};
use crate::model::ollama::{BadAddress, OllamaOptions, OllamaServer};
use crate::model::{ChatModel, ModelError};

/// The name that stands for whichever model the server got last.
pub(super) const AUTO: &str = "auto";

/// Where a model's name leads: `PROVIDER:NAME`, or a bare name for the Ollama server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spec {
    /// The built-in scripted model.
    Demo,
    /// Whichever model the Ollama server got last.
    Auto,
    /// A model of the Ollama server.
    Ollama(String),
}

impl Spec {
    /// Reads a name. A prefix that is no provider belongs to the name: `llama3.1:8b` is a model with a tag.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.strip_prefix("ollama:").unwrap_or(text) {
            "demo" if text == "demo" => Self::Demo,
            AUTO | "" => Self::Auto,
            name => Self::Ollama(name.to_owned()),
        }
    }

    /// The name as records hold it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Demo => "demo".to_owned(),
            Self::Auto => AUTO.to_owned(),
            // Without its provider this one would be taken for another model.
            Self::Ollama(name) if name == "demo" => format!("ollama:{name}"),
            Self::Ollama(name) => name.clone(),
        }
    }
}

/// The models that the config names for each role.
pub(super) fn role_models(config: &Config) -> RoleModels {
    let of = |own: &Option<String>| Spec::parse(own.as_deref().unwrap_or(&config.model)).name();
    let own = |own: &Option<String>| own.as_deref().map(|name| Spec::parse(name).name());
    RoleModels {
        planner: of(&config.planner_model),
        executor: of(&config.executor_model),
        replanner: of(&config.replanner_model),
        finalizer: own(&config.finalizer_model),
        summarizer: own(&config.summarizer_model),
        verifier: own(&config.verifier_model),
        ..RoleModels::default()
    }
}

/// Where models come from.
#[derive(Clone)]
pub(super) struct Providers {
    pub(super) ollama: OllamaServer,
    demo: DemoModel,
    pub(super) custom: Custom,
}

impl Providers {
    /// The providers that the config names.
    ///
    /// # Errors
    /// Where the address of the server is none.
    pub(super) fn new(config: &Config) -> Result<Self, BadAddress> {
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
            demo: DemoModel::new(pace),
            custom: Custom::default(),
        })
    }

    /// Whether a server has to be asked to find these models.
    pub(super) fn ask_for(names: &RoleModels) -> bool {
        let names = names.names();
        names
            .into_iter()
            .any(|name| Spec::parse(name) == Spec::Auto)
    }

    /// Ways to all the models that records name, by those names.
    ///
    /// # Errors
    /// Where `auto` is among them and the server cannot be asked, or has no model at all.
    pub(super) async fn ports(
        &self,
        names: &RoleModels,
    ) -> Result<BTreeMap<String, Port>, ModelError> {
        let mut ports = BTreeMap::new();
        for name in names.names() {
            ports.insert(name.to_owned(), self.port(Spec::parse(name)).await?);
        }
        Ok(ports)
    }

    /// The way to one model.
    ///
    /// # Errors
    /// As for [`Providers::ports`].
    pub(super) async fn port(&self, spec: Spec) -> Result<Port, ModelError> {
        let (name, model): (String, Arc<dyn ChatModel>) = match spec {
            Spec::Demo => (spec.name(), Arc::new(self.demo)),
            Spec::Ollama(ref tag) => (spec.name(), Arc::new(self.ollama.model(tag))),
            Spec::Auto => {
                let newest = self.newest().await?;
                let model = self.ollama.model(&newest);
                (Spec::Ollama(newest).name(), Arc::new(model))
            }
        };
        Ok(Port { name, model })
    }

    /// The model that the server got last.
    async fn newest(&self) -> Result<String, ModelError> {
        let newest = self.ollama.models().await?.into_iter().next();
        newest.map(|model| model.name).ok_or(ModelError::NoModels {
            url: self.ollama.url(),
        })
    }
}
