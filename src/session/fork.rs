//! Forks: a run that goes another way from some point of an earlier one, which stays as it is.

use jiff::Unit;

use super::{Session, SessionError};
use crate::domain::event::{Decision, EventRecord, RunEvent};
use crate::domain::fork::{Fork, ForkError, ForkPlan, ForkPoint};
use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;
use crate::engine::journal::wall_clock;
use crate::store::StoreError;

impl From<ForkError> for SessionError {
    fn from(ForkError { error, hint }: ForkError) -> Self {
        Self::Usage {
            error,
            hint: Some(hint),
        }
    }
}

/// Why a run that is over cannot be resumed, and how its work can go on: where a bound cut it short, a fork from before
/// that can be given another one.
pub(super) fn over(state: &PlanExecuteState, records: &[EventRecord]) -> SessionError {
    let run = state.run.as_ref().map_or("", RunId::short);
    let is_forced = |record: &&EventRecord| {
        let decision = match &record.event {
            RunEvent::ActDecided { decision, .. } => *decision,
            _ => return false,
        };
        record.scope.is_empty() && decision == Decision::FinalizeForced
    };
    let forced = records.iter().rev().find(is_forced);
    let hint = match forced.filter(|_| state.incomplete.is_some()) {
        Some(forced) => format!(
            "its answer was forced: `planwright runs fork {run} --at {}` goes on from before that, with a higher limit \
             such as `--max-iterations`",
            forced.seq.saturating_sub(1)
        ),
        None => format!("`planwright runs show {run}` shows its answer"),
    };
    SessionError::Usage {
        error: format!("run {run} is {}", state.status.word()),
        hint: Some(hint),
    }
}

impl Session {
    /// Makes a run that shares the records of `run` up to a point, and the exact texts of the model calls among them, with
    /// its plan or another one for the steps that are not finished there. The new run rests: [`Session::resume`] goes on
    /// with it, and asks about a plan unless it is [`ForkPlan::Kept`]. The earlier run is only read, so it may be at work.
    ///
    /// # Errors
    /// Where there is no such run, no such point in it, the plan cannot run, or the store fails.
    pub fn fork(
        &self,
        run: &RunId,
        point: &ForkPoint,
        plan: ForkPlan,
    ) -> Result<RunId, SessionError> {
        let source = self.store.load(run)?;
        let seq = point.find(&source)?;
        let new = Self::new_run();
        let now = wall_clock()();
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        let fork = Fork::new(&source, seq, &new, plan, now)?;
        let claim = self.store.claim(&new)?;
        self.store.append_all(&fork.records)?;
        self.copy_calls(run, &new, &fork.calls)?;
        drop(claim);
        Ok(new)
    }

    /// A name that no run has.
    pub(super) fn new_run() -> RunId {
        RunId::new(uuid::Uuid::new_v4().simple().to_string())
    }

    fn copy_calls(&self, from: &RunId, to: &RunId, calls: &[String]) -> Result<(), StoreError> {
        for call in calls {
            if let Some(transcript) = self.store.call(from, call)? {
                self.store.keep_call(to, &transcript)?;
            }
        }
        Ok(())
    }
}
