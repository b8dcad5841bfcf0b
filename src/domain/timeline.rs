//! When what was at work, on the run's own clock: the time in which it waits for a person does not count.

use super::chat::Role;
use super::event::{EventRecord, RunEvent, StepOutcome};
use super::ids::StepId;

/// A stretch of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// On what.
    pub work: Work,
    /// When it began, in milliseconds at work since the run began.
    pub from: u64,
    /// When it ended; none while it goes on.
    pub to: Option<u64>,
    /// How the step ended.
    pub outcome: Option<StepOutcome>,
}

/// Who was at work, or on what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// The planner.
    Planner,
    /// A step, at whatever depth.
    Step(StepId),
    /// The replanner.
    Replanner,
    /// The answer.
    Answer,
}

/// The stretches of work of a run, in the order in which they were noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    spans: Vec<Span>,
}

impl Timeline {
    /// All stretches.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Notes the beginning or the end of work; `now` is how long the run had been at work, this record included, in
    /// milliseconds.
    pub fn note(&mut self, record: &EventRecord, now: u64) {
        match &record.event {
            RunEvent::StepStarted { step, .. } => {
                let work = Work::Step(step.clone());
                self.close(&work, now, None);
                self.spans.push(Span {
                    work,
                    from: now,
                    to: None,
                    outcome: None,
                });
            }
            RunEvent::StepFinished { step, status, .. } => {
                self.close(&Work::Step(step.clone()), now, Some(*status));
            }
            RunEvent::StepReset { step, .. } => self.close(&Work::Step(step.clone()), now, None),
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

    fn close(&mut self, work: &Work, now: u64, outcome: Option<StepOutcome>) {
        let mut open = self.spans.iter_mut().rev();
        let open = open.find(|span| span.to.is_none() && span.work == *work);
        if let Some(span) = open {
            (span.to, span.outcome) = (Some(now), outcome);
        }
    }

    /// Which stretches the run was as long as it is for: from the one that ended last, each time back to the one whose end
    /// it had waited for. None where no two steps ran at the same time: then it is all of them, which needs no saying.
    pub fn critical(&self, now: u64) -> Vec<bool> {
        let times: Vec<(u64, u64)> = self.spans.iter().map(|span| span.time(now)).collect();
        let is_step = |span: &&Span| matches!(span.work, Work::Step(_));
        let steps = self.spans.iter().filter(is_step);
        let steps: Vec<(u64, u64)> = steps.map(|span| span.time(now)).collect();
        if packed(&steps).into_iter().any(|row| row > 0) {
            critical(&times)
        } else {
            vec![false; times.len()]
        }
    }
}

impl Span {
    /// From when to when, where it is `now`.
    pub fn time(&self, now: u64) -> (u64, u64) {
        (self.from, self.to.unwrap_or(now).max(self.from))
    }
}

/// Puts stretches of work that overlap below each other, and all others in as few rows as that leaves: for each stretch
/// its row.
pub fn packed(spans: &[(u64, u64)]) -> Vec<usize> {
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

/// A span of time: `850 ms`, `4.1 s`, `2 m 05 s`, `1 h 02 m`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} m {:02} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {:02} m", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{critical, packed};

    #[test]
    fn what_overlaps_stands_below_each_other_and_nothing_else_does() {
        assert_eq!(packed(&[(0, 5), (5, 9), (9, 12)]), [0, 0, 0]);
        assert_eq!(packed(&[(0, 5), (2, 9), (5, 12), (9, 10)]), [0, 1, 0, 1]);
        assert_eq!(packed(&[]), Vec::<usize>::new());
    }

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
}
