//! `web_search`: a search service of the person's choice.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::RequestBuilder;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{arguments, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::domain::sanitize;
use crate::tool::web::Web;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The most results.
const MOST_RESULTS: u64 = 10;

/// The most characters of what a result says.
const MOST_SNIPPET: usize = 600;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// What to search for, in a few words.
    query: String,
    /// How many results, at most 10.
    #[serde(default)]
    results: Option<u64>,
}

/// What a search service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// A SearXNG server of one's own.
    Searxng,
    /// Brave's search API.
    Brave,
    /// Tavily's search API.
    Tavily,
    /// Ollama's web search API.
    Ollama,
}

/// Finds the key to the service, where it needs one; the error says where it was looked for.
pub type FindKey =
    Arc<dyn Fn() -> BoxFuture<'static, Result<Option<String>, String>> + Send + Sync>;

/// Searches the web.
pub struct WebSearch {
    spec: ToolSpec,
    kind: SearchKind,
    base: Url,
    key: FindKey,
    web: Web,
}

impl SearchKind {
    /// Where the service is, unless one says otherwise; SearXNG has no such place.
    pub fn home(self) -> Option<&'static str> {
        match self {
            Self::Searxng => None,
            Self::Brave => Some("https://api.search.brave.com"),
            Self::Tavily => Some("https://api.tavily.com"),
            Self::Ollama => Some("https://ollama.com"),
        }
    }
}

impl fmt::Debug for WebSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSearch")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl WebSearch {
    /// Searches with this service. Its address comes from the settings: it may be private.
    pub fn new(kind: SearchKind, base: Url, key: FindKey, web: Web) -> Self {
        let description = "Searches the web; gives titles, addresses and short texts.";
        Self {
            spec: spec::<Arguments>("web_search", description, Effect::ReadOnly),
            kind,
            base,
            key,
            web,
        }
    }

    async fn search(&self, query: &str, count: u64) -> Result<String, ToolError> {
        let key = (self.key)().await.map_err(ToolError::Failed)?;
        let request = self.request(query, count, key.as_deref())?;
        let answer = self.web.json(request).await?;
        let results = match self.kind {
            SearchKind::Brave => &answer["web"]["results"],
            _ => &answer["results"],
        };
        let results = results.as_array().map_or(&[][..], Vec::as_slice);
        let count = usize::try_from(count).unwrap_or(1);
        let shown = results
            .iter()
            .take(count)
            .enumerate()
            .map(|(index, result)| told(index + 1, result));
        let text: Vec<String> = shown.collect();
        Ok(if text.is_empty() {
            "no results".to_owned()
        } else {
            text.join("\n\n")
        })
    }

    fn request(
        &self,
        query: &str,
        count: u64,
        key: Option<&str>,
    ) -> Result<RequestBuilder, ToolError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| ToolError::Failed(error.to_string()))?;
        let at = |path: &str| {
            let base = self.base.as_str().trim_end_matches('/');
            Url::parse(&format!("{base}/{path}"))
                .map_err(|error| ToolError::Failed(error.to_string()))
        };
        let count = count.to_string();
        let asked = json!({"query": query, "max_results": count.parse::<u64>().unwrap_or(5)});
        Ok(match self.kind {
            SearchKind::Searxng => {
                let mut url = at("search")?;
                url.query_pairs_mut()
                    .append_pair("q", query)
                    .append_pair("format", "json");
                client.get(url)
            }
            SearchKind::Brave => {
                let mut url = at("res/v1/web/search")?;
                url.query_pairs_mut()
                    .append_pair("q", query)
                    .append_pair("count", &count);
                let request = client.get(url).header("accept", "application/json");
                match key {
                    Some(key) => request.header("x-subscription-token", key),
                    None => request,
                }
            }
            SearchKind::Tavily => bearer(client.post(at("search")?).json(&asked), key),
            SearchKind::Ollama => bearer(client.post(at("api/web_search")?).json(&asked), key),
        })
    }
}

fn bearer(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    }
}

/// One result: title, address, a few words.
fn told(number: usize, result: &Value) -> String {
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| result[*name].as_str());
        sanitize::line(found.unwrap_or_default()).trim().to_owned()
    };
    let snippet: String = text(&["content", "description", "snippet"])
        .chars()
        .take(MOST_SNIPPET)
        .collect();
    format!(
        "{number}. {}\n{}\n{snippet}",
        text(&["title"]),
        text(&["url"])
    )
}

impl Tool for WebSearch {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, _: &Value) -> Reach {
        Reach {
            network: true,
            host: self.base.host_str().map(str::to_owned),
            ..Reach::harmless()
        }
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let Arguments { query, results } = arguments(&given)?;
            let query = query.trim();
            if query.is_empty() || query.len() > 400 {
                let text = "the query must have 1 to 400 bytes";
                return Err(ToolError::BadArguments(text.to_owned()));
            }
            let count = results.unwrap_or(5).clamp(1, MOST_RESULTS);
            tokio::select! {
                biased;
                () = context.cancel.cancelled() => Err(ToolError::Cancelled),
                found = self.search(query, count) => found.map(ToolOutput::new),
            }
        })
    }
}
