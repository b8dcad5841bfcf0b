//! A run as a Markdown document, for people who were not there.

use std::fmt::Write as _;

use super::event::{Approver, Decision};
use super::plan::Step;
use super::state::{PlanExecuteState, PlannedStep, StepStatus, ToolUse};

/// Characters of a tool's output that the document shows.
const SHOWN: usize = 400;

/// Task, answer, plan, results, decisions and cost of a run. Texts of models stand in it as they are: whoever shows
/// it sanitizes it.
pub fn markdown(state: &PlanExecuteState) -> String {
    let mut out = String::new();
    let title = state.task.trim().lines().next().unwrap_or("A run");
    let _ = write!(out, "# {title}\n\n{}\n", facts(state));
    if state.task.trim().lines().nth(1).is_some() {
        section(&mut out, "Task", state.task.trim());
    }
    answer(&mut out, state);
    if !state.plan.is_empty() {
        let steps = state.steps();
        let lines = state.plan.iter().enumerate();
        let list: Vec<String> = lines
            .map(|(index, planned)| item(index + 1, planned, &steps))
            .collect();
        section(
            &mut out,
            &format!("Plan (version {})", state.revision),
            &list.join("\n"),
        );
    }
    results(&mut out, state);
    let decisions: Vec<String> = state
        .decisions
        .iter()
        .map(|made| {
            let what = match made.decision {
                Decision::Respond => "answer",
                Decision::Replan => "change the plan",
                Decision::FinalizeForced => "answer with what there is",
                Decision::Continue => "keep the plan",
            };
            format!("{}. {what}: {}", made.iteration, one_line(&made.reason))
        })
        .collect();
    if !decisions.is_empty() {
        section(&mut out, "Decisions", &decisions.join("\n"));
    }
    let notices: Vec<String> = state
        .notices
        .iter()
        .map(|made| format!("- {}: {}", made.level.word(), one_line(&made.text)))
        .collect();
    if !notices.is_empty() {
        section(&mut out, "Notices", &notices.join("\n"));
    }
    out
}

fn facts(state: &PlanExecuteState) -> String {
    let mut facts = Vec::new();
    if let Some(run) = &state.run {
        facts.push(format!("- Run: `{run}`"));
    }
    facts.push(format!("- Status: {}", state.status.word()));
    if let Some(at) = state.started_at {
        facts.push(format!("- Started: {at:.0}"));
    }
    let models = &state.models;
    facts.push(format!(
        "- Models: planner `{}`, executor `{}`, replanner `{}`",
        models.planner, models.executor, models.replanner
    ));
    let totals = &state.totals;
    facts.push(format!(
        "- Cost: {} model calls, {} tokens read, {} written, {}",
        totals.model_calls,
        totals.prompt_tokens,
        totals.output_tokens,
        seconds(totals.duration_ms)
    ));
    facts.join("\n")
}

fn answer(out: &mut String, state: &PlanExecuteState) {
    if let Some(response) = &state.response {
        section(out, "Answer", response.trim());
    }
    if let Some(incomplete) = &state.incomplete {
        let _ = write!(out, "\n*Incomplete: {}*\n", one_line(incomplete));
    }
    if let Some(error) = &state.error {
        section(out, "Error", &one_line(error));
    }
}

fn results(out: &mut String, state: &PlanExecuteState) {
    if state.past_steps.is_empty() {
        return;
    }
    out.push_str("\n## Results\n");
    for (index, past) in state.past_steps.iter().enumerate() {
        let _ = write!(
            out,
            "\n### {}. {} ({})\n\n{}\n",
            index + 1,
            one_line(&past.description),
            past.outcome.word(),
            past.result.trim()
        );
        // A step that was done again has its evidence with its last result.
        let rest = state.past_steps.iter().skip(index + 1);
        if !rest.map(|later| &later.id).any(|id| *id == past.id) {
            evidence(out, &state.tool_uses_of(&past.id));
        }
    }
}

/// The uses of tools that a result stands on, one line each; the log has all of every output.
fn evidence(out: &mut String, uses: &[&ToolUse]) {
    if uses.is_empty() {
        return;
    }
    out.push_str("\nEvidence:\n\n");
    for used in uses {
        let call = format!("{} {}", used.tool, used.arguments);
        let _ = write!(out, "- {}: {}", code(&call), used.word());
        if let Some(by) = used.by.filter(|by| *by == Approver::User) {
            let _ = write!(out, ", decided by the {}", by.word());
        }
        if let Some(returned) = &used.returned {
            let _ = write!(out, " in {}", seconds(returned.duration_ms));
            let output = one_line(&returned.output);
            let all = output.chars().count();
            let shown: String = output.chars().take(SHOWN).collect();
            let more = if all > SHOWN {
                format!(" … [{all} characters in all]")
            } else {
                String::new()
            };
            let _ = write!(out, "\n  {}{more}", code(&shown));
        }
        out.push('\n');
    }
}

/// The text on one line as Markdown code, whatever back-ticks it holds.
fn code(text: &str) -> String {
    let text = one_line(text);
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    if text.is_empty() {
        "(nothing)".to_owned()
    } else {
        format!("{fence} {text} {fence}")
    }
}

fn item(number: usize, planned: &PlannedStep, steps: &[Step]) -> String {
    let mark = if matches!(planned.status, StepStatus::Finished(_)) {
        'x'
    } else {
        ' '
    };
    let mut text = format!("{number}. [{mark}] {}", one_line(&planned.step.description));
    let after: Vec<String> = planned
        .step
        .depends_on
        .iter()
        .map(|id| {
            let place = steps.iter().position(|step| step.id == *id);
            place.map_or_else(|| id.to_string(), |index| (index + 1).to_string())
        })
        .collect();
    if !after.is_empty() {
        let _ = write!(text, " (after {})", after.join(", "));
    }
    let _ = write!(text, ": {}", planned.status.word());
    if let Some(ms) = planned.duration_ms {
        let _ = write!(text, " in {}", seconds(ms));
    }
    text
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = write!(out, "\n## {title}\n\n{body}\n");
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}
