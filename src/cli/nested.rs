//! The commands that have commands of their own: `runs`, `models`, `config`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

use super::forks::{self, DiffArgs, ForkArgs};
use super::listing::ListingArgs;
use super::{BoundArgs, help};
use crate::domain::chat::Role;

/// What can be done with past runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs, newest first
    #[command(after_help = help::RUNS_LIST_EXAMPLES)]
    List(ListingArgs),
    /// Show a run: task, plan, results, answer
    #[command(after_help = help::RUNS_SHOW_EXAMPLES)]
    Show {
        /// The run, or the first characters of its name
        #[arg(value_name = "RUN", value_parser = run_name)]
        run: String,
        /// Print its state as one line of JSON instead
        #[arg(long)]
        json: bool,
        /// Print its records as JSON Lines instead
        #[arg(long, conflicts_with = "json")]
        events: bool,
    },
    /// Find runs by words of their task, steps, results, tool outputs or answer
    #[command(after_help = help::RUNS_SEARCH_EXAMPLES)]
    Search {
        /// Words that all have to occur
        #[arg(value_name = "WORDS", required = true, num_args = 1..)]
        words: Vec<String>,
        /// Which of them.
        #[command(flatten)]
        listing: ListingArgs,
    },
    /// Write a run out as a document
    #[command(after_help = help::RUNS_EXPORT_EXAMPLES)]
    Export {
        /// The run, or the first characters of its name
        #[arg(value_name = "RUN", value_parser = run_name)]
        run: String,
        /// As what
        #[arg(long, short, value_enum, default_value_t = ExportFormat::Md)]
        format: ExportFormat,
        /// Write to this file instead of standard output
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
    },
    /// Start a new run that shares the beginning of another one
    #[command(after_help = forks::FORK_EXAMPLES, after_long_help = forks::fork_long())]
    Fork(ForkArgs),
    /// Compare two runs: plans, results, answers, cost
    #[command(after_help = forks::DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Put runs in the trash, from where they are erased after 30 days
    #[command(after_help = help::RUNS_DELETE_EXAMPLES)]
    Delete {
        /// The runs, or the first characters of their names
        #[arg(value_name = "RUN", required = true, value_parser = run_name)]
        runs: Vec<String>,
        /// Erase them at once
        #[arg(long)]
        purge: bool,
    },
    /// Take runs out of the trash
    #[command(after_help = help::RUNS_RESTORE_EXAMPLES)]
    Restore {
        /// The runs, or the first characters of their names
        #[arg(value_name = "RUN", required = true, value_parser = run_name)]
        runs: Vec<String>,
    },
}

/// A model for a role, as `executor=NAME`.
pub(super) fn role_model(text: &str) -> Result<(Role, String), String> {
    let (word, model) = text
        .split_once('=')
        .ok_or("it has to be ROLE=MODEL, such as `executor=llama3.2`")?;
    let role = Role::ALL.into_iter().find(|role| role.to_string() == word);
    let role = role.ok_or_else(|| {
        let roles = Role::ALL.map(|role| role.to_string());
        format!(
            "there is no role `{}`: there are {}",
            word.escape_debug(),
            roles.join(", ")
        )
    })?;
    if model.is_empty() || model.contains([',', ' ']) {
        return Err("the name of a model has to follow the `=`".to_owned());
    }
    Ok((role, model.to_owned()))
}

impl RunsCommand {
    /// What bounds a run which it starts, where it says so.
    pub fn bounds(&self) -> BoundArgs {
        match self {
            Self::Fork(args) => args.bounds.clone(),
            _ => BoundArgs::default(),
        }
    }
}

/// As what a run is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A Markdown document
    Md,
    /// One HTML page, without scripts and without anything from elsewhere
    Html,
    /// Its state, one line of JSON
    Json,
    /// Its records as JSON Lines
    Jsonl,
}

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models the server has
    #[command(after_help = help::MODELS_LIST_EXAMPLES)]
    List {
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Show what a model is and can do
    #[command(after_help = help::MODELS_SHOW_EXAMPLES)]
    Show {
        /// The model
        #[arg(value_name = "NAME")]
        name: String,
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Delete a model from the server's disk
    #[command(after_help = help::MODELS_DELETE_EXAMPLES)]
    Delete {
        /// Its name, with the name of its provider where it has one
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Take a model out of the server's memory; the next request loads it again
    #[command(after_help = help::MODELS_UNLOAD_EXAMPLES)]
    Unload {
        /// Its name, with the name of its provider where it has one
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Fetch a model onto the server
    #[command(after_help = help::MODELS_PULL_EXAMPLES)]
    Pull {
        /// The model
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where the config file stands
    #[command(after_help = help::CONFIG_PATH_EXAMPLES)]
    Path,
    /// Write a commented config file; an existing one is left alone (exit code 2)
    #[command(after_help = help::CONFIG_INIT_EXAMPLES)]
    Init,
    /// Print every setting, its value and where it comes from
    #[command(after_help = help::CONFIG_SHOW_EXAMPLES)]
    Show {
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
}

/// Names of runs are lower-case; any prefix will do.
pub(super) fn run_name(text: &str) -> Result<String, String> {
    let name = text.trim().to_lowercase();
    if name.is_empty() {
        return Err("the name of a run is not empty".to_owned());
    }
    Ok(name)
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1".to_owned()),
        Ok(n) => Ok(n),
    }
}
