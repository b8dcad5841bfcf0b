//! From an action to what it does.

use super::{
    available, complete, dialogs, history, home, interrupt, models, moves, past, replay, request,
    review, run, settings, steer,
};
use crate::tui::action::Action::{self, self as A};
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::{Menu, Overlay};

#[expect(
    clippy::too_many_lines,
    reason = "one table: which part of the program does what"
)]
/// Carries out an action asked for in this context.
pub(super) fn act(app: &mut App, context: Context, action: Action) -> Vec<Effect> {
    if action == Action::Interrupt {
        return interrupt::press(app);
    }
    app.armed_at = None;
    if let Err(why) = available::why_not(app, context, action) {
        app.complain(why);
        return Vec::new();
    }
    // A message answers the action before; it does not outlive the next one.
    app.message = None;
    match action {
        A::Help => open(app, Overlay::Help(Menu::new(context))),
        A::Palette => open(app, Overlay::Palette(Menu::new(context))),
        A::Interrupt => interrupt::press(app),
        A::Quit => dialogs::quit(app),
        A::Suspend => vec![Effect::Suspend],
        A::Redraw => vec![Effect::Redraw],
        A::ShowTools => {
            app.overlays.push(Overlay::Tools(0));
            vec![Effect::ListTools]
        }
        A::OpenHistory => history::open(app),
        A::NewTask | A::ToEditor => home::to_editor(app),
        A::ShowLive => {
            super::show(app, Screen::Live);
            Vec::new()
        }
        A::Back => dialogs::back(app, context),
        A::FocusNext | A::QueueTask if complete::is_begun(app) => complete::ask(app),
        A::CompletePath => complete::ask(app),
        A::EditLineOutside => dialogs::edit_outside(app),
        A::FocusNext | A::FocusPrevious => moves::focus(app, action == A::FocusNext),
        A::Up | A::Down if super::is_typing(context) => moves::in_text(app, context, action),
        A::Up
        | A::Down
        | A::Top
        | A::Bottom
        | A::PageUp
        | A::PageDown
        | A::HalfUp
        | A::HalfDown => moves::go(app, context, action),
        A::Newline
        | A::Left
        | A::Right
        | A::WordLeft
        | A::WordRight
        | A::LineStart
        | A::LineEnd
        | A::Backspace
        | A::Delete
        | A::DeleteWordBack
        | A::DeleteWordForward
        | A::DeleteToStart
        | A::DeleteToEnd
        | A::PutBack
        | A::UndoText
        | A::RedoText => dialogs::edit(app, action),
        A::StartTask => home::start_typed(app),
        A::TakeBack => home::take_back(app),
        A::EditTaskOutside => home::edit_outside(app),
        A::RetryServer => home::retry(app),
        A::SetServerUrl => home::ask_for_url(app),
        A::HowToInstall => open(app, Overlay::Install(0)),
        A::UseDemo => home::use_demo(app),
        A::Example1 => home::example(app, 0),
        A::Example2 => home::example(app, 1),
        A::Example3 => home::example(app, 2),
        A::OpenRun => history::open_selected(app, context),
        A::ResumeRun => history::resume(app, context),
        A::SkipStep
        | A::RetryStep
        | A::MarkDone
        | A::RerunFrom
        | A::Steer
        | A::LookAgain
        | A::FinishNow => steer::act(app, action),
        A::SendSteer => steer::send_line(app),
        A::QueueTask => steer::queue_line(app),
        A::EditStep | A::AddAfter | A::DeleteStep | A::MoveDown | A::MoveUp | A::UndoEdit
            if context != Context::Review =>
        {
            steer::act(app, action)
        }
        A::ApproveAll
        | A::ApproveStepwise
        | A::EditStep
        | A::EditDoneWhen
        | A::ToggleSubplan
        | A::AddAfter
        | A::AddBefore
        | A::DeleteStep
        | A::MoveDown
        | A::MoveUp
        | A::UndoEdit
        | A::RedoEdit
        | A::PlanBefore
        | A::EditPlanOutside
        | A::AskForChanges
        | A::NewPlan
        | A::RejectPlan => review::act(app, action),
        A::NextCall | A::PreviousCall if context == Context::Inspector => {
            past::other_call(app, action == A::NextCall)
        }
        A::FocusPlan
        | A::FocusTimeline
        | A::FocusOutput
        | A::FocusDecisions
        | A::Zoom
        | A::GrowPane
        | A::ShrinkPane
        | A::Pause
        | A::Hold
        | A::Continue
        | A::ContinueToEnd
        | A::ToggleFollow
        | A::ToggleThinking
        | A::CycleDetail
        | A::ToggleCall
        | A::NextCall
        | A::PreviousCall
        | A::ToggleTask
        | A::RawView
        | A::Copy
        | A::ShowDiff
        | A::FindText
        | A::FindNext
        | A::FindPrevious => run::act(app, action),
        A::Export => dialogs::ask_for_file(app, context),
        A::ReplayRun => replay::begin(app, context),
        A::PlayReplay
        | A::ReplayFaster
        | A::ReplaySlower
        | A::NextEvent
        | A::PreviousEvent
        | A::NextPart
        | A::PreviousPart
        | A::NextRevision
        | A::PreviousRevision
        | A::ReplayStart
        | A::ReplayEnd
        | A::JumpTenth
        | A::ShowRecord
        | A::ForkHere => replay::act(app, action),
        A::MarkRun | A::CompareRuns | A::ForkRun | A::RerunRun | A::InspectCall => {
            past::act(app, context, action)
        }
        A::ShowLog => vec![Effect::ReadLog],
        A::ShowModels => models::open(app),
        A::ListModels
        | A::PullModel
        | A::PullSmall
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
        | A::UseForAll => models::act(app, action),
        A::ShowSettings => {
            app.overlays.push(Overlay::Settings(Menu::new(context)));
            vec![Effect::ListSettings]
        }
        A::ResetSetting => settings::reset(app),
        A::SearchTasks => open(app, Overlay::Tasks(Menu::new(context))),
        A::SearchRuns => history::search(app),
        A::FilterStatus | A::FilterSince | A::SortRuns => history::sift(app, action),
        A::DeleteRun => history::delete(app),
        A::CopyId => history::copy_id(app),
        A::UndoDelete => history::undo_delete(app),
        A::OpenRequest
        | A::ChooseNext
        | A::ChoosePrevious
        | A::GiveChosen
        | A::AllowOnce
        | A::AllowRun
        | A::DenyUse
        | A::DenyBecause
        | A::WholeRequest => request::act(app, action),
        A::Accept if context == Context::Asked => request::answer(app),
        A::Accept => dialogs::accept(app),
        A::Confirm => dialogs::confirm(app),
    }
}

fn open(app: &mut App, overlay: Overlay) -> Vec<Effect> {
    app.overlays.push(overlay);
    Vec::new()
}
