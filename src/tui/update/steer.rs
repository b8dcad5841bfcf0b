//! What a person does with the steps of a run at work.

use super::{home, leave};
use crate::domain::event::{Decision, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::state::{PlanExecuteState, PlannedStep, RunStatus, StepStatus};
use crate::session::RunCommand;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose, Question};
use crate::tui::screens::subject::Subject;
use crate::tui::screens::watch::Watch;

/// Whether the action can be carried out on the selected step.
///
/// # Errors
/// One sentence that says why not.
pub(super) fn why_not(app: &App, action: Action) -> Result<(), &'static str> {
    let watch = app.watch().ok_or("there is no run here")?;
    at_work(watch)?;
    if action == Action::Steer {
        return Ok(());
    }
    if watch.state.plan.is_empty() {
        return Err("there is no plan at work yet");
    }
    if matches!(
        watch.state.decision,
        Some(Decision::Respond | Decision::FinalizeForced)
    ) {
        return Err("the answer is being written; nothing comes after it");
    }
    if matches!(action, Action::FinishNow | Action::LookAgain) {
        return Ok(());
    }
    if action == Action::UndoEdit {
        return match watch.undoable() {
            Some(_) => Ok(()),
            None => Err("nothing was edited in this version of the plan"),
        };
    }
    let Some(step) = selected(watch) else {
        return Err("choose a step of the plan first");
    };
    let need = |holds: bool, why: &'static str| if holds { Ok(()) } else { Err(why) };
    let open = !step.status.is_finished();
    let pending = step.status == StepStatus::Pending;
    match action {
        Action::SkipStep | Action::MarkDone => {
            need(open, "this step is finished and stays as it is")
        }
        Action::RetryStep => need(
            !pending && step.status != StepStatus::Finished(StepOutcome::Done),
            "this step has not begun, or is done; <plan.rerun_from> does it and all after it again",
        ),
        Action::RerunFrom => need(!pending, "this step has not begun"),
        Action::AddAfter => need(
            open || next_is_open(watch, &step.step.id),
            "a step stands behind what is finished",
        ),
        _ => need(pending, "this step has begun and stays as it is"),
    }
}

/// Whether the run is worked on here, where it heeds what a person says.
///
/// # Errors
/// One sentence that says why not.
pub(super) fn at_work(watch: &Watch) -> Result<(), &'static str> {
    match watch.state.status {
        _ if watch.is_at_work() => Ok(()),
        _ if watch.works_elsewhere() => Err(ELSEWHERE),
        RunStatus::Completed => Err("this run is completed"),
        RunStatus::Cancelled => Err("this run was given up"),
        _ => Err("this run is not at work here; <run.resume_run> goes on with it"),
    }
}

/// Why a run of another process can only be watched.
pub(super) const ELSEWHERE: &str =
    "another planwright works on this run; it can only be watched here";

/// Carries out an action on the run at work, or on the selected step of its plan.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Steer => to_line(app),
        Action::LookAgain => return look_again(app),
        Action::UndoEdit => return undo(app),
        Action::FinishNow => app.overlays.push(Overlay::Question(Question::FinishNow)),
        _ => return act_on_step(app, action),
    }
    Vec::new()
}

fn act_on_step(app: &mut App, action: Action) -> Vec<Effect> {
    let Some((id, text)) = app.watch().and_then(|watch| {
        let step = selected(watch)?;
        Some((step.step.id.clone(), step.step.description.clone()))
    }) else {
        return Vec::new();
    };
    match action {
        Action::SkipStep => {
            let with_it = app.watch().map(|watch| would_be_left_out(watch, &id));
            if let Some(with_it) = with_it.filter(|steps| !steps.is_empty()) {
                let steps = with_it.join(", ");
                app.say(format!("what builds on this step is left out with it: {steps}; <plan.retry_step> on it does it again"));
            }
            send(app, RunCommand::Skip { step: id })
        }
        Action::RetryStep => send(app, RunCommand::Retry { step: id }),
        Action::MarkDone => ask(app, Purpose::OwnResult(id), ""),
        Action::EditStep => ask(app, Purpose::StepAtWork(id), &text),
        Action::AddAfter => ask(app, Purpose::StepAfter(id), ""),
        Action::RerunFrom => {
            app.overlays.push(Overlay::Question(Question::RerunFrom));
            Vec::new()
        }
        Action::DeleteStep => {
            let beside = beside(app, &id);
            let effects = revise(app, &id, |steps| {
                steps.retain(|step| step.id != id);
                for step in steps {
                    step.depends_on.retain(|other| *other != id);
                }
            });
            if let Some(watch) = app.watch_mut() {
                watch.view.pinned = beside.map(Subject::Step);
            }
            app.say("the step is taken out; <plan.undo_edit> brings it back");
            effects
        }
        Action::MoveDown | Action::MoveUp => {
            let down = action == Action::MoveDown;
            let begun = begun(app, &id);
            revise(app, &id, |steps| shift(steps, &begun, &id, down))
        }
        _ => Vec::new(),
    }
}

