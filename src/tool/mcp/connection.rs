//! One connection to a server: the handshake, and requests that are bounded in time and can be called off.

use std::error::Error;
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::RoleClient;
use rmcp::model::{
    ClientCapabilities, ClientRequest, ElicitRequestParams, ElicitResult,
    ElicitationCreateRequestMethod, ErrorData, Implementation, InitializeRequestParams,
    ListRootsRequestMethod, ServerResult,
};
use rmcp::service::{
    ClientInitializeError, PeerRequestOptions, RequestContext, RequestHandle, RunningService,
    ServiceError, serve_client,
};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::http;
use super::lines::Lines;
use super::process::{self, Process};
use super::why::Why;
use super::{McpOptions, Way, words};

/// How long the server is given to hear that a request is called off; one that does not is given up.
const CALLED_OFF: Duration = Duration::from_millis(500);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request was called off.
    Cancelled,
    /// There was none in time.
    TimedOut(Duration),
    /// The server refused: its words.
    Refused(String),
    /// The connection is of no more use: why, in one sentence.
    Gone(String),
}

/// What a server says of itself; untrusted, but safe to show and short.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Introduction {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) protocol: String,
    /// Whether it says that it has tools.
    pub(super) has_tools: bool,
}

/// What planwright is to a server: a client without any capability.
struct Client;

impl ClientHandler for Client {
    fn get_info(&self) -> InitializeRequestParams {
        let own = Implementation::new("planwright", env!("CARGO_PKG_VERSION"));
        InitializeRequestParams::new(ClientCapabilities::default(), own)
    }

    #[expect(deprecated, reason = "servers ask for it all the same")]
    async fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> Result<rmcp::model::ListRootsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListRootsRequestMethod>())
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Err(ErrorData::method_not_found::<ElicitationCreateRequestMethod>())
    }
}

/// A server that was reached. Dropping it ends the session, and the program where there is one.
pub(super) struct Connection {
    service: RunningService<RoleClient, Client>,
    process: Option<Process>,
    why: Why,
    pub(super) introduction: Introduction,
}

impl Connection {
    /// Starts or reaches the server and makes the handshake.
    ///
    /// # Errors
    /// Why that failed, one sentence.
    pub(super) async fn open(options: &McpOptions) -> Result<Self, String> {
        let why = Why::default();
        let (service, process) = match &options.way {
            Way::Stdio {
                command,
                env,
                folder,
            } => {
                let (process, input, output) = process::start(command, env, folder)?;
                let lines = Lines::new(input, output, why.clone());
                let service = match shake_hands(options, lines).await {
                    Ok(service) => service,
                    Err(reason) => return Err(with_reason(reason, &why, &process).await),
                };
                (service, Some(process))
            }
            Way::Http { url, authorization } => {
                let transport = http::transport(url, authorization.as_ref(), options, why.clone())?;
                let service = shake_hands(options, transport).await;
                let told = |no: NoHandshake| why.get().unwrap_or_else(|| no.text());
                (service.map_err(told)?, None)
            }
        };
        let info = service.peer_info();
        let introduction = info.as_ref().map(|info| {
            let server = info.server_info.as_ref();
            Introduction {
                name: server.map_or_else(String::new, |server| words(&server.name)),
                version: server.map_or_else(String::new, |server| words(&server.version)),
                protocol: words(info.protocol_version.as_str()),
                has_tools: info.capabilities.tools.is_some(),
            }
        });
        Ok(Self {
            service,
            process,
            why,
            introduction: introduction.unwrap_or_default(),
        })
    }

    /// Whether requests can be made.
    pub(super) fn is_open(&self) -> bool {
        self.why.get().is_none()
            && !self.service.is_transport_closed()
            && !self.process.as_ref().is_some_and(Process::is_over)
    }

