//! A server of the settings: started when first needed, started again by the next call after it is gone.

use std::sync::Arc;

use rmcp::model::{CallToolRequest, CallToolRequestParams, ClientRequest};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::McpOptions;
use super::connection::{Connection, Fault};
use super::listing::{self, Offers};
use super::tool::McpTool;
use crate::tool::{Tool, ToolError};

/// A server. Clones share its connection, which ends with the last of them and of its tools.
#[derive(Clone)]
pub struct McpServer(Arc<Shared>);

struct Shared {
    options: McpOptions,
    connection: Mutex<Option<Arc<Connection>>>,
}

/// What a server offers.
pub struct Listing {
    /// What it says of itself.
    pub about: ServerAbout,
    /// Its tools that are taken.
    pub tools: Vec<Arc<dyn Tool>>,
    /// One sentence for each thing about its list that is odd, without the name of the server.
    pub odd: Vec<String>,
}

/// What a server says of itself: untrusted, but safe to show and short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAbout {
    /// Its own name for itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the protocol that is spoken.
    pub protocol: String,
    /// How many tools it lists, taken or not.
    pub listed: usize,
}

impl McpServer {
    /// A server that is not started yet.
    pub fn new(options: McpOptions) -> Self {
        Self(Arc::new(Shared {
            options,
            connection: Mutex::new(None),
        }))
    }

    /// How it is reached and used.
    pub fn options(&self) -> &McpOptions {
        &self.0.options
    }

    /// Its tools; starts it where it is not started. Bounded in time.
    ///
    /// # Errors
    /// Why it cannot be used: the rest of a sentence that begins with its name.
    pub async fn listing(&self, cancel: &CancellationToken) -> Result<Listing, String> {
        let mut reused = self.0.connection.lock().await.is_some();
        loop {
            let connection = tokio::select! {
                () = cancel.cancelled() => return Err("was not waited for".to_owned()),
                connection = self.connection() => connection?,
            };
            let fault = match listing::list(&connection, self.options(), cancel).await {
                Ok(offers) => return Ok(self.taken(&connection, offers)),
                Err(fault) => fault,
            };
            // It may have gone unnoticed since it was last used.
            if matches!(fault, Fault::Gone(_)) {
                self.forget(&connection).await;
                if std::mem::take(&mut reused) {
                    continue;
                }
            }
            return Err(match fault {
                Fault::Cancelled => "was not waited for".to_owned(),
                Fault::TimedOut(limit) => {
                    format!("did not list its tools within {} s", limit.as_secs_f32())
                }
                Fault::Refused(said) => format!("does not list its tools: {said}"),
                Fault::Gone(why) => format!("cannot be used: {why}"),
            });
        }
    }

    fn taken(&self, connection: &Connection, offers: Offers) -> Listing {
        let about = connection.introduction.clone();
        let tools = offers.tools.into_iter().map(|offered| {
            let server = self.clone();
            Arc::new(McpTool { server, offered }) as Arc<dyn Tool>
        });
        Listing {
            about: ServerAbout {
                name: about.name,
                version: about.version,
                protocol: about.protocol,
                listed: offers.listed,
            },
            tools: tools.collect(),
            odd: offers.odd,
        }
    }

    /// Calls a tool by its own name.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: Value,
        cancel: &CancellationToken,
    ) -> Result<Value, ToolError> {
        let name = &self.options().name;
        let failed = |why: String| ToolError::Failed(format!("the server `{name}` {why}"));
        let connection = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ToolError::Cancelled),
            connection = self.connection() => connection.map_err(failed)?,
        };
        let mut params = CallToolRequestParams::new(tool.to_owned());
        if let Value::Object(arguments) = arguments {
            params = params.with_arguments(arguments);
        }
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let answered = connection
            .ask(request, self.options().timeout, cancel)
            .await;
        match answered {
            Ok(answer) => Ok(answer),
            Err(Fault::Cancelled) => Err(ToolError::Cancelled),
            Err(Fault::TimedOut(limit)) => Err(ToolError::TimedOut(limit)),
            Err(Fault::Refused(said)) => Err(failed(format!("refused the call: {said}"))),
            Err(Fault::Gone(why)) => {
                self.forget(&connection).await;
                // The call may have done its work: it is for the model to decide what comes next.
                Err(failed(format!(
                    "was lost during the call: {why}; the next call starts it again"
                )))
            }
        }
    }

    /// The connection, made where there is none that can be used.
    async fn connection(&self) -> Result<Arc<Connection>, String> {
        let mut held = self.0.connection.lock().await;
        if let Some(connection) = held.as_ref().filter(|connection| connection.is_open()) {
            return Ok(Arc::clone(connection));
        }
        held.take();
        let made = Connection::open(self.options()).await;
        let made = Arc::new(made.map_err(|why| format!("cannot be used: {why}"))?);
        Ok(Arc::clone(held.insert(made)))
    }

    /// Lets go of this connection, so that the next call makes another.
    async fn forget(&self, gone: &Arc<Connection>) {
        let mut held = self.0.connection.lock().await;
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, gone)) {
            held.take();
        }
    }
}
