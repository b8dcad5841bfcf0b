//! What does not fit is put in fewer words: older results, once and for good.

use super::Halt;
use super::call::{Caller, Job};
use super::prompts::{self, fenced, fill};
use crate::domain::chat::{Message, Role, Speaker};
use crate::domain::context::{clip, estimate};
use crate::domain::event::{NoticeLevel, RunEvent};
use crate::domain::ids::StepId;

const SUMMARIZE: &str = include_str!("../../assets/prompts/summarize.md");

/// How many of the last results are never put in fewer words for the steps that follow.
const RECENT: usize = 3;

/// Tokens of a result that is worth the call.
pub(super) const WORTHWHILE: u32 = 150;

/// Words of a summary: those of the rest of the run are to fit beside each other.
pub(super) const WORDS: u32 = 60;

/// Puts the older results of the plan in fewer words, all at once so that it is seldom needed; says whether there is
/// anything new. Never a summary of a summary, and never one of a result that the job builds on.
///
/// # Errors
/// [`Halt`], but for a model that fails: the results are cut then.
pub(super) async fn compact(caller: &Caller, job: &Job) -> Result<bool, Halt> {
    let older: Vec<(StepId, String, String)> = {
        let state = caller.journal.state().await;
        let needed = job.step.as_ref().and_then(|step| state.planned(step));
        let needed = needed.map(|planned| planned.step.depends_on.clone());
        let needed = needed.unwrap_or_default();
        let last = state.past_steps.len().saturating_sub(RECENT);
        state.past_steps[..last]
            .iter()
            .filter(|past| !past.superseded && !state.summaries.contains_key(&past.id))
            .filter(|past| !needed.contains(&past.id) && estimate(&past.result) > WORTHWHILE)
            .map(|past| {
                (
                    past.id.clone(),
                    past.description.clone(),
                    past.result.to_string(),
                )
            })
            .collect()
    };
    let mut found = false;
    let model = caller.model(Role::Summarizer).await?;
    for (step, description, result) in older {
        let room = model.room(model.num_predict(Role::Summarizer, false)) * 3 / 4;
        let text = fill(
            SUMMARIZE,
            &[
                ("id", step.as_str()),
                ("description", &clip(&fenced(&description), 60)),
                ("words", &WORDS.to_string()),
                ("result", &clip(&fenced(&result), room)),
            ],
        );
        let said = ask(caller, Some(step.clone()), text).await?;
        let Some(text) = said.filter(|text| !text.is_empty()) else {
            break;
        };
        let event = RunEvent::ResultSummarized { step, text };
        caller.journal.record(event).await?;
        found = true;
    }
    Ok(found)
}

/// One call that stands beside the document: its reply, which may be empty. None where the model fails, or the run may
/// make no other call.
pub(super) async fn ask(
    caller: &Caller,
    step: Option<StepId>,
    text: String,
) -> Result<Option<String>, Halt> {
    let mut model = caller.model(Role::Summarizer).await?;
    if model.is_lost() {
        return Ok(None);
    }
    let messages = vec![
        Message::new(Speaker::System, prompts::SUMMARIZER),
        Message::new(Speaker::User, text.trim_end()),
    ];
    let job = Job {
        role: Role::Summarizer,
        step,
        text: String::new(),
        temperature: 0.1,
    };
    let asked = loop {
        let asked = caller.once(
            &model,
            &job,
            messages.clone(),
            Vec::new(),
            job.temperature,
            false,
        );
        match asked.await {
            Err(halt) => match caller.instead_of(&model, job.role, halt).await {
                Ok(other) => model = other,
                Err(halt) => break Err(halt),
            },
            said => break said,
        }
    };
    match asked {
        Ok(reply) if reply.text.is_empty() => {
            caller
                .note(&reply, Err("the reply is empty".to_owned()))
                .await?;
            Ok(Some(reply.text))
        }
        Ok(reply) => {
            caller.note(&reply, Ok(None)).await?;
            Ok(Some(reply.text))
        }
        Err(Halt::Model(error)) => {
            let text = format!("the summarizer is of no use here ({error}); long results are cut");
            caller.journal.notice(NoticeLevel::Warning, text).await?;
            Ok(None)
        }
        Err(Halt::OverBudget(_)) => Ok(None),
        Err(halt) => Err(halt),
    }
}
