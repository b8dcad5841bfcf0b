//! What can be done with a run on screen.

use crate::domain::state::RunStatus;
use crate::session::RunCommand;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::find::Needle;
use crate::tui::layout::Divider;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::screens::watch::{Asked, Extent, Pane, Watch};
use crate::tui::view::{reading_size, run_layout, text_area};

/// Carries out an action on the run.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::FocusPlan => focus(app, Pane::Plan),
        Action::FocusTimeline => focus(app, Pane::Timeline),
        Action::FocusOutput => focus(app, Pane::Output),
        Action::FocusDecisions => focus(app, Pane::Decisions),
        Action::Zoom => super::with_watch(app, |watch| switch(watch, Extent::Zoomed)),
        Action::GrowPane | Action::ShrinkPane => resize(app, action == Action::GrowPane),
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
        Action::CycleDetail => {
            let detail = app.watch().map(|watch| watch.view.detail.next());
            if let (Some(detail), Some(watch)) = (detail, app.watch_mut()) {
                watch.view.detail = detail;
                watch.forget_opened();
                app.say(detail.words());
            }
            Vec::new()
        }
        Action::ToggleCall => {
            let area = text_area(app);
            super::with_watch(app, |watch| watch.toggle_call(area.width, area.height))
        }
        Action::NextCall | Action::PreviousCall => {
            let area = text_area(app);
            let forward = action == Action::NextCall;
            super::with_watch(app, |watch| {
                watch.go_to_call(forward, area.width, area.height);
            })
        }
        Action::ToggleFollow => toggle_follow(app),
        Action::ShowDiff => {
            if let Some(index) = app.watch().and_then(Watch::diff_revision) {
                app.overlays.push(Overlay::Diff(index, 0));
            }
            Vec::new()
        }
        Action::FindText => {
            let known = match app.overlays.last() {
                Some(Overlay::Reading(reading)) => reading.needle.as_ref(),
                _ => app.watch().and_then(|watch| watch.view.needle.as_ref()),
            };
            let words = known.map_or_else(String::new, |needle| needle.words().to_owned());
            let prompt = Prompt::new(Purpose::FindText, &words);
            super::dialogs::ask(app, prompt);
            Vec::new()
        }
        Action::FindNext | Action::FindPrevious => {
            find(app, action == Action::FindNext);
            Vec::new()
        }
        Action::Copy => copy(app),
        Action::Hold => hold(app),
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

/// Moves a border of the part in focus, to make it larger or smaller.
fn resize(app: &mut App, larger: bool) -> Vec<Effect> {
    let (Some(layout), Some(watch)) = (run_layout(app), app.watch()) else {
        return Vec::new();
    };
    let (divider, now, larger) = match watch.view.focus {
        Pane::Plan => (Divider::Column, layout.plan.width, larger),
        Pane::Output => (Divider::Column, layout.plan.width, !larger),
        Pane::Timeline => (Divider::Timeline, layout.timeline.height, larger),
        Pane::Decisions => (Divider::Decisions, layout.decisions.height, larger),
    };
    let by = if divider == Divider::Column { 4 } else { 1 };
    let size = if larger {
        now.saturating_add(by)
    } else {
        now.saturating_sub(by)
    };
    app.split.set(divider, size);
    Vec::new()
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

/// Looks for these words from the first row on screen on; for none, what was looked for is forgotten.
pub(super) fn look_for(app: &mut App, words: &str) {
    let (area, size) = (text_area(app), app.size);
    if let Some(Overlay::Reading(reading)) = app.overlays.last_mut() {
        reading.look_for(words, reading_size(reading, size).0);
        if reading.needle.is_some() {
            find(app, true);
        }
        return;
    }
    let Some(watch) = app.watch_mut() else {
        return;
    };
    watch.view.focus = Pane::Output;
    watch.view.needle = Needle::new(words);
    watch.view.found = None;
    let top = watch.text_top(area.width, area.height);
    let first = watch.byte_at(top, area.width);
    watch.view.found = first.checked_sub(1);
    if watch.view.needle.is_some() {
        find(app, true);
    }
}

/// Goes to the next place where the words stand, or the one before; after the last comes the first.
fn find(app: &mut App, forward: bool) {
    let (area, size) = (text_area(app), app.size);
    let found = match app.overlays.last_mut() {
        Some(Overlay::Reading(reading)) => {
            let (width, rows) = reading_size(reading, size);
            reading.go_to_match(forward, width, rows)
        }
        _ => app
            .watch_mut()
            .and_then(|watch| watch.go_to_match(forward, area.width, area.height)),
    };
    let Some((nth, all)) = found else {
        app.complain("these words are not in this text");
        return;
    };
    app.say(format!("match {nth} of {all}"));
}

fn copy(app: &mut App) -> Vec<Effect> {
    if let Some(Overlay::Reading(reading)) = app.overlays.last() {
        let (what, text) = match &reading.copied {
            Some(command) => ("a curl command", command.clone()),
            None => ("the text", reading.text.text().to_owned()),
        };
        app.say(format!("{what} was offered to the terminal's clipboard"));
        return vec![Effect::Copy(text)];
    }
    let text = app.watch().and_then(Watch::selected_text);
    let Some(text) = text.map(str::to_owned) else {
        return Vec::new();
    };
    app.say("offered to the terminal's clipboard; <run.export> writes it to a file instead");
    vec![Effect::Copy(text)]
}

fn hold(app: &mut App) -> Vec<Effect> {
    if !app.watch().is_some_and(Watch::has_step_at_work) {
        return pause(app, Action::Pause);
    }
    super::with_watch(app, |watch| watch.asked = Some(Asked::ToPause));
    app.say("the run is held; what is at work is done again when it goes on");
    vec![Effect::Send(RunCommand::Hold)]
}

fn pause(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(watch) = app.watch_mut() else {
        return Vec::new();
    };
    let running = watch.state.status == RunStatus::Running;
    if action == Action::Pause && running && watch.asked.is_none() {
        watch.asked = Some(Asked::ToPause);
        let stops = if watch.has_step_at_work() {
            "the run stops after the step at work"
        } else {
            "the run stops before its next step begins, or where it asks you"
        };
        app.say(stops);
        return vec![Effect::Send(RunCommand::Pause)];
    }
    let stepwise = watch.stepwise && action != Action::ContinueToEnd;
    watch.stepwise = stepwise;
    if running {
        watch.asked.take_if(|asked| *asked == Asked::ToPause);
        app.say("the run goes on after the step at work");
    } else {
        watch.view.pinned = None;
        watch.view.top = None;
    }
    vec![Effect::Send(RunCommand::Continue { stepwise })]
}
