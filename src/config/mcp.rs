//! MCP servers: the tables `[mcp.NAME]` of the config file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::Glob;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::{Given, quoted, toml_text, toml_texts};
use super::providers::{KEY_SOURCES, KeySource, key_source};
use crate::domain::near::distance;

/// The name of the table of all servers.
pub(super) const MCP: &str = "mcp";

/// The longest name of a server: it is the beginning of the names of its tools.
const MAX_NAME: usize = 24;
/// Bound on a call, where the settings say nothing.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bound on the start, where the settings say nothing.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// An MCP server that the settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpServerConfig {
    /// The way to it.
    pub way: McpWay,
    /// Bound on one call.
    pub timeout: Duration,
    /// Bound on starting it and on its list of tools, each.
    pub start_timeout: Duration,
    /// Whether it is used at all.
    pub enabled: bool,
    /// The tools that are taken, as the server names them, `*` for any letters; none for all.
    pub tools: Vec<String>,
    /// Whether its word is taken that a tool only reads.
    pub trust_annotations: bool,
}

/// The way to an MCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpWay {
    /// A program that is started.
    Stdio {
        /// The program, then its arguments; no shell.
        command: Vec<String>,
        /// Variables of its environment, with their values.
        env: BTreeMap<String, String>,
        /// Variables that it gets as planwright has them.
        env_from: Vec<String>,
    },
    /// Streamable HTTP.
    Http {
        /// The address of its one endpoint.
        url: String,
        /// Where its key is found.
        key: KeySource,
    },
}

impl McpServerConfig {
    /// Where its key is found, of a server that is reached over HTTP.
    pub fn key(&self) -> Option<&KeySource> {
        match &self.way {
            McpWay::Http { key, .. } => Some(key),
            McpWay::Stdio { .. } => None,
        }
    }
}

/// One key of a server's table.
struct McpKey {
    name: &'static str,
    /// Puts a value in, or says what it must be: the rest of a sentence that begins with the name.
    set: fn(&mut Draft, &Given) -> Result<(), String>,
}

/// A table in the making.
#[derive(Default)]
struct Draft {
    /// Relative paths begin here.
    folder: PathBuf,
    command: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    env_from: Option<Vec<String>>,
    url: Option<String>,
    /// The key that names the source, and the source.
    key: Vec<(&'static str, KeySource)>,
    timeout: Option<Duration>,
    start_timeout: Option<Duration>,
    enabled: Option<bool>,
    tools: Vec<String>,
    trust_annotations: Option<bool>,
}

/// The table with the variables of a server's environment.
const ENV: &str = "env";

const KEYS: &[McpKey] = &[
    McpKey {
        name: "command",
        set: |d, v| {
            let words = v.texts().ok().filter(|words| !words.is_empty());
            let words = words.ok_or("must be a list of texts: a program and its arguments, such as `[\"npx\", \"-y\", \"NAME\"]`")?;
            d.command = Some(words);
            Ok(())
        },
    },
    McpKey {
        name: "env_from",
        set: |d, v| {
            let names = v.texts()?;
            if names.iter().any(|name| !is_variable(name)) {
                Err("must hold names of variables of the environment, not values".to_owned())
            } else {
                d.env_from = Some(names);
                Ok(())
            }
        },
    },
    McpKey {
        name: "url",
        set: |d, v| url(v.text()?).map(|url| d.url = Some(url)),
    },
    McpKey {
        name: "api_key_env",
        set: |d, v| key_from(d, "api_key_env", v),
    },
    McpKey {
        name: "api_key_command",
        set: |d, v| key_from(d, "api_key_command", v),
    },
    McpKey {
        name: "api_key_file",
        set: |d, v| key_from(d, "api_key_file", v),
    },
    McpKey {
        name: "timeout",
        set: |d, v| v.seconds().map(|time| d.timeout = Some(time)),
    },
    McpKey {
        name: "start_timeout",
        set: |d, v| v.seconds().map(|time| d.start_timeout = Some(time)),
    },
    McpKey {
        name: "enabled",
        set: |d, v| v.switch().map(|on| d.enabled = Some(on)),
    },
    McpKey {
        name: "tools",
        set: |d, v| {
            let globs = v.texts()?;
            if let Some(bad) = globs.iter().find(|glob| Glob::new(glob).is_err()) {
                return Err(format!("has a pattern that is none: {}", quoted(bad)));
            }
            d.tools = globs;
            Ok(())
        },
    },
    McpKey {
        name: "trust_annotations",
        set: |d, v| v.switch().map(|on| d.trust_annotations = Some(on)),
    },
];

/// What `[mcp.…]` says.
#[derive(Default)]
pub(super) struct Servers {
    pub(super) configs: BTreeMap<String, McpServerConfig>,
    /// Every key that is set: its name with its tables, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

impl Reader<'_> {
    /// Reads the table `mcp`.
    pub(super) fn servers(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        for (name, value) in self.entries(table(self, MCP, value)?) {
            let (name, at) = (name.get_ref().to_string(), self.origin(&name.span()));
            let full = format!("{MCP}.{}", quoted(&name).trim_matches('`'));
            check_name(&name).map_err(|problem| mistake(&at, &full, problem))?;
            let config = self.server(&full, value, &at)?;
            self.found_servers.configs.insert(name, config);
        }
        Ok(())
    }

