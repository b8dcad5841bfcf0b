//! Floor 4: the command line. What may be said on it stands here, the words of its help in `help.rs`, what is made from
//! it (completions, man page) in `generate.rs`. Nothing here does any work.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

mod forks;
pub mod generate;
mod help;
mod limits;
mod listing;
mod nested;
mod recipes;
mod shot;
mod tools;

pub use forks::{DiffArgs, ForkArgs};
pub use limits::{BoundArgs, LimitArgs};
pub use listing::ListingArgs;
pub use nested::{ConfigCommand, ExportFormat, ModelsCommand, RunsCommand};
pub use recipes::RecipesCommand;
pub use shot::{ScreenName, ShotArgs};
pub use tools::ToolsCommand;

use crate::domain::chat::Role;
use nested::{role_model, run_name};

/// The command line as it was given.
#[derive(Debug, Parser)]
#[command(
    name = "planwright",
    version,
    about = help::ABOUT,
    long_about = help::LONG_ABOUT,
    override_usage = help::USAGE,
    after_help = help::TOP_EXAMPLES,
    after_long_help = help::top_long(),
    max_term_width = 100,
    subcommand_help_heading = "Commands"
)]
pub struct Cli {
    /// Task to start in the terminal interface
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
    /// Which model and server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Which model for which job.
    #[command(flatten)]
    pub roles: RoleArgs,
    /// How the terminal interface looks.
    #[command(flatten)]
    pub looks: LooksArgs,
    /// What to do; without one the terminal interface opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How the terminal interface looks.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct LooksArgs {
    /// Print lines instead of painting a screen, for screen readers
    #[arg(long)]
    pub screen_reader: bool,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
}

/// Flags that every command understands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Models")]
pub struct ServerArgs {
    /// Model of every role that names none: a name, `PROVIDER:NAME`, `auto`, or `demo`
    #[arg(long, global = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Where the Ollama server is
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub base_url: Option<String>,
}

/// The model of each job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Models")]
pub struct RoleArgs {
    /// Model that makes the plan
    #[arg(long, value_name = "MODEL")]
    pub planner_model: Option<String>,
    /// Model that carries out the steps
    #[arg(long, value_name = "MODEL")]
    pub executor_model: Option<String>,
    /// Model that decides after the steps
    #[arg(long, value_name = "MODEL")]
    pub replanner_model: Option<String>,
    /// Model that writes the answer [default: the replanner's]
    #[arg(long, value_name = "MODEL")]
    pub finalizer_model: Option<String>,
    /// Model that shortens older results [default: the executor's]
    #[arg(long, value_name = "MODEL")]
    pub summarizer_model: Option<String>,
    /// Model that judges steps [default: the executor's]
    #[arg(long, value_name = "MODEL")]
    pub verifier_model: Option<String>,
    /// Model to turn to when a role's own cannot be used: `executor=NAME`; may be given again
    #[arg(long, value_name = "ROLE=MODEL", value_parser = role_model)]
    pub fallback: Vec<(Role, String)>,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum Command {
    /// Run a task without the terminal interface
    #[command(after_help = help::RUN_EXAMPLES, after_long_help = help::run_long())]
    Run(RunArgs),
    /// Go on with an interrupted, paused, waiting or failed run
    #[command(after_help = help::RESUME_EXAMPLES, after_long_help = help::resume_long())]
    Resume(ResumeArgs),
    /// List, show, search, export, fork, compare and delete past runs
    #[command(subcommand, after_help = help::RUNS_EXAMPLES)]
    Runs(RunsCommand),
    /// List, show, save and check recipes: plans with places for values
    #[command(subcommand, after_help = recipes::EXAMPLES)]
    Recipes(RecipesCommand),
    /// List, show, pull and delete the models of the servers
    #[command(subcommand, after_help = help::MODELS_EXAMPLES)]
    Models(ModelsCommand),
    /// List the tools that steps can use, try one by hand
    #[command(subcommand, after_help = tools::EXAMPLES)]
    Tools(ToolsCommand),
    /// Find, make and show the configuration
    #[command(subcommand, after_help = help::CONFIG_EXAMPLES)]
    Config(ConfigCommand),
    /// Show the keys of the terminal interface, or what a terminal sends
    #[command(after_help = help::KEYS_EXAMPLES)]
    Keys {
        /// Print one line of JSON instead
        #[arg(long, conflicts_with = "debug")]
        json: bool,
        /// Show what the terminal sends for each key pressed
        #[arg(long)]
        debug: bool,
    },
    /// Check server, models, terminal, configuration and store
    #[command(after_help = help::DOCTOR_EXAMPLES)]
    Doctor {
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
        /// Use ASCII characters only
        #[arg(long)]
        ascii: bool,
    },
    /// Open the terminal interface on the built-in scripted model
    #[command(after_help = help::DEMO_EXAMPLES)]
    Demo {
        /// Task to start
        #[arg(value_name = "TASK")]
        task: Option<String>,
        /// Keep the runs like any others
        #[arg(long)]
        keep: bool,
        /// How the terminal interface looks.
        #[command(flatten)]
        looks: LooksArgs,
    },
    /// Make a picture of any screen of any run, as SVG
    #[command(after_help = help::SHOT_EXAMPLES)]
    Shot(ShotArgs),
    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the man page
    #[command(after_help = help::MAN_EXAMPLES)]
    Man,
}

/// What `run` takes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to do; `-` reads it from standard input
    #[arg(
        value_name = "TASK",
        allow_hyphen_values = false,
        required_unless_present = "recipe"
    )]
    pub task: Option<String>,
    /// With --recipe: the values of its parameters, in the place of TASK
    #[arg(value_name = "NAME=VALUE")]
    pub values: Vec<String>,
    /// Run a recipe, by its name or the path of its file; the planner is not called
    #[arg(long, value_name = "NAME", conflicts_with = "plan", value_hint = ValueHint::FilePath)]
    pub recipe: Option<String>,
    /// How it is approved and printed.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Start from the plan in this file: a Markdown list or JSON; the planner is not called
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// Print the plan and stop; the run is kept
    #[arg(long, conflicts_with = "output")]
    pub plan_only: bool,
    /// Conversation that the run belongs to: it is told task and answer of the earlier ones
    #[arg(long, value_name = "ID")]
    pub thread: Option<String>,
    /// Which model for which job.
    #[command(flatten)]
    pub roles: RoleArgs,
    /// What bounds the run.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How a run is approved and printed.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// Approve every plan, and every use of a tool that would be asked about, without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Print the run's records as JSON Lines instead of the answer
    #[arg(long)]
    pub json: bool,
    /// With --json: print text as it arrives, too
    #[arg(long, requires = "json")]
    pub stream: bool,
    /// Write the answer to this file, too
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// What `resume` takes.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run, or the first characters of its name [default: the newest that can be resumed]
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub run: Option<String>,
    /// How it is approved and printed.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What bounds it from now on.
    #[command(flatten)]
    pub bounds: BoundArgs,
}

