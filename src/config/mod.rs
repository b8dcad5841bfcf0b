//! Floor 1: the settings in force, resolved and checked. `keys.rs` is the one table of settings, `file.rs` reads TOML,
//! `load.rs` puts defaults, file, environment and command line together, `paths.rs` says where things stand.

use std::collections::BTreeMap;
use std::time::Duration;

use log::LevelFilter;

use crate::domain::chat::Role;
use crate::domain::event::{ApprovalPolicy, Limits, Mode, RunSettings};

mod bindings;
mod commands;
mod error;
mod file;
mod given;
mod keep;
mod keys;
mod load;
pub(crate) mod locale;
mod mcp;
pub mod names;
pub mod ollama_host;
mod paths;
mod providers;
pub mod recipes;
mod search;
pub mod theme;
mod tool_keys;
mod tools;

pub use bindings::KeyConfig;
pub use commands::CommandToolConfig;
pub use error::{ConfigError, Origin};
pub use keep::{about, keep_rule, keep_setting};
pub use load::{Loaded, Overrides, Sources, example, init};
pub use mcp::{McpServerConfig, McpWay};
pub use paths::Paths;
pub use providers::{KeySource, ProviderConfig, ProviderKind};
pub use search::{SearchConfig, SearchProvider};
use theme::{Palette, Theme};
pub use tools::ToolsConfig;

/// The settings in force: defaults, then the config file, then `PLANWRIGHT_*`, then the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where config, data and cache stand.
    pub paths: Paths,
    /// The model of every role that names none; `auto` for the newest one the server has.
    pub model: String,
    /// The planner's model.
    pub planner_model: Option<String>,
    /// The executor's model.
    pub executor_model: Option<String>,
    /// The replanner's model.
    pub replanner_model: Option<String>,
    /// The model that writes the answer; none: the replanner's.
    pub finalizer_model: Option<String>,
    /// The model that shortens older results; none: the executor's.
    pub summarizer_model: Option<String>,
    /// The model that judges steps; none: the executor's.
    pub verifier_model: Option<String>,
    /// The models that each role turns to, in this order, where its own cannot be used.
    pub fallbacks: BTreeMap<Role, Vec<String>>,
    /// The provider of bare names of models: `ollama`, or one of `providers`.
    pub default_provider: String,
    /// The providers beside this one Ollama server, by name.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Which routing of the nodes.
    pub mode: Mode,
    /// The Ollama server: `base_url`, else `OLLAMA_HOST` as Ollama's own client reads it, else `http://127.0.0.1:11434`.
    pub base_url: String,
    /// What bounds a run. `max_parallel` is 0 for as many as the executor's provider has slots.
    pub limits: Limits,
    /// How a run works.
    pub settings: RunSettings,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// How the Ollama server is used.
    pub ollama: OllamaConfig,
    /// What steps may use.
    pub tools: ToolsConfig,
    /// The MCP servers whose tools steps may use, by name.
    pub mcp: BTreeMap<String, McpServerConfig>,
    /// How passing faults are met.
    pub retry: RetryConfig,
    /// How the terminal interface looks.
    pub ui: UiConfig,
    /// The keys that a person changed, in the order of the file. The interface knows whether they can be.
    pub keys: Vec<KeyConfig>,
    /// What is written to the log: this and what is worse.
    pub log_level: LevelFilter,
    /// Whether the demo model speaks without pauses instead of at a human pace.
    pub demo_instant: bool,
}

/// How the Ollama server is used.
#[derive(Debug, Clone, PartialEq)]
pub struct OllamaConfig {
    /// Context length in tokens, never above what the model was trained for.
    pub num_ctx: u32,
    /// How many requests the server answers at once.
    pub slots: u32,
    /// How long the server keeps the model loaded after a call, as Ollama words it (`10m`, `-1` for ever).
    pub keep_alive: String,
    /// Whether a model that can think aloud may do so while it carries out steps and writes the answer.
    pub think: bool,
    /// Bound on making a connection.
    pub connect_timeout: Duration,
    /// Bound on loading the model and reading the prompt.
    pub first_token_timeout: Duration,
    /// Bound on silence in the middle of a reply.
    pub idle_timeout: Duration,
}

/// How passing faults of the model server are met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryConfig {
    /// How often a request is sent again.
    pub attempts: u32,
    /// The pause before the first repetition; each further one is twice as long.
    pub first_delay: Duration,
    /// The longest pause.
    pub max_delay: Duration,
}

/// How a person is called while the window does not have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// As the terminal can.
    Auto,
    /// Not at all.
    Off,
    /// By the terminal's bell.
    Bell,
    /// By OSC 9.
    Osc9,
    /// By OSC 777.
    Osc777,
}

impl Notify {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Off, Self::Bell, Self::Osc9, Self::Osc777];

    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Off => "off",
            Self::Bell => "bell",
            Self::Osc9 => "osc9",
            Self::Osc777 => "osc777",
        }
    }
}

/// How the terminal interface looks.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct UiConfig {
    /// Draw with ASCII characters only; a locale that is set and is not UTF-8 turns it on.
    pub ascii: bool,
    /// No spinner.
    pub reduced_motion: bool,
    /// Use colours; `NO_COLOR` in the environment turns them off.
    pub color: bool,
    /// Take clicks and the wheel of the mouse.
    pub mouse: bool,
    /// Print lines instead of painting a screen.
    pub screen_reader: bool,
    /// Say in the window's title how far a run is.
    pub title: bool,
    /// Show it in the taskbar, where the terminal can.
    pub progress: bool,
    /// Mark addresses in texts, so that the terminal opens them.
    pub links: bool,
    /// How a person is called who looks elsewhere.
    pub notify: Notify,
    /// Which colours it is drawn with.
    pub theme: Theme,
    /// What is changed of them.
    pub colors: Palette,
}
