//! The only writer of a run's log.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan, Unit};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard, mpsc};

use super::EngineUpdate;
use super::diary;
use super::masking::{Held, Masking};
use crate::domain::event::{Delta, EventRecord, NoticeLevel, RunEnd, RunEvent, Totals};
use crate::domain::ids::{RunId, StepId};
use crate::domain::speed::Speed;
use crate::domain::state::PlanExecuteState;
use crate::store::{CallTranscript, Checkpointer, StoreError};

/// Where the time of records comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Appends, folds and publishes, in that order, under one lock: what is on a screen is on disk, and in log order.
///
/// A journal stands for one plan of the run: the whole run's, or the plan inside a step ([`Journal::within`]).
#[derive(Clone)]
pub struct Journal {
    log: Arc<Log>,
    scope: Vec<StepId>,
}

/// What all journals of a run share.
struct Log {
    run: RunId,
    store: Arc<dyn Checkpointer>,
    state: Mutex<PlanExecuteState>,
    updates: mpsc::Sender<EngineUpdate>,
    clock: Clock,
    masking: Masking,
    held: Held,
}

impl Journal {
    /// A journal that goes on after `records`, which are in the store already. Of secrets it knows their forms only.
    pub fn new(
        run: RunId,
        store: Arc<dyn Checkpointer>,
        records: &[EventRecord],
        updates: mpsc::Sender<EngineUpdate>,
        clock: Clock,
    ) -> Self {
        Self::masked(run, store, records, updates, clock, Masking::default())
    }

    /// As [`Journal::new`], without these secrets in anything that is recorded, shown or kept.
    pub fn masked(
        run: RunId,
        store: Arc<dyn Checkpointer>,
        records: &[EventRecord],
        updates: mpsc::Sender<EngineUpdate>,
        clock: Clock,
        masking: Masking,
    ) -> Self {
        let mut state = PlanExecuteState::replay(records);
        state.shelve_outputs();
        let log = Log {
            run,
            store,
            state: Mutex::new(state),
            updates,
            clock,
            masking,
            held: Held::default(),
        };
        Self {
            log: Arc::new(log),
            scope: Vec::new(),
        }
    }

    /// The same journal for the plan inside a step of this one's plan.
    #[must_use]
    pub fn within(&self, step: &StepId) -> Self {
        let mut scope = self.scope.clone();
        scope.push(step.clone());
        self.at(scope)
    }

    /// The same journal for the plan at this path of steps; the whole run's for the empty one.
    #[must_use]
    pub fn at(&self, scope: Vec<StepId>) -> Self {
        Self {
            log: Arc::clone(&self.log),
            scope,
        }
    }

    /// The path of steps to its plan; empty at the top.
    pub fn scope(&self) -> &[StepId] {
        &self.scope
    }

    /// Makes an event part of the run.
    ///
    /// # Errors
    /// Where the store refuses it; nothing happened then.
    pub async fn record(&self, event: RunEvent) -> Result<(), StoreError> {
        let state = self.whole().await;
        let at = self.now(&state);
        self.commit(state, at, self.scope.clone(), event).await
    }

    /// Records a notice.
    ///
    /// # Errors
    /// As for [`Journal::record`].
    pub async fn notice(
        &self,
        level: NoticeLevel,
        text: impl Into<String>,
    ) -> Result<(), StoreError> {
        self.record(RunEvent::Notice {
            level,
            text: text.into(),
        })
        .await
    }

    /// Records the end of the whole run; the totals are made here, up to this very moment.
    ///
    /// # Errors
    /// As for [`Journal::record`].
    pub async fn finish(&self, status: RunEnd, ending: Ending) -> Result<(), StoreError> {
        let state = self.whole().await;
        let at = self.now(&state);
        let since = state
            .last_at
            .map_or(0, |last| at.duration_since(last).as_millis());
        let totals = Totals {
            duration_ms: state.totals.duration_ms + u64::try_from(since).unwrap_or(0),
            ..state.totals
        };
        let Ending {
            response,
            incomplete,
            error,
            hint,
        } = ending;
        self.commit(
            state,
            at,
            Vec::new(),
            RunEvent::RunFinished {
                status,
                response,
                incomplete,
                error,
                hint,
                totals,
            },
        )
        .await
    }

