//! What does not fit is put in fewer words: older results, once and for good, and for the answer the parts of the
//! evidence that bear on the task.

use std::collections::BTreeMap;

use super::Halt;
use super::call::{Caller, Job};
use super::prompts::{self, fenced, fill};
use crate::domain::chat::{Message, Role, Speaker};
use crate::domain::context::{clip, estimate};
use crate::domain::event::{NoticeLevel, RunEvent};
use crate::domain::ids::StepId;

const SUMMARIZE: &str = include_str!("../../assets/prompts/summarize.md");
const EXTRACT: &str = include_str!("../../assets/prompts/extract.md");

/// How many of the last results are never put in fewer words for the steps that follow.
const RECENT: usize = 3;

/// Tokens of a result that is worth the call.
const WORTHWHILE: u32 = 150;

/// Words of a summary: those of the rest of the run are to fit beside each other.
const WORDS: u32 = 60;

/// The most calls that one answer may take for its evidence.
const MOST_PARTS: usize = 24;

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
                    past.result.clone(),
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
        let Some(text) = ask(caller, Some(step.clone()), text).await? else {
            break;
        };
        let event = RunEvent::ResultSummarized { step, text };
        caller.journal.record(event).await?;
        found = true;
    }
    Ok(found)
}

/// Goes through all the evidence in parts that fit and takes out what bears on the task: what stands for each result in
/// the prompt for the answer. None where there is nothing to go through, or too much of it.
///
/// # Errors
/// [`Halt`], but for a model that fails: the results are cut then.
pub(super) async fn extract(caller: &Caller) -> Result<Option<BTreeMap<StepId, String>>, Halt> {
    let model = caller.model(Role::Summarizer).await?;
    let (task, long) = {
        let whole = caller.journal.whole().await;
        let long = prompts::evidence(&whole, caller.journal.scope());
        let long = long.into_iter().filter(|past| !past.superseded);
        let long = long.filter(|past| estimate(&past.result) > WORTHWHILE);
        let long: Vec<(StepId, String)> = long
            .map(|past| (past.id.clone(), past.result.clone()))
            .collect();
        (clip(&fenced(&whole.task), 400), long)
    };
    let reserved = model.num_predict(Role::Summarizer, false) + estimate(&task) + 400;
    let portion = model.room(reserved) * 4 / 5;
    let parts = parts(&long, portion);
    if parts.is_empty() || portion < WORTHWHILE {
        return Ok(None);
    }
    let (parts, wanted) = if parts.len() > MOST_PARTS {
        // The beginning and the end of each, so that all of them are gone through.
        let each = u32::try_from(MOST_PARTS).unwrap_or(1) * portion * 4 / 5;
        let each = each / u32::try_from(long.len()).unwrap_or(u32::MAX).max(1);
        let cut: Vec<(StepId, String)> = long
            .iter()
            .map(|(step, result)| (step.clone(), clip(result, each)))
            .collect();
        let wanted = parts.len();
        (self::parts(&cut, portion), Some(wanted))
    } else {
        (parts, None)
    };
    if let Some(wanted) = wanted {
        let text = format!(
            "the evidence would take {wanted} calls to go through, more than {MOST_PARTS}: long results are cut first"
        );
        caller.journal.notice(NoticeLevel::Warning, text).await?;
        if parts.len() > MOST_PARTS {
            return Ok(None);
        }
    }
    let text = format!(
        "the evidence is larger than the context: {} parts of it are gone through for the answer",
        parts.len()
    );
    caller.journal.notice(NoticeLevel::Info, text).await?;
    let mut extracts: BTreeMap<StepId, String> = BTreeMap::new();
    let count = parts.len().to_string();
    for (index, part) in parts.into_iter().enumerate() {
        let evidence = part
            .iter()
            .map(|(step, piece)| format!("<result step=\"{step}\">\n{}\n</result>", fenced(piece)));
        let evidence = evidence.collect::<Vec<_>>().join("\n");
        let text = fill(
            EXTRACT,
            &[
                ("part", &(index + 1).to_string()),
                ("parts", &count),
                ("task", &task),
                ("evidence", &evidence),
                ("words", &(WORDS * 3).to_string()),
            ],
        );
        let Some(text) = ask(caller, part.first().map(|(step, _)| step.clone()), text).await?
        else {
            return Ok(None);
        };
        let nothing = text
            .trim()
            .trim_end_matches('.')
            .eq_ignore_ascii_case("nothing");
        // What was taken out of a part stands in the place of its first result; the others point to it.
        for (at, (step, _)) in part.iter().enumerate() {
            let all = extracts.entry(step.clone()).or_default();
            match part.first() {
                Some((first, _)) if at > 0 && first != step && !nothing => {
                    all.push_str(&format!(
                        "(what bears on the task stands with step {first})\n"
                    ));
                }
                _ if at == 0 && !nothing => {
                    all.push_str(text.trim());
                    all.push('\n');
                }
                _ => {}
            }
        }
    }
    for text in extracts.values_mut().filter(|text| text.is_empty()) {
        "(nothing in it bears on the task)".clone_into(text);
    }
    Ok(Some(extracts))
}

/// The results in parts that fit into `portion` tokens: several short ones in one part, a long one in several.
fn parts(long: &[(StepId, String)], portion: u32) -> Vec<Vec<(StepId, String)>> {
    let mut parts: Vec<Vec<(StepId, String)>> = Vec::new();
    let mut filled = portion;
    for (step, result) in long {
        for piece in pieces(result, portion) {
            let tokens = estimate(&piece).saturating_add(16);
            let fits = filled.saturating_add(tokens) <= portion;
            if let Some(last) = parts.last_mut().filter(|_| fits) {
                last.push((step.clone(), piece));
            } else {
                parts.push(vec![(step.clone(), piece)]);
                filled = 0;
            }
            filled = filled.saturating_add(tokens);
        }
    }
    parts
}

/// One call that stands beside the document. None where the model fails, or the run may make no other call.
async fn ask(caller: &Caller, step: Option<StepId>, text: String) -> Result<Option<String>, Halt> {
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
            Ok(None)
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

/// The text in pieces of at most `tokens`, cut at line ends or spaces where there are any.
fn pieces(text: &str, tokens: u32) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while estimate(rest) > tokens {
        let mut end = rest.len().min(tokens as usize * 2);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        while end > 1 && estimate(rest.get(..end).unwrap_or_default()) > tokens {
            end = end * 9 / 10;
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
        }
        let head = rest.get(..end).unwrap_or_default();
        let cut = head.rfind('\n').or_else(|| head.rfind(' '));
        let cut = cut.filter(|&cut| cut > end / 2).map_or(end, |cut| cut + 1);
        let (piece, behind) = rest.split_at(cut.max(1).min(rest.len()));
        pieces.push(piece.to_owned());
        rest = behind;
    }
    if !rest.trim().is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;
    use crate::domain::context::estimate;

    #[test]
    fn pieces_are_all_of_the_text_and_none_is_too_large() {
        for text in [
            "line of text\n".repeat(500),
            "x".repeat(5_000),
            "漢字".repeat(700),
        ] {
            let all = pieces(&text, 300);
            assert_eq!(all.concat(), text);
            assert!(all.iter().all(|piece| estimate(piece) <= 300));
        }
        assert!(pieces(" ", 10).is_empty());
    }
}
