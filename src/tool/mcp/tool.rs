//! One tool of a server.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::http;
use super::listing::Offered;
use super::server::McpServer;
use super::{Way, output};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// A tool of a server.
pub(super) struct McpTool {
    pub(super) server: McpServer,
    pub(super) offered: Offered,
}

impl Tool for McpTool {
    fn spec(&self) -> &ToolSpec {
        &self.offered.spec
    }

    fn source(&self) -> &str {
        &self.server.options().name
    }

    /// What a server says only ever makes it worse; that a tool reads and stays where it is, is believed only of a server
    /// that the settings trust.
    fn reach(&self, _: &Value) -> Reach {
        let effect = self.offered.spec.effect;
        let host = match &self.server.options().way {
            Way::Http { url, .. } => Some(http::host(url)),
            Way::Stdio { .. } => None,
        };
        Reach {
            effect,
            outside: effect == Effect::Mutating,
            network: host.is_some() || self.offered.open_world,
            host: host.flatten(),
            ..Reach::harmless()
        }
    }

    fn call(
        &self,
        context: CallContext,
        arguments: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let name = &self.offered.own_name;
            let answer = self.server.call(name, arguments, &context.cancel).await?;
            output::output(&answer)
        })
    }
}
