//! The steps at work: as many at once as the run allows, each begun as soon as what it builds on is there.

use std::sync::Arc;

use std::panic::resume_unwind;

use tokio::task::{JoinError, JoinSet};

use super::call::Caller;
use super::graph::Graph;
use super::{Halt, RunOutcome, executor};
use crate::domain::event::{RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::route::{Node, route};
use crate::domain::schedule::{Blocked, is_nested};
use crate::domain::state::StepStatus;

/// The steps at work: a task each, so that each goes on while another one, or the loop, waits for the journal. They are
/// never aborted but stopped by their token and awaited: a step that is inside of a record ends it first.
type Lanes = JoinSet<(StepId, Result<(), Halt>)>;

impl Graph {
    /// Works on steps until none is at work and none is to begin.
    pub(super) async fn work(&mut self) -> Result<Option<RunOutcome>, Halt> {
        let mut lanes = Lanes::new();
        let mut rest = false;
        let mut ending = None;
        loop {
            if let Some(halt) = ending.take_if(|_| lanes.is_empty()) {
                return Err(halt);
            }
            let node = route(&*self.caller.journal.state().await);
            match node {
                Node::Executor(steps) if !rest && !self.steering.finish => {
                    for step in steps {
                        let nested = {
                            let state = self.caller.journal.state().await;
                            state.planned(&step).is_some_and(|p| is_nested(&state, p))
                        };
                        if nested {
                            return self.descend(&step).await;
                        }
                        let begun = self.begin(&mut lanes, &step).await;
                        self.or_stop(&mut lanes, begun).await?;
                    }
                }
                Node::Blocked(blocked) => leave_out(&self.caller, blocked).await?,
                Node::Busy if lanes.is_empty() => forget_lost(&self.caller).await?,
                _ if lanes.is_empty() => break,
                _ => {}
            }
            if lanes.is_empty() {
                continue;
            }
            let mut went = tokio::select! {
                biased;
                Some(joined) = lanes.join_next() => {
                    let (step, ended) = ended_well(joined);
                    rest |= self.steering.pause || self.steering.stepwise;
                    self.ended(&step, ended).await
                }
                command = self.steering.next(&self.caller) => self.steering.take(&self.caller, command).await,
            };
            if let Err(halt @ (Halt::OverBudget(_) | Halt::NoProgress(_) | Halt::NeedsPerson(_))) =
                went
            {
                // What is at work already is paid for, and need not wait for anyone.
                rest = true;
                ending.get_or_insert(halt);
                went = Ok(());
            }
            self.or_stop(&mut lanes, went).await?;
        }
        self.pause_if_wished().await?;
        Ok(None)
    }

    async fn begin(&mut self, lanes: &mut Lanes, step: &StepId) -> Result<(), Halt> {
        let (patience, token) = self.caller.patience.with_token();
        let attempt = executor::begin(&self.caller, step).await?;
        self.steering.begun(step, token);
        let (caller, step) = (self.caller.with(patience), step.clone());
        let executor = Arc::clone(&self.setup.nodes.executor);
        lanes.spawn(async move {
            let ended = executor.execute(&caller, &step, attempt).await;
            (step, ended)
        });
        Ok(())
    }

    async fn ended(&mut self, step: &StepId, ended: Result<(), Halt>) -> Result<(), Halt> {
        match ended {
            // Stopped by the person, alone.
            Err(Halt::Cancelled) if !self.caller.patience.is_cancelled() => {}
            Err(halt) => return Err(halt),
            Ok(()) => {}
        }
        self.steering.ended(&self.caller, step).await
    }

    /// Where something ends the run, the other steps at work are stopped, and awaited: none may be inside of a record.
    async fn or_stop(&mut self, lanes: &mut Lanes, went: Result<(), Halt>) -> Result<(), Halt> {
        if went.is_err() {
            self.steering.stop_all();
            while let Some(joined) = lanes.join_next().await {
                let (step, _) = ended_well(joined);
                self.steering.forget(&step);
            }
        }
        went
    }
}

/// What a task brought; a panic in it goes on here.
fn ended_well<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(ended) => ended,
        Err(error) => resume_unwind(error.into_panic()),
    }
}

/// Records that these steps are left out, and why.
async fn leave_out(caller: &Caller, blocked: Vec<Blocked>) -> Result<(), Halt> {
    for Blocked { step, by } in blocked {
        let (attempt, how) = {
            let state = caller.journal.state().await;
            let how = match state.planned(&by).map(|planned| planned.status) {
                Some(StepStatus::Finished(StepOutcome::Failed)) => "failed",
                _ => "was left out",
            };
            (state.planned(&step).map_or(0, |p| p.attempts), how)
        };
        let event = RunEvent::StepFinished {
            step,
            attempt,
            status: StepOutcome::Skipped,
            result: format!("Step skipped: it builds on step {by}, which {how}").into(),
            duration_ms: 0,
            by: None,
        };
        caller.journal.record(event).await?;
    }
    Ok(())
}

/// Steps that should be at work but are not: nobody would ever end them.
async fn forget_lost(caller: &Caller) -> Result<(), Halt> {
    let lost: Vec<StepId> = {
        let state = caller.journal.state().await;
        let at_work = state
            .plan
            .iter()
            .filter(|p| p.status == StepStatus::Running);
        at_work.map(|planned| planned.step.id.clone()).collect()
    };
    for step in lost {
        let reason = "the work on it was lost".to_owned();
        caller
            .journal
            .record(RunEvent::StepReset { step, reason })
            .await?;
    }
    Ok(())
}
