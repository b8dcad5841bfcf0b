//! What the demo says in each role.

use serde_json::{Value, json};

use crate::domain::chat::{ChatRequest, Role};
use crate::domain::plan::DraftStep;

use super::action::{Action, Draft};
use super::carry::{carry_out, solved};
use super::document::{Document, Feedback, StepResult};
use super::feedback;
use super::job::{INSTALL, Job, why_not};
use super::pieces;
use super::text::clip;
use super::tools::Use;

/// The last line of every answer.
const HONESTY: &str = "This is planwright's built-in demo model: a script, not a language model.";
/// The most bytes of a step's description.
pub(super) const DESCRIPTION_BYTES: usize = 200;
/// The most bytes of the JSON of a plan.
const PLAN_BYTES: usize = 4000;
/// The most bytes of an answer before its last line.
const ANSWER_BYTES: usize = 3600;
/// The most bytes that an answer takes over from one result.
const RESULT_BYTES: usize = 1400;

/// The whole reply to a request.
pub(super) fn reply(request: &ChatRequest) -> String {
    let document = Document::of(request);
    match request.role {
        Role::Planner if document.instruction.contains("\"mode\"") => choose(&document),
        Role::Planner => plan(&document, request),
        Role::Executor => carry_out(&document, request),
        Role::Replanner => decide(&document),
        Role::Finalizer => answer(&document),
        Role::Summarizer => summary(&document),
        Role::Verifier => json!({"met": false, "gap": "a script cannot judge results"}).to_string(),
    }
}

/// The mode that shows most of what the script can do with the task.
fn choose(document: &Document) -> String {
    let (mode, reason) = match Job::of(&document.task) {
        Job::Compare(_) => (
            "plan-execute",
            "a step may fail, and the rest is planned anew then",
        ),
        Job::Text(_) | Job::List(_) => ("rewoo", "all steps can be written down at once"),
        Job::Other { .. } => ("direct", "there is nothing that a script could plan"),
    };
    json!({"mode": mode, "reason": reason}).to_string()
}

fn plan(document: &Document, request: &ChatRequest) -> String {
    let job = Job::of(&document.task);
    let with_tool = Use::of_words(&document.task).filter(|_| matches!(job, Job::Other { .. }));
    if let Some((description, tool)) = with_tool.and_then(|use_of| use_of.step(request))
        && document.feedback.is_none()
    {
        return json!({"steps": [{"description": description, "tool": tool}]}).to_string();
    }
    let drafts = match &document.feedback {
        None => job.plan(),
        Some(Feedback { rejected, words }) if rejected.is_empty() => {
            feedback::apply(job.plan(), words)
        }
        Some(Feedback { rejected, words }) => feedback::apply(as_drafts(&job, rejected), words),
    };
    if document.instruction.contains("\"input\"") {
        return blueprint(drafts, document, request);
    }
    within(drafts, |steps| json!({ "steps": steps }))
}

/// The steps that lead to the answer, each with all that it is carried out from; as many as the reply has room for.
fn blueprint(mut drafts: Vec<Draft>, document: &Document, request: &ChatRequest) -> String {
    let leads = |draft: &Draft| !matches!(draft.action, Some(Action::Read | Action::Convert));
    if drafts.iter().any(leads) {
        drafts.retain(leads);
    }
    let room = usize::try_from(request.num_predict).unwrap_or(usize::MAX);
    loop {
        let steps = drafts.iter().map(|draft| {
            let description = clip(&draft.description, DESCRIPTION_BYTES);
            json!({"description": description, "input": document.task})
        });
        let text = json!({ "steps": steps.collect::<Vec<_>>() }).to_string();
        let fits = text.len() <= PLAN_BYTES && pieces(&text).len() <= room;
        if fits || drafts.len() < 2 {
            return text;
        }
        drafts.remove(0);
    }
}

/// A plan that a person has seen, and may have changed, as the script's own.
fn as_drafts(job: &Job, steps: &[DraftStep]) -> Vec<Draft> {
    let own = job.plan();
    let draft = |step: &DraftStep| {
        let action = Action::asked_for(&step.description);
        let planned = own.iter().find(|draft| draft.action == action);
        Draft {
            action,
            description: step.description.clone(),
            done_when: clip(step.done_when.as_deref().unwrap_or_default(), 120),
            after: planned.map_or(&[], |draft| draft.after),
        }
    };
    steps.iter().map(draft).collect()
}

fn decide(document: &Document) -> String {
    let failed: Vec<&StepResult> = document.open_failures().collect();
    let Some(first) = failed.first() else {
        if document.asks_about_a_plan_at_work() {
            return json!({
                "decision": "continue",
                "reason": "no step has failed; the steps to come are still right",
                "edits": [],
            })
            .to_string();
        }
        return respond(if document.has_answered_a_failure() {
            "what can be stated without the failed step is stated"
        } else {
            "every step has a result"
        });
    };
    let reason = reason_of(first);
    if !document.may_replan() {
        return respond(&format!(
            "a step failed ({reason}), and no other plan can run"
        ));
    }
    if document.has_answered_a_failure() {
        return respond(&format!(
            "a step failed again ({reason}), and what could be done otherwise is done"
        ));
    }
    let job = Job::of(&document.task);
    let stated = |draft: &Draft| draft.action == Some(Action::State) && is_stated(document);
    let mut drafts = job.another_way(Action::asked_for(&described(document, first)));
    drafts.retain(|draft| !stated(draft));
    if drafts.is_empty() {
        return respond(&format!(
            "a step failed ({reason}), and a script knows no other way"
        ));
    }
    within(drafts, |steps| {
        json!({
            "decision": "replan",
            "reason": clip(&format!("{reason}; the rest can still be stated"), 400),
            "steps": steps,
        })
    })
}