    fn server(
        &mut self,
        full: &str,
        value: &Spanned<DeValue<'_>>,
        at: &Origin,
    ) -> Result<McpServerConfig, ConfigError> {
        let mut draft = Draft {
            folder: self.path.parent().unwrap_or(Path::new("")).to_owned(),
            ..Draft::default()
        };
        for (name, value) in self.entries(table(self, full, value)?) {
            if name.get_ref() == ENV {
                draft.env = Some(self.variables(&format!("{full}.{ENV}"), value)?);
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| name.get_ref() == key.name) else {
                return Err(unknown(full, name.get_ref(), self.origin(&name.span())));
            };
            let (origin, given) = (self.origin(&value.span()), given(value));
            let whole = format!("{full}.{}", key.name);
            (key.set)(&mut draft, &given).map_err(|problem| mistake(&origin, &whole, problem))?;
            if draft.key.len() > 1 {
                let problem = format!("is one place for the key too many: one of {KEY_SOURCES}");
                return Err(mistake(&origin, &whole, problem));
            }
            let shown = shown(key.name, &given);
            self.found_servers.origins.push((whole, shown, origin));
        }
        let way = draft.way().map_err(|problem| mistake(at, full, problem))?;
        Ok(McpServerConfig {
            way,
            timeout: draft.timeout.unwrap_or(TIMEOUT),
            start_timeout: draft.start_timeout.unwrap_or(START_TIMEOUT),
            enabled: draft.enabled.unwrap_or(true),
            tools: draft.tools,
            trust_annotations: draft.trust_annotations.unwrap_or(false),
        })
    }

