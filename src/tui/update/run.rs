//! What can be done with a run on screen.

use crate::domain::state::RunStatus;
use crate::session::RunCommand;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::watch::{Asked, Extent, Pane, Watch};
use crate::tui::view::text_area;

/// Carries out an action on the run.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::FocusPlan => focus(app, Pane::Plan),
        Action::FocusOutput => focus(app, Pane::Output),
        Action::FocusDecisions => focus(app, Pane::Decisions),
        Action::Zoom => super::with_watch(app, |watch| switch(watch, Extent::Zoomed)),
        Action::RawView => super::with_watch(app, |watch| {
            watch.view.focus = Pane::Output;
            switch(watch, Extent::Raw);
        }),
        Action::ToggleTask => super::with_watch(app, |watch| {
            watch.view.whole_task = !watch.view.whole_task;
        }),
        Action::ToggleThinking => super::with_watch(app, |watch| {
            watch.view.thinking = !watch.view.thinking;
        }),
        Action::ToggleFollow => toggle_follow(app),
        Action::ShowDiff => {
            if let Some(index) = app.watch().and_then(Watch::diff_revision) {
                app.overlays.push(Overlay::Diff(index, 0));
            }
            Vec::new()
        }
        Action::Copy => copy(app),
        Action::Pause | Action::Continue | Action::ContinueToEnd => pause(app, action),
        _ => Vec::new(),
    }
}

/// Gives the part in focus this much of the screen, or its share where it has that already.
fn switch(watch: &mut Watch, extent: Extent) {
    watch.view.extent = if watch.view.extent == extent {
        Extent::Shared
    } else {
        extent
    };
}

fn focus(app: &mut App, pane: Pane) -> Vec<Effect> {
    super::with_watch(app, |watch| watch.view.focus = pane)
}

fn toggle_follow(app: &mut App) -> Vec<Effect> {
    let area = text_area(app);
    super::with_watch(app, |watch| {
        let follows = watch.view.top.is_none() && watch.view.pinned.is_none();
        if follows {
            watch.view.top = Some(watch.text_top(area.width, area.height));
            watch.view.pinned = Some(watch.current());
        } else {
            watch.view.top = None;
            watch.view.pinned = None;
        }
    })
}

fn copy(app: &mut App) -> Vec<Effect> {
    let Some(text) = app.watch().and_then(Watch::selected_text) else {
        return Vec::new();
    };
    app.say("offered to the terminal's clipboard; `e` writes it to a file instead");
    vec![Effect::Copy(text)]
}

fn pause(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(watch) = app.watch_mut() else {
        return Vec::new();
    };
    let command = if action == Action::Pause && watch.state.status == RunStatus::Running {
        watch.asked = Some(Asked::ToPause);
        app.say("the run stops after the step at work");
        RunCommand::Pause
    } else {
        let stepwise = watch.stepwise && action != Action::ContinueToEnd;
        watch.stepwise = stepwise;
        watch.view.pinned = None;
        watch.view.top = None;
        RunCommand::Continue { stepwise }
    };
    vec![Effect::Send(command)]
}
