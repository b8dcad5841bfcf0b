//! The tools of a run, put together from what is built in, what the config names, and what a program brought.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::keys;
use super::{Session, SessionError};
use crate::config::{Config, SearchConfig, SearchProvider, keep_rule};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::event::RunTools;
use crate::domain::plan::Step;
use crate::domain::plan_tools::unknown_tools;
use crate::domain::policy::{Permission, Policy};
use crate::domain::tool_args::{coerce, signature};
use crate::engine::masking::Masking;
use crate::tool::builtin::ask_user::AskUser;
use crate::tool::builtin::calculate::Calculate;
use crate::tool::builtin::edit_file::EditFile;
use crate::tool::builtin::fetch_url::FetchUrl;
use crate::tool::builtin::list_files::ListFiles;
use crate::tool::builtin::now::Now;
use crate::tool::builtin::read_file::ReadFile;
use crate::tool::builtin::search_files::SearchFiles;
use crate::tool::builtin::web_search::{FindKey, SearchKind, WebSearch};
use crate::tool::builtin::write_file::WriteFile;
use crate::tool::toolbox::Toolbox;
use crate::tool::web::Web;
use crate::tool::workspace::Workspace;
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
    folder: &Path,
    masking: &Masking,
) -> Tools {
    let rules = config.tools.rules.clone();
    let mut toolbox = Toolbox::new(Policy { rules });
    toolbox.max_rounds = config.tools.max_rounds;
    let paths = config.paths.clone();
    toolbox.keep_rule = Arc::new(move |rule| keep_rule(&paths, rule));
    let mut missing = Vec::new();
    let mut built_in: Vec<Arc<dyn Tool>> = vec![
        Arc::new(Calculate::default()),
        Arc::new(Now::default()),
        Arc::new(AskUser::default()),
    ];
    let web = Web::new(config.tools.private_hosts.clone());
    built_in.push(Arc::new(FetchUrl::new(web.clone())));
    match web_search(config.tools.search.as_ref(), web, masking) {
        Ok(search) => built_in.extend(search.map(|search| Arc::new(search) as Arc<dyn Tool>)),
        Err(why) => missing.push(format!("there is no web_search: {why}")),
    }
    match Workspace::open(folder) {
        Ok(workspace) => built_in.extend(file_tools(&Arc::new(workspace))),
        Err(error) => missing.push(format!(
            "there are no file tools: the workspace `{}` cannot be used: {error}",
            folder.display()
        )),
    }
    // A program's own tool goes before one of the same name.
    for tool in own.iter().cloned().chain(built_in) {
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

/// The search that the settings name, if they do.
fn web_search(
    config: Option<&SearchConfig>,
    web: Web,
    masking: &Masking,
) -> Result<Option<WebSearch>, String> {
    let Some(config) = config else {
        return Ok(None);
    };
    let kind = match config.provider {
        SearchProvider::SearXng => SearchKind::Searxng,
        SearchProvider::Brave => SearchKind::Brave,
        SearchProvider::Tavily => SearchKind::Tavily,
        SearchProvider::Ollama => SearchKind::Ollama,
    };
    let base = config.base_url.as_deref().or(kind.home());
    let base = base.ok_or("`tools.search.base_url` has to say where the SearXNG server is")?;
    let base = Url::parse(base)
        .map_err(|error| format!("`tools.search.base_url` is no address: {error}"))?;
    let (source, masking) = (config.key.clone(), masking.clone());
    let key: FindKey = Arc::new(move || {
        let (source, masking) = (source.clone(), masking.clone());
        Box::pin(async move {
            let found = keys::find(&source, &masking).await;
            let found = found.map_err(|no_key| format!("{}; {}", no_key.reason, no_key.remedy))?;
            Ok(found.map(|key| key.reveal().to_owned()))
        })
    });
    Ok(Some(WebSearch::new(kind, base, key, web)))
}

fn file_tools(workspace: &Arc<Workspace>) -> [Arc<dyn Tool>; 5] {
    [
        Arc::new(ReadFile::new(Arc::clone(workspace))),
        Arc::new(ListFiles::new(Arc::clone(workspace))),
        Arc::new(SearchFiles::new(Arc::clone(workspace))),
        Arc::new(WriteFile::new(Arc::clone(workspace))),
        Arc::new(EditFile::new(Arc::clone(workspace))),
    ]
}

/// The tools for a run: those that it was started with, or, for a new one, those that the settings enable.
pub(super) fn of_run(
    config: &Config,
    own: &[Arc<dyn Tool>],
    run: Option<&RunTools>,
    masking: &Masking,
) -> (Tools, RunTools) {
    let workspace = run.map_or_else(|| workspace(config), |run| PathBuf::from(&run.workspace));
    let mut tools = all(config, own, &workspace, masking);
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
fn workspace(config: &Config) -> PathBuf {
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
    /// Every tool there is, by name, and a sentence for each that could not be had.
    pub fn tools(&self) -> (Vec<ToolEntry>, Vec<String>) {
        let own = &self.providers.custom.tools;
        let Tools { toolbox, missing } = all(
            &self.config,
            own,
            &workspace(&self.config),
            &self.providers.masking,
        );
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
        let Tools { toolbox, .. } = all(
            &self.config,
            own,
            &workspace(&self.config),
            &self.providers.masking,
        );
        let tool = toolbox.get(name).ok_or_else(|| {
            let names: Vec<&str> = toolbox.names().collect();
            let error = format!("there is no tool `{}`", crate::domain::sanitize::line(name));
            usage(error, format!("there are: {}", names.join(", ")))
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
        let (entries, _) = self.tools();
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
        let (entries, _) = self.tools();
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
