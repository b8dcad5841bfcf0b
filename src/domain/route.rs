//! Which node works next: the pattern's conditional edges as one pure function.

use super::event::{Decision, Mode};
use super::ids::StepId;
use super::schedule::{self, Blocked};
use super::state::{Approval, PlanExecuteState, RunStatus, StepStatus};

/// A node of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Chooses the mode.
    Chooser,
    /// Makes the plan, or another one after it was rejected with a reason.
    Planner,
    /// Asks a person, or the policy.
    Approval,
    /// Begins these steps.
    Executor(Vec<StepId>),
    /// Nothing can begin before a step at work has ended.
    Busy,
    /// Leaves out steps that can never begin.
    Blocked(Vec<Blocked>),
    /// Decides what the evidence is worth.
    Replanner,
    /// A bound is reached with work left: the answer is to be forced, for this reason.
    Bound(String),
    /// Writes the answer.
    Finalizer,
    /// Nothing to do until a person says so.
    Wait,
    /// The run is over.
    End,
}

/// The node that is next in this state.
pub fn route(state: &PlanExecuteState) -> Node {
    match state.status {
        RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => return Node::End,
        RunStatus::Paused | RunStatus::Interrupted | RunStatus::Rejected => return Node::Wait,
        RunStatus::Running | RunStatus::Waiting => {}
    }
    if matches!(state.decision, Some(Decision::FinalizeForced)) {
        return Node::Finalizer;
    }
    match (&state.approval, state.mode) {
        (Approval::None, Some(Mode::Auto)) => Node::Chooser,
        (Approval::None, Some(Mode::Direct)) => Node::Finalizer,
        (Approval::None | Approval::Rejected(Some(_)), _) => Node::Planner,
        (Approval::Rejected(None), _) => Node::Wait,
        (Approval::Pending, _) => Node::Approval,
        (Approval::Approved, _) => after_approval(state),
    }
}

fn after_approval(state: &PlanExecuteState) -> Node {
    let at_work = state.plan.iter().any(|p| p.status == StepStatus::Running);
    let adapts =
        !state.gathers && matches!(state.mode, None | Some(Mode::PlanExecute | Mode::Auto));
    match state.decision {
        Some(Decision::Respond) => return Node::Finalizer,
        Some(Decision::Replan) => return Node::Replanner,
        _ if adapts && state.trigger().is_some() => {
            return if at_work { Node::Busy } else { Node::Replanner };
        }
        _ => {}
    }
    let blocked = schedule::blocked(state);
    if !blocked.is_empty() {
        return Node::Blocked(blocked);
    }
    let ready = schedule::ready(state);
    let is_through = state
        .plan
        .iter()
        .all(|planned| planned.status.is_finished());
    match (is_through, ready.is_empty()) {
        (true, _) if adapts => Node::Replanner,
        (true, _) => Node::Finalizer,
        (_, false) => Node::Executor(ready),
        _ if at_work => Node::Busy,
        _ => Node::Bound(format!(
            "the run may execute {} steps and has done so",
            state.limits.max_steps
        )),
    }
}
