//! Past runs as they stand, and two of them side by side.

use super::{Session, SessionError};
use crate::domain::compare::{Comparison, compare};
use crate::domain::event::EventRecord;
use crate::domain::ids::RunId;
use crate::domain::state::{PlanExecuteState, RunStatus};
use crate::store::StoreError;

impl Session {
    /// The state of a run as its records have it; one that says *running* but that no process has claimed is *interrupted*.
    pub fn folded(&self, run: &RunId, records: &[EventRecord]) -> PlanExecuteState {
        let mut state = PlanExecuteState::replay(records);
        let abandoned = || !matches!(self.store.claim(run), Err(StoreError::Busy(_)));
        if state.status == RunStatus::Running && abandoned() {
            state.status = RunStatus::Interrupted;
        }
        state
    }

    /// Compares two runs.
    ///
    /// # Errors
    /// Where there is no such run, or the store cannot be read.
    pub fn compare(&self, a: &RunId, b: &RunId) -> Result<Comparison, SessionError> {
        let (old, new) = (self.store.load(a)?, self.store.load(b)?);
        let mut compared = compare(&old, &new);
        compared.a.status = self.folded(a, &old).status;
        compared.b.status = self.folded(b, &new).status;
        Ok(compared)
    }
}
