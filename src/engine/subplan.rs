//! A step that runs as a plan of its own: the same loop, one scope deeper, in the same log. A step for each item of a
//! list is such a plan, too, made by the program instead of a planner.

use std::time::Duration;

use super::Halt;
use super::call::Caller;
use super::finalizer::Answer;
use super::planner::naming;
use crate::domain::event::{Approver, NoticeLevel, PlanSource, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::items::{for_item, items};
use crate::domain::plan::{DraftStep, Step, name_drafts};
use crate::domain::state::{PlanExecuteState, StepStatus};

/// Opens the plan inside a step, unless an earlier attempt has opened it. Where it cannot be, says why.
///
/// # Errors
/// Where the store fails.
pub(super) async fn open(
    inner: &Caller,
    outer: &Caller,
    step: &StepId,
) -> Result<Result<(), String>, Halt> {
    let (known, planned) = {
        let state = outer.journal.state().await;
        let planned = state.planned(step).map(|planned| planned.step.clone());
        (
            state.children.get(step).map(|child| child.revision),
            planned,
        )
    };
    let Some(planned) = planned else {
        return Ok(Ok(()));
    };
    if known.is_none() {
        let text = format!("step {step} runs as a plan of its own");
        inner.journal.notice(NoticeLevel::Info, text).await?;
    }
    match &planned.for_each {
        Some(list) if known.unwrap_or(0) == 0 => expand(inner, outer, &planned, list).await,
        _ => Ok(Ok(())),
    }
}

/// Makes the plan of a step for each item of a list. What was approved is the step: its plan follows from it and needs
/// no approval of its own.
async fn expand(
    inner: &Caller,
    outer: &Caller,
    step: &Step,
    list: &StepId,
) -> Result<Result<(), String>, Halt> {
    let found = {
        let state = outer.journal.state().await;
        let planned = state.planned(list);
        items(
            planned
                .and_then(|planned| planned.result.as_deref())
                .unwrap_or_default(),
        )
    };
    let room = inner.journal.state().await.limits.max_steps as usize;
    if found.is_empty() {
        return Ok(Err(format!(
            "the result of step {list} holds no list to go through"
        )));
    }
    if found.len() > room {
        return Ok(Err(format!(
            "the list of step {list} has {} items, at most {room} more steps may run",
            found.len()
        )));
    }
    let drafts = found.iter().map(|item| DraftStep {
        description: for_item(&step.description, item),
        done_when: step
            .done_when
            .as_deref()
            .map(|text| text.replace("{{item}}", item)),
        tool: step.tool.clone(),
        input: step.input.as_deref().map(|text| for_item(text, item)),
        subplan: step.subplan,
        ..DraftStep::default()
    });
    let steps = name_drafts(drafts.collect(), &[], naming(inner.journal.scope()));
    let reason = format!(
        "one step for each of the {} items of step {list}",
        steps.len()
    );
    let event = RunEvent::PlanProposed {
        revision: 1,
        source: PlanSource::Validator,
        steps,
        problems: Vec::new(),
        reason: Some(reason),
    };
    inner.journal.record(event).await?;
    let hash = inner.journal.state().await.plan_hash();
    let event = RunEvent::PlanApproved {
        revision: 1,
        by: Approver::Policy,
        hash,
        feedback: None,
    };
    inner.journal.record(event).await?;
    Ok(Ok(()))
}

/// The results for all items, in the order of the list, as the answer of their plan: nobody puts them in other words.
pub(super) fn gather(state: &PlanExecuteState) -> Answer {
    let mut lost = 0;
    let parts = state.plan.iter().map(|planned| {
        lost += usize::from(planned.status != StepStatus::Finished(StepOutcome::Done));
        let result = planned.result.as_deref().unwrap_or("(no result)");
        format!("## {}\n{}", planned.step.description, result.trim())
    });
    let response = parts.collect::<Vec<_>>().join("\n\n");
    let of = state.plan.len();
    Answer {
        response,
        incomplete: (lost > 0).then(|| format!("{lost} of {of} items have no result")),
    }
}

/// Ends the step: with the answer of the plan inside it, or with the reason why there is none.
///
/// # Errors
/// Where the store fails.
pub(super) async fn close(
    outer: &Caller,
    step: &StepId,
    attempt: u32,
    ended: Result<Answer, String>,
    took: Duration,
) -> Result<(), Halt> {
    let all_lost = {
        let state = outer.journal.state().await;
        let child = state.children.get(step);
        child.is_some_and(|child| {
            let mut ends = child.plan.iter().map(|planned| planned.status);
            child.gathers && ends.all(|status| status != StepStatus::Finished(StepOutcome::Done))
        })
    };
    let (status, result) = match ended {
        Ok(answer) if all_lost => (
            StepOutcome::Failed,
            format!("Step failed: no item has a result\n\n{}", answer.response),
        ),
        Ok(Answer {
            response,
            incomplete,
        }) => {
            let lack = incomplete.map_or(String::new(), |why| format!("\n\nIncomplete: {why}"));
            (StepOutcome::Done, format!("{response}{lack}"))
        }
        Err(why) => (StepOutcome::Failed, format!("Step failed: {why}")),
    };
    let event = RunEvent::StepFinished {
        step: step.clone(),
        attempt,
        status,
        result: result.into(),
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        by: None,
    };
    Ok(outer.journal.record(event).await?)
}
