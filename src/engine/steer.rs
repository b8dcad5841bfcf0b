//! What a person says while a run works: each word becomes a record, or waits for the next boundary between two steps.

use std::collections::BTreeMap;
use std::pin::pin;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::call::Caller;
use super::kit::Said;
use super::review;
use super::word::{end, left_out_with, reset, status, unknown};
use super::{Halt, RunCommand};
use crate::domain::event::{Approver, NoticeLevel, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::state::{Approval, PlanExecuteState, RunStatus, StepStatus};

/// What a person wants, and how he is heard.
pub struct Steering {
    /// Where he speaks.
    pub commands: mpsc::Receiver<RunCommand>,
    /// Rest when the steps at work have ended.
    pub pause: bool,
    /// Rest after each step.
    pub stepwise: bool,
    /// Answer with what there is.
    pub finish: bool,
    /// Stops what is of no use once the answer is wanted.
    idle_then: Option<CancellationToken>,
    at_work: BTreeMap<StepId, CancellationToken>,
    instead: BTreeMap<StepId, Instead>,
}

/// What is to become of a step whose work was stopped.
enum Instead {
    /// It ends like this.
    End(StepOutcome, String),
    /// It is done again.
    Again(String),
}

impl Steering {
    /// Hears what comes through this channel.
    pub fn new(commands: mpsc::Receiver<RunCommand>) -> Self {
        Self {
            commands,
            pause: false,
            stepwise: false,
            finish: false,
            idle_then: None,
            at_work: BTreeMap::new(),
            instead: BTreeMap::new(),
        }
    }

    /// Goes on, step by step or at once.
    pub fn go_on(&mut self, stepwise: bool) {
        (self.pause, self.stepwise) = (false, stepwise);
    }

    /// Takes note that work on a step has begun, and how it is stopped.
    pub fn begun(&mut self, step: &StepId, token: CancellationToken) {
        self.at_work.insert(step.clone(), token);
    }

    /// Takes note that work on a step has ended, and records what the person wanted to become of it, unless it ended
    /// with a result before.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn ended(&mut self, caller: &Caller, step: &StepId) -> Result<(), Halt> {
        self.at_work.remove(step);
        match self.instead.remove(step) {
            Some(Instead::End(outcome, result)) => end(caller, step, outcome, result).await,
            Some(Instead::Again(reason)) => reset(caller, step, &reason).await,
            None => Ok(()),
        }
    }

    /// Does the work and hears meanwhile what the person wants.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn attend<T>(
        &mut self,
        caller: &Caller,
        work: impl Future<Output = T>,
    ) -> Result<T, Halt> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                command = self.next(caller) => {
                    // The work goes on meanwhile: it may hold what the command waits for.
                    let mut taken = pin!(self.take(caller, command));
                    tokio::select! {
                        biased;
                        taken = &mut taken => taken?,
                        done = &mut work => {
                            taken.await?;
                            return Ok(done);
                        }
                    }
                }
            }
        }
    }

    /// The same for work that `token` stops where the person wants the answer without it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn attend_until<T>(
        &mut self,
        token: CancellationToken,
        caller: &Caller,
        work: impl Future<Output = T>,
    ) -> Result<T, Halt> {
        self.idle_then = Some(token);
        let done = self.attend(caller, work).await;
        self.idle_then = None;
        done
    }

    /// The next command; waits for ever where nobody can speak any more, which the desk is told.
    pub async fn next(&mut self, caller: &Caller) -> RunCommand {
        if let Some(command) = self.commands.recv().await {
            return command;
        }
        caller.kit.desk.close();
        std::future::pending().await
    }

    /// Does what the person wants while the run works or rests between two steps.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn take(&mut self, caller: &Caller, command: RunCommand) -> Result<(), Halt> {
        caller.repetitions.forget();
        match command {
            RunCommand::Pause => self.pause = true,
            RunCommand::Hold => {
                self.pause = true;
                self.stop_with(|| Instead::Again("the person holds the run".to_owned()));
            }
            RunCommand::Finish => {
                self.finish = true;
                self.idle_then.iter().for_each(CancellationToken::cancel);
                let result = "Step skipped: the person wants the answer now";
                self.stop_with(|| Instead::End(StepOutcome::Skipped, result.to_owned()));
            }
            RunCommand::Continue { stepwise } => self.go_on(stepwise),
            RunCommand::Hint { step, text } => hint(caller, step, text).await?,
            RunCommand::Replan { reason } => {
                let event = RunEvent::ReplanRequested { reason };
                caller.journal.record(event).await?;
            }
            RunCommand::Skip { step } => {
                let result = "Step skipped: the person left it out".to_owned();
                self.finish(caller, &step, StepOutcome::Skipped, result)
                    .await?;
            }
            RunCommand::MarkDone { step, result } => {
                self.finish(caller, &step, StepOutcome::Done, result)
                    .await?;
            }
            RunCommand::Retry { step } => self.retry(caller, &step).await?,
            RunCommand::RerunFrom { step } => self.rerun_from(caller, &step).await?,
            RunCommand::Revise { steps } | RunCommand::Edit { steps } => {
                revise(caller, steps).await?;
            }
            // There is no plan that waits.
            RunCommand::Approve { .. } | RunCommand::Reject { .. } => {}
            RunCommand::Decide {
                call,
                decision,
                keep,
                words,
            } => {
                let said = Said {
                    decision,
                    keep,
                    words,
                };
                decide(caller, &call, said).await?;
            }
        }
        Ok(())
    }

    /// Ends a step that is not finished: at once, or when its work has stopped.
    async fn finish(
        &mut self,
        caller: &Caller,
        step: &StepId,
        outcome: StepOutcome,
        result: String,
    ) -> Result<(), Halt> {
        match status(caller, step).await {
            None => unknown(caller, step).await,
            Some(StepStatus::Finished(_)) => {
                let text = format!("step {step} is finished and stays as it is");
                Ok(caller.journal.notice(NoticeLevel::Warning, text).await?)
            }
            Some(_) if self.stop(step) => {
                self.instead
                    .insert(step.clone(), Instead::End(outcome, result));
                Ok(())
            }
            Some(_) => end(caller, step, outcome, result).await,
        }
    }

    async fn retry(&mut self, caller: &Caller, step: &StepId) -> Result<(), Halt> {
        let reason = "the person wants another attempt".to_owned();
        match status(caller, step).await {
            None => unknown(caller, step).await,
            Some(StepStatus::Pending) => Ok(()),
            Some(StepStatus::Finished(StepOutcome::Done)) => {
                let text = format!("step {step} is done; to do it again, run again from there");
                Ok(caller.journal.notice(NoticeLevel::Warning, text).await?)
            }
            Some(_) if self.stop(step) => {
                self.instead.insert(step.clone(), Instead::Again(reason));
                Ok(())
            }
            Some(_) => {
                let left_out = left_out_with(&*caller.journal.whole().await, step);
                reset(caller, step, &reason).await?;
                for dependent in left_out {
                    reset(caller, &dependent, &format!("step {step} is done again")).await?;
                }
                Ok(())
            }
        }
    }

    async fn rerun_from(&mut self, caller: &Caller, step: &StepId) -> Result<(), Halt> {
        let later: Option<Vec<(StepId, StepStatus)>> = {
            let whole = caller.journal.whole().await;
            let state = whole.scope_of(step).and_then(|scope| whole.at(&scope));
            state.map(|state| {
                let plan = state.plan.iter().map(|p| (p.step.id.clone(), p.status));
                plan.skip_while(|(id, _)| id != step).collect()
            })
        };
        let Some(later) = later else {
            return unknown(caller, step).await;
        };
        for (id, status) in later {
            let reason = format!("the person runs again from step {step}");
            if self.stop(&id) {
                self.instead.insert(id, Instead::Again(reason));
            } else if status != StepStatus::Pending {
                reset(caller, &id, &reason).await?;
            }
        }
        Ok(())
    }

    /// Stops the work on all steps.
    pub fn stop_all(&mut self) {
        self.at_work.values().for_each(CancellationToken::cancel);
    }

    /// Stops the work on all steps of which nothing else is to become already.
    fn stop_with(&mut self, instead: impl Fn() -> Instead) {
        self.stop_all();
        for step in self.at_work.keys() {
            self.instead.entry(step.clone()).or_insert_with(&instead);
        }
    }

    /// Forgets a step whose work was stopped for good.
    pub fn forget(&mut self, step: &StepId) {
        self.at_work.remove(step);
        self.instead.remove(step);
    }

    /// Stops the work on a step; says whether there was any.
    fn stop(&mut self, step: &StepId) -> bool {
        let found = self.at_work.get(step);
        found.inspect(|token| token.cancel()).is_some()
    }
}

