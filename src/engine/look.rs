//! A look at a plan at work: does the rest of it still make sense after what has happened?

use super::Halt;
use super::call::{Caller, Job};
use super::ladder::{Shape, ask};
use super::planner::{MOST_STEPS, finished_steps};
use super::{prompts, replanner};
use crate::domain::chat::Role;
use crate::domain::context::clip;
use crate::domain::event::{Decision, NoticeLevel, PlanSource, RunEvent, Trigger};
use crate::domain::outlook::{Outlook, outlook_from_json, outlook_from_text, outlook_schema};
use crate::domain::plan::Step;
use crate::domain::plan_tools::with_tools;
use crate::domain::reply::Act;
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::domain::validate::check;

const LOOK: &str = include_str!("../../assets/prompts/look.md");
const LOOK_AS_LINE: &str = include_str!("../../assets/prompts/look_as_line.md");

/// Tokens of what became of one step.
const MOST_NEWS: u32 = 60;

/// Looks at a plan at work, because of `trigger`. The last round of planning is kept for the end of the plan: where no
/// other is left, the plan goes on without a call.
///
/// # Errors
/// [`Halt`].
pub async fn look(caller: &Caller, trigger: Trigger) -> Result<(), Halt> {
    let (made, limit, text) = {
        let state = caller.journal.state().await;
        let made = state.iteration_count;
        (made, state.limits.max_iterations, job(&state, trigger))
    };
    if made + 1 >= limit && trigger != Trigger::Requested {
        let reason = "no other plan could run before the last look at the results".to_owned();
        return decided(caller, Decision::Continue, reason, made, trigger).await;
    }
    let known: Vec<&str> = caller.kit.toolbox.names().collect();
    let shape = Shape {
        schema: with_tools(outlook_schema(MOST_STEPS), &known),
        from_json: outlook_from_json,
        from_text: outlook_from_text,
        ask_text: LOOK_AS_LINE,
    };
    let model = caller.model(Role::Replanner).await?;
    let job = Job {
        role: Role::Replanner,
        step: None,
        text,
        temperature: 0.1,
    };
    let asked = match ask(caller, &model, &job, &shape).await {
        Err(Halt::Model(error)) if !error.is_unusable() => {
            let text = format!("the plan goes on as it is: no decision could be had ({error})");
            caller.journal.notice(NoticeLevel::Warning, text).await?;
            None
        }
        asked => asked?,
    };
    let outlook = asked.unwrap_or_else(|| Outlook {
        decision: Decision::Continue,
        reason: "no decision could be read".to_owned(),
        edits: Vec::new(),
        steps: Vec::new(),
    });
    match outlook.decision {
        Decision::Replan => {
            let act = Act {
                decision: Decision::Replan,
                reason: outlook.reason,
                steps: outlook.steps,
            };
            replanner::propose(caller, act, made + 1, trigger).await
        }
        Decision::Respond => {
            let (decision, iteration) = (Decision::Respond, made + 1);
            decided(caller, decision, outlook.reason, iteration, trigger).await
        }
        Decision::Continue | Decision::FinalizeForced => {
            go_on(caller, outlook, made, trigger).await
        }
    }
}

/// The plan stands, perhaps in other words: those are a new version of it, to be approved like any other.
async fn go_on(caller: &Caller, outlook: Outlook, made: u32, trigger: Trigger) -> Result<(), Halt> {
    let Outlook { reason, edits, .. } = outlook;
    decided(caller, Decision::Continue, reason.clone(), made, trigger).await?;
    let (revision, before, steps) = {
        let state = caller.journal.state().await;
        let steps = state.plan.iter().map(|planned| {
            let mut step = planned.step.clone();
            let edit = edits.iter().find(|(id, _)| *id == step.id);
            if let (Some((_, text)), StepStatus::Pending) = (edit, planned.status) {
                text.clone_into(&mut step.description);
            }
            step
        });
        let steps: Vec<Step> = steps.collect();
        (state.revision + 1, state.steps(), steps)
    };
    if steps == before
        || check(&steps, usize::MAX)
            .iter()
            .any(|problem| problem.fatal)
    {
        return Ok(());
    }
    let problems = check(&steps, usize::MAX).into_iter();
    let event = RunEvent::PlanProposed {
        revision,
        source: PlanSource::Replanner,
        problems: problems.map(|problem| problem.text).collect(),
        steps,
        reason: Some(reason),
    };
    Ok(caller.journal.record(event).await?)
}

async fn decided(
    caller: &Caller,
    decision: Decision,
    reason: String,
    iteration: u32,
    trigger: Trigger,
) -> Result<(), Halt> {
    let event = RunEvent::ActDecided {
        decision,
        reason,
        iteration,
        trigger: Some(trigger),
    };
    Ok(caller.journal.record(event).await?)
}

fn job(state: &PlanExecuteState, trigger: Trigger) -> String {
    let finished = finished_steps(state).len();
    let progress = format!("{finished} of {} steps have ended", state.plan.len());
    let why = match trigger {
        Trigger::PlanDone | Trigger::EachStep => String::new(),
        Trigger::StepFailed => "A step failed.".to_owned(),
        Trigger::StepMissed => "A step did not reach what it had to.".to_owned(),
        Trigger::Requested => match state.request.as_deref().map(str::trim) {
            None | Some("") => "The person asks for it.".to_owned(),
            Some(words) => format!(
                "The person asks for it and says: {}",
                clip(&prompts::fenced(words), MOST_NEWS * 4)
            ),
        },
    };
    let news: Vec<String> = state
        .unreviewed
        .iter()
        .filter_map(|id| state.planned(id))
        .map(|planned| {
            let word = planned.status.word();
            let gap = planned
                .check
                .as_ref()
                .and_then(|check| check.gap.as_deref());
            let gap = gap.map_or(String::new(), |gap| {
                format!(": {}", clip(&prompts::fenced(gap), MOST_NEWS))
            });
            format!("New: {} is {word}{gap}\n", planned.step.id)
        })
        .collect();
    let open: Vec<String> = state
        .plan
        .iter()
        .filter(|planned| !planned.status.is_finished())
        .map(|planned| {
            let text = prompts::fenced(&planned.step.description);
            format!("- {} {text}", planned.step.id)
        })
        .collect();
    let left = state
        .limits
        .max_iterations
        .saturating_sub(state.iteration_count + 1);
    let budget = match left {
        0 => "No further plan is possible after this decision.\n".to_owned(),
        1 => "One more plan can follow.\n".to_owned(),
        left => format!("{left} more plans can follow.\n"),
    };
    prompts::fill(
        LOOK,
        &[
            ("progress", &progress),
            ("why", &why),
            ("news", &news.concat()),
            ("open", &open.join("\n")),
            ("budget", &budget),
        ],
    )
}
