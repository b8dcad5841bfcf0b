//! What a person at the terminal sees of a run at work: one line on standard error for everything that happens.

use super::cost;
use super::format::{cut, duration, plural};
use super::out::tell;
use crate::domain::budget::left;
use crate::domain::estimate::comparison;
use crate::domain::event::{
    Decision, Delta, DeltaKind, EventRecord, NoticeLevel, RoleModels, RunEvent, StepOutcome,
    ToolDecision,
};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::sanitize::{block, line};
use crate::domain::state::{Approval, PlanExecuteState};

/// Loading a model that takes as long is worth a line, in milliseconds.
const LOADING: u64 = 500;
/// The most lines of a result that are said.
const MOST_RESULT: usize = 200;

/// Says what a record means. `state` is the state with the record folded in.
pub(super) fn record(state: &PlanExecuteState, record: &EventRecord) {
    // What happens inside a step is told by the plan inside it, each line with the step before it.
    let plan = state.at(&record.scope).unwrap_or(state);
    let said = match &record.event {
        RunEvent::RunResumed { reason, limits } => {
            Some(resumed(state, record, reason, limits.is_some()))
        }
        RunEvent::PlanProposed { .. }
        | RunEvent::PlanEstimated { .. }
        | RunEvent::PlanApproved { .. }
        | RunEvent::PlanRejected { .. }
        | RunEvent::ActDecided { .. } => about_plan(plan, &record.event),
        RunEvent::StepStarted { .. } | RunEvent::StepFinished { .. } => {
            about_step(plan, &record.event)
        }
        RunEvent::ToolCalled { .. }
        | RunEvent::ToolDecided { .. }
        | RunEvent::ToolReturned { .. } => about_tool(plan, &record.event),
        RunEvent::ModeChosen { .. }
        | RunEvent::ThreadRecalled { .. }
        | RunEvent::StepChecked { .. }
        | RunEvent::StepReset { .. }
        | RunEvent::HintGiven { .. }
        | RunEvent::ReplanRequested { .. }
        | RunEvent::ResultSummarized { .. } => about_work(plan, &record.event),
        _ => about_run(state, record),
    };
    match (said, record.scope.last()) {
        (Some(said), None) => tell(said),
        (Some(said), Some(step)) => {
            for each in said.lines() {
                tell(format_args!("  [{}] {each}", line(step.as_str())));
            }
        }
        (None, _) => {}
    }
}

/// Says what came of a step that is done; why one failed is said with its end.
pub(super) fn result(record: &EventRecord) {
    let RunEvent::StepFinished {
        status: StepOutcome::Done,
        result,
        ..
    } = &record.event
    else {
        return;
    };
    let within = record.scope.last().map_or(String::new(), |step| {
        format!("  [{}] ", line(step.as_str()))
    });
    let text = block(result.trim());
    let mut lines = text.lines();
    let mut before = "result: ";
    for each in lines.by_ref().take(MOST_RESULT) {
        tell(format_args!("{within}{before}{each}"));
        before = "  ";
    }
    let rest = lines.count() as u64;
    if rest > 0 {
        let (rest, run) = (plural(rest, "more line"), record.run.short());
        tell(format_args!(
            "{within}… {rest}; `planwright runs export {run}` has all"
        ));
    }
}

/// What else happens on the way.
fn about_work(state: &PlanExecuteState, event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::ModeChosen { mode, reason } => {
            format!("mode {}: {}", mode.word(), line(reason))
        }
        RunEvent::ThreadRecalled { entries } => {
            let runs = plural(entries.len() as u64, "earlier run");
            format!("remembers {runs} of this thread")
        }
        RunEvent::StepChecked { step, met, gap, .. } => {
            let gap = gap
                .as_deref()
                .map_or(String::new(), |gap| format!(": {}", line(gap)));
            let what = if *met { "reached" } else { "did not reach" };
            format!(
                "step {}  {what} its `done_when`{gap}",
                position(state, step)
            )
        }
        RunEvent::StepReset { step, reason } => {
            format!(
                "step {}  is done again: {}",
                position(state, step),
                line(reason)
            )
        }
        RunEvent::HintGiven { text, .. } => format!("hint: {}", line(text)),
        RunEvent::ReplanRequested { .. } => "the plan is to be looked at again".to_owned(),
        RunEvent::ResultSummarized { step, .. } => {
            format!(
                "step {}  its result is shown in fewer words",
                position(state, step)
            )
        }
        _ => return None,
    })
}

