//! What bounds a run, and how it works: the flags of `run`.

use clap::{Args, ValueHint};

use crate::domain::budget::Bound;

/// What bounds a run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits and ways of working")]
pub struct LimitArgs {
    /// Decisions of the replanner before the answer is forced
    #[arg(long, value_name = "N")]
    pub max_iterations: Option<u32>,
    /// Steps that may be executed, all versions of the plan together
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u32>,
    /// Attempts at a step that does not reach its `done_when`
    #[arg(long, value_name = "N")]
    pub max_attempts: Option<u32>,
    /// Steps at work at the same time, where they do not build on each other; 0 for the slots of the provider
    #[arg(long, value_name = "N")]
    pub max_parallel: Option<u32>,
    /// How deep plans may stand inside steps
    #[arg(long, value_name = "N")]
    pub max_depth: Option<u32>,
    /// Model calls before the answer is forced
    #[arg(long, value_name = "N")]
    pub max_model_calls: Option<u32>,
    /// Tool calls before the answer is forced
    #[arg(long, value_name = "N")]
    pub max_tool_calls: Option<u32>,
    /// Tokens, read and written, before the answer is forced
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u32>,
    /// Seconds of wall-clock time before the answer is forced
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// How the task is carried out: plan-execute, react, rewoo, direct or auto
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
    /// When the plan is looked at again: plan-done, failure, missed or each-step
    #[arg(long, value_name = "WHEN")]
    pub replan_on: Option<String>,
    /// How `done_when` is verified: checks, model or off
    #[arg(long, value_name = "HOW")]
    pub verify: Option<String>,
    /// Do not estimate what the plan will cost
    #[arg(long)]
    pub no_estimate: bool,
    /// Characters of each result that prompts show [default: as many as fit]
    #[arg(long, value_name = "N")]
    pub result_preview: Option<u32>,
    /// Last results that prompts show in full [default: as many as fit]
    #[arg(long, value_name = "N")]
    pub recent_steps: Option<u32>,
    /// Let the planner mark steps that are plans of their own
    #[arg(long)]
    pub subplans: bool,
    /// Tools that steps may use: names with commas between them, `*` stands for any letters
    #[arg(long, value_name = "LIST", conflicts_with = "no_tools")]
    pub tools: Option<String>,
    /// Let steps use no tools
    #[arg(long)]
    pub no_tools: bool,
    /// Folder that file tools and commands are kept to [default: this one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub workspace: Option<String>,
}

/// What bounds a run from now on, in the place of what it was started with. All but the time and the steps at work at
/// once count from its beginning.
#[derive(Debug, Clone, Default, Args)]
#[command(
    next_help_heading = "Limits, counted from the run's beginning [default: as it was started with]"
)]
pub struct BoundArgs {
    /// Decisions of the replanner before the answer is forced
    #[arg(long, value_name = "N")]
    pub max_iterations: Option<u32>,
    /// Steps that may be executed, all versions of the plan together
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u32>,
    /// Steps at work at the same time; 0 for the slots of the provider
    #[arg(long, value_name = "N")]
    pub max_parallel: Option<u32>,
    /// Model calls before the answer is forced; 0 for no bound
    #[arg(long, value_name = "N")]
    pub max_model_calls: Option<u32>,
    /// Tool calls before the answer is forced; 0 for no bound
    #[arg(long, value_name = "N")]
    pub max_tool_calls: Option<u32>,
    /// Tokens, read and written, before the answer is forced; 0 for no bound
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u32>,
    /// Seconds of wall-clock time, from now, before the answer is forced
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
}

impl BoundArgs {
    /// The bounds that were given.
    pub fn given(&self) -> Vec<Bound> {
        let all = [
            (self.max_iterations.is_some(), Bound::MaxIterations),
            (self.max_steps.is_some(), Bound::MaxSteps),
            (self.max_parallel.is_some(), Bound::MaxParallel),
            (self.max_model_calls.is_some(), Bound::MaxModelCalls),
            (self.max_tool_calls.is_some(), Bound::MaxToolCalls),
            (self.max_tokens.is_some(), Bound::MaxTokens),
            (self.timeout.is_some(), Bound::Timeout),
        ];
        let given = all.into_iter().filter(|(is_given, _)| *is_given);
        given.map(|(_, bound)| bound).collect()
    }
}

impl From<BoundArgs> for LimitArgs {
    fn from(bounds: BoundArgs) -> Self {
        Self {
            max_iterations: bounds.max_iterations,
            max_steps: bounds.max_steps,
            max_parallel: bounds.max_parallel,
            max_model_calls: bounds.max_model_calls,
            max_tool_calls: bounds.max_tool_calls,
            max_tokens: bounds.max_tokens,
            timeout: bounds.timeout,
            ..Self::default()
        }
    }
}
