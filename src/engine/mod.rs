//! Floor 2: the pattern itself. The loop looks at the state, `route` names the node, the node records what happened.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::event::{Delta, EventRecord, Keep, ToolDecision};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::model::ModelError;
use crate::store::StoreError;

mod attempt;
pub mod call;
pub mod cast;
mod diary;
pub mod estimate;
mod evidence;
pub mod executor;
mod fallback;
pub mod finalizer;
mod fitting;
pub mod graph;
pub mod in_use;
pub mod journal;
pub mod kit;
pub mod ladder;
pub mod look;
pub mod masking;
mod modes;
pub mod nodes;
pub mod outcomes;
mod parts;
pub mod patience;
pub mod planner;
pub mod prompts;
mod repetition;
pub mod replanner;
pub mod review;
pub mod steer;
mod subplan;
mod summarizer;
mod swaps;
pub mod talk;
mod tool_loop;
mod verifier;
mod word;
mod work;

/// What a person, or a program in his place, tells a run. The channel holds 16; a full one makes the sender wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommand {
    /// The plan whose [`crate::domain::plan::plan_hash`] this is may run. Any other plan stays where it is, with a notice.
    Approve {
        /// The fingerprint of the plan that was looked at.
        hash: String,
        /// Pause after each step.
        stepwise: bool,
    },
    /// Put this plan in the place of the one that waits for approval.
    Edit {
        /// All steps, finished ones included. New steps carry names that the run has not used.
        steps: Vec<Step>,
    },
    /// The plan that waits may not run.
    Reject {
        /// What should be different: with it the planner is asked again, without it the run rests.
        feedback: Option<String>,
    },
    /// Put this plan in the place of the rest of the plan at work, and approve it: finished steps, and those at work,
    /// stand in it as they are. Where the plan waits for approval, this is [`RunCommand::Edit`].
    Revise {
        /// All steps, finished ones included.
        steps: Vec<Step>,
    },
    /// Do a step again that failed, was left out, or is at work; steps left out because of it are done again, too.
    Retry {
        /// Which step.
        step: StepId,
    },
    /// Do this step and all that come after it again.
    RerunFrom {
        /// Which step.
        step: StepId,
    },
    /// Leave a step out that is not finished.
    Skip {
        /// Which step.
        step: StepId,
    },
    /// Take this for the result of a step that is not finished.
    MarkDone {
        /// Which step.
        step: StepId,
        /// Its result.
        result: String,
    },
    /// Something to heed, for one step or for all that follow.
    Hint {
        /// For which step; none for all.
        step: Option<StepId>,
        /// What.
        text: String,
    },
    /// Have the rest of the plan looked at, once the steps at work have ended.
    Replan {
        /// Why.
        reason: Option<String>,
    },
    /// What is to happen with a call of a tool that waits for the person, or the answer to a question of the model.
    /// Nothing that a model or a tool says becomes this command.
    Decide {
        /// The call, as `tool_called` names it.
        call: String,
        /// Whether it may.
        decision: ToolDecision,
        /// For how long calls like it are allowed, too; of one that may.
        keep: Keep,
        /// Why not, told to the model; or the answer to its question.
        words: Option<String>,
    },
    /// Stop after the steps at work.
    Pause,
    /// Stop now: the steps at work are done again when the run goes on.
    Hold,
    /// Write the answer from what there is: steps at work, and all that would follow, are left out.
    Finish,
    /// Go on after a pause.
    Continue {
        /// Pause again after each step.
        stepwise: bool,
    },
}

/// What a run tells whoever watches. The channel holds 256; a full one slows the run down, a closed one does not stop it.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineUpdate {
    /// It happened and is stored.
    Event(Arc<EventRecord>),
    /// Text is arriving; losing it changes nothing.
    Delta(Delta),
}

/// How the work on a run ended, in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// With an answer, in the `run_finished` record.
    Completed,
    /// Without one: why, and what to do.
    Failed {
        /// One sentence.
        error: String,
        /// The remedy.
        hint: Option<String>,
    },
    /// The model server, or the model on it, cannot be used: why, and what to do. Can be resumed.
    ServerUnusable {
        /// One sentence.
        error: String,
        /// The remedy.
        hint: Option<String>,
    },
    /// A person has to say something, and there is no-one to ask, or the plan was rejected. Can be resumed.
    NeedsPerson,
    /// It was cancelled through its token. Can be resumed.
    Interrupted,
}

/// How passing faults of a model server are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent again.
    pub attempts: u32,
    /// The pause before the first repetition; each further one is twice as long.
    pub first_delay: Duration,
    /// The longest pause.
    pub max_delay: Duration,
}

/// Why a node did not end its work.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The run was cancelled.
    #[error("interrupted")]
    Cancelled,
    /// The run's time is spent.
    #[error("the time budget is spent")]
    OutOfTime,
    /// The same call brings the same again and again.
    #[error("{0}")]
    NoProgress(String),
    /// The run may cost no more.
    #[error("{0}")]
    OverBudget(String),
    /// The model could not be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The prompt cannot be made to fit.
    #[error(
        "the prompt needs about {needed} tokens, the context of `{model}` has room for {room} (num_ctx {num_ctx})"
    )]
    TooLong {
        /// Tokens that it needs at the least.
        needed: u32,
        /// Tokens that there are for it.
        room: u32,
        /// The model.
        model: String,
        /// Its context length.
        num_ctx: u32,
    },
    /// A person has to say something, and there is no-one to ask.
    #[error("{0}")]
    NeedsPerson(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Halt {
    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled | Self::NeedsPerson(_) | Self::NoProgress(_) | Self::OverBudget(_) => {
                None
            }
            Self::OutOfTime => Some("`planwright resume` goes on from here".to_owned()),
            Self::Model(error) => error.hint(),
            Self::TooLong { .. } => Some(
                "shorten the task, or raise `num_ctx` if the model and the machine allow it"
                    .to_owned(),
            ),
            Self::Store(error) => error.hint().map(str::to_owned),
        }
    }
}
