//! Where a run on screen stands.

use super::watch::Watch;
use crate::domain::state::{Approval, PlanExecuteState, RunStatus, StepStatus};

impl Watch {
    /// Whether it is worked on here at this moment.
    pub(in crate::tui) fn is_at_work(&self) -> bool {
        self.live && self.ended.is_none()
    }

    /// Whether another process works on it.
    pub(in crate::tui) fn works_elsewhere(&self) -> bool {
        self.elsewhere && !self.is_at_work() && self.state.status == RunStatus::Running
    }

    /// Whether a plan waits for a person and this is where he can answer.
    pub(in crate::tui) fn wants_review(&self) -> bool {
        let waits = |(_, plan): (_, &PlanExecuteState)| plan.status == RunStatus::Waiting;
        let open = self.approving.is_none() && !self.revising;
        self.is_at_work() && open && self.state.waiting().is_some_and(waits)
    }

    /// Whether a step is at work.
    pub(in crate::tui) fn has_step_at_work(&self) -> bool {
        let mut plan = self.state.plan.iter();
        plan.any(|planned| planned.status == StepStatus::Running)
    }

    /// Whether a review of that plan is made.
    pub(in crate::tui) fn has_review(&self) -> bool {
        self.wants_review() && self.review.is_some()
    }

    /// Whether it ended for good.
    pub(in crate::tui) fn is_over(&self) -> bool {
        matches!(
            self.state.status,
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled
        )
    }

    /// Whether something turns: a model or a step is at work.
    pub(in crate::tui) fn is_busy(&self) -> bool {
        self.is_at_work() && self.state.status == RunStatus::Running
    }

    /// Whether a plan is being made, the first one or another one in the place of one that was turned down.
    pub(in crate::tui) fn is_planning(&self) -> bool {
        self.state.plan.is_empty() || matches!(self.state.approval, Approval::Rejected(Some(_)))
    }

    /// Whether a step that the log leaves at work is worked on by anybody.
    pub(in crate::tui) fn is_worked_on(&self) -> bool {
        self.is_at_work() || self.works_elsewhere()
    }

    /// Which round the run is in, from 1: each begins with a plan and ends with the replanner's look at its results.
    pub(in crate::tui) fn round(&self) -> u32 {
        self.round.max(1)
    }

    pub(super) fn note_round(&mut self) {
        let looked = self.state.iteration_count;
        let round = looked + u32::from(self.state.decision.is_none());
        let round = round.clamp(1, self.state.limits.max_iterations.max(1));
        // An answer that is asked for begins no other one.
        self.round = self.round.max(round);
    }
}
