//! What cannot be done now, and why.

use super::chosen::{chosen, on_screen, selected};
use super::interrupt::{Rung, next_rung};
use super::{models, past, request, steer};
use crate::domain::event::NoticeLevel;
use crate::domain::state::RunStatus;
use crate::tui::action::Action::{self, self as A};
use crate::tui::app::{App, Screen};
use crate::tui::keymap::{Context, TABLE};
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::home::Trouble;
use crate::tui::screens::subject::Subject;
use crate::tui::screens::watch::{Asked, Pane, Watch};
use crate::tui::view::run_layout;

/// Whether an action can be carried out in this context.
///
/// # Errors
/// One sentence that says why not.
pub(in crate::tui) fn why_not(
    app: &App,
    context: Context,
    action: Action,
) -> Result<(), &'static str> {
    due(app, context, action)?;
    possible(app, context, action)
}

/// Whether what the action decides about can have been read.
fn due(app: &App, context: Context, action: Action) -> Result<(), &'static str> {
    let guard = match context {
        Context::Review => app
            .watch()
            .and_then(|watch| watch.review.as_ref())
            .map(|review| review.guard),
        Context::Request | Context::Asked => app.request().map(|request| request.guard),
        _ => None,
    };
    let mut own = TABLE.iter().filter(|row| row.context == context);
    let harmless = matches!(
        action,
        A::Back | A::ToggleTask | A::WholeRequest | A::Newline | A::EditLineOutside
    );
    let Some(guard) = guard.filter(|guard| !guard.is_read(app.now)) else {
        return Ok(());
    };
    match action {
        _ if harmless || own.all(|row| row.action != action) => Ok(()),
        _ if context != Context::Review => {
            Err("the request has only just appeared; press again to answer it")
        }
        A::ApproveAll | A::ApproveStepwise => {
            Err("the plan has only just appeared; press again to run it")
        }
        // A plan that the person went to may be changed at once.
        _ if !guard.is_sudden(app.now) => Ok(()),
        _ => Err("the plan has only just appeared; press again to change it"),
    }
}