/// A plan that waits is shown again: who answers now may not be who saw it.
fn resumed(
    state: &PlanExecuteState,
    record: &EventRecord,
    reason: &str,
    rebounded: bool,
) -> String {
    let mut said = format!("run {}  goes on: {}", record.run.short(), line(reason));
    if rebounded {
        let left = left(state);
        let bounds = left
            .iter()
            .map(|left| format!("{} {}", left.max, left.name));
        said.push_str(&format!(
            "\nat most {}",
            bounds.collect::<Vec<_>>().join(", ")
        ));
    }
    if state.approval == Approval::Pending {
        said.push_str(&format!("\nplan {} waits\n{}", state.revision, plan(state)));
        if let Some(estimate) = state.revisions.last().and_then(|last| last.estimate) {
            let expected = cost::expected(&estimate, &state.models);
            said.push_str(&format!("\nexpected: {expected}"));
        }
    }
    said
}

fn about_run(state: &PlanExecuteState, record: &EventRecord) -> Option<String> {
    let run = record.run.short();
    Some(match &record.event {
        RunEvent::RunStarted { models, .. } => format!("run {run}  {}", model_names(models)),
        RunEvent::RunPaused { reason } => format!("paused: {}", line(reason)),
        RunEvent::ModelCalled(call) if !call.ok => {
            let error = call.error.as_deref().unwrap_or("its reply was not used");
            format!("{} call {} failed: {}", call.role, call.call, line(error))
        }
        RunEvent::ModelCalled(call) if call.load_ms >= Some(LOADING) => format!(
            "{}  loaded in {}",
            line(&call.model),
            duration(call.load_ms.unwrap_or_default())
        ),
        RunEvent::ModelSwitched {
            role, to, reason, ..
        } => format!("the {role} goes on with {}: {}", line(to), line(reason)),
        RunEvent::Notice { level, text } => {
            let word = match level {
                NoticeLevel::Info => "note",
                NoticeLevel::Warning => "warning",
                NoticeLevel::Error => "problem",
            };
            format!("{word}: {}", line(text))
        }
        RunEvent::RunFinished {
            incomplete, totals, ..
        } => {
            let lacking = incomplete.as_deref().map_or(String::new(), |why| {
                format!("warning: the answer is incomplete: {}\n", line(why))
            });
            let compared = comparison(state).map_or(String::new(), |comparison| {
                format!("\nthe plan {}", cost::compared(&comparison, &state.models))
            });
            format!(
                "{lacking}{} in {}, {} tokens read, {} written{compared}",
                plural(totals.model_calls, "model call"),
                duration(totals.duration_ms),
                totals.prompt_tokens,
                totals.output_tokens
            )
        }
        _ => return None,
    })
}

fn about_plan(state: &PlanExecuteState, event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::PlanProposed {
            revision,
            source,
            problems,
            reason,
            ..
        } => {
            let why = reason
                .as_deref()
                .map_or(String::new(), |r| format!(": {}", line(r)));
            let mut said = format!(
                "plan {revision} by the {}, {}{why}\n{}",
                source.word(),
                plural(state.plan.len() as u64, "step"),
                plan(state)
            );
            for problem in problems {
                said.push_str(&format!("\n  problem: {}", line(problem)));
            }
            said
        }
        RunEvent::PlanEstimated { estimate, .. } => {
            format!("expected: {}", cost::expected(estimate, &state.models))
        }
        RunEvent::PlanApproved { revision, by, .. } => {
            format!("plan {revision} approved by {}", by.word())
        }
        RunEvent::PlanRejected { revision, by, .. } => {
            format!("plan {revision} rejected by {}", by.word())
        }
        RunEvent::ActDecided {
            decision, reason, ..
        } => {
            let what = match decision {
                Decision::Respond => "the results are enough",
                Decision::Replan => "the plan changes",
                Decision::FinalizeForced => "the answer is forced",
                Decision::Continue => "the plan stands",
            };
            format!("decided: {what}: {}", line(reason))
        }
        _ => return None,
    })
}

