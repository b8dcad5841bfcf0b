//! MCP servers: a scripted one over standard input and output, one over HTTP, and real ones.

mod http;
mod http_server;
mod program;
mod real;
mod stdio;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use planwright::tool::mcp::{Listing, McpOptions, McpServer, Way};
use planwright::tool::{CallContext, Tool, ToolError};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes, short enough to wait for when something hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The scripted server.
fn scripted() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| crate::examples::built("mcp_server"));
    &BUILT
}

/// How this program is reached as a server.
fn stdio(command: &[&str]) -> McpOptions {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let way = Way::Stdio {
        command: command.iter().map(|&word| word.to_owned()).collect(),
        env: BTreeMap::from([("PATH".into(), path)]),
        folder: std::env::temp_dir(),
    };
    options(way)
}

fn options(way: Way) -> McpOptions {
    McpOptions {
        name: "s".to_owned(),
        way,
        start_timeout: PATIENCE,
        timeout: PATIENCE,
        tools: Vec::new(),
        trust_annotations: false,
    }
}

/// The scripted server with these flags.
fn server(flags: &[&str]) -> McpServer {
    let program = scripted().to_string_lossy();
    McpServer::new(stdio(&[&[&*program], flags].concat()))
}

async fn list(server: &McpServer) -> Result<Listing, String> {
    server.listing(&CancellationToken::new()).await
}

/// The tools of a server that can be used.
async fn tools(server: &McpServer) -> BTreeMap<String, Arc<dyn Tool>> {
    let listing = list(server).await.expect("it can be used");
    let tools = listing.tools.into_iter();
    tools.map(|tool| (tool.spec().name.clone(), tool)).collect()
}

/// Calls a tool of the server; its listing costs little.
async fn call(server: &McpServer, tool: &str, arguments: Value) -> Result<String, ToolError> {
    let tool = Arc::clone(&tools(server).await[tool]);
    call_tool(&tool, arguments).await
}

async fn call_tool(tool: &Arc<dyn Tool>, arguments: Value) -> Result<String, ToolError> {
    let cancel = CancellationToken::new();
    let called = tool.call(
        CallContext {
            cancel,
            reach: tool.reach(&arguments),
        },
        arguments,
    );
    let called = tokio::time::timeout(PATIENCE * 2, called).await;
    called.expect("no call hangs").map(|output| output.text)
}

/// Waits until something holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}