/// Whether there is what the action needs.
#[expect(clippy::too_many_lines, reason = "one table: what each action needs")]
fn possible(app: &App, context: Context, action: Action) -> Result<(), &'static str> {
    let need = |holds: bool, why: &'static str| if holds { Ok(()) } else { Err(why) };
    let covered = "close this first: <everywhere.back>";
    match action {
        A::Help => need(
            !matches!(app.overlays.last(), Some(Overlay::Help(_))),
            covered,
        ),
        A::Palette => need(
            !matches!(
                app.overlays.last(),
                Some(Overlay::Help(_) | Overlay::Palette(_))
            ),
            covered,
        ),
        A::FocusNext | A::FocusPrevious if context == Context::Review => {
            Err("the review fills the screen; <review.back> leaves it")
        }
        A::ListModels
        | A::PullModel
        | A::CancelPull
        | A::DeleteModel
        | A::UnloadModel
        | A::ShowModel
        | A::UseForPlanner
        | A::UseForExecutor
        | A::UseForReplanner
        | A::UseForFinalizer
        | A::UseForSummarizer
        | A::UseForVerifier
        | A::KeepRoles
        | A::UseForAll => models::why_not(app, action),
        A::PullSmall => match app.server.trouble() {
            Some(Trouble::NoModel { .. }) => models::why_not(app, action),
            _ => Err(
                "the server has a model, or does not answer; <pane.show_models> shows the models",
            ),
        },
        A::OpenHistory
        | A::ShowModels
        | A::ShowTools
        | A::ShowLog
        | A::FocusNext
        | A::FocusPrevious => need(!is_covered(app), covered),
        A::NewTask | A::ShowLive if holds_typing(app) => Err(covered),
        A::ShowLive => need(app.live.is_some(), "no run was started here yet"),
        A::SearchTasks => need(
            app.home.earlier_task(&app.runs, 0).is_some(),
            "there is no earlier task",
        ),
        A::StartTask => {
            let waits = !app.queue.is_empty() && !app.is_at_work();
            let typed = !app.home.task.text().trim().is_empty();
            need(typed || waits, "type a task first")
        }
        A::TakeBack => need(!app.queue.is_empty(), "no task waits"),
        A::OpenRun | A::DeleteRun | A::CopyId => {
            need(selected(app, context).is_some(), no_run(app))
        }
        A::MarkRun | A::ForkRun | A::RerunRun | A::ReplayRun if chosen(app, context).is_none() => {
            Err(no_run(app))
        }
        A::NextRevision => need(
            app.replayed()
                .is_none_or(|replay| replay.has_revision(true)),
            "there is no later version of the plan",
        ),
        A::PreviousRevision => need(
            app.replayed()
                .is_none_or(|replay| replay.has_revision(false)),
            "there is no earlier version of the plan",
        ),
        A::ForkRun if past::steps_of(app, context) == 0 => Err(
            "this run has no plan that a fork could share; <history.rerun_run> runs its task again",
        ),
        A::CompareRuns => need(
            past::other_marked(app, context),
            "mark another run in the history first: <history.mark_run>",
        ),
        A::InspectCall => need(
            app.watch()
                .is_some_and(|watch| watch.shown_call().is_some()),
            "no model call has ended here yet",
        ),
        A::ResumeRun if app.replayed().is_some() => Err("leave the replay first: <replay.back>"),
        A::ResumeRun => resumable(app, context),
        A::UndoDelete => need(
            app.overlays
                .iter()
                .any(|overlay| matches!(overlay, Overlay::History(h) if h.has_deleted())),
            "nothing was deleted here",
        ),
        A::Export | A::Copy if context == Context::History => {
            need(selected(app, context).is_some(), no_run(app))
        }
        A::Copy | A::FindText if is_reading(app) => Ok(()),
        A::FindNext | A::FindPrevious if is_reading(app) => need(
            matches!(app.overlays.last(), Some(Overlay::Reading(reading)) if reading.needle.is_some()),
            "look for words first: <run.find_text>",
        ),
        A::NextCall | A::PreviousCall if context == Context::Inspector => need(
            past::call_beside(app, action == A::NextCall).is_some(),
            "there is no other model call there",
        ),
        A::Export | A::Copy
            if app
                .watch()
                .is_some_and(|watch| watch.has_chosen_call() && watch.call_text().is_none()) =>
        {
            Err("open this call first, its output is in the log: <output.toggle_call>")
        }
        A::Export | A::Copy => need(
            app.watch()
                .is_some_and(|watch| watch.selected_text().is_some()),
            "there is no text here yet",
        ),
        A::FindText => need(
            app.watch().is_some_and(Watch::has_text),
            "there is no text here yet",
        ),
        A::UseDemo => need(!app.server.is_demo(), "the demo model is already in use"),
        A::RetryServer | A::SetServerUrl => need(!app.server.asking, "the server is being asked"),
        A::ShowDiff => need(
            app.watch()
                .is_some_and(|watch| watch.diff_revision().is_some_and(|index| index > 0)),
            "this is the first version of the plan",
        ),
        A::Pause | A::Hold | A::Continue | A::ContinueToEnd => match app.watch() {
            Some(watch) => may_pause(watch, action),
            None => Err("there is no run here"),
        },
        A::GrowPane | A::ShrinkPane => need(
            run_layout(app).is_some_and(|layout| layout.output.x != layout.plan.x),
            "the parts do not stand beside each other here",
        ),
        A::ToggleFollow => need(
            app.watch().is_some_and(Watch::is_at_work),
            "nothing grows here any more",
        ),
        A::ToggleCall | A::NextCall | A::PreviousCall => need(
            app.watch()
                .is_some_and(|watch| watch.selected_call().is_some()),
            "no tool was used here",
        ),
        A::ToggleThinking => need(
            app.watch()
                .and_then(|watch| watch.streams.get(&watch.subject()))
                .is_some_and(|stream| !stream.thinking.is_empty()),
            "the model thought nothing aloud here",
        ),
        A::UndoEdit if context != Context::Review => steer::why_not(app, action),
        A::UndoEdit | A::RedoEdit => need(
            app.watch()
                .and_then(|watch| watch.review.as_ref())
                .is_some_and(|review| {
                    if action == A::UndoEdit {
                        review.draft().can_undo()
                    } else {
                        review.draft().can_redo()
                    }
                }),
            "there is nothing to undo or redo",
        ),
        A::OpenRequest
        | A::ChooseNext
        | A::ChoosePrevious
        | A::GiveChosen
        | A::AllowOnce
        | A::AllowRun
        | A::DenyUse
        | A::DenyBecause
        | A::WholeRequest => request::why_not(app, action),
        A::Accept if context == Context::Asked => request::why_not(app, action),
        A::ToggleSubplan => match app.watch().and_then(|watch| watch.state.waiting()) {
            Some((_, plan)) if !plan.may_nest() => {
                Err("plans may not stand inside steps of this plan (`subplans`, `max_depth`)")
            }
            _ => Ok(()),
        },
        A::ApproveAll | A::ApproveStepwise => approvable(app),
        A::SkipStep
        | A::RetryStep
        | A::MarkDone
        | A::RerunFrom
        | A::Steer
        | A::LookAgain
        | A::FinishNow => steer::why_not(app, action),
        A::SendSteer | A::QueueTask if app.steering.field.text().trim().is_empty() => {
            Err("type something first")
        }
        A::SendSteer if !app.can_steer() => {
            Err("the run is at rest; <steer.queue_task> makes this a task of its own")
        }
        A::PlanBefore => need(
            app.watch()
                .and_then(|watch| watch.review.as_ref())
                .is_some_and(|review| review.before().is_some()),
            "this is the first version of the plan",
        ),
        A::EditStep | A::AddAfter | A::DeleteStep | A::MoveDown | A::MoveUp
            if context != Context::Review =>
        {
            steer::why_not(app, action)
        }
        _ => Ok(()),
    }
}

