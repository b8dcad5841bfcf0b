//! What the model servers have, for headers, lists and `doctor`.

use futures_util::future::join_all;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::models::Spec;
use super::{Session, SessionError, keys};
use crate::config::{KeySource, ProviderKind};
use crate::domain::chat::ModelInfo;
use crate::model::ollama::{InstalledModel, OllamaServer, PullProgress};
use crate::model::{ChatModel, ModelError};
use crate::session::providers::Server;

/// What is known of the model server, for headers and `doctor`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatus {
    /// Where it should be.
    pub url: String,
    /// Its version, or why it cannot be reached.
    pub version: Result<String, ModelError>,
    /// The models it has, newest first; empty where it cannot be reached.
    pub models: Vec<InstalledModel>,
}

/// What is known of a provider of the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderStatus {
    /// Its name.
    pub name: String,
    /// What it speaks: `openai` or `ollama`.
    pub kind: &'static str,
    /// Where it should be.
    pub url: String,
    /// Where its key is looked for, in words; none where it needs none.
    pub key: Option<String>,
    /// The models it offers under the names that roles use, or why it cannot be used.
    pub models: Result<Vec<InstalledModel>, ModelError>,
}

impl Session {
    /// Asks the model server of [`crate::config::Config::model`] what it is; bounded in time. The demo model has none, so
    /// none is asked.
    pub async fn probe(&self) -> ServerStatus {
        let server = &self.providers.ollama;
        if self.is_demo() {
            return ServerStatus {
                url: server.url(),
                version: Ok("not asked".to_owned()),
                models: Vec::new(),
            };
        }
        if let Ok(Spec::Auto(Some(provider)) | Spec::Model(Some(provider), _)) =
            Spec::of_setting(&self.config.model, &self.config)
        {
            let status = self.provider(&provider).await;
            return ServerStatus {
                url: status.url,
                version: match &status.models {
                    Ok(_) => Ok(format!("{} API", status.kind)),
                    Err(error) => Err(error.clone()),
                },
                models: status.models.unwrap_or_default(),
            };
        }
        self.probe_ollama().await
    }

    /// Asks the Ollama server that is no named provider what it is; bounded by the connect timeout.
    pub async fn probe_ollama(&self) -> ServerStatus {
        let server = &self.providers.ollama;
        let url = server.url();
        match server.version().await {
            Ok(version) => {
                let models = server.models().await.unwrap_or_default();
                ServerStatus {
                    url,
                    version: Ok(version),
                    models,
                }
            }
            Err(error) => ServerStatus {
                url,
                version: Err(error),
                models: Vec::new(),
            },
        }
    }

