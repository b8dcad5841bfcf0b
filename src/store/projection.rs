//! What a store derives from a run's records to list and search them. Never a second source of truth: it can be made
//! again from the log at any time.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{RunSummary, StoreError};
use crate::domain::chat::Role;
use crate::domain::event::{EventRecord, PlanSource, RunEvent};
use crate::domain::ids::RunId;
use crate::domain::sanitize;
use crate::domain::speed::{Pace, Speed};
use crate::domain::state::{PlanExecuteState, SEARCHED_OUTPUT, SEARCHED_OUTPUTS};

/// Around each match in a snippet.
pub(super) const MARK: &str = "**";

/// The longest snippet, in characters.
const MAX_SNIPPET: usize = 240;

/// The most words a search looks at.
const MAX_WORDS: usize = 32;

/// The most names an ambiguous prefix lists.
pub(super) const MAX_CANDIDATES: usize = 5;

impl RunSummary {
    /// The line that stands for a run in this state, whose first record was made at `started_at`.
    pub(super) fn of(run: &RunId, started_at: Timestamp, state: &PlanExecuteState) -> Self {
        let (done, steps) = (state.done(), state.plan.len());
        let replans = state
            .revisions
            .iter()
            .filter(|revision| revision.source == PlanSource::Replanner)
            .count();
        let from = state.forked_from.as_ref();
        Self {
            run: run.clone(),
            task: state.task.clone(),
            status: state.status,
            started_at: from.and_then(|from| from.at).unwrap_or(started_at),
            duration_ms: state.totals.duration_ms,
            steps: steps as u64,
            model: state.models.executor.clone(),
            steps_finished: done as u64,
            replans: replans as u64,
            thread: state.thread.clone(),
            forked_from: from.map(|from| from.run.clone()),
        }
    }
}

/// The texts of a run that a search looks through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SearchText {
    pub(super) task: String,
    pub(super) steps: String,
    pub(super) results: String,
    pub(super) answer: String,
}

impl SearchText {
    pub(super) fn of(state: &PlanExecuteState) -> Self {
        let steps: Vec<&str> = state
            .plan
            .iter()
            .map(|planned| planned.step.description.as_str())
            .collect();
        let results = state.past_steps.iter().map(|past| &*past.result);
        let results: Vec<&str> = results.chain(outputs(state)).collect();
        let spaced = |text: &str| spaced(text).into_owned();
        Self {
            task: spaced(&state.task),
            steps: spaced(&steps.join("\n")),
            results: spaced(&results.join("\n")),
            answer: spaced(state.response.as_deref().unwrap_or_default()),
        }
    }

    /// Whether this record can change any of the texts.
    pub(super) fn is_changed_by(record: &EventRecord) -> bool {
        matches!(
            record.event,
            RunEvent::RunStarted { .. }
                | RunEvent::PlanProposed { .. }
                | RunEvent::StepFinished { .. }
                | RunEvent::ToolReturned { .. }
                | RunEvent::RunFinished { .. }
        )
    }
}

/// What tools brought, the newest first: the beginning of each output, as far as there is room.
fn outputs(state: &PlanExecuteState) -> impl Iterator<Item = &str> {
    let mut room = SEARCHED_OUTPUTS;
    let uses = state.all_tool_uses().into_iter().rev();
    let outputs = uses.filter_map(|used| Some(used.returned.as_ref()?.output.as_str()));
    outputs.map_while(move |output| {
        let most = SEARCHED_OUTPUT.min(room);
        let end = (0..=most.min(output.len())).rfind(|at| output.is_char_boundary(*at));
        let kept = output.get(..end.unwrap_or(0))?;
        room -= kept.len();
        (most > 0).then_some(kept)
    })
}

/// What this record says of how fast a model is: the model, the role, and what the call took.
pub(super) fn pace_in(record: &EventRecord) -> Option<(&str, Role, Pace)> {
    match &record.event {
        RunEvent::ModelCalled(call) => Some((&call.model, call.role, Pace::of(call)?)),
        _ => None,
    }
}

/// How fast the model was in this run; none where it was not measured.
pub(super) fn speed_in(records: &[EventRecord], model: &str) -> Option<Speed> {
    let paces = records.iter().filter_map(pace_in);
    paces
        .filter(|(name, ..)| *name == model)
        .fold(None, |speed, (_, role, pace)| {
            let mut speed: Speed = speed.unwrap_or_default();
            speed.add(role, pace);
            Some(speed)
        })
}

/// The words of a search: plain text, nothing in it means anything to a query language.
pub(super) fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(MAX_WORDS)
        .collect()
}

/// Between signs that are words of their own in a search, in what is searched and in what is searched for. It is not shown.
pub(super) const SPACE: char = '\u{200b}';

/// The text as it is searched: Chinese, Japanese and Korean set no spaces between words, or set them between more than
/// words, so that each of their signs counts as one.
pub(super) fn spaced(text: &str) -> Cow<'_, str> {
    if !text.contains(is_sign) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut before = ' ';
    for c in text.chars() {
        if (is_sign(before) || is_sign(c)) && before.is_alphanumeric() && c.is_alphanumeric() {
            out.push(SPACE);
        }
        out.push(c);
        before = c;
    }
    Cow::Owned(out)
}

/// Ideographs, kana, syllables of Korean.
fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The part of `marked` around its first match, one line, bounded, safe to show.
pub(super) fn snippet(marked: &str) -> String {
    let line = sanitize::line(marked);
    let line = line.trim();
    if line.chars().count() <= MAX_SNIPPET {
        return line.to_owned();
    }
    let before = line.find(MARK).map_or(0, |at| line[..at].chars().count());
    let skipped = before.saturating_sub(MAX_SNIPPET / 4);
    let cut: String = line.chars().skip(skipped).take(MAX_SNIPPET).collect();
    let open = if skipped > 0 { "…" } else { "" };
    format!("{open}{cut}…")
}

/// The one run that a prefix stands for; `found` holds the runs whose names start with it, newest first, at least
/// [`MAX_CANDIDATES`] of them where there are as many.
pub(super) fn choose(prefix: &str, mut found: Vec<RunId>) -> Result<RunId, StoreError> {
    if let Some(exact) = found.iter().position(|run| run.as_str() == prefix) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        0 => Err(StoreError::NoSuchRun(sanitize::line(prefix).into_owned())),
        1 => Ok(found.swap_remove(0)),
        _ => {
            found.truncate(MAX_CANDIDATES);
            let distinct = found
                .iter()
                .enumerate()
                .all(|(at, run)| found[..at].iter().all(|other| other.short() != run.short()));
            let names: Vec<&str> = found
                .iter()
                .map(|run| if distinct { run.short() } else { run.as_str() })
                .collect();
            Err(StoreError::Ambiguous {
                prefix: sanitize::line(prefix).into_owned(),
                candidates: names.join(", "),
            })
        }
    }
}
