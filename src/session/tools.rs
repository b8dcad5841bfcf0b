//! The tools of a run, put together from what is built in, what the config names, and what a program brought.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::mcp::{Mcp, McpTools, may_include};
use super::{Session, SessionError};
use crate::config::{Config, keep_rule};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::event::RunTools;
use crate::domain::plan::Step;
use crate::domain::plan_tools::unknown_tools;
use crate::domain::policy::{Permission, Policy};
use crate::domain::tool_args::{coerce, signature};
use crate::tool::builtin::ask_user::AskUser;
use crate::tool::builtin::now::Now;
use crate::tool::toolbox::Toolbox;
use crate::tool::{CallContext, Tool};

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

/// The tools there are, and what was odd about making them.
#[derive(Default)]
pub(super) struct Tools {
    pub(super) toolbox: Toolbox,
    /// One sentence for each that could not be had.
    pub(super) missing: Vec<String>,
}

/// Puts the tools together for work in this folder; all of them, whatever the settings enable.
pub(super) fn all(
    config: &Config,
    own: &[Arc<dyn Tool>],
    servers: McpTools,
    _workspace: &Path,
) -> Tools {
    let rules = config.tools.rules.clone();
    let mut toolbox = Toolbox::new(Policy { rules });
    toolbox.max_rounds = config.tools.max_rounds;
    let paths = config.paths.clone();
    toolbox.keep_rule = Arc::new(move |rule| keep_rule(&paths, rule));
    let mut missing = servers.odd;
    let built_in: [Arc<dyn Tool>; 2] = [Arc::new(Now::default()), Arc::new(AskUser::default())];
    // A program's own tool goes before one of the same name.
    for tool in own.iter().cloned().chain(built_in).chain(servers.tools) {
        if let Err(tool) = toolbox.add(tool)
            && !own.iter().any(|mine| mine.spec().name == tool.spec().name)
        {
            missing.push(format!(
                "the tool `{}` of {} is left out: there is another one of this name",
                tool.spec().name,
                tool.source()
            ));
        }
    }
    Tools { toolbox, missing }
}

/// The tools for a run: those that it was started with, or, for a new one, those that the settings enable.
///
/// Servers whose tools may be among them are started; each is bounded in time, and `cancel` ends the waiting.
pub(super) async fn of_run(
    config: &Config,
    own: &[Arc<dyn Tool>],
    mcp: &Mcp,
    run: Option<&RunTools>,
    cancel: &CancellationToken,
) -> (Tools, RunTools) {
    let workspace = run.map_or_else(|| workspace(config), |run| PathBuf::from(&run.workspace));
    let wanted = |server: &str| match run {
        Some(run) => run.names.iter().any(|name| may_include(name, server)),
        None => config
            .tools
            .enabled
            .iter()
            .any(|glob| may_include(glob, server)),
    };
    let servers = mcp.tools(wanted, cancel).await;
    let mut tools = all(config, own, servers, &workspace);
    let mine = |name: &str| own.iter().any(|tool| tool.spec().name == name);
    tools.toolbox.retain(|name| match run {
        Some(run) => run.names.iter().any(|known| known == name),
        None => mine(name) || is_enabled(config, name),
    });
    let used = RunTools {
        workspace: workspace.to_string_lossy().into_owned(),
        names: tools.toolbox.names().map(str::to_owned).collect(),
    };
    (tools, used)
}

/// The folder that tools are kept to, as an absolute path.
pub(super) fn workspace(config: &Config) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let folder = config
        .tools
        .workspace
        .as_ref()
        .map_or(here.clone(), |folder| here.join(folder));
    folder.canonicalize().unwrap_or(folder)
}

fn is_enabled(config: &Config, name: &str) -> bool {
    let fits =
        |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name));
    config.tools.enabled.iter().any(fits)
}

impl Session {
    /// Every tool there is, by name, and a sentence for each that could not be had. Starts the MCP servers of the settings.
    pub async fn tools(&self) -> (Vec<ToolEntry>, Vec<String>) {
        let servers = self.mcp.tools(|_| true, &CancellationToken::new()).await;
        self.entries(servers)
    }

    fn entries(&self, servers: McpTools) -> (Vec<ToolEntry>, Vec<String>) {
        let own = &self.providers.custom.tools;
        let Tools { toolbox, missing } = all(&self.config, own, servers, &workspace(&self.config));
        let entries = toolbox.iter().map(|tool| {
            let spec = tool.spec().clone();
            let reach = tool.reach(&Value::Object(serde_json::Map::new()));
            ToolEntry {
                arguments: signature(&spec.parameters),
                source: tool.source().to_owned(),
                permission: toolbox.policy.decide(&spec.name, &reach).0,
                enabled: is_enabled(&self.config, &spec.name),
                spec,
            }
        });
        (entries.collect(), missing)
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
        let own = &self.providers.custom.tools;
        let servers = self
            .mcp
            .tools(|server| may_include(name, server), &cancel)
            .await;
        let Tools { toolbox, missing } = all(&self.config, own, servers, &workspace(&self.config));
        let tool = toolbox.get(name).ok_or_else(|| {
            let names: Vec<&str> = toolbox.names().collect();
            let error = format!("there is no tool `{}`", crate::domain::sanitize::line(name));
            let hint = match missing.first() {
                Some(why) => why.clone(),
                None => format!("there are: {}", names.join(", ")),
            };
            usage(error, hint)
        })?;
        let parameters = &tool.spec().parameters;
        let (arguments, _) = coerce(parameters, arguments).map_err(|why| {
            let hint = format!("its arguments, as JSON: {}", signature(parameters));
            usage(format!("`{name}`: {why}"), hint)
        })?;
        let (permission, why) = toolbox.policy.decide(name, &tool.reach(&arguments));
        if permission == Permission::Deny {
            let error = format!("`{name}` may not do that: {why}");
            return Err(usage(error, "change the rule in the config".to_owned()));
        }
        let called = tool.call(CallContext { cancel }, arguments).await;
        Ok(called
            .map(|output| output.text)
            .map_err(|error| error.to_string()))
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
