//! The tools of a run, put together from what is built in, what the config names, and what a program brought.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::keys;
use super::mcp::{Mcp, McpTools, may_include};
use crate::config::{CommandToolConfig, Config, SearchConfig, SearchProvider, keep_rule};
use crate::domain::event::RunTools;
use crate::domain::policy::Policy;
use crate::engine::masking::Masking;
use crate::tool::Tool;
use crate::tool::builtin::ask_user::AskUser;
use crate::tool::builtin::calculate::Calculate;
use crate::tool::builtin::edit_file::EditFile;
use crate::tool::builtin::fetch_url::FetchUrl;
use crate::tool::builtin::list_files::ListFiles;
use crate::tool::builtin::now::Now;
use crate::tool::builtin::read_file::ReadFile;
use crate::tool::builtin::run_command::RunCommand;
use crate::tool::builtin::search_files::SearchFiles;
use crate::tool::builtin::web_search::{FindKey, SearchKind, WebSearch};
use crate::tool::builtin::write_file::WriteFile;
use crate::tool::command::{CommandOptions, CommandTool};
use crate::tool::sandbox::{Allowance, Sandbox, SandboxOptions};
use crate::tool::toolbox::Toolbox;
use crate::tool::web::Web;
use crate::tool::workspace::Workspace;

/// Where tools come from beside the settings.
pub(super) struct Sources<'a> {
    /// What a program brought.
    pub(super) own: &'a [Arc<dyn Tool>],
    /// The MCP servers.
    pub(super) mcp: &'a Mcp,
    /// What learns the keys that are found.
    pub(super) masking: &'a Masking,
}

/// The tools there are, and what was odd about making them.
#[derive(Default)]
pub(super) struct Tools {
    pub(super) toolbox: Toolbox,
    /// What could not be had.
    pub(super) missing: Vec<Missing>,
}

/// Tools that could not be had.
pub(super) struct Missing {
    /// Their names; none where they are not known.
    names: Vec<String>,
    /// One sentence.
    pub(super) why: String,
}

impl Missing {
    fn new<'n>(names: impl IntoIterator<Item = &'n str>, why: String) -> Self {
        let names = names.into_iter().map(str::to_owned).collect();
        Self { names, why }
    }
}

/// The tools that need the workspace itself.
const FILE_TOOLS: [&str; 5] = [
    "read_file",
    "list_files",
    "search_files",
    "write_file",
    "edit_file",
];

