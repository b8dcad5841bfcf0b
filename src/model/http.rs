//! Requests and answers of every adapter to a real server, bounded in size and time, and what went wrong in words for a
//! person.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use url::{Host, Url};

use super::{ModelError, Secret};
use crate::domain::sanitize;

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
/// How long the end of a body is awaited once all that matters was read, so that the connection can be used again.
const END_OF_BODY: Duration = Duration::from_millis(200);

/// A client for one server. Proxies of the environment are used, except towards this machine itself; redirects are not
/// followed, so that a key goes nowhere else.
pub(super) fn client(
    base: &Url,
    connect_timeout: Duration,
    key: Option<&Secret>,
) -> Result<Client, String> {
    let mut headers = HeaderMap::new();
    if let Some(value) = key.and_then(Secret::header) {
        headers.insert(AUTHORIZATION, value);
    }
    let mut builder = Client::builder()
        .user_agent(concat!("planwright/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .connect_timeout(connect_timeout)
        .redirect(Policy::none());
    if is_this_machine(base) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| reason(&error, connect_timeout))
}

/// The address as a URL that ends with a slash, so that paths are joined below it.
pub(super) fn base_url(address: &str) -> Result<Url, String> {
    let address = address.trim();
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err("it has to begin with `http://` or `https://`".to_owned());
    }
    let mut url = Url::parse(address).map_err(|error| error.to_string())?;
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// The address as it is shown: without name, password and the slash at its end.
pub(super) fn shown(base: &Url) -> String {
    let mut shown = base.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.as_str().trim_end_matches('/').to_owned()
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The body of an answer that is no stream; none where it is too long.
pub(super) async fn body(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_DOCUMENT {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

/// Reads what little follows the end of a reply, for a moment: a connection whose body was read to its end is used again.
pub(super) async fn finish(mut response: Response) {
    let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
    let _ = tokio::time::timeout(END_OF_BODY, rest).await;
}

/// An answer that is an HTTP error.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The server's words, safe to show; may be empty.
    pub(super) said: String,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(super) async fn read(mut response: Response) -> Self {
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
        Self {
            status,
            said: said.unwrap_or_else(|| message(&String::from_utf8_lossy(&body))),
            retry_after,
        }
    }

    /// Whether the words of a 404 are about the model, rather than about a page that the server does not have. The
    /// wording differs between servers and versions.
    pub(super) fn lacks(&self, model: &str) -> bool {
        let mut words = self
            .said
            .split(|c: char| c.is_whitespace() || "'\"`,".contains(c));
        self.status == StatusCode::NOT_FOUND
            && words.any(|word| {
                word.eq_ignore_ascii_case("model") || (word == model && !model.is_empty())
            })
    }

    pub(super) fn error(self) -> ModelError {
        let usual = self.status.canonical_reason().unwrap_or("no reason given");
        ModelError::Status {
            status: self.status.as_u16(),
            message: if self.said.is_empty() {
                usual.to_owned()
            } else {
                self.said
            },
            retry_after: self.retry_after,
        }
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

/// A name or another word of the server: see [`safe`].
pub(super) fn word(value: &Value) -> Option<String> {
    let word = safe(value.as_str()?, MAX_WORD);
    (!word.is_empty()).then_some(word)
}

/// A model's name. It goes back to the server as it is, so one that cannot be shown as it is is left out.
pub(super) fn name(value: &Value) -> Option<String> {
    let name = value.as_str()?;
    let fine = !name.is_empty() && name.len() <= 300 && sanitize::visible(name) == name;
    fine.then(|| name.to_owned())
}

/// A number of tokens that is one.
pub(super) fn tokens(value: &Value) -> Option<u32> {
    let tokens = u32::try_from(value.as_u64()?).ok()?;
    (tokens > 0).then_some(tokens)
}

pub(super) fn malformed(reason: impl Into<String>) -> ModelError {
    ModelError::Malformed {
        reason: reason.into(),
    }
}

pub(super) fn interrupted(reason: impl Into<String>) -> ModelError {
    ModelError::Interrupted {
        reason: reason.into(),
    }
}

/// The text of an `error` field: Ollama's is a string, that of others an object with a `message`. Some servers do
/// without the field around it, where `object` is `error`.
pub(super) fn error_text(body: &Value) -> Option<String> {
    if body["object"] == "error"
        && let Some(text) = body["message"].as_str()
    {
        return Some(message(text));
    }
    let error = body.get("error").filter(|error| !error.is_null())?;
    let text = error.as_str().or_else(|| error["message"].as_str());
    Some(message(
        &text.map_or_else(|| error.to_string(), str::to_owned),
    ))
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

#[cfg(test)]
mod tests {
    use super::{base_url, is_this_machine};

    #[test]
    fn a_path_is_kept_and_ends_with_a_slash() {
        for (given, base) in [
            ("http://h:1", "http://h:1/"),
            ("https://h/ollama", "https://h/ollama/"),
            (" https://h/ollama/?a=b#c ", "https://h/ollama/"),
        ] {
            assert_eq!(base_url(given).unwrap().as_str(), base);
        }
        for given in [
            "localhost:11434",
            "h",
            "ftp://h",
            "http://",
            "",
            "http://h:99999",
        ] {
            assert!(base_url(given).is_err(), "{given}");
        }
    }

    #[test]
    fn this_machine_has_several_names() {
        let is = |address| is_this_machine(&base_url(address).unwrap());
        for address in ["http://localhost:1", "http://127.1.2.3", "http://[::1]:1"] {
            assert!(is(address), "{address}");
        }
        for address in ["http://192.168.1.2", "https://localhost.example"] {
            assert!(!is(address), "{address}");
        }
    }
}
