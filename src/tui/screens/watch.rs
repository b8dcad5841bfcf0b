//! A run on screen: its folded records, the text that streams, and what the reader looks at.

use std::collections::HashMap;

use jiff::Timestamp;

use super::call::{Call, Detail};
use super::log::LogEntry;
use super::output::Stream;
use super::review::Review;
use super::subject::Subject;
use crate::domain::event::{
    Delta, DeltaKind, EventRecord, ModelCall, NoticeLevel, RunEvent, StepOutcome,
};
use crate::domain::ids::{RunId, StepId};
use crate::domain::plan::Step;
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::domain::timeline::Timeline;
use crate::session::RunOutcome;
use crate::tui::find::Needle;

/// A run on screen.
#[derive(Clone)]
pub(in crate::tui) struct Watch {
    pub(in crate::tui) run: RunId,
    /// The fold of its records: the only truth about it.
    pub(in crate::tui) state: PlanExecuteState,
    /// Whether it is worked on here, so that it can be told something.
    pub(in crate::tui) live: bool,
    /// Whether another process has it, as the store said last.
    pub(in crate::tui) elsewhere: bool,
    /// The highest round so far.
    pub(super) round: u32,
    /// How the work here ended.
    pub(in crate::tui) ended: Option<RunOutcome>,
    /// What it was asked to do and has not done yet.
    pub(in crate::tui) asked: Option<Asked>,
    /// Whether the plan was approved step by step.
    pub(in crate::tui) stepwise: bool,
    pub(in crate::tui) review: Option<Review>,
    /// The fingerprint of the plan that was approved here, until the engine says so too.
    pub(in crate::tui) approving: Option<String>,
    /// Whether a plan edited while it was at work was sent: whoever edits it has looked at it.
    pub(in crate::tui) revising: bool,
    /// The steps before the person's last edit of a plan at work, and the version that came of it.
    pub(in crate::tui) edit_before: Option<(u32, Vec<Step>)>,
    pub(in crate::tui) streams: HashMap<Subject, Stream>,
    /// The model call at work.
    pub(in crate::tui) active: Option<(Subject, String)>,
    /// What happened to the plan, oldest first.
    pub(in crate::tui) log: Vec<LogEntry>,
    /// What planner or replanner made last, until something else begins.
    pub(in crate::tui) made: Option<Subject>,
    /// Steps that the person added or changed.
    pub(in crate::tui) edited: Vec<StepId>,
    /// Calls of tools that were decided here, until the engine says so too.
    pub(in crate::tui) answering: Vec<String>,
    /// What was typed for questions that wait, by call.
    pub(in crate::tui) answers: HashMap<String, String>,
    /// The calls of tools, by step.
    pub(super) calls: HashMap<StepId, Vec<Call>>,
    /// The model calls that have ended, oldest first.
    pub(super) model_calls: Vec<ModelCall>,
    /// The step whose opened calls are made ready to be drawn.
    pub(super) prepared: Option<StepId>,
    /// When what was at work.
    pub(super) timeline: Timeline,
    pub(in crate::tui) view: RunView,
}

/// What a run at work was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Asked {
    ToStop,
    ToPause,
}

/// How much of the screen the part in focus has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Extent {
    /// Its share.
    #[default]
    Shared,
    /// All of it.
    Zoomed,
    /// All of it for the text alone, without borders.
    Raw,
}

/// What the reader of a run looks at.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct RunView {
    pub(in crate::tui) focus: Pane,
    pub(in crate::tui) extent: Extent,
    pub(in crate::tui) whole_task: bool,
    pub(in crate::tui) thinking: bool,
    pub(in crate::tui) detail: Detail,
    /// The call of a tool that the reader chose.
    pub(in crate::tui) call: Option<String>,
    /// What the reader chose to read; none for whatever is at work.
    pub(in crate::tui) pinned: Option<Subject>,
    /// The first row of text on screen, where the reader stays; none where the end is followed.
    pub(in crate::tui) top: Option<usize>,
    /// What the reader looks for in the text.
    pub(in crate::tui) needle: Option<Needle>,
    /// The byte of the text at which it was found last.
    pub(in crate::tui) found: Option<usize>,
    /// The selected entry of the log; none for the newest.
    pub(in crate::tui) entry: Option<usize>,
}

