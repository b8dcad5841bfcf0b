//! When what was at work, on the run's own clock: the time in which it waits for a person does not count.

use std::collections::HashMap;

use super::watch::{Subject, Watch};
use crate::domain::chat::Role;
use crate::domain::event::{EventRecord, RunEvent, StepOutcome};
use crate::domain::ids::StepId;

/// A stretch of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Span {
    pub(in crate::tui) work: Work,
    /// In milliseconds at work since the run began.
    pub(in crate::tui) from: u64,
    /// None while it goes on.
    pub(in crate::tui) to: Option<u64>,
    /// How the step ended.
    pub(in crate::tui) outcome: Option<StepOutcome>,
}

/// Who was at work, or on what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::tui) enum Work {
    Planner,
    Step(StepId),
    Replanner,
    Answer,
}

/// One row of the time line: everything that was done on one thing.
pub(in crate::tui) struct Lane {
    pub(in crate::tui) work: Work,
    /// What it is called.
    pub(in crate::tui) name: String,
    pub(in crate::tui) spans: Vec<Span>,
    /// Whether it made the run as long as it is, where not everything did.
    pub(in crate::tui) is_critical: bool,
}

impl Lane {
    /// Milliseconds of work in it.
    pub(in crate::tui) fn took(&self, now: u64) -> u64 {
        let spans = self.spans.iter();
        spans
            .map(|span| span.to.unwrap_or(now).saturating_sub(span.from))
            .sum()
    }
}

impl Watch {
    /// Notes the beginning or the end of work.
    pub(super) fn note_span(&mut self, record: &EventRecord) {
        let now = self.state.totals.duration_ms;
        let mut close = |work: &Work, outcome: Option<StepOutcome>| {
            let open = self.spans.iter_mut().rev();
            let mut open = open.filter(|span| span.to.is_none() && span.work == *work);
            if let Some(span) = open.next() {
                (span.to, span.outcome) = (Some(now), outcome);
            }
        };
        match &record.event {
            RunEvent::StepStarted { step, .. } => {
                let work = Work::Step(step.clone());
                close(&work, None);
                self.spans.push(Span {
                    work,
                    from: now,
                    to: None,
                    outcome: None,
                });
            }
            RunEvent::StepFinished { step, status, .. } => {
                close(&Work::Step(step.clone()), Some(*status));
            }
            RunEvent::StepReset { step, .. } => close(&Work::Step(step.clone()), None),
            RunEvent::ModelCalled(call) if record.scope.is_empty() => {
                let work = match call.role {
                    Role::Planner => Work::Planner,
                    Role::Replanner => Work::Replanner,
                    Role::Finalizer => Work::Answer,
                    _ => return,
                };
                self.spans.push(Span {
                    work,
                    from: now.saturating_sub(call.duration_ms),
                    to: Some(now),
                    outcome: None,
                });
            }
            RunEvent::RunPaused { .. }
            | RunEvent::RunInterrupted { .. }
            | RunEvent::RunResumed { .. }
            | RunEvent::RunFinished { .. } => {
                for span in self.spans.iter_mut().filter(|span| span.to.is_none()) {
                    span.to = Some(now);
                }
            }
            _ => {}
        }
    }

    /// The time line in rows at this moment: the planner, the steps in the order of the plan, the replanner, the answer. Steps that
    /// are no longer in the plan stand after those that are.
    pub(in crate::tui) fn lanes(&self, now: u64) -> Vec<Lane> {
        let times: Vec<(u64, u64)> = self
            .spans
            .iter()
            .map(|span| (span.from, span.to.unwrap_or(now).max(span.from)))
            .collect();
        let steps = self.spans.iter().zip(&times);
        let steps = steps.filter(|(span, _)| matches!(span.work, Work::Step(_)));
        let steps: Vec<(u64, u64)> = steps.map(|(_, time)| *time).collect();
        // Where nothing ran at the same time, all of it is critical, which needs no saying.
        let critical = if packed(&steps).into_iter().any(|row| row > 0) {
            critical(&times)
        } else {
            vec![false; times.len()]
        };
        let is_critical = |work: &Work| {
            let mut marked = self.spans.iter().zip(&critical);
            marked.any(|(span, marked)| *marked && span.work == *work)
        };
        let mut by_work: HashMap<&Work, Vec<Span>> = HashMap::new();
        for span in &self.spans {
            by_work.entry(&span.work).or_default().push(span.clone());
        }
        let mut lanes = Vec::new();
        let mut add = |work: Work, name: &str| {
            if let Some(spans) = by_work.remove(&work) {
                let name = name.to_owned();
                let is_critical = is_critical(&work);
                lanes.push(Lane {
                    work,
                    name,
                    spans,
                    is_critical,
                });
            }
        };
        add(Work::Planner, "plan");
        for row in self.rows() {
            add(Work::Step(row.planned.step.id.clone()), &row.number);
        }
        for span in &self.spans {
            if matches!(span.work, Work::Step(_)) {
                add(span.work.clone(), "old");
            }
        }
        add(Work::Replanner, "look");
        add(Work::Answer, "end");
        lanes
    }

