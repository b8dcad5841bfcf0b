//! Requests and answers, bounded in size and time, and what went wrong in words for a person.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Method, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::OllamaServer;
use crate::domain::sanitize;
use crate::model::ModelError;

/// Bound on an answer that is no stream.
const MAX_DOCUMENT: usize = 8 * 1024 * 1024;
/// Bound on the body of an HTTP error.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// Bound on the time that the body of an HTTP error takes.
const ERROR_BODY_TIME: Duration = Duration::from_secs(10);
/// Characters of a server's message that are kept.
const MAX_MESSAGE: usize = 500;
/// Characters of a name or status of a server that are kept.
pub(super) const MAX_WORD: usize = 100;
/// The longest pause that a server may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

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
        Err(refused(response, model).await)
    }

    /// Sends a request and reads the JSON document that answers it, all within `limit`.
    pub(super) async fn document<B: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        model: &str,
        limit: Duration,
    ) -> Result<Value, ModelError> {
        let read = async {
            let mut response = self.send(method, path, body, model).await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response
                .chunk()
                .await
                .map_err(|error| self.failed(&error))?
            {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > MAX_DOCUMENT {
                    return Err(malformed("an answer longer than 8 MiB"));
                }
            }
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
        ModelError::Interrupted { reason }
    }
}

/// A server's words, on one line, without anything that a terminal would obey, at most `max` characters.
pub(super) fn safe(text: &str, max: usize) -> String {
    // The first cut bounds the work; no sensible message loses anything by it.
    let bounded: String = text.chars().take(max * 4).collect();
    let line = sanitize::line(&bounded);
    let line = line.trim();
    match line.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A message of the server: see [`safe`].
pub(super) fn message(text: &str) -> String {
    safe(text, MAX_MESSAGE)
}

pub(super) fn malformed(reason: impl Into<String>) -> ModelError {
    ModelError::Malformed {
        reason: reason.into(),
    }
}

/// The text of an `error` field: Ollama's is a string, that of others an object with a `message`.
pub(super) fn error_text(body: &Value) -> Option<String> {
    let error = body.get("error").filter(|error| !error.is_null())?;
    let text = error.as_str().or_else(|| error["message"].as_str());
    Some(message(
        &text.map_or_else(|| error.to_string(), str::to_owned),
    ))
}

async fn refused(mut response: Response, model: &str) -> ModelError {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after
        .and_then(|seconds| seconds.to_str().ok()?.trim().parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ERROR_BODY {
                break;
            }
        }
    };
    // Whatever came in time is better than nothing.
    let _ = tokio::time::timeout(ERROR_BODY_TIME, read).await;
    let said = serde_json::from_slice(&body)
        .ok()
        .as_ref()
        .and_then(error_text);
    let said = said.unwrap_or_else(|| message(&String::from_utf8_lossy(&body)));
    if status == StatusCode::NOT_FOUND && speaks_of(&said, model) {
        return ModelError::Missing {
            model: model.to_owned(),
        };
    }
    let usual = status.canonical_reason().unwrap_or("no reason given");
    ModelError::Status {
        status: status.as_u16(),
        message: if said.is_empty() {
            usual.to_owned()
        } else {
            said
        },
        retry_after,
    }
}

/// Whether the words of a 404 are about the model, rather than about a page that the server does not have. The wording
/// differs between versions.
fn speaks_of(said: &str, model: &str) -> bool {
    let mut words = said.split(|c: char| c.is_whitespace() || "'\"`,".contains(c));
    words.any(|word| word.eq_ignore_ascii_case("model") || (word == model && !model.is_empty()))
}

/// Why the transport failed, in a few words: looks through the nested errors for the one that a person knows.
pub(super) fn reason(error: &reqwest::Error, connect_timeout: Duration) -> String {
    let (mut next, mut innermost) = (error.source(), String::new());
    while let Some(cause) = next {
        next = cause.source();
        innermost = cause.to_string();
        if innermost == "dns error" {
            return "name not found".to_owned();
        }
        // An I/O error hides the one that it was made from, so kinds are looked at on every floor.
        let Some(io) = cause.downcast_ref::<std::io::Error>() else {
            continue;
        };
        let known = match io.kind() {
            ErrorKind::ConnectionRefused => "connection refused",
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                "connection reset"
            }
            ErrorKind::UnexpectedEof => "connection closed too early",
            ErrorKind::HostUnreachable => "host unreachable",
            ErrorKind::NetworkUnreachable => "network unreachable",
            _ => continue,
        };
        return known.to_owned();
    }
    if error.is_connect() && error.is_timeout() {
        return format!("no connection within {}", seconds(connect_timeout));
    }
    let text = if innermost.is_empty() {
        error.to_string()
    } else {
        innermost
    };
    safe(&text, 200)
}

pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64().ceil())
}
