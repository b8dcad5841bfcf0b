//! What only has to be read.

use super::failed;
use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;
use crate::session::{Session, SessionError};
use crate::store::{RunQuery, StoreError};
use crate::tui::effect::{Effect, Endpoint, Msg, Preview};

/// Recent runs, for the first screen and for the tasks of the past; the history has all of them.
const MAX_RECENT: usize = 2_000;

/// Characters of a text in a preview, and steps.
const MAX_PREVIEWED: usize = 1_000;
const MAX_STEPS: usize = 10;

/// Whether an effect only reads.
pub(super) fn only_reads(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Open(_)
            | Effect::Follow(..)
            | Effect::ReadOutput(..)
            | Effect::ListRuns
            | Effect::ReadPage(_)
            | Effect::Preview(_)
            | Effect::Compare(..)
            | Effect::ReadCall(..)
            | Effect::ReadLog
            | Effect::ListFiles(_)
    )
}

/// Reads what an effect asks for; none for those that do more than reading. May block.
pub(in crate::tui) fn look(session: &Session, effect: &Effect) -> Option<Msg> {
    let read = || -> Result<Option<Msg>, SessionError> {
        Ok(Some(match effect {
            Effect::Open(run) => {
                let status = session.store().summary(run)?.status;
                Msg::Opened(run.clone(), session.store().load(run)?, status)
            }
            Effect::Follow(run, seq) => {
                let status = session.store().summary(run)?.status;
                let records = session.store().load_after(run, *seq)?;
                Msg::Followed(run.clone(), records, status)
            }
            Effect::ReadOutput(run, seq) => match session.store().record(run, *seq)? {
                Some(record) => Msg::OutputRead(Box::new(record)),
                None => return Ok(None),
            },
            Effect::ListRuns => {
                let newest = RunQuery {
                    limit: MAX_RECENT,
                    ..RunQuery::default()
                };
                let page = session.page(&newest)?;
                let runs = page.hits.into_iter().map(|hit| hit.summary);
                Msg::Runs(runs.collect(), page.total)
            }
            Effect::ReadPage(query) => {
                let page = session.store().page(query).map_err(|error| told(&error));
                Msg::Paged(query.clone(), page)
            }
            Effect::Preview(run) => Msg::Previewed(run.clone(), preview(session, run)),
            Effect::Compare(a, b) => Msg::Compared(Box::new(session.compare(a, b)?)),
            Effect::ReadCall(run, call) => {
                let transcript = session.store().call(run, &call.call)?;
                let (url, key_variable) = session.endpoint(&call.model);
                let endpoint = Endpoint { url, key_variable };
                Msg::CallRead(call.clone(), transcript, endpoint)
            }
            Effect::ListFiles(typed) => Msg::Files(typed.clone(), session.workspace_files()?),
            Effect::ReadLog => match session.log_end() {
                Ok(text) => Msg::LogRead(text),
                Err(error) => Msg::Failed(format!("the log cannot be read: {error}"), None),
            },
            _ => return Ok(None),
        }))
    };
    read().unwrap_or_else(|error| Some(failed(&error)))
}

/// An error of the store and its remedy as one sentence.
pub(super) fn told(error: &StoreError) -> String {
    let hint = error.hint().map(|hint| format!("; hint: {hint}"));
    format!("{error}{}", hint.unwrap_or_default())
}

/// What a run came to.
fn preview(session: &Session, run: &RunId) -> Preview {
    let Ok(records) = session.store().load(run) else {
        return Preview::default();
    };
    let state = PlanExecuteState::replay(&records);
    let answer = state.response.or(state.error).unwrap_or_default();
    let cut = |text: &str| text.chars().take(MAX_PREVIEWED).collect::<String>();
    let steps = state.plan.iter().take(MAX_STEPS);
    Preview {
        answer: cut(&answer),
        steps: steps
            .map(|planned| (planned.status, cut(&planned.step.description)))
            .collect(),
    }
}
