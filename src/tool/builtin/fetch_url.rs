//! `fetch_url`: a page of the web, as text.

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::web::{Web, page, parse};
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The address, such as `https://example.org/page`.
    url: String,
}

/// Gets pages.
pub struct FetchUrl {
    spec: ToolSpec,
    web: Web,
}

impl FetchUrl {
    /// Gets pages this way.
    pub fn new(web: Web) -> Self {
        let description = "Gets a page of the web as Markdown text.";
        Self {
            spec: spec::<Arguments>("fetch_url", description, Effect::ReadOnly),
            web,
        }
    }
}

impl Tool for FetchUrl {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        let url = given["url"].as_str().and_then(|url| parse(url).ok());
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        Reach {
            network: true,
            host,
            ..Reach::harmless()
        }
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let Arguments { url } = arguments(&given)?;
            let url = parse(&url)?;
            let answer = tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(ToolError::Cancelled),
                answer = self.web.get(&url) => answer?,
            };
            let made = tokio::task::spawn_blocking(move || {
                let text = page::text(&answer)?;
                Ok(ToolOutput::new(format!("{}\n\n{text}", answer.url)))
            });
            made.await
                .unwrap_or_else(|error| Err(ToolError::Failed(format!("it broke off: {error}"))))
        })
    }
}
