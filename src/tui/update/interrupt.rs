//! The Ctrl-C ladder: close, clear, ask, stop, leave. One rung a press.

use super::leave;
use crate::domain::sanitize;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::screens::home::HomeFocus;
use crate::tui::screens::watch::Asked;

/// What the next Ctrl-C does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Rung {
    Close,
    ClearDraft,
    AskToStop,
    Stop,
    AskToQuit,
    Quit,
}

impl Rung {
    /// What the footer calls it.
    pub(in crate::tui) fn label(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::ClearDraft => "clear",
            Self::AskToStop => "stop run",
            Self::Stop => "again: stop",
            Self::AskToQuit => "quit",
            Self::Quit => "again: quit",
        }
    }
}

/// Which rung is next.
pub(in crate::tui) fn next_rung(app: &App) -> Rung {
    let stoppable = app
        .live
        .as_ref()
        .is_some_and(|watch| watch.is_at_work() && watch.asked != Some(Asked::ToStop));
    let editing = app.screen == Screen::Home && app.home.focus == HomeFocus::Editor;
    if !app.overlays.is_empty() {
        Rung::Close
    } else if editing && !app.home.task.is_empty() || app.steers() && !app.steering.field.is_empty()
    {
        Rung::ClearDraft
    } else {
        match (stoppable, app.is_armed()) {
            (true, false) => Rung::AskToStop,
            (true, true) => Rung::Stop,
            (false, false) => Rung::AskToQuit,
            (false, true) => Rung::Quit,
        }
    }
}

/// Ctrl-C was pressed.
pub(super) fn press(app: &mut App) -> Vec<Effect> {
    let rung = next_rung(app);
    app.armed_at = None;
    match rung {
        Rung::Close => {
            super::close_overlay(app);
        }
        Rung::ClearDraft if app.steers() => {
            app.steering.field.replace("");
            app.say("the line is cleared; <text.undo_text> brings it back");
        }
        Rung::ClearDraft => {
            app.home.put_away();
            app.say("the draft is put away; <text.up> brings it back");
        }
        Rung::AskToStop => {
            app.armed_at = Some(app.now);
            let then = if leave::loses_edits(app) {
                "the edited plan cannot run and is lost then"
            } else {
                "it is kept and can be resumed"
            };
            // What is stopped is not what is looked at.
            let which = match app.live.as_ref().filter(|_| app.screen != Screen::Live) {
                Some(watch) => format!(" at work, \"{}\"", in_short(&watch.state.task)),
                None => String::new(),
            };
            app.say(format!(
                "press <everywhere.interrupt> again to stop the run{which}; {then}"
            ));
        }
        Rung::AskToQuit => {
            app.armed_at = Some(app.now);
            app.say("press <everywhere.interrupt> again to leave");
        }
        Rung::Stop => {
            if let Some(watch) = &mut app.live {
                watch.asked = Some(Asked::ToStop);
            }
            app.say("the run is being stopped");
            return leave::depart(app, Effect::Cancel);
        }
        Rung::Quit => return leave::depart(app, Effect::Quit),
    }
    Vec::new()
}

/// The first words of a task.
fn in_short(task: &str) -> String {
    let line = sanitize::line(task);
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", line[..end].trim_end()),
        None => line.into_owned(),
    }
}
