//! What each role is shown. A prompt is the standing rules and one document that only ever grows at its end: the task,
//! then plans and results in the order in which they came, then the job at hand. Calls of one run therefore share all
//! but the end of their prompts, which a server has in its cache.

use std::collections::HashSet;

use crate::domain::chat::{Message, Speaker};
use crate::domain::context::{clip, estimate, estimate_chat, share};
use crate::domain::event::StepOutcome;
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::plan_text::render;
use crate::domain::state::{Approval, PlanExecuteState, StepStatus};

const SYSTEM: &str = include_str!("../../assets/prompts/system.md");
const PLAN: &str = include_str!("../../assets/prompts/plan.md");
const STEP: &str = include_str!("../../assets/prompts/step.md");
const DECIDE: &str = include_str!("../../assets/prompts/decide.md");
const ANSWER: &str = include_str!("../../assets/prompts/answer.md");
const REPAIR: &str = include_str!("../../assets/prompts/repair.md");

/// Asks a planner for a plain list.
pub const PLAN_AS_LIST: &str = include_str!("../../assets/prompts/plan_as_list.md");
/// Asks a replanner for a plain line.
pub const DECISION_AS_LINE: &str = include_str!("../../assets/prompts/decision_as_line.md");

/// How many steps a planner is asked for.
pub const PLAN_RANGE: &str = "3 to 7";

/// What a planner may say of a step, where it may.
const MARKS: &str = "6. A step that needs several steps itself gets \"subplan\": true; it is planned when its turn comes.\n";

/// Tokens of a step's result that are shown however little room there is.
const LEAST_SHOWN: u32 = 40;

/// Tokens of the list of what is not done in the prompt for a forced answer.
const MOST_OPEN: u32 = 300;

/// A prompt that is known to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The chat.
    pub messages: Vec<Message>,
    /// Its estimated tokens.
    pub tokens: u32,
    /// Which results had to be shortened to make it fit, each with its characters before and after.
    pub shortened: Vec<String>,
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
pub fn fit(state: &PlanExecuteState, job: &str, room: u32) -> Result<Prompt, TooLong> {
    let mut near = state.past_steps.len().max(state.plan.len());
    loop {
        match fit_near(state, job, room, near) {
            Err(_) if near > 1 => near /= 2,
            fitted => return fitted,
        }
    }
}

