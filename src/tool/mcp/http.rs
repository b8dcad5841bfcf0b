//! Streamable HTTP for the SDK, on the program's own HTTP client: bounded, no redirects, the key in no message.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::FixedInterval;
use rmcp::transport::common::http_header::{
    EVENT_STREAM_MIME_TYPE, HEADER_LAST_EVENT_ID, HEADER_SESSION_ID, JSON_MIME_TYPE,
};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
    StreamableHttpPostResponse,
};
use url::{Host, Url};

use super::events::{Events, events};
use super::why::Why;
use super::{MOST_MESSAGE, McpOptions, words};

/// How often a stream that broke off is taken up again, and after which pause.
const TAKE_UP: (usize, Duration) = (3, Duration::from_millis(500));
/// The most bytes of the body of an HTTP error that are read.
const MOST_ERROR_BODY: usize = 16 * 1024;

/// Why a request failed: one sentence without any key in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct HttpFault(pub(super) String);

type Failure = StreamableHttpError<HttpFault>;

/// The client of one server.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    authorization: Option<HeaderValue>,
    why: Why,
}

/// The transport to the server at this address.
///
/// # Errors
/// Where the address is none.
pub(super) fn transport(
    url: &str,
    authorization: Option<&HeaderValue>,
    options: &McpOptions,
    why: Why,
) -> Result<StreamableHttpClientTransport<Http>, String> {
    let parsed = Url::parse(url).map_err(|error| format!("its `url` is no address: {error}"))?;
    let mut headers = HeaderMap::new();
    headers.extend(authorization.map(|value| (AUTHORIZATION, value.clone())));
    let mut builder = Client::builder()
        .user_agent(concat!("planwright/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .connect_timeout(options.start_timeout)
        .redirect(Policy::none());
    if is_this_machine(&parsed) {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| innermost(&error))?;
    let http = Http {
        client,
        authorization: authorization.cloned(),
        why,
    };
    let mut config = StreamableHttpClientTransportConfig::with_uri(url)
        .session_recovery_timeout(options.start_timeout)
        .max_sse_event_size(MOST_MESSAGE);
    let mut again = FixedInterval::default();
    (again.max_times, again.duration) = (Some(TAKE_UP.0), TAKE_UP.1);
    config.retry_config = Arc::new(again);
    Ok(StreamableHttpClientTransport::with_client(http, config))
}

/// The host of an address, without port.
pub(super) fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// What an error of this transport means, where it is one.
pub(super) fn reason(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(HttpFault(text)) = error.downcast_ref() {
        return Some(text.clone());
    }
    Some(match error.downcast_ref::<Failure>()? {
        StreamableHttpError::Client(HttpFault(text)) => text.clone(),
        StreamableHttpError::SessionExpired => "it has forgotten the session".to_owned(),
        other => words(&other.to_string()),
    })
}

impl StreamableHttpClient for Http {
    type Error = HttpFault;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let had_session = session.is_some();
        let accept = format!("{EVENT_STREAM_MIME_TYPE}, {JSON_MIME_TYPE}");
        let request = self.client.post(&*uri).header(ACCEPT, accept);
        let request = with_headers(request, session, headers).json(&message);
        let mut response = self.send(request).await?;
        let status = response.status();
        let wants_answer = matches!(message, JsonRpcMessage::Request(_));
        if status.is_success() && !wants_answer {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if status == StatusCode::NOT_FOUND && had_session {
            return Err(StreamableHttpError::SessionExpired);
        }
        let session = response.headers().get(HEADER_SESSION_ID);
        let session = session.and_then(|id| id.to_str().ok()).map(str::to_owned);
        match kind(&response) {
            Kind::Events if status.is_success() => Ok(StreamableHttpPostResponse::Sse(
                events(response, &self.why),
                session,
            )),
            Kind::Json if status.is_success() => {
                let body = self.body(&mut response, MOST_MESSAGE).await?;
                let body = body.ok_or_else(|| fault(too_long_text()))?;
                let message = serde_json::from_slice(&body)
                    .map_err(|_| fault("it answered with JSON that is no message".to_owned()))?;
                Ok(StreamableHttpPostResponse::Json(message, session))
            }
            Kind::Other(kind) if status.is_success() => Err(fault(format!(
                "it answered with {kind}, not JSON or events"
            ))),
            _ => self.refused(response).await,
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        let request = with_headers(self.client.delete(&*uri), Some(session), headers);
        // One that does not let sessions be ended forgets them by itself.
        self.send(request).await.map(drop)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failure> {
        let request = self
            .client
            .get(&*uri)
            .header(ACCEPT, EVENT_STREAM_MIME_TYPE);
        let mut request = with_headers(request, session, headers);
        if let Some(id) = last_event {
            request = request.header(HEADER_LAST_EVENT_ID, id);
        }
        let response = self.send(request).await?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        match kind(&response) {
            Kind::Events if response.status().is_success() => Ok(events(response, &self.why)),
            _ => Err(fault(format!("it answered {}", response.status()))),
        }
    }
}

impl Http {
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| {
            let what = if error.is_connect() {
                "it cannot be reached"
            } else {
                "the connection broke"
            };
            fault(format!("{what}: {}", innermost(&error.without_url())))
        })
    }

    /// The body, none where it is longer than `most`.
    async fn body(&self, response: &mut Response, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > most => return Ok(None),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Some(body)),
                Err(error) => {
                    let why = innermost(&error.without_url());
                    return Err(fault(format!("the connection broke: {why}")));
                }
            }
        }
    }

    /// What an answer that is an HTTP error means: an error of JSON-RPC where the body is one.
    async fn refused(&self, mut response: Response) -> Result<StreamableHttpPostResponse, Failure> {
        let status = response.status();
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.authorization.is_none() => {
                ": it wants a key; say where it is with `api_key_env`, `api_key_command` or `api_key_file`"
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ": it does not take the key",
            _ if status.is_redirection() => {
                ": redirects are not followed; set `url` to where it really is"
            }
            _ => {
                let body = self.body(&mut response, MOST_ERROR_BODY).await?;
                let body = body.unwrap_or_default();
                if let Ok(error @ JsonRpcMessage::Error(_)) =
                    serde_json::from_slice::<ServerJsonRpcMessage>(&body)
                {
                    return Ok(StreamableHttpPostResponse::Json(error, None));
                }
                let said = words(&self.scrub(&String::from_utf8_lossy(&body)));
                return Err(fault(format!("it answered {status}: {said}")));
            }
        };
        Err(fault(format!("it answered {status}{hint}")))
    }

    /// The text without the key, which a server may repeat.
    fn scrub(&self, text: &str) -> String {
        let key = self
            .authorization
            .as_ref()
            .and_then(|value| value.to_str().ok());
        match key.and_then(|value| value.strip_prefix("Bearer ")) {
            Some(key) => text.replace(key, "…"),
            None => text.to_owned(),
        }
    }
}

enum Kind {
    Json,
    Events,
    Other(String),
}

fn kind(response: &Response) -> Kind {
    let header = response.headers().get(CONTENT_TYPE);
    let header = header
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("nothing");
    let kind = header.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case(JSON_MIME_TYPE) {
        Kind::Json
    } else if kind.eq_ignore_ascii_case(EVENT_STREAM_MIME_TYPE) {
        Kind::Events
    } else {
        Kind::Other(words(kind))
    }
}

fn with_headers(
    request: RequestBuilder,
    session: Option<Arc<str>>,
    headers: HashMap<HeaderName, HeaderValue>,
) -> RequestBuilder {
    let request = request.headers(headers.into_iter().collect());
    match session {
        Some(session) => request.header(HEADER_SESSION_ID, &*session),
        None => request,
    }
}

fn fault(text: String) -> Failure {
    StreamableHttpError::Client(HttpFault(text))
}

pub(super) fn too_long_text() -> String {
    let most = MOST_MESSAGE / (1024 * 1024);
    format!("it sent a message of more than {most} MiB")
}

pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    words(&error.to_string())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
