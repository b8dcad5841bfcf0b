//! A prompt that fits: what is shown of the results, and how much of it.

use std::collections::BTreeMap;

use super::document::{Level, document, levels};
use super::fenced;
use crate::domain::chat::{Message, Role, Speaker};
use crate::domain::context::{clip, estimate, estimate_chat, share};
use crate::domain::event::RunSettings;
use crate::domain::ids::StepId;
use crate::domain::state::{PastStep, PlanExecuteState};

const SYSTEM: &str = include_str!("../../../assets/prompts/system.md");

/// Tokens of a step's result that are shown however little room there is.
const LEAST_SHOWN: u32 = 40;

/// Characters of a result that is not one of the last ones, where only those are shown.
const ONE_LINE: u32 = 80;

/// What a prompt consists of beside the document of the run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text<'a> {
    /// What stands behind the standing rules, the same in all prompts of a run: the tools.
    pub rules: &'a str,
    /// The job at hand, at the end.
    pub job: &'a str,
}

/// A prompt that is known to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The chat.
    pub messages: Vec<Message>,
    /// Its estimated tokens.
    pub tokens: u32,
    /// Which results had to be shortened to make it fit, each with its characters before and after.
    pub shortened: Vec<String>,
    /// The steps whose results were cut or left out.
    pub lost: Vec<StepId>,
    /// Those that were left out.
    pub left_out: Vec<StepId>,
}

/// Which texts stand for the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The summaries of older results in their place; else the results themselves.
    pub summaries: bool,
    /// The most characters of a result; none for all.
    pub preview: Option<u32>,
    /// How many of the last results are more than a line; none for all.
    pub recent: Option<u32>,
    /// What stands for the results of these steps, whatever else is said.
    pub instead: BTreeMap<StepId, String>,
    /// The steps whose results the job builds on: these are shown as they are.
    pub whole: Vec<StepId>,
    /// The steps whose texts stand for others, too: rather than to cut them, steps far from the work are left out.
    pub kept: Vec<StepId>,
}

impl Shown {
    /// What a role is shown of the results: the answer is written from all of them, everything else from what the
    /// settings leave.
    pub fn to(role: Role, settings: &RunSettings, whole: Vec<StepId>) -> Self {
        if role == Role::Finalizer {
            return Self::default();
        }
        Self {
            summaries: true,
            preview: settings.result_preview,
            recent: settings.recent_steps,
            whole,
            ..Self::default()
        }
    }

    /// The text for one result, the `age`-th from the end.
    fn text(&self, state: &PlanExecuteState, past: &PastStep, age: usize) -> String {
        if let Some(text) = self.instead.get(&past.id) {
            return text.clone();
        }
        let summary = state.summaries.get(&past.id).filter(|_| self.summaries);
        if self.whole.contains(&past.id) {
            return past.result.to_string();
        }
        let text = summary.map_or(&*past.result, String::as_str);
        let old = self.recent.is_some_and(|recent| age > recent as usize);
        let most = if old { Some(ONE_LINE) } else { self.preview };
        most.map_or_else(|| text.to_owned(), |most| preview(text, most as usize))
    }
}

/// The beginning of a text, with a mark where it goes on.
fn preview(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!(
            "{}... [{} characters in all]",
            &text[..end],
            text.chars().count()
        ),
        None => text.to_owned(),
    }
}

/// A prompt that cannot be made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// Tokens that it needs at the least.
    pub needed: u32,
    /// Tokens that there are for it.
    pub room: u32,
}

/// The prompt for a job (one of the functions below): at most `room` tokens by [`estimate`]. Where the results do not
/// fit they are shortened fairly, the short ones last; where there are too many steps for that, those far from the work
/// are left out.
///
/// # Errors
/// [`TooLong`] where task and job alone do not fit.
pub fn fit(
    whole: &PlanExecuteState,
    scope: &[StepId],
    shown: &Shown,
    job: &Text<'_>,
    room: u32,
) -> Result<Prompt, TooLong> {
    let full = fit_levels(&levels(whole, scope, true), shown, job, room);
    match full {
        // What earlier runs of the thread brought is the first to go.
        Ok(prompt) if prompt.shortened.is_empty() || whole.recalled.is_empty() => Ok(prompt),
        Err(error) if whole.recalled.is_empty() => Err(error),
        _ => fit_levels(&levels(whole, scope, false), shown, job, room),
    }
}