fn about_step(state: &PlanExecuteState, event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::StepStarted { step, attempt } => {
            let again = match attempt {
                0 | 1 => String::new(),
                n => format!(" (attempt {n})"),
            };
            let what = state
                .planned(step)
                .map_or_else(String::new, |p| line(&p.step.description).into_owned());
            format!("step {}  {what}{again}", position(state, step))
        }
        RunEvent::StepFinished {
            step,
            status,
            result,
            duration_ms,
            ..
        } => {
            let why = match status {
                StepOutcome::Done => String::new(),
                StepOutcome::Failed | StepOutcome::Skipped => {
                    format!(": {}", cut(&line(result), 200))
                }
            };
            format!(
                "step {}  {} after {}{why}",
                position(state, step),
                status.word(),
                duration(*duration_ms)
            )
        }
        _ => return None,
    })
}

/// One line for a call, one for what it brought; that it was allowed goes without saying.
fn about_tool(state: &PlanExecuteState, event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::ToolCalled {
            step,
            tool,
            arguments,
            ..
        } => format!(
            "step {}  uses {} {}",
            position(state, step),
            line(tool),
            cut(&line(&arguments.to_string()), 160)
        ),
        RunEvent::ToolDecided {
            step,
            decision: ToolDecision::Deny,
            by,
            ..
        } => format!("step {}  denied by {}", position(state, step), by.word()),
        RunEvent::ToolReturned {
            step,
            tool,
            ok,
            output,
            duration_ms,
            ..
        } => {
            let what = if *ok { "brought" } else { "failed" };
            format!(
                "step {}  {} {what} after {}: {}",
                position(state, step),
                line(tool),
                duration(*duration_ms),
                cut(&line(output), 160)
            )
        }
        _ => return None,
    })
}

fn model_names(models: &RoleModels) -> String {
    let RoleModels {
        planner,
        executor,
        replanner,
        ..
    } = models;
    if planner == executor && executor == replanner {
        return line(executor).into_owned();
    }
    let names = format!("planner {planner}, executor {executor}, replanner {replanner}");
    line(&names).into_owned()
}

/// Says that a call is sent again.
pub(super) fn delta(delta: &Delta) {
    if delta.kind == DeltaKind::Restart && !delta.text.is_empty() {
        tell(format_args!(
            "{} call {} again: {}",
            delta.role,
            delta.call,
            line(&delta.text)
        ));
    }
}

/// The plan in force, one step a line: finished ones with their state, what each builds on.
fn plan(state: &PlanExecuteState) -> String {
    let steps = state.steps();
    let lines = state.plan.iter().enumerate().map(|(index, planned)| {
        let done = if planned.status.is_finished() {
            format!(" ({})", planned.status.word())
        } else {
            String::new()
        };
        format!(
            "  {}. {}{}{done}",
            index + 1,
            line(&planned.step.description),
            after(&steps, &planned.step)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn after(steps: &[Step], step: &Step) -> String {
    if step.depends_on.is_empty() {
        return String::new();
    }
    let places = step.depends_on.iter().map(|id| {
        steps
            .iter()
            .position(|other| other.id == *id)
            .map_or_else(|| id.to_string(), |index| (index + 1).to_string())
    });
    format!(" [after {}]", places.collect::<Vec<_>>().join(", "))
}

fn position(state: &PlanExecuteState, id: &StepId) -> String {
    match state.plan.iter().position(|p| p.step.id == *id) {
        Some(index) => format!("{}/{}", index + 1, state.plan.len()),
        None => id.to_string(),
    }
}
