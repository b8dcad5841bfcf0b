//! When what was at work, on the run's own clock: the time in which it waits for a person does not count.

use std::collections::HashMap;

use super::subject::Subject;
use super::watch::Watch;
use crate::domain::event::EventRecord;
use crate::domain::ids::StepId;
use crate::domain::timeline::{Span, Work};

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
        self.timeline.note(record, self.state.totals.duration_ms);
    }

    /// The time line in rows at this moment: the planner, the steps in the order of the plan, the replanner, the answer. Steps that
    /// are no longer in the plan stand after those that are.
    pub(in crate::tui) fn lanes(&self, now: u64) -> Vec<Lane> {
        let spans = self.timeline.spans();
        let critical = self.timeline.critical(now);
        let is_critical = |work: &Work| {
            let mut marked = spans.iter().zip(&critical);
            marked.any(|(span, marked)| *marked && span.work == *work)
        };
        let mut by_work: HashMap<&Work, Vec<Span>> = HashMap::new();
        for span in spans {
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
        for span in spans {
            if matches!(span.work, Work::Step(_)) {
                add(span.work.clone(), "old");
            }
        }
        add(Work::Replanner, "look");
        add(Work::Answer, "end");
        lanes
    }

    /// Milliseconds of work on a step up to now, in all attempts at it; none where there was none.
    pub(in crate::tui) fn worked_on(&self, step: &StepId, now: u64) -> Option<u64> {
        let spans = self.timeline.spans().iter();
        let own = spans.filter(|span| matches!(&span.work, Work::Step(id) if id == step));
        let took = own.map(|span| span.to.unwrap_or(now).saturating_sub(span.from));
        took.reduce(|all, one| all + one)
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
