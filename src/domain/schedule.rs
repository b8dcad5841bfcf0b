//! Which steps may begin, and which never can.

use super::event::StepOutcome;
use super::ids::StepId;
use super::state::{PlanExecuteState, PlannedStep, StepStatus};

/// A step that can never begin, and the step it builds on that has no result to build on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The step.
    pub step: StepId,
    /// The step that failed or was left out.
    pub by: StepId,
}

/// The steps that wait for a result that there will never be, in the order of the plan.
pub fn blocked(state: &PlanExecuteState) -> Vec<Blocked> {
    pending(state)
        .filter_map(|planned| {
            let lost = |id: &&StepId| {
                matches!(
                    outcome(state, id),
                    Some(StepOutcome::Failed | StepOutcome::Skipped)
                )
            };
            let by = planned.step.depends_on.iter().find(lost)?;
            let step = planned.step.id.clone();
            Some(Blocked {
                step,
                by: by.clone(),
            })
        })
        .collect()
}

/// The steps that may begin now, at most `limits.max_parallel` of them together with those at work. One at a time means
/// the order of the plan. A step that runs as a plan of its own runs alone.
pub fn ready(state: &PlanExecuteState) -> Vec<StepId> {
    let mut at_work = state
        .plan
        .iter()
        .filter(|p| p.status == StepStatus::Running);
    let free = state.limits.max_parallel.max(1) as usize
        - at_work
            .clone()
            .count()
            .min(state.limits.max_parallel.max(1) as usize);
    let left = (state.limits.max_steps as usize).saturating_sub(state.executed());
    if free == 0 || at_work.any(|p| is_nested(state, p)) {
        return Vec::new();
    }
    let is_done =
        |id: &StepId| state.planned(id).is_none() || outcome(state, id) == Some(StepOutcome::Done);
    let may_begin = |p: &&PlannedStep| p.step.depends_on.iter().all(is_done);
    // Where a look is wanted, no other step begins than those that it waits for.
    let held = |p: &&PlannedStep| state.request.is_none() || state.anew.contains(&p.step.id);
    let mut found: Vec<&PlannedStep> = pending(state).filter(may_begin).filter(held).collect();
    if let Some(nested) = found.iter().position(|p| is_nested(state, p)) {
        let alone = nested == 0 && state.plan.iter().all(|p| p.status != StepStatus::Running);
        found.truncate(if alone { 1 } else { nested });
    }
    let ids = found.into_iter().map(|p| p.step.id.clone());
    ids.take(free.min(left)).collect()
}

/// Whether the step runs as a plan of its own: it is marked so, and plans may stand that deep.
pub fn is_nested(state: &PlanExecuteState, planned: &PlannedStep) -> bool {
    planned.step.is_nested() && state.limits.max_depth > 0
}

fn pending(state: &PlanExecuteState) -> impl Iterator<Item = &PlannedStep> {
    state
        .plan
        .iter()
        .filter(|p| p.status == StepStatus::Pending)
}

fn outcome(state: &PlanExecuteState, id: &StepId) -> Option<StepOutcome> {
    match state.planned(id)?.status {
        StepStatus::Finished(outcome) => Some(outcome),
        StepStatus::Pending | StepStatus::Running => None,
    }
}
