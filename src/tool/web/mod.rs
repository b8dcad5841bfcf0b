//! What tools that use the network have in common: one bounded request, to addresses that may be spoken to.

pub mod guard;
pub mod page;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use reqwest::redirect;
use url::{Host, Url};

use super::ToolError;
use crate::domain::sanitize::visible;
use guard::Guard;

/// The most bytes of a body.
pub const MOST_BODY: usize = 2 * 1024 * 1024;

/// The longest request, redirects and body included.
const TIME: Duration = Duration::from_secs(30);

/// The longest time that making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// The longest address.
const MOST_URL: usize = 4096;

/// Finds the addresses of a host.
pub type Lookup =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The way to the web.
#[derive(Clone)]
pub struct Web {
    guard: Guard,
    lookup: Lookup,
}

/// What a server answered.
pub struct Answer {
    /// Where it came from, after redirects.
    pub url: Url,
    /// Its media type, in lower case; empty where it says none.
    pub media_type: String,
    /// The character set that it says.
    pub charset: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether there was more than [`MOST_BODY`].
    pub cut: bool,
}

/// Where a redirect leads.
enum Next {
    Answer(Answer),
    Redirect(Url),
}

impl Web {
    /// The web as this machine sees it. `trusted` are hosts, or hosts with ports, that may be spoken to though they are
    /// private.
    pub fn new(trusted: Vec<String>) -> Self {
        let lookup: Lookup = Arc::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        });
        Self::with_lookup(trusted, lookup)
    }

    /// The web as a lookup of one's own sees it.
    pub fn with_lookup(trusted: Vec<String>, lookup: Lookup) -> Self {
        Self {
            guard: Guard::new(trusted),
            lookup,
        }
    }

    /// Gets a page. Redirects are followed within the host, each looked at like the first address.
    ///
    /// # Errors
    /// [`ToolError::Refused`] for addresses that may not be spoken to and for redirects to other hosts, which it names.
    pub async fn get(&self, url: &Url) -> Result<Answer, ToolError> {
        let work = async {
            let mut url = url.clone();
            for _ in 0..=MOST_REDIRECTS {
                match self.hop(&url).await? {
                    Next::Answer(answer) => return Ok(answer),
                    Next::Redirect(to) if same_site(&url, &to) => url = to,
                    Next::Redirect(to) => {
                        let text = format!(
                            "it redirects to another host, {}: call fetch_url with that address if it is what is wanted",
                            visible(to.as_str())
                        );
                        return Err(ToolError::Refused(text));
                    }
                }
            }
            Err(ToolError::Failed(format!(
                "more than {MOST_REDIRECTS} redirects"
            )))
        };
        tokio::time::timeout(TIME, work)
            .await
            .unwrap_or(Err(ToolError::TimedOut(TIME)))
    }

    /// Sends a request to a service of the settings, and gives its JSON.
    ///
    /// # Errors
    /// Where it cannot be used, or answers with anything but JSON.
    pub async fn json(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<serde_json::Value, ToolError> {
        let work = async {
            let response = request
                .send()
                .await
                .map_err(|error| ToolError::Failed(reason(&error)))?;
            let status = response.status();
            let (body, cut) = body(response).await?;
            if !status.is_success() {
                let said = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
                return Err(ToolError::Failed(format!(
                    "the search service answered {status}: {}",
                    visible(&said)
                )));
            }
            if cut {
                return Err(ToolError::Failed(
                    "the search service answered with too much".to_owned(),
                ));
            }
            serde_json::from_slice(&body).map_err(|_| {
                ToolError::Failed("the search service did not answer with JSON".to_owned())
            })
        };
        tokio::time::timeout(TIME, work)
            .await
            .unwrap_or(Err(ToolError::TimedOut(TIME)))
    }

    async fn hop(&self, url: &Url) -> Result<Next, ToolError> {
        let addresses = self.addresses(url).await?;
        let client = client(url, &addresses)?;
        let sent = client
            .get(url.clone())
            .header("accept-encoding", "identity")
            .send()
            .await;
        let response = sent.map_err(|error| ToolError::Failed(reason(&error)))?;
        let status = response.status();
        if status.is_redirection() && status.as_u16() != 304 {
            let to = response
                .headers()
                .get(LOCATION)
                .and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| url.join(to).ok());
            let to = to.ok_or_else(|| ToolError::Failed("it redirects to nowhere".to_owned()))?;
            return Ok(Next::Redirect(parse(to.as_str())?));
        }
        if !status.is_success() {
            return Err(ToolError::Failed(format!("the server answered {status}")));
        }
        // It was asked for none: nothing is unpacked, whatever it would become.
        if let Some(encoding) = response.headers().get(CONTENT_ENCODING)
            && encoding.as_bytes() != b"identity"
        {
            return Err(ToolError::Refused(
                "the server sends a packed body though it was asked for a plain one".to_owned(),
            ));
        }
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        let (media_type, parameters) = kind.split_once(';').unwrap_or((&kind, ""));
        let charset = parameters
            .split(';')
            .find_map(|part| part.trim().strip_prefix("charset="));
        let (media_type, charset) = (
            media_type.trim().to_owned(),
            charset.map(|name| name.trim_matches('"').to_owned()),
        );
        let length = response.content_length();
        if !page::is_text(&media_type) {
            let size = length.map_or(String::new(), |bytes| format!(" of {bytes} bytes"));
            let kind = if media_type.is_empty() {
                "no type"
            } else {
                &media_type
            };
            return Err(ToolError::Refused(format!(
                "it is no text: {}{size}",
                visible(kind)
            )));
        }
        let (body, cut) = body(response).await?;
        Ok(Next::Answer(Answer {
            url: url.clone(),
            media_type,
            charset,
            body,
            cut,
        }))
    }

    /// The addresses that may be spoken to; what was looked at is what is connected to.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, ToolError> {
        let port = url.port_or_known_default().unwrap_or(80);
        let host = url.host_str().unwrap_or_default();
        if self.guard.trusts(host, port) {
            let found = (self.lookup)(bare(host), port).await;
            return found.map_err(|error| unknown(host, &error));
        }
        self.guard.check_name(host, port)?;
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
            _ => (self.lookup)(host.to_owned(), port)
                .await
                .map_err(|error| unknown(host, &error))?,
        };
        if found.is_empty() {
            return Err(ToolError::Failed(format!(
                "the host `{}` has no address",
                visible(host)
            )));
        }
        for address in &found {
            self.guard.check_address(host, address.ip())?;
        }
        Ok(found)
    }
}

