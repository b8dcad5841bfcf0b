//! The neighbours of the pattern as other routings of the same nodes: which one fits a task, and what is different in
//! their plans and answers.

use serde_json::{Value, json};

use super::Halt;
use super::call::{Caller, Job};
use super::finalizer::Answer;
use super::ladder::{Shape, ask};
use super::planner::{MOST_STEPS, finished_steps, naming, room};
use super::prompts;
use crate::domain::chat::Role;
use crate::domain::event::{Mode, NoticeLevel, PlanSource, RunEvent, StepOutcome};
use crate::domain::plan::{DraftStep, name_drafts};
use crate::domain::plan_tools::{leave_out_unknown, settle, with_tools};
use crate::domain::references::references;
use crate::domain::reply::{plan_from_json, plan_from_text, plan_schema};
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::domain::validate::check;

const CHOOSE: &str = include_str!("../../assets/prompts/choose.md");

/// Chooses the mode of a run that left it open, and says why.
///
/// # Errors
/// [`Halt`]; a model that cannot say leaves the usual mode.
pub(super) async fn choose(caller: &Caller) -> Result<(), Halt> {
    let model = caller.model(Role::Planner).await?;
    let job = Job {
        role: Role::Planner,
        step: None,
        text: CHOOSE.to_owned(),
        temperature: 0.0,
    };
    let shape = Shape {
        schema: json!({
            "type": "object",
            "properties": {
                "mode": { "type": "string", "enum": ["direct", "rewoo", "plan-execute"] },
                "reason": { "type": "string" },
            },
            "required": ["mode", "reason"],
        }),
        from_json: choice_from_json,
        from_text: choice_from_text,
        ask_text: "That reply could not be used either. Reply with one of the three words, a colon and the reason.",
    };
    let asked = match ask(caller, &model, &job, &shape).await {
        Err(Halt::Model(error)) if !error.is_unusable() => None,
        asked => asked?,
    };
    let (mode, reason) = asked.unwrap_or_else(|| {
        let reason = "no choice could be read: the mode that can change its mind".to_owned();
        (Mode::PlanExecute, reason)
    });
    let event = RunEvent::ModeChosen { mode, reason };
    Ok(caller.journal.record(event).await?)
}

fn choice_from_json(value: &Value) -> Result<((Mode, String), bool), String> {
    let word = value
        .get("mode")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let reason = value.get("reason").and_then(Value::as_str);
    let mode = mode(word)?;
    let exact = mode.word() == word && reason.is_some();
    Ok(((mode, reason.unwrap_or_default().trim().to_owned()), exact))
}

fn choice_from_text(text: &str) -> Result<(Mode, String), String> {
    let first = text.trim().lines().next().unwrap_or_default();
    let (word, reason) = first.split_once(':').unwrap_or((first, ""));
    Ok((mode(word)?, reason.trim().to_owned()))
}

fn mode(word: &str) -> Result<Mode, String> {
    match word.trim().to_lowercase().replace(['_', ' '], "-").as_str() {
        "direct" => Ok(Mode::Direct),
        "rewoo" => Ok(Mode::Rewoo),
        "plan-execute" | "plan-and-execute" => Ok(Mode::PlanExecute),
        _ => Err("`mode` is none of `direct`, `rewoo` and `plan-execute`".to_owned()),
    }
}

/// Puts the task forward as the one step of a run without a plan.
///
/// # Errors
/// Where the store fails.
pub(super) async fn one_step(caller: &Caller) -> Result<(), Halt> {
    let (task, taken, revision) = {
        let state = caller.journal.state().await;
        (state.task.clone(), state.step_ids(), state.revision + 1)
    };
    let steps = name_drafts(
        vec![DraftStep::new(super::planner::as_step(task))],
        &taken,
        naming(caller.journal.scope()),
    );
    let event = RunEvent::PlanProposed {
        revision,
        source: PlanSource::Validator,
        steps,
        problems: Vec::new(),
        reason: Some("react: no plan, the task is one step".to_owned()),
    };
    Ok(caller.journal.record(event).await?)
}

/// Asks once for all steps, each with the whole of its question and with references to the results it needs.
///
/// # Errors
/// [`Halt`].
pub(super) async fn blueprint(caller: &Caller) -> Result<(), Halt> {
    let model = caller.model(Role::Planner).await?;
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let mut schema = plan_schema(MOST_STEPS, false);
    schema["properties"]["steps"]["items"]["properties"] = json!({
        "description": { "type": "string" },
        "input": { "type": "string" },
    });
    schema["properties"]["steps"]["items"]["required"] = json!(["description", "input"]);
    let shape = Shape {
        schema: with_tools(schema, &known),
        from_json: plan_from_json,
        from_text: plan_from_text,
        ask_text: prompts::PLAN_AS_LIST,
    };
    let job = Job {
        role: Role::Planner,
        step: None,
        text: prompts::blueprint_job(&*caller.journal.state().await),
        temperature: 0.1,
    };
    let asked = ask(caller, &model, &job, &shape).await?;
    let (task, taken, finished, revision, room) = {
        let state = caller.journal.state().await;
        let finished = finished_steps(&state);
        let taken = state.step_ids();
        (
            state.task.clone(),
            taken,
            finished,
            state.revision + 1,
            room(&state),
        )
    };
    let mut drafts = if let Some(drafts) = asked {
        drafts
    } else {
        let text = "no plan could be read from the planner's replies; the task runs as one step";
        caller.journal.notice(NoticeLevel::Warning, text).await?;
        vec![DraftStep::new(super::planner::as_step(task))]
    };
    settle(&mut drafts, &known);
    let mut problems = Vec::new();
    if drafts.len() > room {
        problems.push(format!(
            "the plan has {} steps, the first {room} are kept",
            drafts.len()
        ));
        drafts.truncate(room);
    }
    for (index, draft) in drafts.iter_mut().enumerate() {
        let input = draft.input.get_or_insert_with(|| draft.description.clone());
        // A reference that leads nowhere stays as it is written, and is named.
        let (known, unknown): (Vec<usize>, Vec<usize>) = references(input)
            .into_iter()
            .partition(|number| (1..=index).contains(number));
        problems.extend(unknown.iter().map(|number| {
            format!(
                "step {} refers to #E{number}, which is no earlier step",
                index + 1
            )
        }));
        draft.label = None;
        draft.depends_on = known.iter().map(ToString::to_string).collect();
    }
    let mut steps = name_drafts(drafts, &taken, naming(caller.journal.scope()));
    problems.extend(leave_out_unknown(&mut steps, &known));
    let steps: Vec<_> = finished.into_iter().chain(steps).collect();
    problems.extend(
        check(&steps, usize::MAX)
            .into_iter()
            .map(|problem| problem.text),
    );
    let event = RunEvent::PlanProposed {
        revision,
        source: PlanSource::Planner,
        steps,
        problems,
        reason: None,
    };
    Ok(caller.journal.record(event).await?)
}

/// The result of the last step as the answer, where the step was the task: nobody puts it in other words.
pub(super) fn hand_over(state: &PlanExecuteState) -> Option<Answer> {
    let last = state
        .plan
        .last()
        .filter(|_| state.mode == Some(Mode::React))?;
    let done = last.status == StepStatus::Finished(StepOutcome::Done);
    let response = last.result.as_ref().filter(|_| done)?;
    Some(Answer {
        response: response.to_string(),
        incomplete: None,
    })
}