    /// The row of the time line that belongs to what is being read.
    pub(in crate::tui) fn lane_of(&self, lanes: &[Lane]) -> Option<usize> {
        let work = match self.subject() {
            Subject::Planning => Work::Planner,
            Subject::Step(id) => Work::Step(id),
            Subject::Deciding => Work::Replanner,
            Subject::Answer => Work::Answer,
        };
        lanes.iter().position(|lane| lane.work == work)
    }

    /// Chooses what to read by its row in the time line.
    pub(in crate::tui) fn pin_lane(&mut self, row: usize) {
        let subject = self.lanes(0).get(row).map(|lane| match &lane.work {
            Work::Planner => Subject::Planning,
            Work::Step(id) => Subject::Step(id.clone()),
            Work::Replanner => Subject::Deciding,
            Work::Answer => Subject::Answer,
        });
        if let Some(subject) = subject {
            self.pin(subject);
        }
    }
}

/// Puts stretches of work that overlap below each other, and all others in as few rows as that leaves: for each stretch
/// its row.
pub(in crate::tui) fn packed(spans: &[(u64, u64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&at| spans[at]);
    let mut ends: Vec<u64> = Vec::new();
    let mut rows = vec![0; spans.len()];
    for at in order {
        let (from, to) = spans[at];
        let free = ends.iter().position(|&end| end <= from);
        let row = free.unwrap_or(ends.len());
        match ends.get_mut(row) {
            Some(end) => *end = to,
            None => ends.push(to),
        }
        rows[at] = row;
    }
    rows
}

/// Which stretches of work the whole was as long as: from the one that ended last, each time back to the one whose end it
/// had waited for.
fn critical(spans: &[(u64, u64)]) -> Vec<bool> {
    let mut marked = vec![false; spans.len()];
    let mut until = u64::MAX;
    loop {
        let before = spans.iter().enumerate().filter(|(at, _)| !marked[*at]);
        let before = before.filter(|(_, (from, to))| *to <= until && (*from < until || until == 0));
        let Some((at, (from, _))) = before.max_by_key(|(_, (from, to))| (*to, *from)) else {
            return marked;
        };
        marked[at] = true;
        until = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::{critical, packed};

    #[test]
    fn the_critical_path_is_what_was_waited_for() {
        // A planner, two steps at once of which the second is longer, and a third after it.
        let spans = [(0, 2), (2, 4), (2, 9), (9, 12)];
        assert_eq!(critical(&spans), [true, false, true, true]);
        assert_eq!(critical(&[(0, 2), (2, 4)]), [true, true]);
        assert_eq!(critical(&[(0, 5), (0, 5)]), [false, true]);
        assert_eq!(critical(&[(0, 0), (0, 0), (0, 3)]).len(), 3);
        assert_eq!(critical(&[]), Vec::<bool>::new());
    }

    #[test]
    fn what_overlaps_stands_below_each_other_and_nothing_else_does() {
        assert_eq!(packed(&[(0, 5), (5, 9), (9, 12)]), [0, 0, 0]);
        assert_eq!(packed(&[(0, 5), (2, 9), (5, 12), (9, 10)]), [0, 1, 0, 1]);
        assert_eq!(packed(&[]), Vec::<usize>::new());
    }
}
