//! What the demo does in a step.

use crate::domain::chat::ChatRequest;

use super::action::{Action, Outcome};
use super::document::Document;
use super::job::{Job, NO_SUCH_STEP};
use super::script::DESCRIPTION_BYTES;
use super::text::clip;
use super::tools::Use;

/// The most steps that one merged step is taken apart into.
const MOST_PARTS: usize = 8;

/// Carries out a step, with a tool where it is offered one for that.
pub(super) fn carry_out(document: &Document, request: &ChatRequest) -> String {
    let (description, material) = match document.material() {
        Some(material) => (document.step.lines().next().unwrap_or_default(), material),
        None => (document.step.as_str(), document.task.as_str()),
    };
    let job = Job::of(material);
    let own = if document.is_whole_task() {
        solved(&job)
    } else {
        step(&job, description)
    };
    let Some(use_of) = Use::of_step(description, &job) else {
        return worded(own);
    };
    match use_of.call(request) {
        Some(call) => call,
        None => worded(use_of.result(request, own)),
    }
}

/// The whole task at once: what a plan for it would have come to.
pub(super) fn solved(job: &Job) -> Outcome {
    if matches!(job, Job::Other { .. }) {
        return Err(NO_SUCH_STEP.to_owned());
    }
    let plan = job.plan().into_iter();
    let done: Vec<(Action, Outcome)> = plan
        .filter_map(|draft| {
            let action = draft.action?;
            Some((action, job.carry_out(action, &draft.description)))
        })
        .collect();
    let states = |action: &Action| matches!(action, Action::State | Action::Shared);
    let some_state = done
        .iter()
        .any(|(action, outcome)| states(action) && outcome.is_ok());
    let is_conclusion = |action: &Action| {
        !matches!(
            action,
            Action::Read | Action::Convert | Action::Subtract | Action::Divide
        )
    };
    let mut parts = Vec::new();
    let mut failures = Vec::new();
    for (action, outcome) in done {
        match outcome {
            Ok(text) if !some_state || is_conclusion(&action) => parts.push(text),
            Ok(_) => {}
            Err(reason) => failures.push(format!("Not done: {reason}")),
        }
    }
    if parts.is_empty() {
        return Err(failures.join("\n"));
    }
    parts.extend(failures);
    Ok(parts.join("\n\n"))
}

fn step(job: &Job, description: &str) -> Outcome {
    // Two steps that the program has merged into one.
    let parts: Result<Vec<String>, String> = description
        .split("; then ")
        .take(MOST_PARTS)
        .map(|description| part(job, description))
        .collect();
    Ok(parts?.join("\n\n"))
}

fn part(job: &Job, description: &str) -> Outcome {
    let action = Action::asked_for(description);
    if !is_own_wording(job, description) {
        let own = Job::of(description);
        if !matches!(own, Job::Other { .. }) {
            return carry_out_all(&own, action, description);
        }
    }
    match action {
        Some(action) => job.carry_out(action, description),
        None => Err(NO_SUCH_STEP.to_owned()),
    }
}

/// Whether the script itself may have worded this step, rather than a person.
fn is_own_wording(job: &Job, description: &str) -> bool {
    let failures = [Action::Convert, Action::Divide, Action::DivideBy];
    let again = failures
        .into_iter()
        .flat_map(|failed| job.another_way(Some(failed)));
    job.plan()
        .into_iter()
        .chain(again)
        .any(|draft| clip(&draft.description, DESCRIPTION_BYTES) == description)
}

/// A step that brings its own material is carried out on that: what it asks for, or everything that can be done with it.
fn carry_out_all(job: &Job, action: Option<Action>, description: &str) -> Outcome {
    if let Some(done) = action.map(|action| job.carry_out(action, description))
        && done.is_ok()
    {
        return done;
    }
    let results: Result<Vec<String>, String> = job
        .plan()
        .into_iter()
        .filter_map(|draft| draft.action)
        .map(|action| job.carry_out(action, description))
        .collect();
    Ok(results?.join("\n"))
}

fn worded(outcome: Outcome) -> String {
    outcome.unwrap_or_else(|reason| format!("CANNOT: {reason}"))
}
