//! The finalizer: writes the answer, as plain text, from all the evidence.

use super::Halt;
use super::call::{Caller, Job};
use super::{modes, prompts};
use crate::domain::chat::{Role, StopReason};
use crate::domain::event::{Decision, NoticeLevel, StepOutcome};
use crate::domain::state::PastStep;

/// An answer to the task of a run, or of the plan inside a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub response: String,
    /// What it lacks and why.
    pub incomplete: Option<String>,
}

/// Writes the answer.
///
/// # Errors
/// [`Halt`]: there is no answer then.
pub async fn answer(caller: &Caller) -> Result<Answer, Halt> {
    if let Some(answer) = modes::hand_over(&*caller.journal.state().await) {
        return Ok(answer);
    }
    let model = &*caller.model(Role::Finalizer).await?;
    let (text, mut incomplete, unfounded) = {
        let state = caller.journal.state().await;
        let forced = state
            .decisions
            .last()
            .filter(|made| made.decision == Decision::FinalizeForced)
            .map(|made| made.reason.clone());
        let carried_out =
            |past: &PastStep| !past.superseded && past.outcome != StepOutcome::Skipped;
        let worked = state.past_steps.iter().any(carried_out);
        let unfounded = forced.is_none() && !state.plan.is_empty() && !worked;
        let incomplete = forced.as_ref().map(|why| {
            let open = prompts::open_steps(&state);
            if open.is_empty() {
                why.clone()
            } else {
                format!("{why}; not done: {}", open.join("; "))
            }
        });
        let text = prompts::answer_job(&state, forced.as_deref());
        (text, incomplete, unfounded)
    };
    if unfounded {
        let text = "the answer rests on no step: none was carried out".to_owned();
        caller.journal.notice(NoticeLevel::Warning, text).await?;
    }
    let job = Job {
        role: Role::Finalizer,
        step: None,
        text,
        temperature: 0.3,
    };
    let reply = caller.text(model, &job).await?;
    if reply.stop == StopReason::Length {
        let cut = format!(
            "the answer was cut off at {} tokens",
            model.num_predict(Role::Finalizer, model.think)
        );
        incomplete = Some(incomplete.map_or(cut.clone(), |why| format!("{why}; {cut}")));
    }
    Ok(Answer {
        response: reply.text.trim().to_owned(),
        incomplete,
    })
}
