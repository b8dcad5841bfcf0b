//! What the server offers: its models, one model's nature, and what its refusals mean.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use super::{OfferedModel, OpenAiServer};
use crate::domain::chat::ModelInfo;
use crate::model::ModelError;
use crate::model::http::{self, Refusal, interrupted, malformed, tokens};

/// Bound on a list of models.
const ANSWER_TIME: Duration = Duration::from_secs(30);

impl OpenAiServer {
    /// Sends a request and gives the answer once its headers are there. `model` is the one that it is about.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        model: &str,
    ) -> Result<Response, ModelError> {
        let url = self.inner.base.join(path);
        let url = url.map_err(|error| self.away(error.to_string()))?;
        let mut request = self.inner.client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await;
        let response = response.map_err(|error| self.failed(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let mut refusal = Refusal::read(response).await;
        let access = &self.inner.access;
        if refusal.lacks(model) {
            return Err(access.lacks(model));
        }
        if refusal.status == StatusCode::NOT_FOUND && !self.url().ends_with("/v1") {
            refusal.said = format!("there is no {path} below {}; is `/v1` missing?", self.url());
        }
        Err(access.own(refusal.error()))
    }

    /// The models that the server offers, in its order.
    ///
    /// # Errors
    /// Where it cannot be reached, does not let us in, or has no such list.
    pub async fn models(&self) -> Result<Vec<OfferedModel>, ModelError> {
        let read = async {
            let response = self.send(Method::GET, "models", None, "").await?;
            let bytes = http::body(response)
                .await
                .map_err(|error| self.failed(&error))?;
            let bytes = bytes.ok_or_else(|| malformed("an answer longer than 8 MiB"))?;
            serde_json::from_slice::<Value>(&bytes)
                .map_err(|_| malformed("an answer that is not JSON; is this a model server?"))
        };
        let late = |_| {
            let limit = http::seconds(ANSWER_TIME);
            self.away(format!("no answer within {limit}"))
        };
        let answer = tokio::time::timeout(ANSWER_TIME, read).await;
        let answer = answer.map_err(late)??;
        // A few servers send the list without anything around it.
        let entries = answer["data"].as_array().or_else(|| answer.as_array());
        let entries =
            entries.ok_or_else(|| malformed("no list of models; is this a model server?"))?;
        Ok(entries.iter().filter_map(offered).collect())
    }

    /// What a model is, as far as the server says.
    ///
    /// # Errors
    /// [`ModelError::Lacks`] where the server lists its models and this one is not among them; as for
    /// [`OpenAiServer::models`] where it cannot be used. A server that has no list is no reason not to try.
    pub async fn describe(&self, model: &str) -> Result<ModelInfo, ModelError> {
        let mut info = ModelInfo {
            capabilities: vec!["completion".to_owned()],
            ..ModelInfo::default()
        };
        if self.inner.options.tools {
            info.capabilities.push("tools".to_owned());
        }
        let models = match self.models().await {
            Err(ModelError::Status {
                status: 404 | 405 | 501,
                ..
            }) => return Ok(info),
            models => models?,
        };
        let found = models.into_iter().find(|offered| offered.name == model);
        info.context_length = found
            .ok_or_else(|| self.inner.access.lacks(model))?
            .context_length;
        Ok(info)
    }

    /// What a failure of the transport means.
    pub(super) fn failed(&self, error: &reqwest::Error) -> ModelError {
        let reason = http::reason(error, self.inner.options.connect_timeout);
        if error.is_connect() {
            return self.away(reason);
        }
        interrupted(reason)
    }

    fn away(&self, reason: String) -> ModelError {
        self.inner.access.away(self.url(), reason)
    }

    /// The error without the key, should a server have repeated it.
    pub(super) fn own(&self, error: ModelError) -> ModelError {
        self.inner.access.own(error)
    }
}

fn offered(entry: &Value) -> Option<OfferedModel> {
    let lengths = [
        &entry["max_model_len"],
        &entry["context_length"],
        &entry["context_window"],
        &entry["max_context_length"],
        // Of llama.cpp: what it runs with, then what the model was trained for.
        &entry["meta"]["n_ctx"],
        &entry["meta"]["n_ctx_train"],
    ];
    Some(OfferedModel {
        name: http::name(&entry["id"]).or_else(|| http::name(&entry["name"]))?,
        context_length: lengths.into_iter().find_map(tokens),
        created: entry["created"].as_i64(),
    })
}