/// Whether something lies over the screen, the palette left out: it is gone before what it offers is done.
fn is_covered(app: &App) -> bool {
    app.overlays
        .iter()
        .any(|overlay| !matches!(overlay, Overlay::Palette(_)))
}

/// Whether a text is read over everything else.
fn is_reading(app: &App) -> bool {
    matches!(app.overlays.last(), Some(Overlay::Reading(_)))
}

/// Whether an overlay holds something typed that leaving would lose.
fn holds_typing(app: &App) -> bool {
    app.overlays
        .iter()
        .any(|overlay| matches!(overlay, Overlay::Prompt(prompt) if !prompt.field.is_empty()))
}

/// Why no run is chosen.
fn no_run(app: &App) -> &'static str {
    let behind = |overlay: &Overlay| matches!(overlay, Overlay::History(h) if h.is_behind());
    if app.overlays.iter().any(behind) {
        "the list is being read; press again"
    } else {
        "there is no run to choose"
    }
}

fn resumable(app: &App, context: Context) -> Result<(), &'static str> {
    if app.is_at_work() {
        return Err("a run is at work here; stop it first: <everywhere.interrupt> on its screen");
    }
    let status = match (on_screen(app, context), selected(app, context)) {
        (_, Some(run)) if run.status == RunStatus::Running => return Err(steer::ELSEWHERE),
        (_, Some(run)) => run.status,
        (Some(watch), None) if watch.works_elsewhere() => return Err(steer::ELSEWHERE),
        (Some(watch), None) => watch.state.status,
        (None, None) => return Err(no_run(app)),
    };
    match status {
        RunStatus::Completed => Err("this run is completed"),
        RunStatus::Cancelled => Err("this run was given up"),
        _ => Ok(()),
    }
}

fn may_pause(watch: &Watch, action: Action) -> Result<(), &'static str> {
    steer::at_work(watch)?;
    let paused = watch.state.status == RunStatus::Paused;
    match action {
        // One key for both ways: `p` goes on where it is paused, or about to be.
        Action::Hold if paused => Err("the run is paused"),
        Action::Pause if paused => Ok(()),
        Action::Pause | Action::Hold => match (watch.state.status, watch.current()) {
            (RunStatus::Running, Subject::Answer) => {
                Err("the answer is being written; nothing comes after it")
            }
            (RunStatus::Running, _) => Ok(()),
            _ => Err("there is no step at work"),
        },
        _ if paused || watch.asked == Some(Asked::ToPause) => Ok(()),
        Action::ContinueToEnd if watch.stepwise => Ok(()),
        _ => Err("the run is not paused"),
    }
}

fn approvable(app: &App) -> Result<(), &'static str> {
    let Some(review) = app.watch().and_then(|watch| watch.review.as_ref()) else {
        return Err("no plan waits for you");
    };
    if review.fault().is_some() {
        return Err("the plan cannot run like this; see `checks`");
    }
    Ok(())
}

/// Whether the footer offers this action: it can be done, and is worth saying here.
pub(in crate::tui) fn is_offered(app: &App, context: Context, action: Action) -> bool {
    let worth_saying = match action {
        Action::RetryServer | Action::SetServerUrl | Action::HowToInstall | Action::UseDemo => {
            app.server.trouble().is_some() || matches!(context, Context::Install)
        }
        Action::NewTask => app.watch().is_some() && !is_covered(app),
        // What lies over a screen is closed with `esc`; a second key for it helps no-one.
        Action::Interrupt => next_rung(app) != Rung::Close,
        Action::ShowLive => app.screen != Screen::Live && app.is_at_work(),
        Action::FocusDecisions => app
            .watch()
            .is_some_and(|watch| watch.view.focus != Pane::Decisions),
        Action::FocusPlan => app
            .watch()
            .is_some_and(|watch| watch.view.focus != Pane::Plan),
        Action::FocusOutput => app
            .watch()
            .is_some_and(|watch| watch.view.focus != Pane::Output),
        Action::Pause => app
            .watch()
            .is_some_and(|watch| watch.asked.is_none() && watch.state.status == RunStatus::Running),
        Action::ContinueToEnd => app.watch().is_some_and(|watch| watch.stepwise),
        _ => true,
    };
    // What has only just appeared is shown with its keys all the same.
    worth_saying && possible(app, context, action).is_ok()
}

/// Whether a notice should be put before the person at once.
pub(super) fn is_pressing(level: NoticeLevel) -> bool {
    level != NoticeLevel::Info
}
