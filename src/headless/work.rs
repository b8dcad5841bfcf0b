//! Watching a run at work until it is done: records to standard output or standard error, questions to the person,
//! signals to the run.

use serde_json::json;

use super::ask::Question;
use super::out::{Stdout, tell};
use super::signals::Signals;
use super::{Failure, progress};
use crate::domain::event::{ApprovalPolicy, Delta, DeltaKind, EventRecord, RunEvent};
use crate::domain::ids::{RunId, StepId};
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::engine::review::policy_approves;
use crate::session::{EngineUpdate, RunCommand, RunHandle, RunOutcome};

/// What is printed while a run works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printing {
    /// Records as JSON Lines on standard output.
    pub(super) json: bool,
    /// Text as it arrives, too.
    pub(super) stream: bool,
    /// The result of each step on standard error.
    pub(super) results: bool,
}

/// How the work ended.
pub(super) struct Ended {
    /// How.
    pub(super) outcome: RunOutcome,
    /// The run as it is now.
    pub(super) state: PlanExecuteState,
}

/// Watches until the run is done. A second signal ends the wait, and with it the process.
pub(super) async fn watch(
    handle: RunHandle,
    approval: ApprovalPolicy,
    attended: bool,
    printing: Printing,
    stdout: &mut Stdout,
) -> Result<Ended, Failure> {
    let mut signals = Signals::listen()?;
    let RunHandle {
        run,
        records,
        commands,
        mut updates,
        cancel,
        mut done,
    } = handle;
    let mut watcher = Watcher {
        state: PlanExecuteState::replay(&records),
        run,
        printing,
        stdout,
        lost: None,
    };
    let asks = |state: &PlanExecuteState| attended && needs_answer(state, approval);
    let mut question = None;
    let mut decided = None;
    let mut commands = Some(commands);
    let mut stopping = false;
    loop {
        tokio::select! {
            update = updates.recv() => {
                let Some(update) = update else { break };
                let asked_about = watcher.take(&update);
                if watcher.lost.is_some() {
                    cancel.cancel();
                }
                if asked_about && attended && question.is_none()
                    && let Some((scope, used)) = watcher.state.pending_use()
                    && is_at_work(&watcher.state, &scope, &used.step)
                    && decided.as_ref() != Some(&used.call)
                {
                    question = Question::of_tool(used);
                }
                if asked_about && question.is_none() && asks(&watcher.state) {
                    let waiting = watcher.state.waiting();
                    question = waiting.map(|(_, plan)| Question::about(plan));
                }
            }
            answer = answered(&mut question) => {
                question = None;
                if let Some(RunCommand::Decide { call, .. }) = &answer {
                    decided = Some(call.clone());
                }
                match (answer, &commands) {
                    // A run that is over takes no commands, and says so by closing its updates.
                    (Some(command), Some(run)) => drop(run.send(command).await),
                    // Nobody is there any more: without a sender the run rests as it is.
                    _ => commands = None,
                }
            }
            () = signals.next() => {
                if question.as_ref().is_some_and(Question::is_editing) {
                    continue;
                }
                if std::mem::replace(&mut stopping, true) {
                    return Ok(watcher.ended(RunOutcome::Interrupted));
                }
                if question.is_some() {
                    // The cursor stands behind the question.
                    tell("");
                }
                tell("stopping; once more to stop at once");
                cancel.cancel();
            }
        }
    }
    let outcome = tokio::select! {
        outcome = &mut done => outcome,
        () = signals.next() => Ok(RunOutcome::Interrupted),
    };
    let outcome = outcome.unwrap_or_else(|error| RunOutcome::Failed {
        error: format!("the work on the run broke off: {error}"),
        hint: Some("`planwright resume` goes on from what is stored".to_owned()),
    });
    match watcher.lost.take() {
        Some(failure) => Err(failure),
        None => Ok(watcher.ended(outcome)),
    }
}

async fn answered(question: &mut Option<Question>) -> Option<RunCommand> {
    match question {
        Some(question) => question.answer().await,
        None => std::future::pending().await,
    }
}

/// Whether the plan in force waits for a person under this policy, and he has seen what it is expected to cost.
fn needs_answer(state: &PlanExecuteState, approval: ApprovalPolicy) -> bool {
    let Some((_, plan)) = state.waiting() else {
        return false;
    };
    let estimate = plan.revisions.last().and_then(|last| last.estimate);
    let is_shown = estimate.is_some() || !state.settings.estimate || plan.inside;
    is_shown && !policy_approves(approval, plan)
}

/// Whether the step goes on already that a call belongs to: in a run that is resumed it begins first, and says so.
fn is_at_work(state: &PlanExecuteState, scope: &[StepId], step: &StepId) -> bool {
    let planned = state.at(scope).and_then(|plan| plan.planned(step));
    planned.is_some_and(|planned| planned.status == StepStatus::Running)
}

struct Watcher<'a> {
    state: PlanExecuteState,
    run: RunId,
    printing: Printing,
    stdout: &'a mut Stdout,
    /// Why standard output can no longer be written.
    lost: Option<Failure>,
}

impl Watcher<'_> {
    /// Takes news in; says whether a person may have to be asked: about a new plan, about one that waited when the
    /// run was resumed, or again, because what was answered was not taken, which a notice says.
    fn take(&mut self, update: &EngineUpdate) -> bool {
        match update {
            EngineUpdate::Event(record) => {
                self.state.apply(record);
                self.record(record);
                matches!(
                    record.event,
                    RunEvent::PlanProposed { .. }
                        | RunEvent::PlanEstimated { .. }
                        | RunEvent::RunResumed { .. }
                        | RunEvent::StepStarted { .. }
                        | RunEvent::ToolCalled { .. }
                        | RunEvent::ToolReturned { .. }
                        | RunEvent::Notice { .. }
                )
            }
            EngineUpdate::Delta(delta) => {
                self.delta(delta);
                false
            }
        }
    }

    fn record(&mut self, record: &EventRecord) {
        if self.printing.json && self.lost.is_none() {
            self.lost = self.stdout.json(record).err();
        }
        progress::record(&self.state, record);
        if self.printing.results {
            progress::result(record);
        }
    }

    fn delta(&mut self, delta: &Delta) {
        progress::delta(delta);
        let kind = match delta.kind {
            DeltaKind::Content => "content",
            DeltaKind::Thinking => "thinking",
            DeltaKind::Restart => return,
        };
        if self.printing.stream && self.lost.is_none() {
            let line = json!({
                "type": "delta",
                "run": self.run,
                "call": delta.call,
                "kind": kind,
                "text": delta.text,
            });
            self.lost = self.stdout.json(&line).err();
        }
    }

    fn ended(self, outcome: RunOutcome) -> Ended {
        Ended {
            outcome,
            state: self.state,
        }
    }
}