/// [`fit`] with no more than the last `near` results and the next `near` steps.
fn fit_near(
    state: &PlanExecuteState,
    job: &str,
    room: u32,
    near: usize,
) -> Result<Prompt, TooLong> {
    let far = state.past_steps.len().saturating_sub(near);
    let past_steps = &state.past_steps[far..];
    let results: Vec<String> = past_steps.iter().map(|past| fenced(&past.result)).collect();
    let build = |results: &[String]| chat(&format!("{}{job}", document(state, results, near)));
    let whole = build(&results);
    let tokens = estimate_chat(&whole);
    let left_out = (far > 0).then(|| format!("the first {far} left out"));
    if tokens <= room {
        return Ok(Prompt {
            messages: whole,
            tokens,
            shortened: left_out.into_iter().collect(),
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
    let shortened = shortened.map(|(past, (before, after))| {
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
    })
}

/// The job of the planner. Where the plan was rejected with a reason, it is shown with it.
pub fn plan_job(state: &PlanExecuteState, range: &str) -> String {
    let mut feedback = String::new();
    if let Approval::Rejected(Some(words)) = &state.approval {
        let open: Vec<Step> = state
            .plan
            .iter()
            .filter(|p| !p.status.is_finished())
            .map(|p| p.step.clone())
            .collect();
        let words = if words.trim().is_empty() {
            "make a different plan"
        } else {
            words.trim()
        };
        feedback = format!(
            "\n# Feedback\nThe person did not accept this plan:\n{}\nand said: {}\n",
            fenced(&render(&open)),
            fenced(words)
        );
        if !state.past_steps.is_empty() {
            feedback.push_str(
                "Steps with a result above stay as they are; list only what is still to be done.\n",
            );
        }
        feedback.push('\n');
    }
    let marks = if state.may_nest() { MARKS } else { "" };
    fill(
        PLAN,
        &[("range", range), ("feedback", &feedback), ("marks", marks)],
    )
}

/// The job of the executor for one step.
pub fn step_job(state: &PlanExecuteState, step: &Step) -> String {
    let mut conditions = String::new();
    if let Some(done_when) = &step.done_when {
        conditions.push_str(&format!("Done when: {}\n", fenced(done_when)));
    }
    let names: Vec<&str> = step.depends_on.iter().map(StepId::as_str).collect();
    if !names.is_empty() {
        conditions.push_str(&format!(
            "It builds on the results of: {}\n",
            names.join(", ")
        ));
    }
    if state
        .planned(&step.id)
        .is_some_and(|planned| planned.attempts > 1)
    {
        conditions.push_str("An earlier attempt at it was cut short.\n");
    }
    fill(
        STEP,
        &[
            ("id", step.id.as_str()),
            ("description", &fenced(&step.description)),
            ("conditions", &conditions),
        ],
    )
}

/// The job of the replanner.
pub fn decide_job(state: &PlanExecuteState, iteration: u32) -> String {
    let count = |outcome| {
        state
            .plan
            .iter()
            .filter(|planned| planned.status == StepStatus::Finished(outcome))
            .count()
    };
    let mut progress = format!(
        "{} of {} steps done",
        count(StepOutcome::Done),
        state.plan.len()
    );
    if count(StepOutcome::Failed) > 0 {
        progress.push_str(&format!(", {} failed", count(StepOutcome::Failed)));
    }
    let budget = match state.limits.max_iterations.saturating_sub(iteration) {
        0 => "This was the last plan that could run: no further steps are possible.".to_owned(),
        1 => "One more plan can run after this one.".to_owned(),
        left => format!("{left} more plans can run after this one."),
    };
    fill(DECIDE, &[("progress", &progress), ("budget", &budget)])
}

/// The job of the finalizer; `forced` says why work stopped before its end.
pub fn answer_job(state: &PlanExecuteState, forced: Option<&str>) -> String {
    let forced = forced.map_or(String::new(), |why| {
        let open = open_steps(state);
        let open = if open.is_empty() { String::new() } else { format!(" Not done: {}.", clip(&fenced(&open.join("; ")), MOST_OPEN)) };
        format!("Work stopped before its end, because {why}.{open} Answer with what is known and list the open points.\n")
    });
    fill(ANSWER, &[("forced", &forced)])
}

/// What is said to a model whose reply could not be read.
pub fn repair(error: &str) -> String {
    fill(REPAIR, &[("error", error)])
}

/// The descriptions of the steps without a result.
pub fn open_steps(state: &PlanExecuteState) -> Vec<String> {
    let open = state
        .plan
        .iter()
        .filter(|planned| planned.status != StepStatus::Finished(StepOutcome::Done));
    open.map(|planned| planned.step.description.clone())
        .collect()
}

fn chat(document: &str) -> Vec<Message> {
    vec![
        Message::new(Speaker::System, SYSTEM.trim_end()),
        Message::new(Speaker::User, document.trim_end()),
    ]
}

/// Everything that happened, append-only: a record that comes later never changes what stands here already. `results`
/// are the last ones; of the steps, those with one of them are listed, and the next `near` ones.
fn document(state: &PlanExecuteState, results: &[String], near: usize) -> String {
    let far = state.past_steps.len() - results.len();
    let unfinished = state.plan.iter().filter(|p| !p.status.is_finished());
    let listed: HashSet<&StepId> = state.past_steps[far..]
        .iter()
        .map(|past| &past.id)
        .chain(unfinished.take(near).map(|planned| &planned.step.id))
        .collect();
    let mut text = format!("# Task\n<task>\n{}\n</task>\n", fenced(&state.task));
    if let Some(started) = state.started_at {
        text.push_str(&format!("Today is {}.\n", started.strftime("%Y-%m-%d")));
    }
    for revision in state
        .revisions
        .iter()
        .filter(|revision| revision.approved_by.is_some())
    {
        text.push_str(&format!("\n# Plan (revision {})\n", revision.revision));
        if let Some(reason) = revision.reason.as_deref().filter(|_| revision.revision > 1) {
            text.push_str(&format!("why: {}\n", fenced(reason)));
        }
        let earlier: Vec<&StepId> = state
            .past_steps
            .iter()
            .filter(|past| past.revision < revision.revision)
            .map(|past| &past.id)
            .collect();
        let own = revision.steps.iter().enumerate();
        let own = own.filter(|(_, step)| !earlier.contains(&&step.id));
        let (shown, hidden): (Vec<_>, Vec<_>) =
            own.partition(|(_, step)| listed.contains(&step.id));
        for (index, step) in shown {
            text.push_str(&format!(
                "{}. [{}] {}\n",
                index + 1,
                step.id,
                fenced(&step.description)
            ));
        }
        if !hidden.is_empty() {
            text.push_str(&format!("[… {} steps left out here …]\n", hidden.len()));
        }
        for (past, result) in state.past_steps[far..]
            .iter()
            .zip(results)
            .filter(|(past, _)| past.revision == revision.revision)
        {
            text.push_str(&format!(
                "\n<result step=\"{}\" status=\"{}\">\n{result}\n</result>\n",
                past.id,
                past.outcome.word()
            ));
        }
    }
    text.push('\n');
    text
}

/// Text that cannot pass for one of the document's own marks.
pub(super) fn fenced(text: &str) -> String {
    let text = text.trim();
    if !text.contains(['<', '#']) {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for mark in ["result", "task"] {
        out = out
            .replace(&format!("</{mark}"), &format!("<\\/{mark}"))
            .replace(&format!("<{mark}"), &format!("<\\{mark}"));
    }
    for heading in ["# Now", "# Plan", "# Task", "# Feedback"] {
        out = out.replace(heading, &heading.replacen("# ", "#\\ ", 1));
    }
    out
}

/// Puts values in the place of `{{name}}`, in one pass: what a value contains is never filled in again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
