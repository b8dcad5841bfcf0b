//! A past run shown as it was after each of its records.

use jiff::Timestamp;

use super::watch::Watch;
use crate::domain::event::{EventRecord, RunEvent, StepOutcome};
use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;

/// How fast it plays.
pub(in crate::tui) const SPEEDS: [u64; 6] = [1, 2, 4, 8, 16, 64];

/// The longest time between two looks at the clock that counts, in milliseconds.
const LONGEST_TICK: u64 = 3_000;

/// The longest silence that is played, in milliseconds.
const SILENCE: u64 = 2_000;

/// How many records before what is shown going back begins at most.
const BASE: usize = 500;

/// A past run and the place in it that is shown.
pub(in crate::tui) struct Replay {
    records: Vec<EventRecord>,
    /// Milliseconds at work up to each record.
    times: Vec<u64>,
    /// The same without silences longer than [`SILENCE`].
    beats: Vec<u64>,
    marks: Vec<Mark>,
    /// How many records are shown, from 1.
    at: usize,
    speed: usize,
    playing: Option<Playing>,
    /// The run as it was some way before what is shown: how many records, and what they come to. Going back begins there
    /// instead of at the beginning.
    base: Option<(usize, Watch)>,
}

/// Since when it plays, and from which beat.
#[derive(Debug, Clone, Copy)]
struct Playing {
    since: Timestamp,
    from: u64,
}

/// Where a part of the run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Mark {
    /// How many records are shown there.
    pub(in crate::tui) at: usize,
    /// What it is called: `plan`, the number of a step, `look`, `answer`.
    pub(in crate::tui) name: String,
    /// How the step ended.
    pub(in crate::tui) outcome: Option<StepOutcome>,
    /// Whether a new version of the plan was made.
    pub(in crate::tui) is_revision: bool,
}

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Jump {
    Start,
    End,
    /// By so many records.
    By(isize),
    /// To the next part, or the one before.
    Part(bool),
    /// To the next version of the plan, or the one before.
    Revision(bool),
    /// To so many tenths of the time.
    Tenth(u8),
}

