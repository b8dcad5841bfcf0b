//! Requests to Ollama, and what its refusals mean.

use std::time::Duration;

use reqwest::{Method, Response};
use serde::Serialize;
use serde_json::Value;

use super::OllamaServer;
use crate::model::ModelError;
use crate::model::http::{Refusal, body, seconds};

pub(super) use crate::model::http::{
    MAX_WORD, error_text, interrupted, malformed, message, name, reason, safe, tokens, word,
};

impl OllamaServer {
    /// Sends a request and gives the answer once its headers are there. `model` is the one that it is about.
    pub(super) async fn send<B: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        model: &str,
    ) -> Result<Response, ModelError> {
        let url = self.inner.base.join(path);
        let url = url.map_err(|error| self.unreachable(error.to_string()))?;
        let mut request = self.inner.client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await;
        let response = response.map_err(|error| self.failed(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let refusal = Refusal::read(response).await;
        let error = if refusal.lacks(model) {
            ModelError::Missing {
                model: model.to_owned(),
            }
        } else {
            refusal.error()
        };
        Err(self.own(error))
    }

    /// Sends a request and reads the JSON document that answers it, all within `limit`.
    pub(super) async fn document<B: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        sent: Option<&B>,
        model: &str,
        limit: Duration,
    ) -> Result<Value, ModelError> {
        let read = async {
            let response = self.send(method, path, sent, model).await?;
            let bytes = body(response).await.map_err(|error| self.failed(&error))?;
            let bytes = bytes.ok_or_else(|| malformed("an answer longer than 8 MiB"))?;
            serde_json::from_slice(&bytes)
                .map_err(|_| malformed("an answer that is not JSON; is this an Ollama server?"))
        };
        match tokio::time::timeout(limit, read).await {
            Ok(read) => read,
            Err(_) => Err(self.unreachable(format!("no answer within {}", seconds(limit)))),
        }
    }

    /// What a failure of the transport means.
    pub(super) fn failed(&self, error: &reqwest::Error) -> ModelError {
        let reason = reason(error, self.inner.options.connect_timeout);
        if error.is_connect() {
            return self.unreachable(reason);
        }
        interrupted(reason)
    }
}
