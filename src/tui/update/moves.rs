//! Moving in lists and texts, and between the parts of a screen.

use super::dialogs;
use crate::tui::action::Action;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::home::HomeFocus;
use crate::tui::screens::tools;
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::view::{
    compared_end, help_rows, palette_rows, reading_end, request_end, settings_rows, text_area,
};

/// To the next or the previous part of the screen.
pub(super) fn focus(app: &mut App, forward: bool) -> Vec<Effect> {
    if !app.overlays.is_empty() {
        return Vec::new();
    }
    let Some(watch) = app.watch_mut() else {
        app.home.focus = match app.home.focus {
            HomeFocus::Editor => HomeFocus::Runs,
            HomeFocus::Runs => HomeFocus::Editor,
        };
        return Vec::new();
    };
    watch.view.focus = match (watch.view.focus, forward) {
        (Pane::Plan, true) | (Pane::Output, false) => Pane::Timeline,
        (Pane::Timeline, true) | (Pane::Decisions, false) => Pane::Output,
        (Pane::Output, true) | (Pane::Plan, false) => Pane::Decisions,
        (Pane::Decisions, true) | (Pane::Timeline, false) => Pane::Plan,
    };
    Vec::new()
}

/// Up and down where letters are text: in the text, or in the list that the text narrows.
pub(super) fn in_text(app: &mut App, context: Context, action: Action) -> Vec<Effect> {
    if matches!(
        context,
        Context::Help | Context::Palette | Context::Tasks | Context::Files | Context::Settings
    ) {
        return go(app, context, action);
    }
    let moved = dialogs::field(app).is_some_and(|field| field.edit(action));
    let at_home = app.screen == Screen::Home && app.overlays.is_empty();
    if !moved && at_home && !app.home.recall(&app.runs, action == Action::Up) {
        app.complain("this earlier task is too long for the editor");
    }
    Vec::new()
}

/// How far an action goes in a part with this many rows.
fn distance(action: Action, rows: u16) -> isize {
    let page = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
    match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::HalfUp => -(page / 2).max(1),
        Action::HalfDown => (page / 2).max(1),
        Action::Top => isize::MIN / 2,
        _ => isize::MAX / 2,
    }
}

fn moved(at: usize, by: isize, len: usize) -> usize {
    at.saturating_add_signed(by).min(len.saturating_sub(1))
}

/// Moves the selection, or the text, in whatever has the keyboard.
pub(super) fn go(app: &mut App, context: Context, action: Action) -> Vec<Effect> {
    let by = distance(action, app.size.1.saturating_sub(6));
    let models = app.shelf.len();
    let tasks = match app.overlays.last() {
        Some(Overlay::Tasks(menu)) => app.home.earlier(&app.runs, menu).len(),
        _ => 0,
    };
    let (request_end, size) = (request_end(app), app.size);
    let compared_end = match app.overlays.last() {
        Some(Overlay::Compared(compared)) => compared_end(app, compared),
        _ => 0,
    };
    let tools = tools::rows(&app.tools, app.watch().map(|watch| &watch.state)).len();
    match app.overlays.last_mut() {
        Some(Overlay::History(history)) => {
            history.selected = moved(history.selected, by, history.len());
        }
        Some(Overlay::Help(menu)) => {
            menu.selected = moved(menu.selected, by, help_rows(&app.keymap, menu).len());
        }
        Some(Overlay::Settings(menu)) => {
            let rows = settings_rows(&app.settings, menu).len();
            menu.selected = moved(menu.selected, by, rows);
        }
        Some(Overlay::Tasks(menu)) => menu.selected = moved(menu.selected, by, tasks),
        Some(Overlay::Files(menu, files)) => {
            let shown = menu.admitted(files).count();
            menu.selected = moved(menu.selected, by, shown);
        }
        Some(Overlay::Palette(menu)) => {
            menu.selected = moved(menu.selected, by, palette_rows(&app.keymap, menu).len());
        }
        Some(Overlay::Tools(selected)) => *selected = moved(*selected, by, tools),
        Some(Overlay::Install(top) | Overlay::Diff(_, top)) => {
            *top = top.saturating_add_signed(by).min(10_000);
        }
        Some(Overlay::Models(open)) => open.selected = moved(open.selected, by, models),
        Some(Overlay::Reading(reading)) => {
            let end = reading_end(reading, size);
            reading.top = reading.top.min(end).saturating_add_signed(by).min(end);
        }
        Some(Overlay::Compared(compared)) => {
            let top = compared.top.min(compared_end);
            compared.top = top.saturating_add_signed(by).min(compared_end);
        }
        Some(Overlay::Request(request)) => {
            request.top = request.top.saturating_add_signed(by).min(request_end);
        }
        Some(Overlay::Prompt(_) | Overlay::Question(_)) => {}
        None => go_on_screen(app, context, action),
    }
    Vec::new()
}

fn go_on_screen(app: &mut App, context: Context, action: Action) {
    let text = text_area(app);
    let by = distance(action, app.size.1.saturating_sub(8) / 2);
    let runs = app.runs.len();
    let Some(watch) = app.watch_mut() else {
        app.home.selected = moved(app.home.selected, by, runs);
        return;
    };
    if context == Context::Review {
        if let Some(review) = &mut watch.review {
            review.selected = moved(review.selected, by, review.draft().steps().len());
        }
        return;
    }
    match watch.view.focus {
        Pane::Plan => {
            let at = watch.plan_row().unwrap_or(0);
            watch.pin_row(moved(at, by, watch.plan_rows()));
        }
        Pane::Timeline => {
            let lanes = watch.lanes(0);
            let at = watch.lane_of(&lanes).unwrap_or(0);
            watch.pin_lane(moved(at, by, lanes.len()));
        }
        Pane::Output => scroll(watch, action, text),
        Pane::Decisions => {
            watch.view.entry = Some(moved(watch.entry(), by, watch.log.len()));
        }
    }
}

fn scroll(watch: &mut Watch, action: Action, area: ratatui::layout::Rect) {
    watch.scroll_text(distance(action, area.height), area.width, area.height);
}
