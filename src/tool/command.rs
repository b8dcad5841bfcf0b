//! A person's own tool: a program that he chose, with places for what a model gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::command_line::shown;
use super::process::{self, Program, lookup};
use super::sandbox::{Allowance, Sandbox};
use super::{CallContext, Tool, ToolError, ToolOutput};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::command_template::CommandTemplate;
use crate::domain::policy::Reach;
use crate::domain::sanitize;

/// What a tool is made from.
#[derive(Debug, Clone)]
pub struct CommandOptions {
    /// Its name.
    pub name: String,
    /// What it does, for a model.
    pub description: String,
    /// A JSON schema of its arguments, an object.
    pub parameters: Value,
    /// The program and its arguments, with places for values.
    pub command: Vec<String>,
    /// The folder it runs in: within the workspace where relative, `~/` stands for the home folder; none for the workspace.
    pub folder: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether it changes anything. What only reads may write nothing but temporary files.
    pub effect: Effect,
    /// Whether it may use the network.
    pub network: bool,
    /// Variables that it finds in its environment.
    pub env: BTreeMap<String, String>,
    /// Variables of the sandbox's environment that it finds though they look like secrets.
    pub pass_env: Vec<String>,
}

/// Runs one program, as it was told.
pub struct CommandTool {
    spec: ToolSpec,
    template: CommandTemplate,
    options: CommandOptions,
    sandbox: Arc<Sandbox>,
    allowance: Allowance,
}

impl CommandTool {
    /// A tool that runs this in the sandbox.
    ///
    /// # Errors
    /// What is wrong with the command: the rest of a sentence that begins with what holds it.
    pub fn new(sandbox: Arc<Sandbox>, options: CommandOptions) -> Result<Self, String> {
        let template = CommandTemplate::new(&options.command, &options.parameters)?;
        let own = options
            .folder
            .as_deref()
            .map(|folder| sandbox.at_home(folder))
            .filter(|folder| folder.is_absolute());
        let outside = |folder: &PathBuf| {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            !real.starts_with(sandbox.workspace())
        };
        let allowance = Allowance {
            write: options.effect == Effect::Mutating,
            network: options.network,
            folder: own.filter(outside),
        };
        Ok(Self {
            spec: ToolSpec {
                name: options.name.clone(),
                description: options.description.clone(),
                parameters: options.parameters.clone(),
                effect: options.effect,
            },
            template,
            allowance,
            sandbox,
            options,
        })
    }

    fn words(&self, given: &Value) -> Result<Vec<String>, ToolError> {
        let filled = self.template.fill(given, &self.options.parameters);
        filled.map_err(ToolError::BadArguments)
    }

    fn folder(&self) -> Result<PathBuf, ToolError> {
        match (&self.allowance.folder, &self.options.folder) {
            (Some(outside), _) => outside.canonicalize().map_err(|error| {
                let folder = outside.display();
                ToolError::Failed(format!("its folder {folder} cannot be used: {error}"))
            }),
            (None, Some(within)) => {
                let within = self.sandbox.at_home(within);
                process::folder_within(self.sandbox.workspace(), &within.to_string_lossy())
            }
            (None, None) => Ok(self.sandbox.workspace().to_owned()),
        }
    }

    fn told(&self, given: &Value) -> Option<String> {
        let words = self.words(given).ok()?;
        let folder = self.folder().ok()?;
        Some(told(
            &self.sandbox,
            &self.allowance,
            &words,
            &folder,
            self.options.timeout,
        ))
    }

    async fn run(&self, context: CallContext, given: Value) -> Result<ToolOutput, ToolError> {
        let program = Program {
            words: self.words(&given)?,
            folder: self.folder()?,
            allowance: self.allowance.clone(),
            variables: self.options.env.clone().into_iter().collect(),
            passed: self.options.pass_env.clone(),
            timeout: self.options.timeout,
        };
        still_allowed(&context.reach, &self.reach(&given))?;
        process::call(&self.sandbox, program, &context.cancel).await
    }
}

/// What a person sees of a program before it runs.
pub(super) fn told(
    sandbox: &Sandbox,
    allowance: &Allowance,
    words: &[String],
    folder: &Path,
    timeout: Duration,
) -> String {
    let word = words.first().map_or("", String::as_str);
    let found = match lookup::find(word, folder, &sandbox.path()) {
        Ok(file) => file.display().to_string(),
        Err(reason) => reason,
    };
    format!(
        "run: {}\nprogram: {}\nfolder: {}\ntime: at most {} s\n{}",
        shown(words),
        sanitize::visible(&found),
        sanitize::visible(&folder.display().to_string()),
        timeout.as_secs(),
        sandbox.containment(allowance)
    )
}

/// Whether a call would still touch what was decided on.
pub(super) fn still_allowed(decided: &Reach, now: &Reach) -> Result<(), ToolError> {
    if decided == now {
        return Ok(());
    }
    let text = "what it would run is not what was decided on any more: call it again";
    Err(ToolError::Refused(text.to_owned()))
}

impl Tool for CommandTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn source(&self) -> &'static str {
        "command"
    }

    fn reach(&self, given: &Value) -> Reach {
        let Ok(mut words) = self.words(given) else {
            return Reach::harmless();
        };
        if let Some(word) = words.first_mut() {
            *word = lookup::known_as(word, &self.sandbox.path());
        }
        let outside = &self.allowance.folder;
        let folder = outside.as_deref().or(self.options.folder.as_deref());
        Reach {
            effect: self.options.effect,
            outside: outside.is_some() || !self.sandbox.contains_files(),
            network: self.options.network || !self.sandbox.contains_network(),
            paths: folder
                .into_iter()
                .map(|path| path.display().to_string())
                .collect(),
            command: words,
            host: None,
        }
    }

    fn preview<'a>(&'a self, given: &'a Value) -> BoxFuture<'a, Option<String>> {
        Box::pin(std::future::ready(self.told(given)))
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(self.run(context, given))
    }
}