/// Passes on what the person said of a call that waits.
pub(super) async fn decide(caller: &Caller, call: &str, said: Said) -> Result<(), Halt> {
    let known = is_pending(&*caller.journal.whole().await, call);
    if caller.kit.desk.tell(call, said, known) {
        return Ok(());
    }
    nothing_waits(caller, call).await
}

/// Whether a call of this name, here or in the plans inside steps, has to be decided on.
fn is_pending(state: &PlanExecuteState, call: &str) -> bool {
    let mut own = state.tool_uses.iter();
    own.any(|used| used.call == call && used.is_pending())
        || state.children.values().any(|child| is_pending(child, call))
}

/// Says that a decision came for a call that waits for none.
pub(super) async fn nothing_waits(caller: &Caller, call: &str) -> Result<(), Halt> {
    let text = format!("nothing was decided: no call {call} waits for it");
    Ok(caller.journal.notice(NoticeLevel::Warning, text).await?)
}

/// Records what the person said to heed.
pub(super) async fn hint(caller: &Caller, step: Option<StepId>, text: String) -> Result<(), Halt> {
    let scope = match &step {
        Some(step) => caller.journal.whole().await.scope_of(step),
        None => Some(Vec::new()),
    };
    match (scope, &step) {
        (Some(scope), _) => {
            let event = RunEvent::HintGiven { step, text };
            Ok(caller.journal.at(scope).record(event).await?)
        }
        (None, Some(step)) => unknown(caller, step).await,
        (None, None) => Ok(()),
    }
}

