//! What a person at the terminal sees of a run at work: one line on standard error for everything that happens.

use super::format::duration;
use super::out::tell;
use crate::domain::event::{Decision, Delta, DeltaKind, EventRecord, NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::sanitize::line;
use crate::domain::state::PlanExecuteState;

/// Says what a record means. `state` is the state with the record folded in.
pub(super) fn record(state: &PlanExecuteState, record: &EventRecord) {
    match &record.event {
        RunEvent::RunStarted { models, .. } => {
            let others: Vec<&String> = [&models.planner, &models.executor, &models.replanner]
                .into_iter()
                .collect();
            let same = others.windows(2).all(|pair| pair[0] == pair[1]);
            tell(format_args!(
                "run {}  {}",
                record.run.short(),
                if same {
                    models.executor.clone()
                } else {
                    format!(
                        "planner {}, executor {}, replanner {}",
                        models.planner, models.executor, models.replanner
                    )
                }
            ));
        }
        RunEvent::RunResumed { reason } => {
            tell(format_args!("run {}  goes on: {}", record.run.short(), line(reason)));
        }
        RunEvent::PlanProposed {
            revision,
            source,
            problems,
            reason,
            ..
        } => {
            tell(format_args!(
                "plan {revision} by the {}, {}{}",
                source.word(),
                steps(state.plan.len()),
                reason.as_deref().map(|r| format!(": {}", line(r))).unwrap_or_default()
            ));
            tell(plan(state));
            for problem in problems {
                tell(format_args!("  problem: {}", line(problem)));
            }
        }
        RunEvent::PlanApproved { revision, by, .. } => {
            tell(format_args!("plan {revision} approved by {}", by.word()));
        }
        RunEvent::PlanRejected { revision, by, .. } => {
            tell(format_args!("plan {revision} rejected by {}", by.word()));
        }
        RunEvent::StepStarted { step, attempt } => {
            let again = if *attempt > 1 {
                format!(" (attempt {attempt})")
            } else {
                String::new()
            };
            tell(format_args!(
                "step {}  {}{again}",
                position(state, step),
                description(state, step)
            ));
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
                    format!(": {}", super::format::cut(&line(result), 200))
                }
            };
            tell(format_args!(
                "step {}  {} after {}{why}",
                position(state, step),
                status.word(),
                duration(*duration_ms)
            ));
        }
        RunEvent::ModelCalled(call) => {
            if let Some(error) = call.error.as_deref().filter(|_| !call.ok) {
                tell(format_args!("{} call {} failed: {}", call.role, call.call, line(error)));
            }
        }
        RunEvent::ActDecided {
            decision, reason, ..
        } => {
            let what = match decision {
                Decision::Respond => "the results are enough",
                Decision::Replan => "the plan changes",
                Decision::FinalizeForced => "the answer is forced",
            };
            tell(format_args!("decided: {what}: {}", line(reason)));
        }
        RunEvent::Notice { level, text } => {
            let word = match level {
                NoticeLevel::Info => "note",
                NoticeLevel::Warning => "warning",
                NoticeLevel::Error => "problem",
            };
            tell(format_args!("{word}: {}", line(text)));
        }
        RunEvent::RunPaused { reason } => tell(format_args!("paused: {}", line(reason))),
        RunEvent::RunFinished {
            incomplete, totals, ..
        } => {
            if let Some(incomplete) = incomplete {
                tell(format_args!("warning: the answer is incomplete: {}", line(incomplete)));
            }
            tell(format_args!(
                "{} in {}, {} tokens read, {} written",
                plural(totals.model_calls, "model call"),
                duration(totals.duration_ms),
                totals.prompt_tokens,
                totals.output_tokens
            ));
        }
        RunEvent::RunInterrupted { .. } | RunEvent::Unknown => {}
    }
}

/// Says that a call is sent again.
pub(super) fn delta(delta: &Delta) {
    if delta.kind == DeltaKind::Restart && !delta.text.is_empty() {
        tell(format_args!("{} call {} again: {}", delta.role, delta.call, line(&delta.text)));
    }
}

/// The plan in force, one step a line: finished ones with their state, what each builds on.
pub(super) fn plan(state: &PlanExecuteState) -> String {
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

fn description(state: &PlanExecuteState, id: &StepId) -> String {
    state
        .planned(id)
        .map(|p| line(&p.step.description).into_owned())
        .unwrap_or_default()
}

fn steps(n: usize) -> String {
    plural(n as u64, "step")
}

fn plural(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