impl Replay {
    /// A run from its beginning; none where there are no records.
    pub(in crate::tui) fn new(records: Vec<EventRecord>) -> Option<Self> {
        if records.is_empty() {
            return None;
        }
        let mut state = PlanExecuteState::default();
        let (mut times, mut beats, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for (index, record) in records.iter().enumerate() {
            let before = state.revisions.len();
            state.apply(record);
            let is_new = state.revisions.len() > before;
            note(&mut marks, index + 1, record, &state, is_new);
            let (time, last) = (state.totals.duration_ms, times.last().copied());
            let silence = time.saturating_sub(last.unwrap_or(time)).min(SILENCE);
            beats.push(beats.last().copied().unwrap_or(0) + silence);
            times.push(time);
        }
        Some(Self {
            records,
            times,
            beats,
            marks,
            at: 1,
            speed: 0,
            playing: None,
            base: None,
        })
    }

    /// The records shown.
    pub(in crate::tui) fn shown(&self) -> &[EventRecord] {
        &self.records[..self.at]
    }

    /// The run as it is shown, made anew.
    pub(in crate::tui) fn fold(&mut self, run: &RunId, color: bool) -> Watch {
        let near = self.at.saturating_sub(BASE)..=self.at;
        let (from, base) = match self.base.take() {
            Some((from, base)) if near.contains(&from) => (from, base),
            _ => {
                let from = *near.start();
                let before = &self.records[..from];
                (from, Watch::new(run.clone(), before, false, color))
            }
        };
        let mut watch = base.clone();
        self.base = Some((from, base));
        for record in &self.records[from..self.at] {
            watch.apply(record, color);
        }
        watch
    }

    /// The newest record shown.
    pub(in crate::tui) fn record(&self) -> &EventRecord {
        &self.records[self.at - 1]
    }

    /// How many records are shown, and how many there are.
    pub(in crate::tui) fn place(&self) -> (usize, usize) {
        (self.at, self.records.len())
    }

    /// Milliseconds at work up to here, and in all.
    pub(in crate::tui) fn time(&self) -> (u64, u64) {
        (
            self.times[self.at - 1],
            self.times.last().copied().unwrap_or(0),
        )
    }

    /// The parts of the run.
    pub(in crate::tui) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The part that is shown: its index.
    pub(in crate::tui) fn mark(&self) -> Option<usize> {
        self.marks.iter().rposition(|mark| mark.at <= self.at)
    }

    /// How many times as fast as it was.
    pub(in crate::tui) fn speed(&self) -> u64 {
        SPEEDS[self.speed]
    }

    /// Whether it plays.
    pub(in crate::tui) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// Plays on from here, from the beginning where this is the end; or stops.
    pub(in crate::tui) fn toggle(&mut self, now: Timestamp) {
        if self.playing.take().is_some() {
            return;
        }
        if self.at == self.records.len() {
            self.at = 1;
        }
        self.playing = Some(Playing {
            since: now,
            from: self.beats[self.at - 1],
        });
    }

    /// Plays faster or slower from now on.
    pub(in crate::tui) fn change_speed(&mut self, faster: bool, now: Timestamp) {
        // What was played so far was played at the old speed.
        self.play(now);
        let last = SPEEDS.len() - 1;
        self.speed = if faster {
            (self.speed + 1).min(last)
        } else {
            self.speed.saturating_sub(1)
        };
    }

    /// Shows what has been played by now; at the end it stops. A pause of the whole program is no time played.
    pub(in crate::tui) fn play(&mut self, now: Timestamp) {
        let Some(Playing { since, from }) = self.playing else {
            return;
        };
        let passed = u64::try_from(now.duration_since(since).as_millis()).unwrap_or(0);
        let passed = passed.min(LONGEST_TICK);
        let from = from.saturating_add(passed.saturating_mul(self.speed()));
        let by_now = self.beats.partition_point(|at| *at <= from);
        self.at = self.at.max(by_now);
        self.playing = (self.at < self.records.len()).then_some(Playing { since: now, from });
    }

    /// Goes somewhere, and stops.
    pub(in crate::tui) fn go(&mut self, jump: Jump) {
        self.playing = None;
        let last = self.records.len();
        let to = match jump {
            Jump::Start => 1,
            Jump::End => last,
            Jump::By(by) => self.at.saturating_add_signed(by),
            Jump::Part(forward) => self.beyond(forward, |_| true),
            Jump::Revision(forward) => self.beyond(forward, |mark| mark.is_revision),
            Jump::Tenth(tenth) => {
                let (_, all) = self.time();
                let wanted = all * u64::from(tenth.min(10)) / 10;
                self.times.partition_point(|time| *time < wanted) + 1
            }
        };
        self.at = to.clamp(1, last);
    }

    /// Whether there is a version of the plan after the one that is shown, or before it.
    pub(in crate::tui) fn has_revision(&self, forward: bool) -> bool {
        let mut marks = self.marks.iter().filter(|mark| mark.is_revision);
        marks.any(|mark| {
            if forward {
                mark.at > self.at
            } else {
                mark.at < self.at
            }
        })
    }

    /// Where the next such part begins, or the one before; the end or the start where there is none.
    fn beyond(&self, forward: bool, is_wanted: impl Fn(&Mark) -> bool) -> usize {
        let mut marks = self.marks.iter().filter(|mark| is_wanted(mark));
        let found = if forward {
            marks.find(|mark| mark.at > self.at)
        } else {
            marks.rfind(|mark| mark.at < self.at)
        };
        let edge = if forward { self.records.len() } else { 1 };
        found.map_or(edge, |mark| mark.at)
    }
}

/// Notes where a part begins, or how it ended.
fn note(
    marks: &mut Vec<Mark>,
    at: usize,
    record: &EventRecord,
    state: &PlanExecuteState,
    is_revision: bool,
) {
    if !record.scope.is_empty() {
        return;
    }
    let mark = |name: &str| Mark {
        at,
        name: name.to_owned(),
        outcome: None,
        is_revision,
    };
    let number = |step| {
        let place = state
            .plan
            .iter()
            .position(|planned| planned.step.id == step);
        place.map_or_else(|| "step".to_owned(), |place| (place + 1).to_string())
    };
    match &record.event {
        RunEvent::PlanProposed { .. } if is_revision && state.revisions.len() == 1 => {
            marks.push(mark("plan"));
        }
        _ if is_revision => marks.push(mark("replan")),
        RunEvent::StepStarted { step, .. } => marks.push(mark(&number(step.clone()))),
        RunEvent::StepFinished { step, status, .. } => {
            let name = number(step.clone());
            if let Some(mark) = marks.iter_mut().rfind(|mark| mark.name == name) {
                mark.outcome = Some(*status);
            }
        }
        RunEvent::ActDecided { .. } => marks.push(mark("look")),
        RunEvent::RunFinished { .. } => marks.push(mark("end")),
        _ => {}
    }
}
