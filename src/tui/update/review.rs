//! What can be done with a plan that waits for a person.

use crate::domain::plan::{Step, plan_hash};
use crate::domain::plan_text;
use crate::session::RunCommand;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::{EditTarget, Effect};
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose, Question};
use crate::tui::screens::draft::PlanDraft;
use crate::tui::screens::review::Review;

/// What the editor shows above the steps; headings are passed over when it is read back.
const EDITOR_HEAD: &str =
    "# One step a line: `1. what to do | done when: how to tell | after: 1, 2`\n\n";

/// Carries out an action of the review.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::ApproveAll => return approve(app, false),
        Action::ApproveStepwise => return approve(app, true),
        Action::NewPlan => return reject(app, Some("make a different plan for the same task")),
        Action::EditPlanOutside => return edit_outside(app),
        Action::AskForChanges => ask(app, Purpose::AskForChanges, ""),
        Action::RejectPlan => app.overlays.push(Overlay::Question(Question::RejectPlan)),
        Action::EditStep | Action::EditDoneWhen => ask_for_step(app, action),
        Action::AddAfter | Action::AddBefore => {
            let at = review(app).map_or(0, |review| review.selected);
            let at = at + usize::from(action == Action::AddAfter);
            ask(app, Purpose::NewStep(at), "");
        }
        _ => {
            if let Some(Err(why)) = review(app).map(|review| change(review, action)) {
                app.complain(why);
            }
        }
    }
    Vec::new()
}

/// The review on screen.
pub(super) fn review(app: &mut App) -> Option<&mut Review> {
    app.watch_mut()?.review.as_mut()
}

fn change(review: &mut Review, action: Action) -> Result<(), &'static str> {
    let at = review.selected;
    match action {
        Action::DeleteStep => review.edit(|draft| draft.delete(at)),
        Action::ToggleSubplan => {
            let id = review.draft().steps().get(at).map(|step| step.id.clone());
            let Some(id) = id else {
                return Ok(());
            };
            review.edit(|draft| draft.change(&id, |step| step.subplan = !step.subplan))
        }
        Action::MoveDown | Action::MoveUp => {
            let down = action == Action::MoveDown;
            review.selected = review.edit(|draft| draft.shift(at, down))?;
            Ok(())
        }
        Action::PlanBefore => {
            let before = review.before().unwrap_or_default();
            review.edit(|draft| draft.replace_open(before));
            Ok(())
        }
        Action::UndoEdit => {
            review.edit(PlanDraft::undo);
            Ok(())
        }
        Action::RedoEdit => {
            review.edit(PlanDraft::redo);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn ask(app: &mut App, purpose: Purpose, text: &str) {
    let mut prompt = Prompt::new(purpose, "");
    if prompt.field.replace(text) {
        super::dialogs::ask(app, prompt);
    } else {
        app.complain("this text is too long for one line; <review.edit_plan_outside> opens the plan in your own editor");
    }
}

fn ask_for_step(app: &mut App, action: Action) {
    let Some(review) = review(app) else {
        return;
    };
    if review.draft().is_locked(review.selected) {
        app.complain("finished steps stay as they are");
        return;
    }
    let Some(step) = review.draft().steps().get(review.selected).cloned() else {
        return;
    };
    if action == Action::EditStep {
        ask(app, Purpose::StepText(step.id), &step.description);
    } else {
        let text = step.done_when.unwrap_or_default();
        ask(app, Purpose::DoneWhen(step.id), &text);
    }
}

/// Takes what was typed about a step. Nothing typed leaves the plan as it was.
pub(super) fn take_line(app: &mut App, purpose: &Purpose, text: &str) {
    let text = text.trim().to_owned();
    let Some(review) = review(app) else {
        app.complain("the plan no longer waits; what was typed is not used");
        return;
    };
    let outcome = match purpose {
        Purpose::DoneWhen(id) => review.edit(|draft| {
            draft.change(id, |step| {
                step.done_when = Some(text).filter(|text| !text.is_empty());
            })
        }),
        _ if text.is_empty() => Err("a step needs a text; nothing was changed"),
        Purpose::StepText(id) => {
            review.edit(|draft| draft.change(id, |step| step.description = text))
        }
        Purpose::NewStep(at) => {
            let step = Step::new(review.fresh_id(), text);
            let outcome = review.edit(|draft| draft.insert(*at, step));
            if outcome.is_ok() {
                review.selected = (*at).min(review.draft().steps().len() - 1);
            }
            outcome
        }
        _ => Ok(()),
    };
    if let Err(why) = outcome {
        app.complain(why);
    }
}

fn approve(app: &mut App, stepwise: bool) -> Vec<Effect> {
    let Some(watch) = app.watch_mut() else {
        return Vec::new();
    };
    let Some(review) = &watch.review else {
        return Vec::new();
    };
    // What was edited is sent before this: see `leave`.
    let hash = plan_hash(review.draft().steps());
    watch.stepwise = stepwise;
    watch.approving = Some(hash.clone());
    watch.view.pinned = None;
    watch.view.top = None;
    vec![Effect::Send(RunCommand::Approve { hash, stepwise })]
}

/// Turns the plan down, and asks for another one where there is feedback.
pub(super) fn reject(app: &mut App, feedback: Option<&str>) -> Vec<Effect> {
    let feedback = feedback.map(str::to_owned);
    let Some(watch) = app.watch_mut() else {
        return Vec::new();
    };
    if !watch.wants_review() {
        app.complain("the plan no longer waits");
        return Vec::new();
    }
    watch.approving = Some(watch.state.plan_hash());
    vec![Effect::Send(RunCommand::Reject { feedback })]
}

fn edit_outside(app: &mut App) -> Vec<Effect> {
    let Some(review) = review(app) else {
        return Vec::new();
    };
    let text = match &review.rejected_text {
        Some((_, text)) => text.clone(),
        None => format!("{EDITOR_HEAD}{}", plan_text::render(&review.draft().open())),
    };
    vec![Effect::Edit(EditTarget::Plan, text)]
}

/// Takes the plan as it came back from the editor. What is no plan is kept, to be mended there.
pub(super) fn take_text(app: &mut App, text: String) {
    let Some(review) = review(app) else {
        app.complain("the plan no longer waits; what was edited is not used");
        return;
    };
    let outcome = plan_text::parse_lines(&text)
        .map_err(|error| error.to_string())
        .and_then(|drafts| review.take_drafts(drafts).map_err(str::to_owned));
    match outcome {
        Ok(()) => review.rejected_text = None,
        Err(why) => {
            let message = format!("{why}; <review.edit_plan_outside> opens the text again");
            review.rejected_text = Some((why, text));
            app.complain(message);
        }
    }
}