fn fit_levels(
    levels: &[Level<'_>],
    shown: &Shown,
    job: &Text<'_>,
    room: u32,
) -> Result<Prompt, TooLong> {
    let steps = |level: &Level<'_>| level.state.past_steps.len().max(level.state.plan.len());
    let mut near: usize = levels.iter().map(steps).sum();
    let mut best: Option<(usize, Prompt)> = None;
    loop {
        let fitted = fit_near(levels, shown, job, room, near);
        let is_last = near <= 1;
        match fitted {
            Err(too_long) if is_last && best.is_none() => return Err(too_long),
            Err(_) => {}
            Ok(prompt) => {
                let kept = shown.kept.iter();
                let cut = kept.filter(|step| prompt.lost.contains(step)).count();
                if best.as_ref().is_none_or(|(least, _)| cut < *least) {
                    best = Some((cut, prompt));
                }
            }
        }
        match best.take_if(|(cut, _)| *cut == 0 || is_last) {
            Some((_, prompt)) => return Ok(prompt),
            None => near = (near / 2).max(1),
        }
    }
}

/// [`fit`] with no more than the last `near` results and the next `near` steps.
fn fit_near(
    levels: &[Level<'_>],
    shown: &Shown,
    job: &Text<'_>,
    room: u32,
    near: usize,
) -> Result<Prompt, TooLong> {
    let all: Vec<(&PlanExecuteState, &PastStep)> = levels
        .iter()
        .flat_map(|level| {
            level
                .state
                .past_steps
                .iter()
                .map(|past| (level.state, past))
        })
        .collect();
    let far = all.len().saturating_sub(near);
    let past_steps = &all[far..];
    let texts = past_steps.iter().enumerate();
    let texts =
        texts.map(|(index, (state, past))| shown.text(state, past, past_steps.len() - index));
    let results: Vec<String> = texts.map(|text| fenced(&text)).collect();
    let build = |results: &[String]| {
        let document = document(levels, results, near);
        chat(job.rules, &format!("{document}{}", job.job))
    };
    let whole = build(&results);
    let tokens = estimate_chat(&whole);
    let left_out = (far > 0).then(|| format!("the first {far} left out"));
    if tokens <= room {
        return Ok(Prompt {
            messages: whole,
            tokens,
            shortened: left_out.into_iter().collect(),
            lost: names(&all[..far]),
            left_out: names(&all[..far]),
        });
    }
    let wanted: Vec<u32> = results.iter().map(|result| estimate(result)).collect();
    let fixed = tokens - wanted.iter().sum::<u32>().min(tokens);
    let least: u32 = wanted.iter().map(|&tokens| tokens.min(LEAST_SHOWN)).sum();
    // Every cut text is rounded up by less than a token, and so is the sum of the parts.
    let slack = u32::try_from(results.len())
        .unwrap_or(u32::MAX)
        .saturating_add(4);
    let needed = fixed.saturating_add(least).saturating_add(slack);
    if needed > room {
        return Err(TooLong { needed, room });
    }
    let granted = share(&wanted, room - fixed - slack);
    let cut: Vec<String> = results
        .iter()
        .zip(&granted)
        .map(|(result, &tokens)| clip(result, tokens))
        .collect();
    let shortened = past_steps
        .iter()
        .zip(results.iter().zip(&cut))
        .filter(|(_, (before, after))| before != after);
    let mut lost = names(&all[..far]);
    lost.extend(shortened.clone().map(|((_, past), _)| past.id.clone()));
    let shortened = shortened.map(|((_, past), (before, after))| {
        format!(
            "{} ({} → {} characters)",
            past.id,
            before.chars().count(),
            after.chars().count()
        )
    });
    let shortened = left_out.into_iter().chain(shortened).collect();
    let messages = build(&cut);
    let tokens = estimate_chat(&messages);
    if tokens > room {
        return Err(TooLong {
            needed: tokens,
            room,
        });
    }
    Ok(Prompt {
        messages,
        tokens,
        shortened,
        lost,
        left_out: names(&all[..far]),
    })
}

fn names(results: &[(&PlanExecuteState, &PastStep)]) -> Vec<StepId> {
    results.iter().map(|(_, past)| past.id.clone()).collect()
}

/// The prompt for a job that says all it needs itself, cut to at most `room` tokens.
pub fn alone(job: &Text<'_>, room: u32) -> Prompt {
    let rules = estimate_chat(&chat(job.rules, ""));
    let text = clip(job.job, room.saturating_sub(rules));
    let messages = chat(job.rules, &text);
    let cut = (text != job.job).then(|| "the question itself".to_owned());
    Prompt {
        tokens: estimate_chat(&messages),
        messages,
        shortened: cut.into_iter().collect(),
        lost: Vec::new(),
        left_out: Vec::new(),
    }
}

fn chat(rules: &str, document: &str) -> Vec<Message> {
    vec![
        Message::new(Speaker::System, format!("{}{rules}", SYSTEM.trim_end())),
        Message::new(Speaker::User, document.trim_end()),
    ]
}