    /// Reads a table of variables; their values are not shown.
    fn variables(
        &mut self,
        full: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<BTreeMap<String, String>, ConfigError> {
        let DeValue::Table(inner) = value.get_ref() else {
            let problem = "must be a table such as `{ LANG = \"C\" }`".to_owned();
            return Err(mistake(&self.origin(&value.span()), full, problem));
        };
        let mut variables = BTreeMap::new();
        for (name, value) in self.entries(inner) {
            let whole = format!("{full}.{}", quoted(name.get_ref()).trim_matches('`'));
            if !is_variable(name.get_ref()) {
                let problem = "is no name of a variable: letters, digits and `_`".to_owned();
                return Err(mistake(&self.origin(&name.span()), &whole, problem));
            }
            let origin = self.origin(&value.span());
            let given = given(value);
            let text = given.text().map_err(|_| {
                // It may be a secret: it is not repeated.
                mistake(
                    &origin,
                    &whole,
                    "must be one line of text in quotes".to_owned(),
                )
            })?;
            variables.insert(name.get_ref().to_string(), text.to_owned());
            self.found_servers
                .origins
                .push((whole, toml_text("…"), origin));
        }
        Ok(variables)
    }
}

impl Draft {
    /// The way to the server, or what is wrong: the rest of a sentence that begins with its table.
    fn way(&mut self) -> Result<McpWay, String> {
        match (self.command.take(), self.url.take()) {
            (Some(_), Some(_)) => {
                Err("has both `command` and `url`: keep the one that leads to the server".to_owned())
            }
            (None, None) => Err(
                "lacks `command`, the program to start, or `url`, the address of a server that runs"
                    .to_owned(),
            ),
            (Some(command), None) => match self.key.first() {
                Some((key, _)) => Err(format!(
                    "has `{key}`, which is for a server with `url`; a program gets its key with `env_from`"
                )),
                None => Ok(McpWay::Stdio {
                    command,
                    env: self.env.take().unwrap_or_default(),
                    env_from: self.env_from.take().unwrap_or_default(),
                }),
            },
            (None, Some(_)) if self.env.is_some() || self.env_from.is_some() => {
                Err("has an environment, which is for a server with `command`".to_owned())
            }
            (None, Some(url)) => Ok(McpWay::Http {
                url,
                key: self.key.pop().map_or(KeySource::None, |(_, key)| key),
            }),
        }
    }
}

fn key_from(draft: &mut Draft, key: &'static str, given: &Given) -> Result<(), String> {
    let source = key_source(key, given, &draft.folder)?;
    draft.key.push((key, source));
    Ok(())
}

fn table<'a>(
    reader: &Reader<'_>,
    full: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<&'a DeTable<'a>, ConfigError> {
    match value.get_ref() {
        DeValue::Table(inner) => Ok(inner),
        _ => Err(mistake(
            &reader.origin(&value.span()),
            full,
            "must be a table: `[mcp.NAME]` on a line of its own".to_owned(),
        )),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let fits = !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(letters);
    if !fits || name.contains("__") || name.starts_with('_') || name.ends_with('_') {
        return Err(format!(
            "is no name of a server: up to {MAX_NAME} letters and digits, with single `_` between them"
        ));
    }
    Ok(())
}

fn is_variable(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.len() <= 64
        && name.chars().all(letters)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn url(text: &str) -> Result<String, String> {
    let such = "must be the address of a server such as `http://127.0.0.1:8000/mcp`";
    let url = url::Url::parse(text).map_err(|error| format!("{such}: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!(
            "{such}: it has to begin with `http://` or `https://`"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{such}, without name and password in it"));
    }
    Ok(url.into())
}

fn mistake(origin: &Origin, key: &str, problem: String) -> ConfigError {
    ConfigError::Provider {
        origin: origin.clone(),
        key: key.to_owned(),
        problem,
        hint: None,
    }
}

fn unknown(full: &str, name: &str, origin: Origin) -> ConfigError {
    let nearest = KEYS.iter().map(|key| key.name).chain([ENV]);
    let nearest = nearest.min_by_key(|key| distance(name, key));
    ConfigError::Provider {
        origin,
        key: format!("{full}.{}", quoted(name).trim_matches('`')),
        problem: "is no setting of an MCP server".to_owned(),
        hint: nearest.map(|key| format!("the nearest known key is `{key}`")),
    }
}

/// The value as TOML. Of a command only the program is shown: its arguments may say too much.
fn shown(key: &str, given: &Given) -> String {
    match given {
        Given::Text(text) => toml_text(text.trim()),
        Given::List(words) if key.ends_with("command") => {
            let program = words.first().map_or_else(String::new, Given::kind);
            toml_text(&format!("{} …", program.trim_matches('`')))
        }
        Given::List(_) => toml_texts(&given.texts().unwrap_or_default()),
        other => other.kind(),
    }
}
