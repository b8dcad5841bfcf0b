//! What nodes of one's own record, with the bounds of the run kept: a plan, a step's result, a decision.

use std::time::Duration;

use super::Halt;
use super::call::Caller;
use super::planner::{finished_steps, naming, room};
use super::replanner::force;
use crate::domain::event::{Decision, PlanSource, RunEvent, StepOutcome, Trigger};
use crate::domain::ids::StepId;
use crate::domain::plan::{DraftStep, name_drafts};
use crate::domain::validate::{check, mend};

/// Puts these steps forward behind those that are finished: names them, mends what can be mended, records
/// `plan_proposed` with the problems that are left. More steps than the run may still execute are merged.
///
/// # Errors
/// Where the store fails.
pub async fn propose(
    caller: &Caller,
    source: PlanSource,
    drafts: Vec<DraftStep>,
    reason: Option<String>,
) -> Result<(), Halt> {
    let (taken, finished, revision, room) = {
        let state = caller.journal.state().await;
        let finished = finished_steps(&state);
        (state.step_ids(), finished, state.revision + 1, room(&state))
    };
    let named = name_drafts(drafts, &taken, naming(caller.journal.scope()));
    let (steps, mended) = mend(named, room);
    let steps: Vec<_> = finished.into_iter().chain(steps).collect();
    let problems = check(&steps, usize::MAX);
    let reasons: Vec<String> = reason.into_iter().chain(mended).collect();
    let event = RunEvent::PlanProposed {
        revision,
        source,
        steps,
        problems: problems.into_iter().map(|problem| problem.text).collect(),
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
    };
    Ok(caller.journal.record(event).await?)
}

/// Ends an attempt at a step with this result. For a failed step it is the reason.
///
/// # Errors
/// Where the store fails.
pub async fn finish(
    caller: &Caller,
    step: &StepId,
    attempt: u32,
    status: StepOutcome,
    result: impl Into<String>,
    took: Duration,
) -> Result<(), Halt> {
    let result = result.into();
    let event = RunEvent::StepFinished {
        step: step.clone(),
        attempt,
        status,
        result: match status {
            StepOutcome::Failed => format!("Step failed: {result}").into(),
            StepOutcome::Done | StepOutcome::Skipped => result.into(),
        },
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        by: None,
    };
    Ok(caller.journal.record(event).await?)
}

/// Decides that the evidence is enough: the answer is next.
///
/// # Errors
/// Where the store fails.
pub async fn respond(caller: &Caller, reason: impl Into<String>) -> Result<(), Halt> {
    let iteration = caller.journal.state().await.iteration_count + 1;
    decided(caller, Decision::Respond, reason.into(), iteration).await
}

/// Decides to go on with these steps, and puts them forward. Where the run may decide no more, or execute no more steps,
/// the answer is forced instead, saying so.
///
/// # Errors
/// Where the store fails.
pub async fn replan(
    caller: &Caller,
    reason: impl Into<String>,
    drafts: Vec<DraftStep>,
) -> Result<(), Halt> {
    let reason = reason.into();
    let (iteration, bound) = {
        let state = caller.journal.state().await;
        let iteration = state.iteration_count + 1;
        let limits = state.limits;
        let bound = if iteration >= limits.max_iterations {
            Some(format!("{iteration} rounds of planning are done"))
        } else if state.executed() >= limits.max_steps as usize {
            Some(format!("{} steps were executed", state.executed()))
        } else {
            None
        };
        (iteration, bound)
    };
    if let Some(bound) = bound {
        let why = format!("{bound}, which is the limit, and more was wanted: {reason}");
        return force(caller, iteration, why).await;
    }
    decided(caller, Decision::Replan, reason.clone(), iteration).await?;
    propose(caller, PlanSource::Replanner, drafts, Some(reason)).await
}

async fn decided(
    caller: &Caller,
    decision: Decision,
    reason: String,
    iteration: u32,
) -> Result<(), Halt> {
    let trigger = caller.journal.state().await.trigger();
    let event = RunEvent::ActDecided {
        decision,
        reason,
        iteration,
        trigger: trigger.or(Some(Trigger::PlanDone)),
    };
    Ok(caller.journal.record(event).await?)
}
