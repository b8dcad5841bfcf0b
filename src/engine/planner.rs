//! The planner and the validation behind it: from a task to a plan that can be looked at.

use super::Halt;
use super::call::{Caller, Job};
use super::in_use::ModelInUse;
use super::ladder::{Shape, ask};
use super::{modes, prompts};
use crate::domain::chat::Role;
use crate::domain::event::{Mode, NoticeLevel, PlanSource, RunEvent};
use crate::domain::ids::StepId;
use crate::domain::plan::{DraftStep, Naming, Step, name_drafts};
use crate::domain::plan_tools::{leave_out_unknown, settle, unknown_tools, with_tools};
use crate::domain::reply::{plan_from_json, plan_from_text, plan_schema};
use crate::domain::size::plan_range;
use crate::domain::state::PlanExecuteState;
use crate::domain::validate::{check, mend, normal};

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
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let shape = Shape {
        schema: with_tools(plan_schema(MOST_STEPS, nests), &known),
        from_json: plan_from_json,
        from_text: plan_from_text,
        ask_text: prompts::PLAN_AS_LIST,
    };
    let size = model.info.parameter_size.as_deref();
    let range = plan_range(size);
    let first = job(&range.words(), &*caller.journal.state().await);
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
    if let Some(written) = drafts.take_if(|drafts| drafts.len() > 1) {
        drafts = Some(repaired(caller, model, &shape, written, &range.words()).await?);
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
        let text = "no plan could be read from the planner's replies; the task runs as one step";
        caller.journal.notice(NoticeLevel::Warning, text).await?;
    } else if drafts.as_ref().is_some_and(|drafts| drafts.len() < 2) && finished.is_empty() {
        let text = "one step is enough for this task; it runs directly";
        caller.journal.notice(NoticeLevel::Info, text).await?;
        drafts = None;
    }
    let mut drafts = drafts.unwrap_or_else(|| vec![DraftStep::new(whole)]);
    settle(&mut drafts, &known);
    for draft in drafts.iter_mut().filter(|_| !nests) {
        draft.subplan = false;
    }
    let (mut steps, mut mended) = mend(
        name_drafts(drafts, &taken, naming(caller.journal.scope())),
        room,
    );
    if caller.journal.whole().await.limits.max_parallel > 1 {
        mended.extend(build_on_all(&mut steps));
    }
    let strange = leave_out_unknown(&mut steps, &known);
    let planned = steps.len();
    let steps: Vec<Step> = finished.into_iter().chain(steps).collect();
    let reason = (!mended.is_empty()).then(|| mended.join("; "));
    let found = check(&steps, usize::MAX).into_iter();
    let mut problems: Vec<String> = found.map(|problem| problem.text).chain(strange).collect();
    if let Some(size) = size.filter(|_| planned > range.most) {
        problems.push(format!(
            "the plan has {planned} steps; a model of {size} keeps {} together well",
            range.words()
        ));
    }
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

/// The plan with what cannot be mended safely corrected by the model itself: asked once, with the list of problems. The
/// corrected plan is taken where it has fewer of them.
async fn repaired(
    caller: &Caller,
    model: &ModelInUse,
    shape: &Shape<Vec<DraftStep>>,
    drafts: Vec<DraftStep>,
    range: &str,
) -> Result<Vec<DraftStep>, Halt> {
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let problems = beyond_mending(&drafts, &known);
    if problems.is_empty() {
        return Ok(drafts);
    }
    let text = format!(
        "the planner was asked to correct its plan: {}",
        problems.join("; ")
    );
    caller.journal.notice(NoticeLevel::Info, text).await?;
    let job = Job {
        role: Role::Planner,
        step: None,
        text: prompts::mend_job(&drafts, &problems, range),
        temperature: 0.1,
    };
    let again = match ask(caller, model, &job, shape).await {
        Err(Halt::Model(error)) if !error.is_unusable() => None,
        asked => asked?,
    };
    let better = |new: &Vec<DraftStep>| {
        !new.is_empty() && beyond_mending(new, &known).len() < problems.len()
    };
    Ok(again.filter(better).unwrap_or(drafts))
}

/// What is wrong with a plan that the program cannot put right by itself: steps that name nothing to work on, steps that
/// say the same in other words, steps that build on each other, tools that there are not.
fn beyond_mending(drafts: &[DraftStep], known: &[&str]) -> Vec<String> {
    let mut drafts = drafts.to_vec();
    settle(&mut drafts, known);
    let steps = name_drafts(drafts, &[], Naming::Fresh);
    let found = check(&steps, usize::MAX).into_iter();
    let texts: Vec<String> = steps.iter().map(|step| normal(&step.description)).collect();
    let is_copy = |at: usize| {
        texts
            .get(..at)
            .is_some_and(|before| before.contains(&texts[at]))
    };
    let wanted = found.filter(|problem| match problem.step {
        Some(at) => {
            let told = ["is vague", "repeats step", "(a cycle)"];
            !is_copy(at) && told.iter().any(|words| problem.text.contains(words))
        }
        None => false,
    });
    let strange = unknown_tools(&steps, known);
    wanted.map(|problem| problem.text).chain(strange).collect()
}

/// Where no step says what it builds on, the last one builds on all others: it makes what the task asks for. Says so.
fn build_on_all(steps: &mut [Step]) -> Option<String> {
    let (last, others) = steps.split_last_mut()?;
    let unsaid = last.depends_on.is_empty() && others.iter().all(|s| s.depends_on.is_empty());
    if others.is_empty() || !unsaid {
        return None;
    }
    last.depends_on = others.iter().map(|step| step.id.clone()).collect();
    Some("the last step builds on all others, as the plan does not say".to_owned())
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
