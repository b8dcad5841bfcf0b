//! What `runs fork` and `runs diff` take.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::help;
use super::nested::run_name;
use super::{BoundArgs, OutputArgs};

pub(super) const FORK_EXAMPLES: &str = "\
Examples:
  planwright runs fork 3f9a2c41 --step 3                    do step 3, and what follows, again
  planwright runs fork 3f9a2c41 --step 2 --plan other.md    the same beginning, another rest
  planwright runs fork 3f9a2c41 --at 17 --no-run            only make it; print its name";

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  planwright runs diff 3f9a2c41 b07d11e2
  planwright runs diff 3f9a2c41 b07d11e2 --json | jq '.steps[] | select(.results != \"same\")'";

const FORK_ABOUT: &str = "\
A fork is a new run that shares the records of an earlier one up to some point and goes on from there by itself, with the \
models and limits of the earlier one, which stays as it is. It goes on at once, as `resume` does. A plan that was approved \
stays approved; one given with --plan is asked about. Its steps come after those that are finished.";

/// What `runs fork --help` says after the flags.
pub(super) fn fork_long() -> String {
    format!("{FORK_ABOUT}\n\n{}\n\n{FORK_EXAMPLES}", help::EXIT_CODES)
}

/// What `runs fork` takes.
#[derive(Debug, Args)]
pub struct ForkArgs {
    /// The run, or the first characters of its name
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub run: String,
    /// Share its records up to this one: a `seq` that `runs show RUN --events` prints
    #[arg(
        long,
        value_name = "SEQ",
        required_unless_present = "step",
        conflicts_with = "step"
    )]
    pub at: Option<u64>,
    /// Share what was there just before this step began for the last time: its position in the plan, from 1, or its name
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// Put the plan in this file, a Markdown list or JSON, in the place of the steps that are not finished
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// Only make the new run and print its name
    #[arg(long, conflicts_with_all = ["yes", "stream", "output", "BoundArgs"])]
    pub no_run: bool,
    /// How it is approved and printed.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What bounds it from now on.
    #[command(flatten)]
    pub bounds: BoundArgs,
}

/// What `runs diff` takes.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The one run, or the first characters of its name
    #[arg(value_name = "A", value_parser = run_name)]
    pub a: String,
    /// The other run
    #[arg(value_name = "B", value_parser = run_name)]
    pub b: String,
    /// Print one line of JSON instead
    #[arg(long)]
    pub json: bool,
}
