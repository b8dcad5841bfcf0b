//! Floor 2: the pattern itself. The loop looks at the state, `route` names the node, the node records what happened.

use std::sync::Arc;

use crate::domain::event::{Delta, EventRecord};
use crate::domain::plan::Step;

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
    /// Stop after the step at work.
    Pause,
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
