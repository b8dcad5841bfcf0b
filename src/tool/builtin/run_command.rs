//! `run_command`: runs a program in the workspace, contained.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::command::{still_allowed, told};
use crate::tool::command_line::split;
use crate::tool::process::{self, Program, lookup};
use crate::tool::sandbox::{Allowance, Sandbox};
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// How long a program may take where the call does not say.
const USUAL_TIME: Duration = Duration::from_secs(120);
/// The most words of a command, and the most bytes of them together.
const MOST_WORDS: usize = 1000;
const MOST_BYTES: usize = 100_000;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The program and its arguments, such as `["cargo", "test"]`.
    #[schemars(schema_with = "words_schema")]
    command: Words,
    /// The folder to run it in, within the workspace; without it, the workspace itself.
    #[serde(default)]
    folder: Option<String>,
    /// The most seconds that it may take.
    #[serde(default)]
    timeout: Option<u64>,
}

/// Words, or a line to be split into words.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`command` must be a list of texts: the program and its arguments"
)]
enum Words {
    List(Vec<String>),
    Line(String),
}

fn words_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["array", "string"], "items": { "type": "string" } })
}

/// Runs programs.
pub struct RunCommand {
    spec: ToolSpec,
    sandbox: Arc<Sandbox>,
    allowance: Allowance,
    most_time: Duration,
}

impl RunCommand {
    /// Programs in this sandbox, with or without the network, each for at most this time.
    pub fn new(sandbox: Arc<Sandbox>, network: bool, most_time: Duration) -> Self {
        let has = if network { "has the" } else { "has no" };
        let description = format!(
            "Runs one program in the workspace, without a shell: no pipes, variables or wildcards, unless the program is `sh`. It can write in the workspace and $TMPDIR only, gets no input, {has} network, and ends with all that it starts."
        );
        Self {
            spec: spec::<Arguments>("run_command", &description, Effect::Mutating),
            sandbox,
            allowance: Allowance {
                write: true,
                network,
                folder: None,
            },
            most_time,
        }
    }

    /// What a call asks for, from its arguments alone.
    fn asked(&self, given: &Value) -> Result<Asked, ToolError> {
        let Arguments {
            command,
            folder,
            timeout,
        } = arguments(given)?;
        let words = match command {
            Words::List(words) => words,
            // Some models write a list as text.
            Words::Line(line) => match serde_json::from_str(&line) {
                Ok(words) => words,
                Err(_) => split(&line).map_err(ToolError::BadArguments)?,
            },
        };
        let bad = |text: &str| Err(ToolError::BadArguments(text.to_owned()));
        if words.first().is_none_or(String::is_empty) {
            return bad("`command` names no program: give a list such as [\"ls\", \"-l\"]");
        }
        if words.len() > MOST_WORDS || words.iter().map(String::len).sum::<usize>() > MOST_BYTES {
            return bad("`command` is too long: put what is long into a file");
        }
        if words.iter().any(|word| word.contains('\0')) {
            return bad("`command` holds a zero byte, which no program can be given");
        }
        let timeout = timeout.map_or(USUAL_TIME, |seconds| Duration::from_secs(seconds.max(1)));
        Ok(Asked {
            words,
            folder: folder.filter(|folder| !matches!(folder.trim(), "" | ".")),
            timeout: timeout.min(self.most_time),
        })
    }

    fn folder(&self, asked: &Asked) -> Result<std::path::PathBuf, ToolError> {
        let workspace = self.sandbox.workspace();
        match &asked.folder {
            Some(folder) => process::folder_within(workspace, folder),
            None => Ok(workspace.to_owned()),
        }
    }

    fn told(&self, given: &Value) -> Option<String> {
        let asked = self.asked(given).ok()?;
        let folder = self.folder(&asked).ok()?;
        let words = &asked.words;
        Some(told(
            &self.sandbox,
            &self.allowance,
            words,
            &folder,
            asked.timeout,
        ))
    }

    async fn run(&self, context: CallContext, given: Value) -> Result<ToolOutput, ToolError> {
        let asked = self.asked(&given)?;
        let program = Program {
            folder: self.folder(&asked)?,
            words: asked.words,
            allowance: self.allowance.clone(),
            variables: Vec::new(),
            passed: Vec::new(),
            timeout: asked.timeout,
        };
        still_allowed(&context.reach, &self.reach(&given))?;
        process::call(&self.sandbox, program, &context.cancel).await
    }
}

struct Asked {
    words: Vec<String>,
    folder: Option<String>,
    timeout: Duration,
}

impl Tool for RunCommand {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        // Only what depends on the arguments alone may count as reaching nothing: a folder can come to be at any time.
        let Ok(mut asked) = self.asked(given) else {
            return Reach::harmless();
        };
        asked.words[0] = lookup::known_as(&asked.words[0], &self.sandbox.path());
        let folder = asked.folder.map(|folder| {
            let within = Path::new(&folder).strip_prefix(self.sandbox.workspace());
            within.map_or(folder.clone(), |within| within.display().to_string())
        });
        Reach {
            outside: !self.sandbox.contains_files(),
            network: self.allowance.network || !self.sandbox.contains_network(),
            paths: folder.into_iter().collect(),
            command: asked.words,
            ..Reach::mutating()
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