/// Takes a line that was typed for a step, or for the run.
pub(super) fn take_line(app: &mut App, purpose: &Purpose, typed: &str) -> Vec<Effect> {
    let text = typed.to_owned();
    match purpose {
        _ if typed.is_empty() => {
            app.say("nothing was typed; nothing was done");
            Vec::new()
        }
        Purpose::OwnResult(step) => send(
            app,
            RunCommand::MarkDone {
                step: step.clone(),
                result: text,
            },
        ),
        Purpose::StepAtWork(id) => revise(app, id, |steps| {
            if let Some(step) = steps.iter_mut().find(|step| step.id == *id) {
                step.description = text;
            }
        }),
        Purpose::StepAfter(id) => {
            let fresh = fresh_id(app, id);
            revise(app, id, |steps| {
                let at = steps.iter().position(|step| step.id == *id);
                steps.insert(at.map_or(steps.len(), |at| at + 1), Step::new(fresh, text));
            })
        }
        _ => Vec::new(),
    }
}

/// Puts the cursor in the steering line. What is typed there for another run, or for one that is over, goes to the task
/// editor.
pub(super) fn to_line(app: &mut App) {
    let run = app.live.as_ref().map(|watch| watch.run.clone());
    if app.steering.run.is_some() && app.steering.run != run {
        put_away(app);
    }
    app.steering.run = run;
    app.steering.typing = true;
}

/// Puts what is typed to steer a run that is not at work any more where tasks are typed.
pub(super) fn put_away(app: &mut App) {
    if app.can_steer() {
        return;
    }
    let text = app.steering.take();
    if text.is_empty() {
        return;
    }
    app.home.keep_for_recall(text);
    app.say("what was typed to steer the run before is among the earlier tasks: <text.up> where tasks are typed");
}

/// Tells the rest of the run what is typed in the steering line.
pub(super) fn send_line(app: &mut App) -> Vec<Effect> {
    let text = app.steering.take();
    super::uncover(app);
    app.say("the steps that follow are told so");
    send(app, RunCommand::Hint { step: None, text })
}

/// Has what is typed there wait as a task; where nothing is at work any more, it begins.
pub(super) fn queue_line(app: &mut App) -> Vec<Effect> {
    let (run, waits) = (app.steering.run.clone(), app.can_steer());
    let task = app.steering.take();
    if waits {
        // More may follow, and the last one may be taken back.
        (app.steering.run, app.steering.typing) = (run, true);
    } else {
        super::uncover(app);
    }
    home::queue(app, task)
}

/// Gives the keyboard back; what is typed stays, for this run or the next.
pub(super) fn leave_line(app: &mut App) -> Vec<Effect> {
    app.steering.typing = false;
    put_away(app);
    super::uncover(app);
    Vec::new()
}

/// Yes: the answer is written now.
pub(super) fn finish(app: &mut App) -> Vec<Effect> {
    if let Some(watch) = app.watch_mut() {
        (watch.view.pinned, watch.view.top) = (None, None);
    }
    app.say("the answer is written from what there is");
    // What was edited in a review is a version of the plan all the same.
    let mut effects = leave::keep_edits(app);
    effects.extend(send(app, RunCommand::Finish));
    effects
}

/// Yes: the selected step and all after it are done again.
pub(super) fn rerun(app: &mut App) -> Vec<Effect> {
    let step = app
        .watch()
        .and_then(selected)
        .map(|planned| planned.step.id.clone());
    match step {
        Some(step) => send(app, RunCommand::RerunFrom { step }),
        None => Vec::new(),
    }
}

/// The step of the plan that is selected, or the one at work.
fn selected(watch: &Watch) -> Option<&PlannedStep> {
    match watch.subject() {
        Subject::Step(id) => watch.planned(&id),
        _ => None,
    }
}

/// The numbers of the steps to come that build on this one, directly or through others.
fn would_be_left_out(watch: &Watch, id: &StepId) -> Vec<String> {
    let plan = watch.plan_of(id).map_or(&[][..], |plan| &plan.plan);
    let mut lost = vec![id];
    let mut numbers = Vec::new();
    for (place, planned) in plan.iter().enumerate() {
        let builds = planned.step.depends_on.iter().any(|on| lost.contains(&on));
        if builds && !planned.status.is_finished() {
            lost.push(&planned.step.id);
            numbers.push((place + 1).to_string());
        }
    }
    numbers
}

