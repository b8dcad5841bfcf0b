//! The replanner: looks at the evidence and decides. It never writes the answer.

use super::Halt;
use super::call::{Caller, Job};
use super::ladder::{Shape, ask};
use super::look::look;
use super::planner::{finished_steps, naming, room};
use super::prompts;
use crate::domain::chat::Role;
use crate::domain::event::{Decision, NoticeLevel, PlanSource, RunEvent, StepOutcome, Trigger};
use crate::domain::plan::{DraftStep, name_drafts};
use crate::domain::plan_tools::{leave_out_unknown, settle, with_tools};
use crate::domain::reply::{Act, act_from_json, act_from_text, act_schema};
use crate::domain::stagnation::leads_nowhere;
use crate::domain::state::PlanExecuteState;
use crate::domain::validate::{check, mend, normal};

/// Decides what the results are worth, and puts a new plan forward where they are not enough.
///
/// # Errors
/// [`Halt`].
pub async fn decide(caller: &Caller) -> Result<(), Halt> {
    let early = {
        let state = caller.journal.state().await;
        let at_work = state.plan.iter().any(|p| !p.status.is_finished());
        state.trigger().filter(|_| at_work)
    };
    if let Some(trigger) = early {
        return look(caller, trigger).await;
    }
    let model = &*caller.model(Role::Replanner).await?;
    let (made, pending, limit) = {
        let state = caller.journal.state().await;
        (
            state.iteration_count,
            state.decision == Some(Decision::Replan),
            state.limits.max_iterations,
        )
    };
    // A decision to replan without its plan was cut short by the end of the process: it is made again, not counted again.
    let iteration = if pending { made.max(1) } else { made + 1 };
    if iteration > limit {
        return force(
            caller,
            made,
            format!("{made} rounds of planning are done, which is the limit"),
        )
        .await;
    }
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let shape = Shape {
        schema: with_tools(act_schema(super::planner::MOST_STEPS), &known),
        from_json: act_from_json,
        from_text: act_from_text,
        ask_text: prompts::DECISION_AS_LINE,
    };
    let text = prompts::decide_job(&*caller.journal.state().await, iteration);
    let job = Job {
        role: Role::Replanner,
        step: None,
        text,
        temperature: 0.1,
    };
    let asked = match ask(caller, model, &job, &shape).await {
        Err(Halt::Model(error)) if !error.is_unusable() => {
            return force(
                caller,
                iteration,
                format!("no decision could be had ({error})"),
            )
            .await;
        }
        asked => asked?,
    };
    let act = if let Some(act) = asked {
        act
    } else {
        let text = "no decision could be read from the replanner's replies; the answer is written from what there is";
        caller.journal.notice(NoticeLevel::Warning, text).await?;
        Act {
            decision: Decision::Respond,
            reason: "no decision could be read".to_owned(),
            steps: Vec::new(),
        }
    };
    match act.decision {
        Decision::Replan if iteration >= limit => {
            let why = format!(
                "{iteration} rounds of planning are done, which is the limit, and more was wanted: {}",
                act.reason
            );
            force(caller, iteration, why).await
        }
        Decision::Replan => propose(caller, act, iteration, Trigger::PlanDone).await,
        Decision::Respond | Decision::FinalizeForced | Decision::Continue => {
            caller
                .journal
                .record(RunEvent::ActDecided {
                    decision: Decision::Respond,
                    reason: act.reason,
                    iteration,
                    trigger: Some(Trigger::PlanDone),
                })
                .await?;
            Ok(())
        }
    }
}

/// Records that the answer is to be written from what there is, and why.
///
/// # Errors
/// Where the store fails.
pub async fn force(caller: &Caller, iteration: u32, reason: String) -> Result<(), Halt> {
    decided(caller, Decision::FinalizeForced, iteration, reason).await
}

/// Records that the person wants the answer now: a forced one, unless nothing is missing.
///
/// # Errors
/// Where the store fails.
pub async fn answer_now(caller: &Caller) -> Result<(), Halt> {
    let (forced, through, iteration) = {
        let state = caller.journal.state().await;
        let forced = state.decision == Some(Decision::FinalizeForced);
        (forced, state.is_through(), state.iteration_count)
    };
    let decision = match (forced, through) {
        (true, _) => return Ok(()),
        (_, true) => Decision::Respond,
        _ => Decision::FinalizeForced,
    };
    let reason = "the person wants the answer now".to_owned();
    decided(caller, decision, iteration, reason).await
}

async fn decided(
    caller: &Caller,
    decision: Decision,
    iteration: u32,
    reason: String,
) -> Result<(), Halt> {
    let event = RunEvent::ActDecided {
        decision,
        reason,
        iteration,
        trigger: None,
    };
    Ok(caller.journal.record(event).await?)
}

/// Puts a new plan forward in place of the steps that are not finished, unless there is no room for it or it was put
/// forward before to no avail: then the answer is forced.
///
/// # Errors
/// Where the store fails.
pub async fn propose(
    caller: &Caller,
    act: Act,
    iteration: u32,
    trigger: Trigger,
) -> Result<(), Halt> {
    let (drafts, taken, finished, revision, room, out_of_steps) = {
        let state = caller.journal.state().await;
        let out = state.executed() >= state.limits.max_steps as usize;
        (
            without_repetitions(act.steps, &state),
            state.step_ids(),
            finished_steps(&state),
            state.revision + 1,
            room(&state),
            out,
        )
    };
    if out_of_steps {
        let why = format!(
            "{} steps were executed, which is the limit, and more was wanted: {}",
            finished.len(),
            act.reason
        );
        return force(caller, iteration, why).await;
    }
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let mut drafts = drafts;
    settle(&mut drafts, &known);
    let (mut steps, mended) = mend(
        name_drafts(drafts, &taken, naming(caller.journal.scope())),
        room,
    );
    if leads_nowhere(&*caller.journal.state().await, &steps) {
        let why = format!(
            "planning gets nowhere: the same steps were put forward again, for this reason: {}",
            act.reason
        );
        return force(caller, iteration, why).await;
    }
    caller
        .journal
        .record(RunEvent::ActDecided {
            decision: Decision::Replan,
            reason: act.reason.clone(),
            iteration,
            trigger: Some(trigger),
        })
        .await?;
    let strange = leave_out_unknown(&mut steps, &known);
    let steps: Vec<_> = finished.into_iter().chain(steps).collect();
    let problems = check(&steps, usize::MAX)
        .into_iter()
        .map(|problem| problem.text)
        .chain(strange)
        .collect();
    let mut reason = act.reason;
    if !mended.is_empty() {
        reason.push_str(&format!(" ({})", mended.join("; ")));
    }
    caller
        .journal
        .record(RunEvent::PlanProposed {
            revision,
            source: PlanSource::Replanner,
            steps,
            problems,
            reason: Some(reason),
        })
        .await?;
    Ok(())
}

/// The new steps without those that were done already, unless that would leave none.
fn without_repetitions(drafts: Vec<DraftStep>, state: &PlanExecuteState) -> Vec<DraftStep> {
    let done: Vec<String> = state
        .past_steps
        .iter()
        .filter(|past| past.outcome == StepOutcome::Done)
        .map(|past| normal(&past.description))
        .collect();
    let is_new = |draft: &DraftStep| !done.contains(&normal(&draft.description));
    if drafts.iter().any(is_new) {
        drafts.into_iter().filter(is_new).collect()
    } else {
        drafts
    }
}
