//! What can be done with recipes, and how `run` takes one.

use clap::{Subcommand, ValueHint};

use super::RunArgs;
use super::nested::run_name;

pub(super) const EXAMPLES: &str = "\
Examples:
  planwright recipes list
  planwright recipes save 3f9a2c41 weekly --param city=Oslo
  planwright run --recipe weekly city=Bergen";

const LIST_EXAMPLES: &str = "\
Examples:
  planwright recipes list
  planwright recipes list --json | jq -r '.[].name'";

const SHOW_EXAMPLES: &str = "\
Examples:
  planwright recipes show weekly
  planwright recipes show ./weekly.toml --json | jq .params";

const SAVE_EXAMPLES: &str = "\
Examples:
  planwright recipes save 3f9a2c41 weekly
  planwright recipes save 3f9a2c41 compare --param city_a=Oslo --param city_b=\"New York\"";

const CHECK_EXAMPLES: &str = "\
Examples:
  planwright recipes check weekly.toml
  for f in recipes/*.toml; do planwright recipes check \"$f\"; done";

const SAVE_LONG: &str = "\
The recipe is a TOML file in the folder `recipes` beside the config file, made to be edited. It holds the plan in force of \
the run. Where a value given with --param stands in its task or steps as a word of its own, the place {{NAME}} stands \
instead.";

/// What can be done with recipes.
#[derive(Debug, Subcommand)]
pub enum RecipesCommand {
    /// List the recipes there are
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Show a recipe: task, parameters, plan
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// Its name, or the path of a file
        #[arg(value_name = "NAME", value_hint = ValueHint::FilePath)]
        name: String,
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Save the plan of a run as a recipe; an existing one is left alone (exit code 2)
    #[command(after_help = SAVE_EXAMPLES, after_long_help = save_long())]
    Save {
        /// The run, or the first characters of its name
        #[arg(value_name = "RUN", value_parser = run_name)]
        run: String,
        /// What the recipe is to be called
        #[arg(value_name = "NAME")]
        name: String,
        /// Make a parameter NAME of this text
        #[arg(long = "param", value_name = "NAME=TEXT", value_parser = assignment)]
        params: Vec<(String, String)>,
    },
    /// Say whether a recipe can be run, and if not, where it is wrong
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// The file, or the name of a recipe
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: String,
    },
}

impl RunArgs {
    /// A word behind the task that only a recipe could take.
    pub(super) fn stray(&self) -> Option<&str> {
        let first = self.values.first().map(String::as_str);
        first.filter(|_| self.recipe.is_none())
    }

    /// The recipe and what was given for its parameters.
    pub fn recipe(&self) -> Option<(String, Vec<String>)> {
        let values = self.task.iter().chain(&self.values).cloned();
        Some((self.recipe.clone()?, values.collect()))
    }
}

fn save_long() -> String {
    format!("{SAVE_LONG}\n\n{SAVE_EXAMPLES}")
}

/// `NAME=TEXT`, cut at the first `=`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
