//! The tools for a person: listed, and used by hand.

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::mcp::{McpTools, may_include};
use super::toolbox::{self, Sources, Tools, all, is_enabled, workspace};
use super::{Session, SessionError};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::plan::Step;
use crate::domain::plan_tools::unknown_tools;
use crate::domain::policy::Permission;
use crate::domain::tool_args::{coerce, signature};
use crate::tool::CallContext;
use crate::tool::builtin::list_files::names;
use crate::tool::workspace::Workspace;

/// The most files that are offered.
const MOST_FILES: usize = 20_000;

/// A tool as a person is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolEntry {
    /// What a model is told of it.
    pub spec: ToolSpec,
    /// Its arguments in one line.
    pub arguments: String,
    /// Where it comes from.
    pub source: String,
    /// What the rules say of it, where its arguments do not matter: without any of them.
    pub permission: Permission,
    /// Whether the settings let steps use it.
    pub enabled: bool,
}

impl Session {
    /// Whether programs that tools run are contained wholly on this machine, and how, in words.
    ///
    /// # Errors
    /// Why no programs can be run.
    pub fn containment(&self) -> Result<(bool, String), String> {
        toolbox::containment(&self.config)
    }

    /// The files of the workspace, hidden and ignored ones left out; at most 20,000.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn workspace_files(&self) -> Result<Vec<String>, SessionError> {
        let folder = workspace(&self.config);
        let failed = |why: String| SessionError::Usage {
            error: format!(
                "the files of `{}` cannot be listed: {why}",
                folder.display()
            ),
            hint: None,
        };
        let opened = Workspace::open(&folder).map_err(|error| failed(error.to_string()))?;
        names(&opened, MOST_FILES).map_err(|error| failed(error.to_string()))
    }

    /// Every tool there is, by name, and a sentence for each that could not be had. Starts the MCP servers of the settings.
    pub async fn tools(&self) -> (Vec<ToolEntry>, Vec<String>) {
        let servers = self.mcp.tools(|_| true, &CancellationToken::new()).await;
        self.entries(servers)
    }

    fn all_tools(&self, servers: McpTools) -> Tools {
        let sources = Sources {
            own: &self.providers.custom.tools,
            mcp: &self.mcp,
            masking: &self.providers.masking,
        };
        all(&self.config, &sources, servers, &workspace(&self.config))
    }

    fn entries(&self, servers: McpTools) -> (Vec<ToolEntry>, Vec<String>) {
        let Tools { toolbox, missing } = self.all_tools(servers);
        let entries = toolbox.iter().map(|tool| {
            let spec = tool.spec().clone();
            let mut reach = tool.reach(&Value::Object(serde_json::Map::new()));
            reach.effect = spec.effect;
            ToolEntry {
                arguments: signature(&spec.parameters),
                source: tool.source().to_owned(),
                permission: toolbox.policy.decide(&spec.name, &reach).0,
                enabled: is_enabled(&self.config, &spec.name),
                spec,
            }
        });
        let missing = missing.into_iter().map(|missing| missing.why);
        (entries.collect(), missing.collect())
    }

    /// Uses a tool by hand: whoever calls it allows it, but what the rules deny stays denied.
    ///
    /// # Errors
    /// [`SessionError::Usage`] where there is no such tool, or its arguments make no sense, or a rule denies the call.
    /// The inner error is what the tool itself says went wrong.
    pub async fn call_tool(
        &self,
        name: &str,
        arguments: &Value,
        cancel: CancellationToken,
    ) -> Result<Result<String, String>, SessionError> {
        let usage = |error: String, hint: String| SessionError::Usage {
            error,
            hint: Some(hint),
        };
        let servers = self
            .mcp
            .tools(|server| may_include(name, server), &cancel)
            .await;
        let Tools { toolbox, missing } = self.all_tools(servers);
        let tool = toolbox.get(name).ok_or_else(|| {
            let names: Vec<&str> = toolbox.names().collect();
            let error = format!("there is no tool `{}`", crate::domain::sanitize::line(name));
            let hint = match missing.first() {
                Some(missing) => missing.why.clone(),
                None => format!("there are: {}", names.join(", ")),
            };
            usage(error, hint)
        })?;
        let parameters = &tool.spec().parameters;
        let (arguments, _) = coerce(parameters, arguments).map_err(|why| {
            let hint = format!("its arguments, as JSON: {}", signature(parameters));
            usage(format!("`{name}`: {why}"), hint)
        })?;
        let reach = tool.reach(&arguments);
        let (permission, why) = toolbox.policy.decide(name, &reach);
        if permission == Permission::Deny {
            let error = format!("`{name}` may not do that: {why}");
            return Err(usage(error, "change the rule in the config".to_owned()));
        }
        let called = tool.call(CallContext { cancel, reach }, arguments).await;
        Ok(called
            .map(|output| self.providers.masking.text(&output.text))
            .map_err(|error| self.providers.masking.text(&error.to_string())))
    }

    /// Refuses names of tools that there are not, before a run begins.
    pub(super) fn check_tools(&self) -> Result<(), SessionError> {
        let (entries, _) = self.entries(McpTools::default());
        for name in &self.config.tools.enabled {
            let is_name = !name.contains(['*', '?', '[', '{']);
            // Tools of servers are known once these run.
            let of_server = name.contains("__");
            if is_name && !of_server && !entries.iter().any(|entry| entry.spec.name == *name) {
                let names: Vec<&str> = entries
                    .iter()
                    .map(|entry| entry.spec.name.as_str())
                    .collect();
                return Err(SessionError::Usage {
                    error: format!("there is no tool `{}`", crate::domain::sanitize::line(name)),
                    hint: Some(format!("there are: {}", names.join(", "))),
                });
            }
        }
        Ok(())
    }
}

impl Session {
    /// Refuses a person's plan whose steps name tools that there are not, before it runs.
    pub(super) fn check_tools_of(&self, steps: &[Step]) -> Result<(), SessionError> {
        if steps.iter().all(|step| step.tool.is_none()) {
            return Ok(());
        }
        let (entries, _) = self.entries(McpTools::default());
        let own = &self.providers.custom.tools;
        let usable = entries.iter().filter(|entry| {
            entry.enabled || own.iter().any(|tool| tool.spec().name == entry.spec.name)
        });
        let mut known: Vec<&str> = usable.map(|entry| entry.spec.name.as_str()).collect();
        // Tools of servers are known once these run.
        let named = steps.iter().filter_map(|step| step.tool.as_deref());
        let of_servers = named.flat_map(|names| names.split(',')).map(str::trim);
        known.extend(of_servers.filter(|name| name.contains("__")));
        match unknown_tools(steps, &known).into_iter().next() {
            Some(problem) => Err(SessionError::Usage {
                error: format!("the plan cannot run: {problem}"),
                hint: Some(
                    "name another tool, or none; `planwright tools list` shows what there is"
                        .to_owned(),
                ),
            }),
            None => Ok(()),
        }
    }
}

impl ToolEntry {
    /// What it may change, in a word.
    pub fn effect(&self) -> &'static str {
        match self.spec.effect {
            Effect::ReadOnly => "read-only",
            Effect::Mutating => "mutating",
        }
    }
}