/// Puts the tools together for work in this folder; all of them, whatever the settings enable.
pub(super) fn all(
    config: &Config,
    sources: &Sources<'_>,
    servers: McpTools,
    folder: &Path,
) -> Tools {
    let Sources { own, masking, .. } = sources;
    let rules = config.tools.rules.clone();
    let mut toolbox = Toolbox::new(Policy { rules });
    toolbox.max_rounds = config.tools.max_rounds;
    let paths = config.paths.clone();
    toolbox.keep_rule = Arc::new(move |rule| keep_rule(&paths, rule));
    let odd = servers.odd.into_iter();
    let mut missing: Vec<Missing> = odd.map(|why| Missing::new([], why)).collect();
    let mut built_in: Vec<Arc<dyn Tool>> = vec![
        Arc::new(Calculate::default()),
        Arc::new(Now::default()),
        Arc::new(AskUser::default()),
    ];
    let web = Web::new(config.tools.private_hosts.clone());
    built_in.push(Arc::new(FetchUrl::new(web.clone())));
    match web_search(config.tools.search.as_ref(), web, masking) {
        Ok(search) => built_in.extend(search.map(|search| Arc::new(search) as Arc<dyn Tool>)),
        Err(why) => missing.push(Missing::new(
            ["web_search"],
            format!("there is no web_search: {why}"),
        )),
    }
    match sandbox(config, folder) {
        Ok(sandbox) => {
            let limit = config.tools.command_timeout;
            let run = RunCommand::new(Arc::clone(&sandbox), config.tools.network, limit);
            built_in.push(Arc::new(run));
            for own in &config.tools.commands {
                match CommandTool::new(Arc::clone(&sandbox), options(own)) {
                    Ok(tool) => built_in.push(Arc::new(tool)),
                    Err(why) => missing.push(Missing::new(
                        [own.name.as_str()],
                        format!("there is no tool `{}`: its command {why}", own.name),
                    )),
                }
            }
        }
        Err(error) => {
            let commands = config.tools.commands.iter().map(|own| own.name.as_str());
            missing.push(Missing::new(
                commands.chain(["run_command"]),
                format!(
                    "there are no tools that run programs: the workspace `{}` cannot be used: {error}",
                    folder.display()
                ),
            ));
        }
    }
    match Workspace::open(folder) {
        Ok(workspace) => built_in.extend(file_tools(&Arc::new(workspace))),
        Err(error) => missing.push(Missing::new(
            FILE_TOOLS,
            format!(
                "there are no file tools: the workspace `{}` cannot be used: {error}",
                folder.display()
            ),
        )),
    }
    // A program's own tool goes before one of the same name.
    for tool in own.iter().cloned().chain(built_in).chain(servers.tools) {
        if let Err(tool) = toolbox.add(tool)
            && !own.iter().any(|mine| mine.spec().name == tool.spec().name)
        {
            let (name, source) = (&tool.spec().name, tool.source());
            missing.push(Missing::new(
                [name.as_str()],
                format!(
                    "the tool `{name}` of {source} is left out: there is another one of this name"
                ),
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
///
/// Servers whose tools may be among them are started; each is bounded in time, and `cancel` ends the waiting.
pub(super) async fn of_run(
    config: &Config,
    sources: &Sources<'_>,
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
    let servers = sources.mcp.tools(wanted, cancel).await;
    let mut tools = all(config, sources, servers, &workspace);
    let mine = |name: &str| sources.own.iter().any(|tool| tool.spec().name == name);
    let is_wanted = |name: &str| match run {
        Some(run) => run.names.iter().any(|known| known == name),
        None => mine(name) || is_enabled(config, name),
    };
    tools.toolbox.retain(is_wanted);
    // Of what nobody wants, nothing is said.
    tools.missing.retain(|missing| {
        missing.names.is_empty() || missing.names.iter().any(|name| is_wanted(name))
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

pub(super) fn is_enabled(config: &Config, name: &str) -> bool {
    let fits =
        |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name));
    config.tools.enabled.iter().any(fits)
}

/// How programs are contained in this workspace.
pub(super) fn sandbox(config: &Config, folder: &Path) -> std::io::Result<Arc<Sandbox>> {
    let paths = &config.paths;
    let own = [&paths.config_file, &paths.database, &paths.data_dir];
    let options = SandboxOptions {
        workspace: folder.to_owned(),
        protected: own.into_iter().cloned().collect(),
        readable: config.tools.readable.clone(),
        writable: config.tools.writable.clone(),
        environment: std::env::vars_os().collect(),
        secret_variables: secret_variables(config),
    };
    Sandbox::new(options).map(Arc::new)
}

/// What the kernel offers for containing programs, in words.
pub(super) fn containment(config: &Config) -> Result<(bool, String), String> {
    let sandbox = sandbox(config, &workspace(config)).map_err(|error| error.to_string())?;
    let allowance = Allowance {
        write: true,
        network: config.tools.network,
        folder: None,
    };
    let whole = sandbox.contains_files() && sandbox.contains_network();
    Ok((whole, sandbox.containment(&allowance)))
}

/// The variables of the environment that the settings say hold a key.
fn secret_variables(config: &Config) -> Vec<String> {
    let providers = config.providers.values().map(|provider| &provider.key);
    let search = config.tools.search.iter().map(|search| &search.key);
    let names = providers.chain(search).filter_map(|source| match source {
        crate::config::KeySource::Environment(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

fn options(own: &CommandToolConfig) -> CommandOptions {
    CommandOptions {
        name: own.name.clone(),
        description: own.description.clone(),
        parameters: own.parameters.clone(),
        command: own.command.clone(),
        folder: own.folder.clone(),
        timeout: own.timeout,
        effect: own.effect,
        network: own.network,
        env: own.env.clone(),
        pass_env: own.pass_env.clone(),
    }
}
