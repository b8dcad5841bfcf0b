//! The tools that steps may use and the rules for them: `[tools]` and `[[tools.rule]]`.

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::commands::CommandToolConfig;
use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::{Given, quoted, toml_text};
use super::search::SearchConfig;
use crate::domain::near::distance;
use crate::domain::policy::{Permission, Rule};

/// How tools are used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolsConfig {
    /// The tools that steps may use: names, in which `*` stands for any letters.
    pub enabled: Vec<String>,
    /// The folder that file tools and commands work in; none for the one the program was started in.
    pub workspace: Option<PathBuf>,
    /// The most rounds of calls within one attempt at a step.
    pub max_rounds: u32,
    /// What is allowed, asked about and denied.
    pub rules: Vec<Rule>,
    /// Whether `run_command` may use the network.
    pub network: bool,
    /// Folders that programs may read beside those that they need to run.
    pub readable: Vec<PathBuf>,
    /// Folders that programs may write beside the workspace.
    pub writable: Vec<PathBuf>,
    /// The most time that `run_command` may take.
    pub command_timeout: Duration,
    /// Hosts, or hosts with ports, that are private and may be fetched from all the same.
    pub private_hosts: Vec<String>,
    /// A person's own tools.
    pub commands: Vec<CommandToolConfig>,
    /// Where the web is searched; none for nowhere.
    pub search: Option<SearchConfig>,
}

/// The name of the table of a rule.
pub(super) const RULE: &str = "tools.rule";

/// One key of a rule.
struct RuleKey {
    name: &'static str,
    /// Puts a value in, or says what it must be: the rest of a sentence that begins with the name.
    set: fn(&mut Draft, &Given) -> Result<(), String>,
}

/// A rule in the making.
#[derive(Default)]
struct Draft {
    permission: Option<Permission>,
    tool: Option<String>,
    path: Option<String>,
    command: Option<String>,
    host: Option<String>,
}

const KEYS: &[RuleKey] = &[
    RuleKey {
        name: "permission",
        set: |d, v| {
            let words =
                [Permission::Allow, Permission::Ask, Permission::Deny].map(|p| (p.word(), p));
            v.one_of(&words)
                .map(|permission| d.permission = Some(permission))
        },
    },
    RuleKey {
        name: "tool",
        set: |d, v| filled(v).map(|text| d.tool = Some(text)),
    },
    RuleKey {
        name: "path",
        set: |d, v| filled(v).map(|text| d.path = Some(text)),
    },
    RuleKey {
        name: "command",
        set: |d, v| filled(v).map(|text| d.command = Some(text)),
    },
    RuleKey {
        name: "host",
        set: |d, v| filled(v).map(|text| d.host = Some(text)),
    },
];

/// What `[[tools.rule]]` says.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) rules: Vec<Rule>,
    /// Every key that is set: its name with its table, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

impl Reader<'_> {
    /// Reads the tables `[[tools.rule]]`.
    pub(super) fn rules(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        let at = self.origin(&value.span());
        let DeValue::Array(tables) = value.get_ref() else {
            let problem =
                "must be tables: `[[tools.rule]]` on a line of its own before each".to_owned();
            return Err(mistake(&at, RULE, problem));
        };
        for (index, table) in tables.iter().enumerate() {
            let full = format!("{RULE}[{index}]");
            let at = self.origin(&table.span());
            let DeValue::Table(inner) = table.get_ref() else {
                return Err(mistake(&at, &full, "must be a table".to_owned()));
            };
            let mut draft = Draft::default();
            for (name, value) in self.entries(inner) {
                let Some(key) = KEYS.iter().find(|key| name.get_ref() == key.name) else {
                    return Err(unknown(&full, name.get_ref(), self.origin(&name.span())));
                };
                let (origin, given) = (self.origin(&value.span()), given(value));
                let whole = format!("{full}.{}", key.name);
                (key.set)(&mut draft, &given)
                    .map_err(|problem| mistake(&origin, &whole, problem))?;
                let shown = given.text().map_or_else(|_| given.kind(), toml_text);
                self.found_rules.origins.push((whole, shown, origin));
            }
            let lacks = || "lacks `permission`: `allow`, `ask` or `deny`".to_owned();
            let rule = Rule {
                permission: draft
                    .permission
                    .ok_or_else(|| mistake(&at, &full, lacks()))?,
                tool: draft.tool,
                path: draft.path,
                command: draft.command,
                host: draft.host,
            };
            if let Some(pattern) = rule.problem() {
                let problem = format!("has a pattern that is none: {}", quoted(pattern));
                return Err(mistake(&at, &full, problem));
            }
            self.found_rules.rules.push(rule);
        }
        Ok(())
    }
}

fn filled(given: &Given) -> Result<String, String> {
    let text = given.text()?;
    if text.is_empty() {
        return Err("must not be empty; leave it out where the rule holds for all".to_owned());
    }
    Ok(text.to_owned())
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
    let nearest = KEYS.iter().min_by_key(|key| distance(name, key.name));
    let nearest = nearest.map_or("permission", |key| key.name);
    ConfigError::Provider {
        origin,
        key: format!("{full}.{}", quoted(name).trim_matches('`')),
        problem: "is no setting of a rule".to_owned(),
        hint: Some(format!("the nearest known key is `{nearest}`")),
    }
}