/// Puts these steps in the place of the plan at work. Whoever edits a plan at work has looked at it: that approves it.
async fn revise(caller: &Caller, steps: Vec<Step>) -> Result<(), Halt> {
    // The plan they belong to: the run's, or one inside a step.
    let scope = {
        let whole = caller.journal.whole().await;
        let known = steps.iter().find_map(|step| whole.scope_of(&step.id));
        known.unwrap_or_else(|| caller.journal.scope().to_vec())
    };
    let caller = &caller.at(scope);
    if caller.journal.state().await.approval != Approval::Approved {
        let text = "there is no plan at work that could be edited";
        return Ok(caller.journal.notice(NoticeLevel::Warning, text).await?);
    }
    let rests = caller.journal.whole().await.status == RunStatus::Paused;
    if review::edit(caller, steps).await? {
        let (revision, hash) = {
            let state = caller.journal.state().await;
            (state.revision, state.plan_hash())
        };
        let event = RunEvent::PlanApproved {
            revision,
            by: Approver::User,
            hash,
            feedback: None,
        };
        caller.journal.record(event).await?;
        if rests {
            // An edit is no word to go on.
            let reason = "paused by the person".to_owned();
            let root = caller.journal.at(Vec::new());
            root.record(RunEvent::RunPaused { reason }).await?;
        }
    }
    Ok(())
}
