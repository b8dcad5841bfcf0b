//! The finalizer: writes the answer, as plain text, from all the evidence.

use super::Halt;
use super::call::{Caller, Job};
use super::in_use::ModelInUse;
use super::journal::Ending;
use super::prompts;
use crate::domain::chat::{Role, StopReason};
use crate::domain::event::{Decision, RunEnd};

/// Writes the answer and ends the run.
///
/// # Errors
/// [`Halt`]: there is no answer then, and the run has not ended.
pub async fn answer(caller: &Caller, model: &ModelInUse) -> Result<(), Halt> {
    let (text, mut incomplete) = {
        let state = caller.journal.state().await;
        let forced = state
            .decisions
            .last()
            .filter(|made| made.decision == Decision::FinalizeForced)
            .map(|made| made.reason.clone());
        let incomplete = forced.as_ref().map(|why| {
            let open = prompts::open_steps(&state);
            if open.is_empty() {
                why.clone()
            } else {
                format!("{why}; not done: {}", open.join("; "))
            }
        });
        (prompts::answer_job(&state, forced.as_deref()), incomplete)
    };
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
    let response = Some(reply.text.trim().to_owned());
    caller
        .journal
        .finish(
            RunEnd::Completed,
            Ending {
                response,
                incomplete,
                ..Ending::default()
            },
        )
        .await?;
    Ok(())
}
