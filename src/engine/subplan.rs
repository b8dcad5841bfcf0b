//! A step that runs as a plan of its own: the same loop, one scope deeper, in the same log.

use std::time::Duration;

use super::Halt;
use super::call::Caller;
use super::finalizer::Answer;
use crate::domain::event::{NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;

/// Opens the plan inside a step, unless an earlier attempt has opened it.
///
/// # Errors
/// Where the store fails.
pub(super) async fn open(inner: &Caller, outer: &Caller, step: &StepId) -> Result<(), Halt> {
    let is_open = outer.journal.state().await.children.contains_key(step);
    if !is_open {
        let text = format!("step {step} runs as a plan of its own");
        inner.journal.notice(NoticeLevel::Info, text).await?;
    }
    Ok(())
}

/// Ends the step with the answer of the plan inside it.
///
/// # Errors
/// Where the store fails.
pub(super) async fn close(
    outer: &Caller,
    step: &StepId,
    attempt: u32,
    answer: Answer,
    took: Duration,
) -> Result<(), Halt> {
    let mut result = answer.response;
    if let Some(why) = answer.incomplete {
        result.push_str(&format!("\n\nIncomplete: {why}"));
    }
    let event = RunEvent::StepFinished {
        step: step.clone(),
        attempt,
        status: StepOutcome::Done,
        result,
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        by: None,
    };
    Ok(outer.journal.record(event).await?)
}