    /// The state of its plan as the log has it. Hold it briefly: nothing can be recorded meanwhile.
    ///
    /// The plan inside a step is there from its first record on; before, this is the state of the whole run.
    pub async fn state(&self) -> MappedMutexGuard<'_, PlanExecuteState> {
        MutexGuard::map(self.whole().await, |whole| {
            if whole.at(&self.scope).is_none() {
                return whole;
            }
            let mut state = whole;
            for step in &self.scope {
                state = state.children.entry(step.clone()).or_default();
            }
            state
        })
    }

    /// The state of the whole run.
    pub async fn whole(&self) -> MutexGuard<'_, PlanExecuteState> {
        self.log.state.lock().await
    }

    /// Sends streaming text to whoever watches; waits where they are slow, goes on where there is no-one.
    pub async fn stream(&self, delta: Delta) {
        let redactor = self.log.masking.redactor();
        if let Some(delta) = self.log.held.pass(delta, &redactor) {
            let _ = self.log.updates.send(EngineUpdate::Delta(delta)).await;
        }
    }

    /// The text without secrets.
    pub fn mask(&self, text: &str) -> String {
        self.log.masking.text(text)
    }

    /// Keeps the exact text of a model call.
    ///
    /// # Errors
    /// Where the store refuses it.
    pub fn keep_call(&self, call: &CallTranscript) -> Result<(), StoreError> {
        let call = self.log.masking.transcript(call);
        self.log.store.keep_call(&self.log.run, &call)
    }

    /// How fast past calls have shown this model to be; none where there were none, or the store cannot say.
    pub fn speed(&self, model: &str) -> Option<Speed> {
        self.log.store.speed(model).ok().flatten()
    }

    /// Now, to the millisecond, and never before the newest record.
    fn now(&self, state: &PlanExecuteState) -> Timestamp {
        let now = (self.log.clock)();
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        state.last_at.map_or(now, |last| now.max(last))
    }

    async fn commit(
        &self,
        mut state: MutexGuard<'_, PlanExecuteState>,
        at: Timestamp,
        scope: Vec<StepId>,
        event: RunEvent,
    ) -> Result<(), StoreError> {
        if let RunEvent::ModelCalled(call) = &event {
            let redactor = self.log.masking.redactor();
            for delta in self.log.held.rest(&call.call, &redactor) {
                let _ = self.log.updates.send(EngineUpdate::Delta(delta)).await;
            }
        }
        let event = self.log.masking.event(event);
        let record = EventRecord {
            run: self.log.run.clone(),
            seq: state.last_seq + 1,
            at,
            scope,
            event,
        };
        self.log.store.append(&record)?;
        diary::note(&record);
        state.apply(&record);
        if matches!(record.event, RunEvent::StepFinished { .. }) {
            state.shelve_outputs();
        }
        let _ = self
            .log
            .updates
            .send(EngineUpdate::Event(Arc::new(record)))
            .await;
        Ok(())
    }
}

/// What the last record of a run says.
#[derive(Debug, Default)]
pub struct Ending {
    /// The answer.
    pub response: Option<String>,
    /// What it lacks and why.
    pub incomplete: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The clock on the wall.
pub fn wall_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// A clock for tests: starts at `start` and is a millisecond later at every look.
pub fn ticking_clock(start: Timestamp) -> Clock {
    let ticks = std::sync::atomic::AtomicI64::new(0);
    Arc::new(move || {
        let tick = ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        start.checked_add(tick.milliseconds()).unwrap_or(start)
    })
}
