//! The document that every prompt of a run ends with: it only grows at its end.

use std::collections::HashSet;

use super::fenced;
use crate::domain::context::clip;
use crate::domain::event::StepOutcome;
use crate::domain::ids::StepId;
use crate::domain::state::{PastStep, PlanExecuteState, StepStatus};

/// Tokens of what a person says, and of why a plan was made anew.
const MOST_SAID: u32 = 300;

/// One plan of the run, as the document shows it: the run's own, or one inside a step.
pub(super) struct Level<'a> {
    pub(super) state: &'a PlanExecuteState,
    /// The step it stands in.
    step: Option<&'a StepId>,
    /// Whether it tells of earlier runs.
    recalls: bool,
}

/// The plans that a job in `scope` is to know of, outermost first: those on the way to it, then those inside steps that
/// have not ended, whose results nobody has put together yet.
pub(super) fn levels<'a>(
    root: &'a PlanExecuteState,
    scope: &'a [StepId],
    recalls: bool,
) -> Vec<Level<'a>> {
    let mut levels = vec![Level {
        state: root,
        step: None,
        recalls,
    }];
    let mut state = root;
    for step in scope {
        let Some(child) = state.children.get(step) else {
            return levels;
        };
        state = child;
        levels.push(Level {
            state,
            step: Some(step),
            recalls: false,
        });
    }
    add_open(state, &mut levels);
    levels
}

fn add_open<'a>(state: &'a PlanExecuteState, levels: &mut Vec<Level<'a>>) {
    for (step, child) in &state.children {
        let has_ended = |id| state.planned(id).is_none_or(|p| p.status.is_finished());
        if !has_ended(step) && !child.past_steps.is_empty() {
            levels.push(Level {
                state: child,
                step: Some(step),
                recalls: false,
            });
            add_open(child, levels);
        }
    }
}

/// The results that a job in `scope` is shown, oldest plan first.
pub fn evidence<'a>(root: &'a PlanExecuteState, scope: &'a [StepId]) -> Vec<&'a PastStep> {
    let levels = levels(root, scope, false);
    let states = levels.iter().map(|level| level.state);
    states.flat_map(|state| state.past_steps.iter()).collect()
}

/// Everything that happened, append-only: a record that comes later never changes what stands here already. `results`
/// are the texts of the last ones of all levels; of the steps, those with one of them are listed, and the next `near`
/// ones.
pub(super) fn document(levels: &[Level<'_>], results: &[String], near: usize) -> String {
    let all: usize = levels
        .iter()
        .map(|level| level.state.past_steps.len())
        .sum();
    let mut far = all - results.len();
    let mut rest = results;
    let mut text = String::new();
    for level in levels {
        let past = &level.state.past_steps;
        let own_far = far.min(past.len());
        far -= own_far;
        let (own, behind) = rest.split_at(past.len() - own_far);
        rest = behind;
        match level.step {
            None => task(&mut text, level),
            Some(step) => text.push_str(&format!(
                "\n# Inside step {step}\nThe task is now this step: {}\n",
                fenced(&level.state.task)
            )),
        }
        plans(&mut text, level.state, own_far, own, near);
    }
    text.push('\n');
    text
}

fn task(text: &mut String, level: &Level<'_>) {
    let state = level.state;
    text.push_str(&format!(
        "# Task\n<task>\n{}\n</task>\n",
        fenced(&state.task)
    ));
    if let Some(started) = state.started_at {
        text.push_str(&format!("Today is {}.\n", started.strftime("%Y-%m-%d")));
    }
    if level.recalls && !state.recalled.is_empty() {
        text.push_str("Earlier in this conversation, for reference only:\n");
        for entry in &state.recalled {
            text.push_str(&format!(
                "<result step=\"earlier\" status=\"done\">\nasked: {}\nanswered: {}\n</result>\n",
                fenced(&entry.task),
                fenced(&entry.answer)
            ));
        }
    }
}

/// The approved plans of one level, each with what its steps brought.
fn plans(text: &mut String, state: &PlanExecuteState, far: usize, results: &[String], near: usize) {
    let unfinished = state.plan.iter().filter(|p| !p.status.is_finished());
    let listed: HashSet<&StepId> = state.past_steps[far..]
        .iter()
        .map(|past| &past.id)
        .chain(unfinished.take(near).map(|planned| &planned.step.id))
        .collect();
    let mut said = state
        .hints
        .iter()
        .filter(|hint| hint.step.is_none())
        .peekable();
    let mut say = |text: &mut String, ended: usize| {
        while let Some(hint) = said.next_if(|hint| hint.after <= ended) {
            let said = clip(&fenced(&hint.text), MOST_SAID);
            text.push_str(&format!("\nThe person says: {said}\n"));
        }
    };
    for revision in state
        .revisions
        .iter()
        .filter(|revision| revision.approved_by.is_some())
    {
        text.push_str(&format!("\n# Plan (revision {})\n", revision.revision));
        if let Some(reason) = revision.reason.as_deref().filter(|_| revision.revision > 1) {
            text.push_str(&format!("why: {}\n", clip(&fenced(reason), MOST_SAID)));
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
        for (index, past) in state.past_steps.iter().enumerate().skip(far) {
            if past.revision == revision.revision {
                say(text, index);
                text.push_str(&result(past, &results[index - far]));
            }
        }
    }
    say(text, usize::MAX);
}

fn result(past: &PastStep, shown: &str) -> String {
    let again = if past.superseded {
        format!(
            "Step {} is done again: that result counts for nothing.\n",
            past.id
        )
    } else {
        String::new()
    };
    format!(
        "\n<result step=\"{}\" status=\"{}\">\n{shown}\n</result>\n{again}",
        past.id,
        past.outcome.word()
    )
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
