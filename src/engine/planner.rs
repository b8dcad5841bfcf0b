//! The planner and the validation behind it: from a task to a plan that can be looked at.

use super::Halt;
use super::call::{Caller, Job};
use super::ladder::{Shape, ask};
use super::{modes, prompts};
use crate::domain::chat::Role;
use crate::domain::event::{Mode, NoticeLevel, PlanSource, RunEvent};
use crate::domain::ids::StepId;
use crate::domain::plan::{DraftStep, Naming, Step, name_drafts};
use crate::domain::reply::{plan_from_json, plan_from_text, plan_schema};
use crate::domain::state::PlanExecuteState;
use crate::domain::validate::{check, mend};

/// A plan of more steps is asked to be made simpler once, then its neighbours are merged.
pub const MOST_STEPS: usize = 10;

/// The longest task, in characters, that becomes a step word for word.
const SHORT_TASK: usize = 500;

/// Makes a plan and puts it forward.
///
/// # Errors
/// [`Halt`].
pub async fn plan(caller: &Caller) -> Result<(), Halt> {
    let mode = caller.journal.state().await.mode;
    match mode {
        Some(Mode::React) => return modes::one_step(caller).await,
        Some(Mode::Rewoo) => return modes::blueprint(caller).await,
        _ => {}
    }
    let model = &*caller.model(Role::Planner).await?;
    let job = |range: &str, state: &PlanExecuteState| Job {
        role: Role::Planner,
        step: None,
        text: prompts::plan_job(state, range),
        temperature: 0.1,
    };
    let nests = caller.journal.state().await.may_nest();
    let shape = Shape {
        schema: plan_schema(MOST_STEPS, nests),
        from_json: plan_from_json,
        from_text: plan_from_text,
        ask_text: prompts::PLAN_AS_LIST,
    };
    let first = job(prompts::PLAN_RANGE, &*caller.journal.state().await);
    let mut drafts = ask(caller, model, &first, &shape).await?;
    if let Some(long) = drafts
        .as_ref()
        .map(Vec::len)
        .filter(|&steps| steps > MOST_STEPS)
    {
        let text = format!("the planner wrote {long} steps and was asked to make the plan simpler");
        caller.journal.notice(NoticeLevel::Info, text).await?;
        let range = format!("at most 7 (your last plan had {long}, which is too many)");
        let again = job(&range, &*caller.journal.state().await);
        drafts = ask(caller, model, &again, &shape).await?.or(drafts);
    }
    let (state_task, taken, finished, revision, room) = {
        let state = caller.journal.state().await;
        (
            state.task.clone(),
            state.step_ids(),
            finished_steps(&state),
            state.revision + 1,
            room(&state),
        )
    };
    let whole = as_step(state_task);
    if drafts.is_none() {
        caller
            .journal
            .notice(
                NoticeLevel::Warning,
                "no plan could be read from the planner's replies; the task runs as one step",
            )
            .await?;
    } else if drafts.as_ref().is_some_and(|drafts| drafts.len() < 2) && finished.is_empty() {
        caller
            .journal
            .notice(
                NoticeLevel::Info,
                "one step is enough for this task; it runs directly",
            )
            .await?;
        drafts = None;
    }
    let mut drafts = drafts.unwrap_or_else(|| vec![DraftStep::new(whole)]);
    for draft in drafts.iter_mut().filter(|_| !nests) {
        draft.subplan = false;
    }
    let (steps, mended) = mend(
        name_drafts(drafts, &taken, naming(caller.journal.scope())),
        room,
    );
    let steps: Vec<Step> = finished.into_iter().chain(steps).collect();
    let reason = (!mended.is_empty()).then(|| mended.join("; "));
    let problems = check(&steps, usize::MAX)
        .into_iter()
        .map(|problem| problem.text)
        .collect();
    caller
        .journal
        .record(RunEvent::PlanProposed {
            revision,
            source: PlanSource::Planner,
            steps,
            problems,
            reason,
        })
        .await?;
    Ok(())
}

/// The task as the description of a step.
pub fn as_step(task: String) -> String {
    if task.chars().count() <= SHORT_TASK {
        task
    } else {
        "Carry out the task as it is given".to_owned()
    }
}

/// The steps of the plan in force that have ended.
pub fn finished_steps(state: &PlanExecuteState) -> Vec<Step> {
    state
        .plan
        .iter()
        .filter(|planned| planned.status.is_finished())
        .map(|planned| planned.step.clone())
        .collect()
}

/// How many new steps a plan may have.
pub fn room(state: &PlanExecuteState) -> usize {
    (state.limits.max_steps as usize)
        .saturating_sub(state.executed())
        .clamp(1, MOST_STEPS)
}

/// How the steps of a plan in this scope are named.
pub fn naming(scope: &[StepId]) -> Naming<'_> {
    scope.last().map_or(Naming::Fresh, Naming::Within)
}
