//! The executor: carries out one step. What goes wrong in it is its result; only what ends the run goes further.

use tokio::time::Instant;

use super::Halt;
use super::call::{Caller, Job};
use super::in_use::ModelInUse;
use super::{prompts, verifier};
use crate::domain::chat::{Role, StopReason};
use crate::domain::event::{NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;

/// The most bytes of a result that are kept.
const MOST_BYTES: usize = 256 * 1024;

/// Records that work on a step of the approved plan begins; says which attempt that is.
///
/// # Errors
/// Where the store fails.
pub async fn begin(caller: &Caller, step: &StepId) -> Result<u32, Halt> {
    let attempt = {
        let state = caller.journal.state().await;
        state.planned(step).map_or(0, |planned| planned.attempts) + 1
    };
    caller
        .journal
        .record(RunEvent::StepStarted {
            step: step.clone(),
            attempt,
        })
        .await?;
    Ok(attempt)
}

/// Carries out a step that was begun, and records what came of it. A step that is not in the plan is passed over.
///
/// # Errors
/// [`Halt`]: the step stays without a result and is begun anew on resume.
pub async fn execute(caller: &Caller, step: &StepId, attempt: u32) -> Result<(), Halt> {
    let model = &*caller.model(Role::Executor).await?;
    let planned = caller.journal.state().await.planned(step).cloned();
    let Some(planned) = planned else {
        return Ok(());
    };
    let started = Instant::now();
    let mut attempt = attempt;
    let (status, result) = loop {
        let (status, result) = attempt_at(caller, model, &planned.step).await?;
        if status != StepOutcome::Done {
            break (status, result);
        }
        let checked = verifier::verify(caller, &planned.step, attempt, &result).await?;
        let Some(gap) = checked.filter(|gap| !gap.is_empty()) else {
            break (status, result);
        };
        if attempt >= caller.journal.whole().await.limits.max_attempts {
            let why = format!("it did not reach what it had to: {gap}\n\nLast result:\n{result}");
            break (StepOutcome::Failed, failure(&why));
        }
        attempt = begin(caller, step).await?;
    };
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    caller
        .journal
        .record(RunEvent::StepFinished {
            step: step.clone(),
            attempt,
            status,
            result,
            duration_ms,
            by: None,
        })
        .await?;
    Ok(())
}

/// One attempt at a step: how it ended, and its result or why there is none.
async fn attempt_at(
    caller: &Caller,
    model: &ModelInUse,
    step: &Step,
) -> Result<(StepOutcome, String), Halt> {
    let job = Job {
        role: Role::Executor,
        step: Some(step.id.clone()),
        text: prompts::step_job(&*caller.journal.state().await, step),
        temperature: 0.3,
    };
    match caller.text(model, &job).await {
        Ok(reply) => {
            if reply.stop == StopReason::Length {
                let text = format!(
                    "the result of step {} was cut off at {} tokens",
                    step.id,
                    model.num_predict(Role::Executor, model.think)
                );
                caller.journal.notice(NoticeLevel::Warning, text).await?;
            }
            Ok(judge(&reply.text))
        }
        Err(Halt::Model(error)) if !error.is_unusable() => {
            Ok((StepOutcome::Failed, failure(&error.to_string())))
        }
        Err(halt) => Err(halt),
    }
}

/// What a reply means: a result, or a refusal that begins with `CANNOT:`.
fn judge(reply: &str) -> (StepOutcome, String) {
    let mut result = reply.trim().to_owned();
    if result.len() > MOST_BYTES {
        let end = (0..=MOST_BYTES)
            .rev()
            .find(|&end| result.is_char_boundary(end))
            .unwrap_or(0);
        let left_out = result.len() - end;
        result.truncate(end);
        result.push_str(&format!("\n[… {left_out} bytes left out here]"));
    }
    match result.strip_prefix("CANNOT:") {
        Some(reason) => (StepOutcome::Failed, failure(reason.trim())),
        None => (StepOutcome::Done, result),
    }
}

fn failure(reason: &str) -> String {
    format!("Step failed: {reason}")
}
