//! The executor: carries out one step. What goes wrong in it is its result; only what ends the run goes further.

use std::sync::Arc;

use tokio::time::Instant;

use super::Halt;
use super::call::{Caller, Job};
use super::in_use::ModelInUse;
use super::tool_loop::{self, Ended};
use super::{prompts, verifier};
use crate::domain::chat::{Role, StopReason};
use crate::domain::event::{NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::tool::Tool;

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
    let mut spent;
    let (status, result) = loop {
        let ((status, result), over) = attempt_at(caller, model, &planned.step).await?;
        spent = over;
        if status != StepOutcome::Done {
            break (status, result);
        }
        let checked = verifier::verify(caller, &planned.step, attempt, &result).await?;
        let Some(gap) = checked.filter(|gap| !gap.is_empty()) else {
            break (status, result);
        };
        // What was cut short, by a person or a crash, was no try: those count whose result was looked at.
        let misses = {
            let state = caller.journal.state().await;
            state.planned(step).map_or(0, |planned| planned.misses)
        };
        if misses >= caller.journal.whole().await.limits.max_attempts {
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
            result: result.into(),
            duration_ms,
            by: None,
        })
        .await?;
    // The step has ended with what there was; the run may use no more tools.
    spent.map_or(Ok(()), |why| Err(Halt::OverBudget(why)))
}

/// One attempt at a step: how it ended, and its result or why there is none. Beside it, why the run may use no more
/// tools, where that came out.
async fn attempt_at(
    caller: &Caller,
    model: &ModelInUse,
    step: &Step,
) -> Result<((StepOutcome, String), Option<String>), Halt> {
    let job = Job {
        role: Role::Executor,
        step: Some(step.id.clone()),
        text: prompts::step_job(&*caller.journal.state().await, step),
        temperature: 0.3,
    };
    let tools = caller.kit.for_step(step);
    if let Some(ended) = ready_made(caller, step, &tools).await? {
        return Ok((ended, None));
    }
    let ended = if tools.is_empty() {
        let said = caller.text(model, &job).await;
        said.map(|reply| (Ended::Said(Box::new(reply)), None))
    } else {
        tool_loop::work(caller, model, step, &job, tools).await
    };
    match ended {
        Ok((Ended::Endless(why), spent)) => Ok(((StepOutcome::Failed, failure(&why)), spent)),
        Ok((Ended::Said(reply), spent)) => {
            if reply.stop == StopReason::Length {
                let text = format!(
                    "the result of step {} was cut off at {} tokens",
                    step.id,
                    model.num_predict(Role::Executor, model.think)
                );
                caller.journal.notice(NoticeLevel::Warning, text).await?;
            }
            Ok((judge(&reply.text), spent))
        }
        Err(Halt::Model(error)) if !error.is_unusable() => {
            Ok(((StepOutcome::Failed, failure(&error.to_string())), None))
        }
        Err(halt) => Err(halt),
    }
}

/// The result of a step that only names a tool and what it is given, as plans that are made at once do: no model is asked.
async fn ready_made(
    caller: &Caller,
    step: &Step,
    tools: &[Arc<dyn Tool>],
) -> Result<Option<(StepOutcome, String)>, Halt> {
    if step.tool.is_none() {
        return Ok(None);
    }
    let Some(input) = prompts::filled(&*caller.journal.state().await, step) else {
        return Ok(None);
    };
    let ended = tool_loop::directly(caller, step, &input, tools.to_vec()).await?;
    Ok(ended.map(|ended| match ended {
        Ok(output) => judge(&output),
        Err(why) => (StepOutcome::Failed, failure(&why)),
    }))
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