    /// Asks the Ollama server for its models, whichever provider is the default.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub async fn ollama_models(&self) -> Result<Vec<InstalledModel>, ModelError> {
        self.providers.ollama.models().await
    }

    /// Asks every provider that the settings name, all at once.
    pub async fn provider_statuses(&self) -> Vec<ProviderStatus> {
        let named = self.providers.named.about();
        join_all(named.map(|(name, _)| self.provider(name))).await
    }

    /// Whether a run started now may need the Ollama server that is not a named provider.
    pub fn uses_ollama(&self) -> bool {
        let models = self.models_in_use();
        models.names().into_iter().any(|name| {
            let spec = Spec::of_record(name, &self.config);
            matches!(spec, Ok(Spec::Auto(None) | Spec::Model(None, _)))
        })
    }

    /// The named provider that a model's name, as records hold it, leads to.
    pub fn provider_of(&self, model: &str) -> Option<String> {
        match Spec::of_record(model, &self.config) {
            Ok(Spec::Auto(provider) | Spec::Model(provider, _)) => provider,
            _ => None,
        }
    }

    /// Where calls of a model go, by its name as records hold it: the address, and the variable of the environment that is
    /// to hold the key where one is needed.
    pub fn endpoint(&self, model: &str) -> (String, Option<String>) {
        let named = self.provider_of(model);
        let named = named.and_then(|name| self.config.providers.get(&name));
        let (kind, base) = named.map_or(
            (ProviderKind::Ollama, self.config.base_url.as_str()),
            |provider| (provider.kind, provider.base_url.as_str()),
        );
        let base = base.trim_end_matches('/');
        let url = match kind {
            ProviderKind::Ollama => format!("{base}/api/chat"),
            ProviderKind::OpenAi => format!("{base}/chat/completions"),
        };
        let key = named
            .map(|provider| &provider.key)
            .and_then(|key| match key {
                KeySource::None => None,
                KeySource::Environment(name) => Some(name.clone()),
                KeySource::Command(_) | KeySource::File(_) => Some("API_KEY".to_owned()),
            });
        (url, key)
    }

    /// Asks one provider.
    async fn provider(&self, name: &str) -> ProviderStatus {
        let about = self.providers.named.about().find(|(own, _)| *own == name);
        let mut status = ProviderStatus {
            name: name.to_owned(),
            kind: about.map_or("", |(_, config)| config.kind.word()),
            url: about.map_or_else(String::new, |(_, config)| config.base_url.clone()),
            key: about
                .map(|(_, config)| &config.key)
                .filter(|key| **key != crate::config::KeySource::None)
                .map(keys::place),
            models: Ok(Vec::new()),
        };
        status.models = async {
            let server = self.providers.named.server(name).await?;
            status.url = server.url();
            let mut models = server.models().await?;
            for model in &mut models {
                model.name = format!("{name}:{}", model.name);
            }
            Ok(models)
        }
        .await;
        status
    }

    /// The models of every server that the settings name, and why those could not be asked that could not, as long as
    /// another one could.
    ///
    /// # Errors
    /// Where none of them can be used.
    pub async fn every_model(&self) -> Result<(Vec<InstalledModel>, Vec<ModelError>), ModelError> {
        let (ollama, named) = tokio::join!(self.ollama_models(), self.provider_statuses());
        let needed = self.uses_ollama() || named.is_empty();
        let (mut models, mut failed, mut answered) = (Vec::new(), Vec::new(), false);
        let named = named.into_iter().map(|provider| (provider.models, true));
        for (found, needed) in std::iter::once((ollama, needed)).chain(named) {
            match found {
                Ok(found) => {
                    answered = true;
                    models.extend(found);
                }
                Err(error) if needed => failed.push(error),
                Err(_) => {}
            }
        }
        if !answered && !failed.is_empty() {
            return Err(failed.swap_remove(0));
        }
        Ok((models, failed))
    }

    /// Deletes a model from the disk of its server, which must be an Ollama server.
    ///
    /// # Errors
    /// Where the server cannot be used, has no such model, or is none whose models can be deleted from here.
    pub async fn delete_model(&self, name: &str) -> Result<(), SessionError> {
        let (server, model) = self.ollama_of(name).await?;
        Ok(server.delete(&model).await?)
    }

    /// Takes a model out of the memory of its server, which must be an Ollama server. The next request loads it again.
    ///
    /// # Errors
    /// As for [`Session::delete_model`].
    pub async fn unload_model(&self, name: &str) -> Result<(), SessionError> {
        let (server, model) = self.ollama_of(name).await?;
        Ok(server.unload(&model).await?)
    }

    /// The Ollama server that a model of this name is on, and its name there.
    async fn ollama_of(&self, name: &str) -> Result<(OllamaServer, String), SessionError> {
        match Spec::of_setting(name, &self.config)? {
            Spec::Model(Some(provider), model) => {
                match self.providers.named.server(&provider).await? {
                    Server::Ollama(server) => Ok((server.clone(), model)),
                    Server::OpenAi(_) => Err(SessionError::Model(ModelError::Reported {
                        message: format!(
                            "`{provider}` is no Ollama server: its models are looked after where it runs"
                        ),
                    })),
                }
            }
            Spec::Model(None, model) => Ok((self.providers.ollama.clone(), model)),
            _ => Err(SessionError::Usage {
                error: format!(
                    "`{}` is no model of a server",
                    crate::domain::sanitize::line(name)
                ),
                hint: Some("`planwright models list` shows them".to_owned()),
            }),
        }
    }

    /// What one model is, as its server says.
    ///
    /// # Errors
    /// Where the server cannot be reached or has no such model, or the name has a provider that is not configured.
    pub async fn show_model(&self, name: &str) -> Result<ModelInfo, SessionError> {
        Ok(match Spec::of_setting(name, &self.config)? {
            Spec::Model(None, name) => self.providers.ollama.model(&name).describe().await?,
            spec => self.providers.port(spec).await?.model.describe().await?,
        })
    }

    /// Fetches a model onto the server. The stream ends after the last progress or with an error; dropping it stops the
    /// download.
    pub fn pull_model(&self, name: &str) -> BoxStream<'static, Result<PullProgress, ModelError>> {
        match Spec::of_setting(name, &self.config) {
            Ok(Spec::Model(Some(provider), model)) => {
                let named = self.providers.named.clone();
                let pull = async move {
                    match named.server(&provider).await {
                        Ok(Server::Ollama(server)) => server.pull(&model),
                        Ok(Server::OpenAi(_)) => failed(ModelError::Reported {
                            message: format!(
                                "`{provider}` is no Ollama server: its models are fetched where it runs"
                            ),
                        }),
                        Err(error) => failed(error),
                    }
                };
                stream::once(pull).flatten().boxed()
            }
            Ok(Spec::Model(None, name)) => self.providers.ollama.pull(&name),
            _ => self
                .providers
                .ollama
                .pull(name.strip_prefix("ollama:").unwrap_or(name)),
        }
    }
}

fn failed(error: ModelError) -> BoxStream<'static, Result<PullProgress, ModelError>> {
    stream::once(async { Err(error) }).boxed()
}