fn next_is_open(watch: &Watch, id: &StepId) -> bool {
    let plan = watch.plan_of(id).map_or(&[][..], |plan| &plan.plan);
    let mut behind = plan.iter().skip_while(|p| p.step.id != *id).skip(1);
    behind
        .next()
        .is_none_or(|planned| !planned.status.is_finished())
}

fn ask(app: &mut App, purpose: Purpose, text: &str) -> Vec<Effect> {
    super::dialogs::ask(app, Prompt::new(purpose, text));
    Vec::new()
}

fn look_again(app: &mut App) -> Vec<Effect> {
    app.say("the replanner looks at the plan after the steps at work");
    send(app, RunCommand::Replan { reason: None })
}

fn send(app: &App, command: RunCommand) -> Vec<Effect> {
    let at_work = app.watch().is_some_and(Watch::is_at_work);
    at_work
        .then_some(Effect::Send(command))
        .into_iter()
        .collect()
}

/// Sends the plan of a step as it would be after a change; the engine refuses one that cannot run, and says why.
fn revise(app: &mut App, id: &StepId, change: impl FnOnce(&mut Vec<Step>)) -> Vec<Effect> {
    let Some(watch) = app.watch_mut() else {
        return Vec::new();
    };
    let before = watch
        .plan_of(id)
        .map_or_else(Vec::new, PlanExecuteState::steps);
    let mut steps = before.clone();
    change(&mut steps);
    if steps == before {
        return Vec::new();
    }
    let revision = watch.plan_of(id).map_or(0, |plan| plan.revision);
    watch.edit_before = Some((revision + 1, before));
    watch.revising = true;
    send(app, RunCommand::Revise { steps })
}

/// Puts the steps back that stood there before the last edit, which is itself one that can be undone.
fn undo(app: &mut App) -> Vec<Effect> {
    let found = app.watch().and_then(|watch| {
        let before = watch.undoable()?;
        // One that was deleted is in no plan.
        let known = before
            .iter()
            .find(|step| watch.plan_of(&step.id).is_some())?;
        Some((before.to_vec(), known.id.clone()))
    });
    match found {
        Some((before, id)) => {
            app.say("your last edit is undone; <plan.undo_edit> does it again");
            revise(app, &id, |steps| *steps = before)
        }
        None => Vec::new(),
    }
}

/// The step after this one, or the one before.
fn beside(app: &App, id: &StepId) -> Option<StepId> {
    let plan = &app.watch()?.plan_of(id)?.plan;
    let at = plan.iter().position(|planned| planned.step.id == *id)?;
    let other = plan.get(at + 1).or_else(|| plan.get(at.checked_sub(1)?))?;
    Some(other.step.id.clone())
}

/// The steps that have begun of the plan that holds this one.
fn begun(app: &App, id: &StepId) -> Vec<StepId> {
    let plan = app.watch().and_then(|watch| watch.plan_of(id));
    let begun = plan.into_iter().flat_map(|plan| &plan.plan);
    let begun = begun.filter(|planned| planned.status != StepStatus::Pending);
    begun.map(|planned| planned.step.id.clone()).collect()
}

/// Moves a step past its neighbour, unless that one has begun.
fn shift(steps: &mut [Step], begun: &[StepId], id: &StepId, down: bool) {
    let Some(at) = steps.iter().position(|step| step.id == *id) else {
        return;
    };
    let other = if down {
        Some(at + 1)
    } else {
        at.checked_sub(1)
    };
    let other = other.filter(|&other| {
        let neighbour = steps.get(other);
        neighbour.is_some_and(|step| !begun.contains(&step.id))
    });
    if let Some(other) = other {
        steps.swap(at, other);
    }
}

/// A name that the plan of this step has not used: `s7`, or `s2.7` in the plan inside a step.
fn fresh_id(app: &App, id: &StepId) -> StepId {
    let plan = app.watch().and_then(|watch| watch.plan_of(id));
    let used = plan.map_or_else(Vec::new, PlanExecuteState::step_ids);
    let inside = id.as_str().rsplit_once('.').map(|(parent, _)| parent);
    let name = |number: usize| match inside {
        Some(parent) => StepId::new(format!("{parent}.{number}")),
        None => StepId::numbered(number),
    };
    let free = (1..=used.len() + 1).map(name);
    let mut free = free.filter(|id| !used.contains(id));
    free.next().unwrap_or_else(|| name(used.len() + 1))
}