/// A part of the run screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Pane {
    #[default]
    Plan,
    Timeline,
    Output,
    Decisions,
}

impl Watch {
    /// A run with the records there are so far.
    pub(in crate::tui) fn new(
        run: RunId,
        records: &[EventRecord],
        live: bool,
        color: bool,
    ) -> Self {
        let mut watch = Self {
            run,
            state: PlanExecuteState::default(),
            live,
            elsewhere: false,
            round: 0,
            ended: None,
            asked: None,
            stepwise: false,
            review: None,
            approving: None,
            revising: false,
            edit_before: None,
            streams: HashMap::new(),
            active: None,
            log: Vec::new(),
            made: None,
            edited: Vec::new(),
            answering: Vec::new(),
            answers: HashMap::new(),
            calls: HashMap::new(),
            model_calls: Vec::new(),
            prepared: None,
            timeline: Timeline::default(),
            view: RunView::default(),
        };
        for record in records {
            watch.apply(record, color);
        }
        if watch.is_over() {
            watch.view.focus = Pane::Output;
            watch.view.top = Some(0);
        }
        watch
    }

    /// What stood there before the person's last edit, while the plan is still the one that came of it.
    pub(in crate::tui) fn undoable(&self) -> Option<&[Step]> {
        let (revision, before) = self.edit_before.as_ref()?;
        let plan = before.iter().find_map(|step| self.plan_of(&step.id))?;
        (plan.revision == *revision).then_some(before)
    }

    /// Takes one record in.
    pub(in crate::tui) fn apply(&mut self, record: &EventRecord, color: bool) {
        let before = (
            self.state.revisions.len(),
            self.state.decisions.len(),
            self.state.notices.len(),
            self.state.hints.len(),
        );
        let stops = matches!(
            record.event,
            RunEvent::RunInterrupted { .. }
                | RunEvent::RunPaused { .. }
                | RunEvent::StepReset { .. }
        );
        // What was at work when it stopped is still worth reading, until something else begins.
        let stopped = (stops && record.scope.is_empty()).then(|| self.current());
        self.state.apply(record);
        if let Some(subject) = stopped {
            (self.made, self.active) = (Some(subject), None);
        }
        if matches!(record.event, RunEvent::StepFinished { .. }) {
            self.state.shelve_outputs();
        }
        self.note_round();
        self.note_calls(record);
        self.note_span(record);
        if record.scope.is_empty() {
            self.log_news(before);
            self.note_made(&record.event, color);
        }
        self.apply_text(&record.event, color);
        self.settle(&record.event);
    }

    fn apply_text(&mut self, event: &RunEvent, color: bool) {
        match event {
            RunEvent::StepFinished { step, result, .. } => {
                let done = self.planned(step).is_some_and(|planned| {
                    planned.status == StepStatus::Finished(StepOutcome::Done)
                });
                self.text_of(Subject::Step(step.clone()), color)
                    .settle(result, !done);
            }
            RunEvent::ModelCalled(call) => {
                let subject = Subject::of(call.role, call.step.as_ref());
                let begun = !call.ok && self.streams.contains_key(&subject);
                // What had come of it is still worth reading, until something else begins.
                self.made = Some(subject.clone()).filter(|_| begun).or(self.made.take());
                self.text_of(subject, color).call = Some((**call).clone());
                self.model_calls.push((**call).clone());
                if self
                    .active
                    .as_ref()
                    .is_some_and(|(_, name)| *name == call.call)
                {
                    self.active = None;
                }
            }
            RunEvent::RunFinished { response, .. } => {
                if let Some(response) = response {
                    self.text_of(Subject::Answer, color)
                        .settle(&response.as_str().into(), false);
                }
                self.active = None;
            }
            _ => {}
        }
    }

