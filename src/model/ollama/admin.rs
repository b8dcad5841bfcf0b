//! What the server is and has: its version, its models, one model's nature.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::http::{self, malformed, tokens, word};
use super::{InstalledModel, LoadedModel, OllamaServer};
use crate::domain::chat::ModelInfo;
use crate::model::ModelError;
use crate::model::http::seconds;

/// Bound on each question here but the first.
const ANSWER_TIME: Duration = Duration::from_secs(30);
const NO_BODY: Option<&Value> = None;

impl OllamaServer {
    /// The server's version, within the connect timeout: whether anyone is there at all.
    pub async fn version(&self) -> Result<String, ModelError> {
        let limit = self.inner.options.connect_timeout;
        let answer = self.document(Method::GET, "api/version", NO_BODY, "", limit);
        let version = word(&answer.await?["version"]);
        version.ok_or_else(|| malformed("no version; is this an Ollama server?"))
    }

    /// The models that the server has, the one changed last first, and which of them are loaded.
    pub async fn models(&self) -> Result<Vec<InstalledModel>, ModelError> {
        let answer = self.document(Method::GET, "api/tags", NO_BODY, "", ANSWER_TIME);
        let answer = answer.await?;
        let Some(entries) = answer["models"].as_array() else {
            return Err(malformed("no list of models; is this an Ollama server?"));
        };
        let loaded = self.loaded().await;
        let models = entries.iter().filter_map(|entry| installed(entry, &loaded));
        let mut models: Vec<InstalledModel> = models.collect();
        models.sort_by(|a, b| (b.modified_at, &a.name).cmp(&(a.modified_at, &b.name)));
        Ok(models)
    }

    /// What is loaded, by name. Servers before 0.1.33 cannot say, which is no reason to fail.
    async fn loaded(&self) -> HashMap<String, LoadedModel> {
        let answer = self.document(Method::GET, "api/ps", NO_BODY, "", ANSWER_TIME);
        let answer = answer.await.unwrap_or_default();
        let entries = answer["models"].as_array().into_iter().flatten();
        let loaded = entries.filter_map(|entry| Some((name(entry)?, loaded(entry))));
        loaded.collect()
    }

    /// Deletes a model from the server's disk. [`ModelError::Missing`] where it does not have it.
    pub async fn delete(&self, model: &str) -> Result<(), ModelError> {
        let body = json!({ "model": model });
        let sent = self.send(Method::DELETE, "api/delete", Some(&body), model);
        match tokio::time::timeout(ANSWER_TIME, sent).await {
            Ok(sent) => sent.map(drop),
            Err(_) => Err(self.unreachable(format!("no answer within {}", seconds(ANSWER_TIME)))),
        }
    }

    /// Takes a model out of the server's memory, once it has answered what it was asked already (`keep_alive: 0` without a
    /// prompt). [`ModelError::Missing`] where the server does not have it.
    pub async fn unload(&self, model: &str) -> Result<(), ModelError> {
        let body = json!({ "model": model, "keep_alive": 0, "stream": false });
        let path = "api/generate";
        let answer = self.document(Method::POST, path, Some(&body), model, ANSWER_TIME);
        answer.await.map(drop)
    }

    /// What a model is, as the server says now. [`ModelError::Missing`] where it does not have it.
    pub async fn show(&self, model: &str) -> Result<ModelInfo, ModelError> {
        let body = json!({ "model": model });
        let answer = self.document(Method::POST, "api/show", Some(&body), model, ANSWER_TIME);
        let answer = answer.await?;
        if !answer.is_object() {
            return Err(malformed(
                "no description of the model; is this an Ollama server?",
            ));
        }
        let info = model_info(&answer);
        self.remember(model, info.clone());
        Ok(info)
    }
}

fn loaded(entry: &Value) -> LoadedModel {
    let bytes = |key: &str| entry[key].as_u64().unwrap_or(0);
    let expires_at = entry["expires_at"].as_str();
    LoadedModel {
        context: tokens(&entry["context_length"]),
        memory: bytes("size"),
        vram: bytes("size_vram"),
        expires_at: expires_at.and_then(|at| at.parse::<Timestamp>().ok()),
    }
}

fn installed(entry: &Value, loaded: &HashMap<String, LoadedModel>) -> Option<InstalledModel> {
    let name = name(entry)?;
    let details = &entry["details"];
    let modified_at = entry["modified_at"].as_str();
    Some(InstalledModel {
        size: entry["size"].as_u64().unwrap_or(0),
        family: word(&details["family"]),
        parameter_size: word(&details["parameter_size"]),
        quantization: word(&details["quantization_level"]),
        modified_at: modified_at.and_then(|at| at.parse::<Timestamp>().ok()),
        loaded: loaded.get(&name).cloned(),
        name,
    })
}

fn name(entry: &Value) -> Option<String> {
    http::name(&entry["name"]).or_else(|| http::name(&entry["model"]))
}

fn model_info(answer: &Value) -> ModelInfo {
    let capabilities = answer["capabilities"].as_array().into_iter().flatten();
    let details = &answer["details"];
    ModelInfo {
        capabilities: capabilities.filter_map(word).take(50).collect(),
        context_length: context_length(&answer["model_info"]),
        family: word(&details["family"]),
        parameter_size: word(&details["parameter_size"]),
        quantization: word(&details["quantization_level"]),
    }
}

/// `<architecture>.context_length`; where the architecture is not named, the longest of all that end so.
fn context_length(facts: &Value) -> Option<u32> {
    let architecture = facts["general.architecture"].as_str().unwrap_or_default();
    let own = tokens(&facts[format!("{architecture}.context_length")]);
    own.or_else(|| {
        let all = facts.as_object()?.iter();
        let lengths = all.filter(|(key, _)| key.ends_with(".context_length"));
        lengths.filter_map(|(_, value)| tokens(value)).max()
    })
}
