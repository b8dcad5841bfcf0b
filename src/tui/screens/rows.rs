//! The rows of the plan pane: the steps, those of plans inside steps below their step, and the answer.

use super::subject::Subject;
use super::watch::{Pane, Watch};
use crate::domain::event::StepOutcome;
use crate::domain::ids::StepId;
use crate::domain::state::{PlanExecuteState, PlannedStep, StepStatus};

/// One step, at its place among all.
pub(in crate::tui) struct PlanRow<'a> {
    /// How many plans it is inside of.
    pub(in crate::tui) depth: usize,
    /// Its place in its plan and in those around it: `2`, `2.1`.
    pub(in crate::tui) number: String,
    pub(in crate::tui) planned: &'a PlannedStep,
}

/// Whether a step reached what it was to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Verdict {
    pub(in crate::tui) met: bool,
    /// The attempt, of how many there may be, and what is missing; untrusted.
    pub(in crate::tui) words: String,
}

impl Watch {
    /// The steps of the plan and of the plans inside them, in order.
    pub(in crate::tui) fn rows(&self) -> Vec<PlanRow<'_>> {
        let mut rows = Vec::with_capacity(self.state.plan.len());
        collect(&self.state, "", 0, &mut rows);
        rows
    }

    /// The step of this name, whichever plan it is in.
    pub(in crate::tui) fn planned(&self, id: &StepId) -> Option<&PlannedStep> {
        let scope = self.state.scope_of(id)?;
        self.state.at(&scope)?.planned(id)
    }

    /// The plan that holds this step.
    pub(in crate::tui) fn plan_of(&self, id: &StepId) -> Option<&PlanExecuteState> {
        let scope = self.state.scope_of(id)?;
        self.state.at(&scope)
    }

    /// How many rows the plan pane can select: the steps, and the answer once there is something to read.
    pub(in crate::tui) fn plan_rows(&self) -> usize {
        self.rows().len() + usize::from(self.has_answer_row())
    }

    /// Whether the plan pane has a row for the answer.
    pub(in crate::tui) fn has_answer_row(&self) -> bool {
        self.is_over() || self.streams.contains_key(&Subject::Answer)
    }

    /// The row of the plan pane that belongs to what is being read, if one does.
    pub(in crate::tui) fn plan_row(&self) -> Option<usize> {
        match self.subject() {
            Subject::Step(id) => {
                let rows = self.rows();
                rows.iter().position(|row| row.planned.step.id == id)
            }
            Subject::Answer => self.has_answer_row().then(|| self.rows().len()),
            Subject::Planning | Subject::Deciding => None,
        }
    }

    /// Chooses what to read by its row in the plan pane.
    pub(in crate::tui) fn pin_row(&mut self, row: usize) {
        let step = self.rows().get(row).map(|row| row.planned.step.id.clone());
        match step {
            Some(id) => self.pin(Subject::Step(id)),
            None if self.has_answer_row() => self.pin(Subject::Answer),
            None => {}
        }
    }

    /// One row up or down in a part that lists things.
    pub(in crate::tui) fn roll(&mut self, pane: Pane, down: bool) {
        let step = |at: usize, len: usize| {
            let at = if down { at + 1 } else { at.saturating_sub(1) };
            at.min(len.saturating_sub(1))
        };
        match pane {
            Pane::Plan => {
                let at = self.plan_row().unwrap_or(0);
                self.pin_row(step(at, self.plan_rows()));
            }
            Pane::Timeline => {
                let lanes = self.lanes(0);
                let at = self.lane_of(&lanes).unwrap_or(0);
                self.pin_lane(step(at, lanes.len()));
            }
            Pane::Decisions => self.view.entry = Some(step(self.entry(), self.log.len())),
            Pane::Output => {}
        }
    }

    /// Chooses what to read.
    pub(in crate::tui) fn pin(&mut self, subject: Subject) {
        self.view.top = if subject == self.current() && self.is_busy() {
            None
        } else {
            Some(0)
        };
        self.view.pinned = Some(subject);
        self.view.found = None;
        self.view.call = None;
    }

    /// What the newest check of a step found, where that is worth a row: it was missed, or took several attempts.
    pub(in crate::tui) fn verdict(planned: &PlannedStep) -> Option<Verdict> {
        let check = planned.check.as_ref();
        let check = check.filter(|check| check.attempt == planned.attempts);
        // Of how many is not said: what a person or a crash cut short uses up none of those there may be.
        let place = format!("try {}", planned.attempts);
        match check {
            Some(check) if !check.met => Some(Verdict {
                met: false,
                words: match &check.gap {
                    Some(gap) => format!("{place} missed: {gap}"),
                    None => format!("{place} missed"),
                },
            }),
            Some(_) if planned.attempts > 1 => Some(Verdict {
                met: true,
                words: format!("{place} met, {}", check.map_or("", |check| check.by.word())),
            }),
            None if planned.attempts > 1 && planned.status == StepStatus::Running => {
                Some(Verdict {
                    met: true,
                    words: format!("{place} at work"),
                })
            }
            _ => None,
        }
    }
}

fn collect<'a>(
    state: &'a PlanExecuteState,
    above: &str,
    depth: usize,
    rows: &mut Vec<PlanRow<'a>>,
) {
    for (index, planned) in state.plan.iter().enumerate() {
        let number = format!("{above}{}", index + 1);
        let child = state.children.get(&planned.step.id);
        let below = format!("{number}.");
        rows.push(PlanRow {
            depth,
            number,
            planned,
        });
        if let Some(child) = child {
            collect(child, &below, depth + 1, rows);
        }
    }
}

/// The first line of what came of a step that is finished.
pub(in crate::tui) fn result_line(planned: &PlannedStep) -> Option<&str> {
    planned
        .result
        .as_deref()?
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
}

/// Whether a step failed.
pub(in crate::tui) fn is_failed(planned: &PlannedStep) -> bool {
    planned.status == StepStatus::Finished(StepOutcome::Failed)
}