    pub(super) fn text_of(&mut self, subject: Subject, color: bool) -> &mut Stream {
        self.streams
            .entry(subject)
            .or_insert_with(|| Stream::new(color))
    }

    /// What a record means for questions that were open here.
    fn settle(&mut self, event: &RunEvent) {
        match event {
            RunEvent::PlanApproved { .. } | RunEvent::PlanRejected { .. } => {
                (self.approving, self.revising) = (None, false);
            }
            // The engine says no to an approval with a notice and leaves the plan waiting.
            RunEvent::Notice { level, .. } if *level != NoticeLevel::Info => {
                (self.approving, self.revising) = (None, false);
                self.answering.clear();
                if let Some(review) = &mut self.review {
                    review.told_in_vain();
                }
            }
            RunEvent::ToolDecided { call, .. } | RunEvent::ToolReturned { call, .. } => {
                self.answering.retain(|told| told != call);
                self.answers.remove(call);
            }
            RunEvent::RunPaused { .. } | RunEvent::RunResumed { .. } => {
                self.asked.take_if(|asked| *asked == Asked::ToPause);
            }
            _ => {}
        }
        let wanted = self.wants_review();
        // The run's own plan, or the one inside a step.
        let waiting = self.state.waiting().map(|(_, plan)| plan);
        if self
            .review
            .as_mut()
            .is_some_and(|review| !waiting.is_some_and(|plan| review.follows(plan)))
        {
            self.review = None;
        }
        if let Some(plan) = waiting.filter(|_| wanted && self.review.is_none()) {
            self.review = Some(Review::new(plan));
        }
    }

    /// Whether this would be the first of a call that was waited for.
    pub(in crate::tui) fn awaits(&self, delta: &Delta) -> bool {
        let subject = Subject::of(delta.role, delta.step.as_ref());
        let stream = self.streams.get(&subject);
        stream.is_some_and(|stream| stream.waiting_since.is_some())
    }

    /// Takes a piece of streaming text in.
    pub(in crate::tui) fn stream(&mut self, delta: &Delta, color: bool, now: Timestamp) {
        let subject = Subject::of(delta.role, delta.step.as_ref());
        let stream = self.text_of(subject.clone(), color);
        match delta.kind {
            DeltaKind::Restart => stream.restart(&delta.text, now),
            DeltaKind::Content => stream.push(&delta.text, false, now),
            DeltaKind::Thinking => stream.push(&delta.text, true, now),
        }
        self.made = None;
        // Of several steps at work the reader stays with one until it ends.
        let stays = |shown: &Subject| match shown {
            Subject::Step(step) if *shown != subject => self
                .planned(step)
                .is_some_and(|planned| planned.status == StepStatus::Running),
            _ => false,
        };
        if !self.active.as_ref().is_some_and(|(shown, _)| stays(shown)) {
            self.active = Some((subject, delta.call.clone()));
        }
    }

    /// What is at work, or what matters most when nothing is.
    pub(in crate::tui) fn current(&self) -> Subject {
        if let Some((subject, _)) = &self.active {
            return subject.clone();
        }
        let running = self
            .state
            .plan
            .iter()
            .find(|planned| planned.status == StepStatus::Running);
        if let Some(planned) = running {
            return Subject::Step(planned.step.id.clone());
        }
        if self.is_over() {
            return Subject::Answer;
        }
        match (&self.made, self.state.past_steps.last()) {
            (Some(made), _) => made.clone(),
            (None, Some(past)) => Subject::Step(past.id.clone()),
            (None, None) => Subject::Planning,
        }
    }

    /// What the output pane shows.
    pub(in crate::tui) fn subject(&self) -> Subject {
        self.view.pinned.clone().unwrap_or_else(|| self.current())
    }
}
