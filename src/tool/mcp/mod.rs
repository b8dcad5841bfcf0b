//! Tools of MCP servers, over standard input and output of a program or over streamable HTTP.
//!
//! A server is a stranger: what it says is data, bounded in size and time, and shown or told to a model like any other
//! tool output. planwright is a client that declares no capability: a server that wants to sample from a model, ask the
//! person or list folders is refused. The SDK does handshake and correlation; what lies under it, lines and HTTP, is
//! here, because its bounds are.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::sanitize;

mod connection;
mod events;
mod http;
mod lines;
mod listing;
mod names;
mod output;
mod process;
mod server;
mod tool;
mod why;

pub use server::{Listing, McpServer, ServerAbout};

/// The most bytes of one message of a server; one that sends a longer one is given up.
const MOST_MESSAGE: usize = 8 * 1024 * 1024;
/// The most bytes that a server may send between two answers; one that floods is given up.
const MOST_UNASKED: usize = 32 * 1024 * 1024;
/// The most tools of one server.
const MOST_TOOLS: usize = 128;
/// The most bytes of a tool's description.
const MOST_DESCRIPTION: usize = 2 * 1024;
/// The most bytes of the schema of a tool's arguments.
const MOST_SCHEMA: usize = 16 * 1024;
/// Characters of a name or message of a server that are kept.
const MOST_WORDS: usize = 300;

/// How a server is reached and used.
#[derive(Debug, Clone)]
pub struct McpOptions {
    /// Its name in the settings: letters, digits and single `_`.
    pub name: String,
    /// The way to it.
    pub way: Way,
    /// Bound on starting it and on its list of tools, each.
    pub start_timeout: Duration,
    /// Bound on one call.
    pub timeout: Duration,
    /// The tools that are taken, as the server names them, `*` for any letters; none for all.
    pub tools: Vec<String>,
    /// Whether its word is taken that a tool only reads.
    pub trust_annotations: bool,
}

/// The way to a server.
#[derive(Debug, Clone)]
pub enum Way {
    /// A program that is started, spoken to on its standard input and output.
    Stdio {
        /// The program, then its arguments; no shell.
        command: Vec<String>,
        /// Its whole environment.
        env: BTreeMap<OsString, OsString>,
        /// The folder it is started in.
        folder: PathBuf,
    },
    /// Streamable HTTP.
    Http {
        /// The address of its one endpoint.
        url: String,
        /// The header `Authorization`, marked as sensitive.
        authorization: Option<HeaderValue>,
    },
}

/// What kind of message a text is, told from the names in it alone: far cheaper than reading it.
#[derive(Deserialize)]
struct Shape {
    method: Option<IgnoredAny>,
    id: Option<IgnoredAny>,
}

/// A server's own words, in one line, safe to show and short.
fn words(text: &str) -> String {
    let text = sanitize::line(text);
    let mut short: String = text.chars().take(MOST_WORDS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
