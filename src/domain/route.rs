//! Which node works next: the pattern's conditional edges as one pure function.

use super::event::Decision;
use super::ids::StepId;
use super::state::{Approval, PlanExecuteState, RunStatus, StepStatus};

/// A node of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Makes the plan, or another one after it was rejected with a reason.
    Planner,
    /// Asks a person, or the policy.
    Approval,
    /// Works on these steps.
    Executor(Vec<StepId>),
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
    match &state.approval {
        Approval::None | Approval::Rejected(Some(_)) => Node::Planner,
        Approval::Rejected(None) => Node::Wait,
        Approval::Pending => Node::Approval,
        Approval::Approved => after_approval(state),
    }
}

fn after_approval(state: &PlanExecuteState) -> Node {
    let next = state
        .plan
        .iter()
        .find(|planned| !matches!(planned.status, StepStatus::Finished(_)));
    match (next, state.decision) {
        (Some(_), _) if state.past_steps.len() >= state.limits.max_steps as usize => {
            Node::Bound(format!(
                "the run may execute {} steps and has done so",
                state.limits.max_steps
            ))
        }
        (Some(planned), _) => Node::Executor(vec![planned.step.id.clone()]),
        (None, Some(Decision::Respond | Decision::FinalizeForced)) => Node::Finalizer,
        (None, Some(Decision::Replan) | None) => Node::Replanner,
    }
}
