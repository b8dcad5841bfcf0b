//! Records of what becomes of a step by a person's word.

use super::Halt;
use super::call::Caller;
use crate::domain::event::{Approver, NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::state::{PlanExecuteState, StepStatus};

pub(super) async fn status(caller: &Caller, step: &StepId) -> Option<StepStatus> {
    let whole = caller.journal.whole().await;
    let state = whole.at(&whole.scope_of(step)?)?;
    state.planned(step).map(|planned| planned.status)
}

/// The steps that were left out because this one, directly or not, had no result.
pub(super) fn left_out_with(whole: &PlanExecuteState, step: &StepId) -> Vec<StepId> {
    let scope = whole.scope_of(step).unwrap_or_default();
    let Some(state) = whole.at(&scope) else {
        return Vec::new();
    };
    let mut found = vec![step.clone()];
    for planned in &state.plan {
        let skipped = planned.status == StepStatus::Finished(StepOutcome::Skipped);
        if skipped && planned.step.depends_on.iter().any(|id| found.contains(id)) {
            found.push(planned.step.id.clone());
        }
    }
    found.split_off(1)
}

pub(super) async fn end(
    caller: &Caller,
    step: &StepId,
    status: StepOutcome,
    result: String,
) -> Result<(), Halt> {
    let (scope, attempt) = place(caller, step).await;
    let event = RunEvent::StepFinished {
        step: step.clone(),
        attempt,
        status,
        result: result.into(),
        duration_ms: 0,
        by: Some(Approver::User),
    };
    Ok(caller.journal.at(scope).record(event).await?)
}

pub(super) async fn reset(caller: &Caller, step: &StepId, reason: &str) -> Result<(), Halt> {
    let (scope, _) = place(caller, step).await;
    let event = RunEvent::StepReset {
        step: step.clone(),
        reason: reason.to_owned(),
    };
    Ok(caller.journal.at(scope).record(event).await?)
}

/// The scope of a step, and how often it was begun.
async fn place(caller: &Caller, step: &StepId) -> (Vec<StepId>, u32) {
    let whole = caller.journal.whole().await;
    let scope = whole.scope_of(step).unwrap_or_default();
    let planned = whole.at(&scope).and_then(|state| state.planned(step));
    let attempts = planned.map_or(0, |planned| planned.attempts);
    (scope, attempts)
}

pub(super) async fn unknown(caller: &Caller, step: &StepId) -> Result<(), Halt> {
    let text = format!("there is no step {step} in the plan");
    Ok(caller.journal.notice(NoticeLevel::Warning, text).await?)
}