    /// Asks the server. Where the answer is not awaited to its end, for whatever reason, the server is told.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn ask(
        &self,
        request: ClientRequest,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<Value, Fault> {
        let answered = async {
            let options = PeerRequestOptions::no_options();
            let asked = self.service.send_request_with_option(request, options);
            let mut asked = Asked {
                request: Some(asked.await?),
                why: self.why.clone(),
            };
            let answer = match asked.request.as_mut() {
                Some(request) => (&mut request.rx).await,
                None => return Err(ServiceError::TransportClosed),
            };
            asked.request = None;
            answer.unwrap_or(Err(ServiceError::TransportClosed))
        };
        let answered = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Fault::Cancelled),
            why = self.why.given_up() => return Err(Fault::Gone(why)),
            answered = tokio::time::timeout(timeout, answered) => answered,
        };
        match answered {
            Err(_) => Err(Fault::TimedOut(timeout)),
            Ok(Ok(result)) => {
                value(result).ok_or_else(|| Fault::Refused("its answer is no JSON".to_owned()))
            }
            Ok(Err(ServiceError::McpError(error))) => Err(Fault::Refused(format!(
                "{} (error {})",
                words(&error.message),
                error.code.0
            ))),
            Ok(Err(error)) => Err(Fault::Gone(self.epitaph(&error).await)),
        }
    }

    /// Why the connection is of no more use.
    async fn epitaph(&self, error: &ServiceError) -> String {
        if let Some(why) = self.why.get() {
            return why;
        }
        match &self.process {
            Some(process) => process.epitaph().await,
            None => reason(error),
        }
    }
}

/// A request under way; where it is dropped, the server is told that it is called off.
struct Asked {
    request: Option<RequestHandle<RoleClient>>,
    why: Why,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some(request), Ok(runtime)) = (self.request.take(), runtime) {
            let why = self.why.clone();
            runtime.spawn(async move {
                let told = request.cancel(Some("it is no longer needed".to_owned()));
                if tokio::time::timeout(CALLED_OFF, told).await.is_err() {
                    why.give_up("it does not read what it is told".to_owned());
                }
            });
        }
    }
}

/// Why there was no handshake.
enum NoHandshake {
    TimedOut(String),
    /// The server is there, but refused or speaks something else.
    Refused(String),
    Broken(String),
}

impl NoHandshake {
    fn text(self) -> String {
        match self {
            Self::TimedOut(text) | Self::Refused(text) | Self::Broken(text) => text,
        }
    }
}

async fn shake_hands<T>(
    options: &McpOptions,
    transport: T,
) -> Result<RunningService<RoleClient, Client>, NoHandshake>
where
    T: Transport<RoleClient> + 'static,
{
    let limit = options.start_timeout;
    match tokio::time::timeout(limit, serve_client(Client, transport)).await {
        Ok(Ok(service)) => Ok(service),
        Ok(Err(error)) => Err(match &error {
            ClientInitializeError::ConnectionClosed(_) => {
                NoHandshake::Broken("it closed the connection".to_owned())
            }
            ClientInitializeError::TransportError { error, .. } => {
                NoHandshake::Broken(reason(&*error.error))
            }
            ClientInitializeError::JsonRpcError(error) => {
                NoHandshake::Refused(format!("it refused: {}", words(&error.message)))
            }
            other => NoHandshake::Refused(format!(
                "it does not speak MCP: {}",
                words(&other.to_string())
            )),
        }),
        Err(_) => Err(NoHandshake::TimedOut(format!(
            "it did not answer within {} s",
            limit.as_secs_f32()
        ))),
    }
}

/// Why the handshake with a program failed, with what is known of its end.
async fn with_reason(no: NoHandshake, why: &Why, process: &Process) -> String {
    if let Some(why) = why.get() {
        return why;
    }
    match no {
        NoHandshake::Broken(_) => process.epitaph().await,
        NoHandshake::TimedOut(text) => {
            let last = process.last_words();
            if last.is_empty() {
                return text;
            }
            format!("{text}; its last words: {last}")
        }
        NoHandshake::Refused(text) => text,
    }
}

/// The innermost reason of an error of a transport.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    loop {
        if let Some(text) = http::reason(error) {
            return text;
        }
        match error.source() {
            Some(inner) => error = inner,
            None => return words(&error.to_string()),
        }
    }
}

fn value(result: ServerResult) -> Option<Value> {
    serde_json::to_value(result).ok()
}