fn respond(reason: &str) -> String {
    json!({"decision": "respond", "reason": clip(reason, 400), "steps": []}).to_string()
}

fn is_stated(document: &Document) -> bool {
    document.results.iter().any(|result| {
        result.done && Action::asked_for(&described(document, result)) == Some(Action::State)
    })
}

fn described(document: &Document, result: &StepResult) -> String {
    document
        .description(&result.step)
        .unwrap_or_default()
        .to_owned()
}

/// Why a step failed, without the words that only mark it as failed.
fn reason_of(result: &StepResult) -> String {
    let text = result.text.trim();
    let text = text.strip_prefix("Step failed:").unwrap_or(text).trim();
    clip(text.strip_prefix("CANNOT:").unwrap_or(text), 300)
}

fn answer(document: &Document) -> String {
    let mut parts: Vec<String> = Vec::new();
    let job = Job::of(&document.task);
    if let &Job::Other { lacks_quantities } = &job
        && !document
            .results
            .iter()
            .any(|r| r.done && !is_advice(document, r))
    {
        parts.push(format!(
            "The demo cannot do this task: {}.\n\n{}",
            why_not(lacks_quantities),
            INSTALL.trim_end()
        ));
    } else {
        parts.extend(evidence(document));
        parts.extend(missing(document));
    }
    if let Some(why) = document.stopped_because() {
        parts.push(format!("Work stopped early: {}.", clip(why, 300)));
    }
    if parts.is_empty() {
        parts.push(if document.plans.is_empty() {
            solved(&job).unwrap_or_else(|reason| format!("The demo cannot do this task: {reason}."))
        } else {
            "No step has a result, so there is nothing to answer with.".to_owned()
        });
    }
    let mut text = parts.join("\n\n");
    if text.len() > ANSWER_BYTES {
        text = format!("{}\n…", shorten(&text, ANSWER_BYTES));
    }
    format!("{text}\n\n{HONESTY}")
}

fn is_advice(document: &Document, result: &StepResult) -> bool {
    matches!(
        Action::asked_for(&described(document, result)),
        Some(Action::Abilities | Action::Install | Action::NotFollow)
    )
}

/// The results that answer the task: those that state something, or all where none does.
fn evidence(document: &Document) -> Vec<String> {
    let is_conclusion = |result: &&StepResult| {
        !matches!(
            Action::asked_for(&described(document, result)),
            Some(Action::Read | Action::Convert | Action::Subtract | Action::Divide)
        )
    };
    let states = |result: &&StepResult| {
        matches!(
            Action::asked_for(&described(document, result)),
            Some(Action::State | Action::Shared)
        )
    };
    let done: Vec<&StepResult> = document.results.iter().filter(|r| r.done).collect();
    let some_state = done.iter().any(states);
    done.iter()
        .filter(|result| !some_state || is_conclusion(result))
        .map(|result| shorten(&result.text, RESULT_BYTES))
        .filter(|text| !text.is_empty())
        .collect()
}

/// What has no result, and why.
fn missing(document: &Document) -> Option<String> {
    let failed = document.results.iter().filter(|r| !r.done).map(|result| {
        let step = clip(&described(document, result), DESCRIPTION_BYTES);
        format!("- {step}: {}", reason_of(result))
    });
    let undone = document
        .undone()
        .map(|(_, description)| format!("- {}: not begun", clip(description, DESCRIPTION_BYTES)));
    let lines: Vec<String> = failed.chain(undone).collect();
    (!lines.is_empty()).then(|| format!("Not done:\n{}", lines.join("\n")))
}

fn summary(document: &Document) -> String {
    let results: Vec<String> = document
        .results
        .iter()
        .map(|result| format!("{}: {}", clip(&result.step, 40), clip(&result.text, 240)))
        .collect();
    shorten(&results.join("\n"), ANSWER_BYTES)
}

/// The steps as JSON, the last ones left out where the whole would be too long.
fn within(mut drafts: Vec<Draft>, whole: impl Fn(Value) -> Value) -> String {
    loop {
        let text = whole(steps(&drafts)).to_string();
        if text.len() <= PLAN_BYTES || drafts.len() < 2 {
            return text;
        }
        drafts.pop();
    }
}

fn steps(drafts: &[Draft]) -> Value {
    let steps = drafts.iter().enumerate().map(|(index, draft)| {
        let depends_on: Vec<usize> = (1..)
            .zip(&drafts[..index])
            .filter(|(_, earlier)| earlier.action.is_some_and(|a| draft.after.contains(&a)))
            .map(|(number, _)| number)
            .collect();
        json!({
            "description": clip(&draft.description, DESCRIPTION_BYTES),
            "done_when": draft.done_when,
            "depends_on": depends_on,
        })
    });
    steps.collect()
}

/// The text cut at a character, line breaks kept.
fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text[..end].to_owned()
}
