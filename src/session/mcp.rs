//! The MCP servers of the settings: made ready all at once, each bounded in time. One that cannot be used is said, and
//! stands in nobody's way.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::{Session, keys, toolbox};
use crate::config::{Config, McpServerConfig, McpWay};
use crate::engine::masking::Masking;
use crate::tool::Tool;
use crate::tool::mcp::{Listing, McpOptions, McpServer, Way};

/// What a server gets of the environment without being given it: what programs need to find their way.
const PASSED_ON: [&str; 13] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// The servers of the settings, by name. Clones share them; they end with the last.
#[derive(Clone)]
pub(super) struct Mcp {
    masking: Masking,
    config: Arc<Config>,
    servers: Arc<BTreeMap<String, OnceCell<McpServer>>>,
}

/// The tools of servers, and what was odd about them.
#[derive(Default)]
pub(super) struct McpTools {
    pub(super) tools: Vec<Arc<dyn Tool>>,
    /// One sentence each.
    pub(super) odd: Vec<String>,
}

/// What is known of an MCP server of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpStatus {
    /// Its name in the settings.
    pub name: String,
    /// Where it is: its program or its address.
    pub place: String,
    /// How it is.
    pub state: McpState,
}

/// How an MCP server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpState {
    /// The settings turn it off.
    Off,
    /// It can be used.
    Ready {
        /// What it calls itself.
        name: String,
        /// Its version.
        version: String,
        /// The version of the protocol that is spoken.
        protocol: String,
        /// How many of its tools are taken.
        tools: usize,
        /// How many it lists.
        listed: usize,
        /// One sentence for each thing that is odd about its tools.
        odd: Vec<String>,
    },
    /// It cannot be used: why, the rest of a sentence that begins with its name.
    Failed(String),
}

impl Mcp {
    pub(super) fn new(config: Arc<Config>, masking: Masking) -> Self {
        let names = config.mcp.keys().cloned();
        Self {
            servers: Arc::new(names.map(|name| (name, OnceCell::new())).collect()),
            config,
            masking,
        }
    }

    /// The tools of all enabled servers that `wanted` says yes to; starts those that are not started.
    pub(super) async fn tools(
        &self,
        wanted: impl Fn(&str) -> bool,
        cancel: &CancellationToken,
    ) -> McpTools {
        let enabled = self.config.mcp.iter().filter(|(_, config)| config.enabled);
        let chosen = enabled.filter(|(name, _)| wanted(name));
        let listings = chosen.map(async |(name, _)| (name, self.listing(name, cancel).await));
        let mut found = McpTools::default();
        for (name, listing) in join_all(listings).await {
            match listing {
                Ok(listing) => {
                    found.tools.extend(listing.tools);
                    let say = |text| format!("the MCP server `{name}`: {text}");
                    found.odd.extend(listing.odd.into_iter().map(say));
                }
                Err(why) => found.odd.push(format!("the MCP server `{name}` {why}")),
            }
        }
        found
    }

    async fn listing(&self, name: &str, cancel: &CancellationToken) -> Result<Listing, String> {
        let found = self.config.mcp.get(name).zip(self.servers.get(name));
        let (config, server) = found.ok_or("is not in the settings")?;
        let make = async || {
            options(name, config, &self.config, &self.masking)
                .await
                .map(McpServer::new)
        };
        let server = tokio::select! {
            () = cancel.cancelled() => return Err("was not waited for".to_owned()),
            server = server.get_or_try_init(make) => {
                server.map_err(|why| format!("cannot be used: {why}"))?
            }
        };
        server.listing(cancel).await
    }
}

/// How a server is reached.
async fn options(
    name: &str,
    config: &McpServerConfig,
    all: &Config,
    masking: &Masking,
) -> Result<McpOptions, String> {
    let way = match &config.way {
        McpWay::Stdio {
            command,
            env,
            env_from,
        } => Way::Stdio {
            command: command.clone(),
            env: environment(env, env_from)?,
            folder: toolbox::workspace(all),
        },
        McpWay::Http { url, key } => {
            let key = keys::find(key, masking).await;
            let key = key.map_err(|no_key| format!("{}; {}", no_key.reason, no_key.remedy))?;
            Way::Http {
                url: url.clone(),
                authorization: key.and_then(|key| key.header()),
            }
        }
    };
    Ok(McpOptions {
        name: name.to_owned(),
        way,
        start_timeout: config.start_timeout,
        timeout: config.timeout,
        tools: config.tools.clone(),
        trust_annotations: config.trust_annotations,
    })
}

/// The whole environment of a server: nothing of it is a key that was not given to it.
fn environment(
    given: &BTreeMap<String, String>,
    passed_on: &[String],
) -> Result<BTreeMap<OsString, OsString>, String> {
    let mut environment: BTreeMap<OsString, OsString> = PASSED_ON
        .iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
        .collect();
    for name in passed_on {
        let value = std::env::var_os(name)
            .ok_or_else(|| format!("it wants the variable {name}, which is not set"))?;
        environment.insert(name.into(), value);
    }
    environment.extend(
        given
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    Ok(environment)
}

/// Whether tools of this server may be among those that a pattern stands for.
pub(super) fn may_include(pattern: &str, server: &str) -> bool {
    let prefix = format!("{server}__");
    let wild = pattern.find(['*', '?', '[', '{', '\\']);
    let literal = &pattern[..wild.unwrap_or(pattern.len())];
    literal.starts_with(&prefix) || (wild.is_some() && prefix.starts_with(literal))
}

impl Session {
    /// Starts every MCP server of the settings that is not started, all at once, and says how each is. Bounded by the
    /// start timeouts.
    pub async fn mcp_statuses(&self) -> Vec<McpStatus> {
        let cancel = CancellationToken::new();
        let statuses = self
            .config
            .mcp
            .iter()
            .map(async |(name, config)| McpStatus {
                name: name.clone(),
                place: match &config.way {
                    McpWay::Stdio { command, .. } => command.first().cloned().unwrap_or_default(),
                    McpWay::Http { url, .. } => url.clone(),
                },
                state: if config.enabled {
                    match self.mcp.listing(name, &cancel).await {
                        Ok(listing) => McpState::Ready {
                            name: listing.about.name,
                            version: listing.about.version,
                            protocol: listing.about.protocol,
                            tools: listing.tools.len(),
                            listed: listing.about.listed,
                            odd: listing.odd,
                        },
                        Err(why) => McpState::Failed(why),
                    }
                } else {
                    McpState::Off
                },
            });
        join_all(statuses).await
    }
}

#[cfg(test)]
mod tests {
    use super::may_include;

    #[test]
    fn a_server_is_started_only_where_its_tools_may_be_wanted() {
        for pattern in ["*", "fs__*", "f*", "fs__read", "fs_*", "{fs__a,b}", "?s__x"] {
            assert!(may_include(pattern, "fs"), "{pattern}");
        }
        for pattern in ["now", "fs", "web__*", "fsx__*", "fs_", "g*"] {
            assert!(!may_include(pattern, "fs"), "{pattern}");
        }
    }
}