/// The shells there are completions for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Elvish,
}

impl Cli {
    /// Reads this process's command line. Prints help, version or the error and ends the process where that is all
    /// there is to do: 0 for help and version, 2 for wrong usage.
    pub fn from_process() -> Self {
        let cli = Self::parse();
        if let Err(error) = cli.check() {
            error.exit();
        }
        cli
    }

    /// What clap cannot say: a task and a command do not go together, nor do role models and commands other than `run`.
    fn check(&self) -> Result<(), clap::Error> {
        let conflict = |text: String| Err(Self::command().error(ErrorKind::ArgumentConflict, text));
        match (&self.task, &self.command) {
            (Some(task), Some(_)) => conflict(format!(
                "`{}` cannot stand before a command; quote a task of several words",
                task.escape_debug()
            )),
            (None, Some(command)) if self.roles != RoleArgs::default() => conflict(format!(
                "the model of a role stands after the command: `planwright {} …`",
                if matches!(command, Command::Run(_)) {
                    "run --planner-model MODEL"
                } else {
                    "run"
                }
            )),
            (None, Some(Command::Run(run))) => run.stray().map_or(Ok(()), |word| {
                Err(Self::command().error(
                    ErrorKind::UnknownArgument,
                    format!("unexpected argument '{}' found; quote a task of several words", word.escape_debug()),
                ))
            }),
            (Some(task), None) => mistyped(task).map_or(Ok(()), |command| {
                Err(Self::command().error(
                    ErrorKind::InvalidSubcommand,
                    format!("there is no command `{task}`; did you mean `{command}`?\n\n  tip: `planwright run {task}` runs it as a task"),
                ))
            }),
            _ => Ok(()),
        }
    }
}

/// The command that a one-word task is a slip of the finger away from.
fn mistyped(task: &str) -> Option<&'static str> {
    const COMMANDS: [&str; 12] = [
        "run",
        "resume",
        "runs",
        "recipes",
        "models",
        "tools",
        "config",
        "doctor",
        "demo",
        "completions",
        "man",
        "help",
    ];
    if task.len() < 3 || !task.chars().all(|c| c.is_ascii_lowercase()) {
        return None;
    }
    COMMANDS
        .into_iter()
        .find(|command| one_slip_apart(task, command))
}

/// Whether two words differ by one letter added, left out, replaced, or two neighbours swapped.
fn one_slip_apart(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let Some(at) = (0..short.len()).find(|&i| short[i] != long[i]) else {
        return long.len() == short.len() + 1;
    };
    match long.len() - short.len() {
        0 => {
            short[at + 1..] == long[at + 1..]
                || (at + 1 < short.len()
                    && short[at] == long[at + 1]
                    && short[at + 1] == long[at]
                    && short[at + 2..] == long[at + 2..])
        }
        1 => short[at..] == long[at + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, mistyped};

    #[test]
    fn the_definitions_make_sense_to_clap() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_one_slip_of_the_finger_counts_as_a_mistyped_command() {
        for (task, command) in [
            ("rnus", "runs"),
            ("docter", "doctor"),
            ("model", "models"),
            ("resumee", "resume"),
            ("demos", "demo"),
        ] {
            assert_eq!(mistyped(task), Some(command), "{task}");
        }
        for task in [
            "poem",
            "garden",
            "Runs",
            "run it",
            "ma",
            "doctors office",
            "r",
        ] {
            assert_eq!(mistyped(task), None, "{task}");
        }
    }
}