/// An address of the web.
///
/// # Errors
/// [`ToolError::BadArguments`] for what is none, or says more than an address should.
pub fn parse(text: &str) -> Result<Url, ToolError> {
    let wrong = |why: &str| Err(ToolError::BadArguments(format!("the address {why}")));
    let text = text.trim();
    if text.len() > MOST_URL {
        return wrong("is too long");
    }
    let Ok(mut url) = Url::parse(text) else {
        return wrong("is none; an example: https://example.org/page");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("must begin with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not hold a name or a password");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return wrong("names no host");
    }
    url.set_fragment(None);
    Ok(url)
}

/// A client that speaks to these addresses only, follows nothing, and heeds no proxy.
fn client(url: &Url, addresses: &[SocketAddr]) -> Result<reqwest::Client, ToolError> {
    let host = bare(url.host_str().unwrap_or_default());
    let built = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .user_agent(concat!("planwright/", env!("CARGO_PKG_VERSION")))
        .resolve_to_addrs(&host, addresses)
        .build();
    built.map_err(|error| ToolError::Failed(reason(&error)))
}

async fn body(mut response: reqwest::Response) -> Result<(Vec<u8>, bool), ToolError> {
    let mut body = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| ToolError::Failed(reason(&error)))?;
        let Some(chunk) = chunk else {
            return Ok((body, false));
        };
        let room = MOST_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body, true));
        }
    }
}

/// The same host, with or without `www.`, and no less safe.
fn same_site(from: &Url, to: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
    };
    let default = |url: &Url| url.port().is_none();
    let ports = from.port() == to.port() || (default(from) && default(to));
    site(from) == site(to) && ports && (from.scheme() == to.scheme() || to.scheme() == "https")
}

fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned()
}

fn unknown(host: &str, error: &io::Error) -> ToolError {
    ToolError::Failed(format!(
        "the host `{}` cannot be found: {error}",
        visible(host)
    ))
}

/// The innermost reason, without the address, which may say too much.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the server did not answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    format!(
        "the server cannot be reached: {}",
        visible(&innermost.to_string())
    )
}
