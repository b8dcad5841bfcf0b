//! Approval: what a person, or the policy, does with a plan that waits. Nothing that a model says gets here.

use tokio::sync::mpsc;

use super::call::Caller;
use super::estimate::estimate;
use super::steer::{hint, nothing_waits};
use super::{Halt, RunCommand};
use crate::domain::event::{ApprovalPolicy, Approver, NoticeLevel, PlanSource, RunEvent};
use crate::domain::plan::Step;
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::domain::validate::check;

/// What came of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The plan may run, step by step or at once.
    Approved {
        /// Pause after each step.
        stepwise: bool,
    },
    /// It may not; what is next follows from the state.
    Rejected,
    /// It need not: the answer is wanted now.
    Finish,
    /// There is no-one to ask.
    NobodyThere,
}

/// Whether the policy alone approves the plan in force.
pub fn policy_approves(policy: ApprovalPolicy, state: &PlanExecuteState) -> bool {
    match policy {
        ApprovalPolicy::Always => false,
        ApprovalPolicy::Never => true,
        ApprovalPolicy::First => {
            if state.inside {
                return true;
            }
            let approved_before = state
                .revisions
                .iter()
                .any(|revision| revision.approved_by.is_some());
            approved_before
                && state
                    .revisions
                    .last()
                    .is_some_and(|revision| revision.source == PlanSource::Replanner)
        }
    }
}

/// Lets the policy, then the person, say what happens to the plan in force.
///
/// # Errors
/// [`Halt::Cancelled`], or where the store fails.
pub async fn review(
    caller: &Caller,
    policy: ApprovalPolicy,
    attended: bool,
    commands: &mut mpsc::Receiver<RunCommand>,
) -> Result<Verdict, Halt> {
    let (revision, hash, by_policy) = {
        let state = caller.journal.state().await;
        (
            state.revision,
            state.plan_hash(),
            policy_approves(policy, &state),
        )
    };
    if by_policy {
        caller
            .journal
            .record(RunEvent::PlanApproved {
                revision,
                by: Approver::Policy,
                hash,
                feedback: None,
            })
            .await?;
        return Ok(Verdict::Approved { stepwise: false });
    }
    if !attended {
        return Ok(Verdict::NobodyThere);
    }
    loop {
        let Some(command) = caller.patience.within(commands.recv()).await? else {
            return Ok(Verdict::NobodyThere);
        };
        caller.repetitions.forget();
        let (revision, hash) = {
            let state = caller.journal.state().await;
            (state.revision, state.plan_hash())
        };
        match command {
            RunCommand::Approve {
                hash: seen,
                stepwise,
            } if seen == hash => {
                caller
                    .journal
                    .record(RunEvent::PlanApproved {
                        revision,
                        by: Approver::User,
                        hash,
                        feedback: None,
                    })
                    .await?;
                return Ok(Verdict::Approved { stepwise });
            }
            RunCommand::Approve { .. } => {
                caller
                    .journal
                    .notice(
                        NoticeLevel::Warning,
                        "the plan has changed since it was looked at; it was not approved",
                    )
                    .await?;
            }
            RunCommand::Reject { feedback } => {
                caller
                    .journal
                    .record(RunEvent::PlanRejected {
                        revision,
                        by: Approver::User,
                        hash,
                        feedback,
                    })
                    .await?;
                return Ok(Verdict::Rejected);
            }
            RunCommand::Edit { steps } | RunCommand::Revise { steps } => {
                edit(caller, steps).await?;
            }
            RunCommand::Finish => return Ok(Verdict::Finish),
            RunCommand::Hint { step, text } => hint(caller, step, text).await?,
            RunCommand::Decide { call, .. } => nothing_waits(caller, &call).await?,
            // Nothing runs that these could be about.
            RunCommand::Retry { .. }
            | RunCommand::RerunFrom { .. }
            | RunCommand::Skip { .. }
            | RunCommand::MarkDone { .. }
            | RunCommand::Replan { .. }
            | RunCommand::Pause
            | RunCommand::Hold
            | RunCommand::Continue { .. } => {}
        }
    }
}

/// Puts these steps in the place of the plan in force, unless they cannot stand there, which a notice says.
pub(super) async fn edit(caller: &Caller, steps: Vec<Step>) -> Result<bool, Halt> {
    let (revision, refused) = {
        let state = caller.journal.state().await;
        (state.revision + 1, refusal(&state, &steps))
    };
    if let Some(why) = refused {
        let text = format!("the edited plan was not taken: {why}");
        caller.journal.notice(NoticeLevel::Warning, text).await?;
        Ok(false)
    } else {
        let problems = check(&steps, usize::MAX)
            .into_iter()
            .map(|problem| problem.text)
            .collect();
        let source = PlanSource::User;
        caller
            .journal
            .record(RunEvent::PlanProposed {
                revision,
                source,
                steps,
                problems,
                reason: None,
            })
            .await?;
        estimate(caller).await?;
        Ok(true)
    }
}

/// Why these steps cannot stand in for the plan in force.
fn refusal(state: &PlanExecuteState, steps: &[Step]) -> Option<String> {
    let mut begun = state
        .plan
        .iter()
        .filter(|planned| planned.status != StepStatus::Pending);
    if let Some(lost) = begun.find(|planned| !steps.contains(&planned.step)) {
        let how = if lost.status.is_finished() {
            "finished"
        } else {
            "at work"
        };
        return Some(format!("step {} is {how} and stays as it is", lost.step.id));
    }
    let limit = state.limits.max_steps as usize;
    check(steps, limit)
        .into_iter()
        .find(|problem| problem.fatal)
        .map(|problem| problem.text)
}
