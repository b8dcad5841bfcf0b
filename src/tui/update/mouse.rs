//! What the mouse does: a click chooses, the wheel scrolls what lies under it, a border is dragged. It decides nothing.

use ratatui::layout::{Position, Rect};

use super::{dialogs, moves, steer};
use crate::tui::action::Action;
use crate::tui::app::{App, Screen};
use crate::tui::effect::{Effect, Pointer, Press};
use crate::tui::hits::Hit;
use crate::tui::layout::Divider;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::home::HomeFocus;
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::view::{pane_at, run_layout, text_area};

/// Rows that one turn of the wheel scrolls.
const WHEEL: isize = 3;

/// Takes what was done with the mouse.
pub(super) fn take(app: &mut App, pointer: Pointer) -> Vec<Effect> {
    let at = Position::new(pointer.column, pointer.row);
    if !Rect::new(0, 0, app.size.0, app.size.1).contains(at) {
        return Vec::new();
    }
    match pointer.press {
        Press::Click => click(app, at),
        Press::Drag => drag(app, at),
        Press::Release => app.dragged = None,
        Press::Up | Press::Down => return turn(app, pointer.press, at),
    }
    Vec::new()
}

/// Chooses what lies there; what can be decided is decided with keys.
fn click(app: &mut App, at: Position) {
    let hit = app.hits.at(at);
    app.dragged = None;
    if !app.overlays.is_empty() {
        match hit {
            Some(Hit::Item(row)) => choose(app, row),
            Some(Hit::Text(area)) => {
                if let Some(Overlay::History(history)) = app.overlays.last_mut() {
                    history.typing = true;
                }
                put_cursor(app, area, at);
            }
            _ => {}
        }
        return;
    }
    match hit {
        Some(Hit::Run(row)) => {
            app.home.focus = HomeFocus::Runs;
            app.home.selected = row;
        }
        Some(Hit::Editor) => app.home.focus = HomeFocus::Editor,
        Some(Hit::Text(area)) => {
            if app.screen == Screen::Home {
                app.home.focus = HomeFocus::Editor;
            } else if !app.steers() {
                steer::to_line(app);
            }
            put_cursor(app, area, at);
        }
        Some(Hit::Steering) if !app.steers() => steer::to_line(app),
        Some(Hit::Steering) => {}
        Some(Hit::Step(row)) => {
            if let Some(review) = app.watch_mut().and_then(|watch| watch.review.as_mut()) {
                review.selected = row;
            }
        }
        hit => {
            if let Some(Hit::Border(divider)) = hit {
                app.dragged = Some(divider);
            }
            let pane = pane_at(app, at).filter(|_| !app.shows_review());
            if pane.is_some() && app.steers() {
                steer::leave_line(app);
            }
            if let (Some(watch), Some(pane)) = (app.watch_mut(), pane) {
                watch.view.focus = pane;
                choose_in(watch, hit);
            }
        }
    }
}

/// Puts the cursor of the text being typed, which was drawn in this area, where the click was.
fn put_cursor(app: &mut App, area: Rect, at: Position) {
    if let Some(field) = dialogs::field(app) {
        field.click(area, at);
    }
}

fn choose_in(watch: &mut Watch, hit: Option<Hit>) {
    match hit {
        Some(Hit::Plan(row)) => watch.pin_row(row),
        Some(Hit::Lane(row)) => watch.pin_lane(row),
        Some(Hit::Entry(row)) => watch.view.entry = Some(row),
        _ => {}
    }
}

/// Selects a row of the list that lies over the screen.
fn choose(app: &mut App, row: usize) {
    match app.overlays.last_mut() {
        Some(Overlay::History(history)) => {
            history.selected = row;
            history.typing = false;
        }
        Some(
            Overlay::Palette(menu)
            | Overlay::Settings(menu)
            | Overlay::Tasks(menu)
            | Overlay::Files(menu, _),
        ) => menu.selected = row,
        Some(Overlay::Tools(selected)) => *selected = row,
        Some(Overlay::Models(open)) => open.selected = row,
        _ => {}
    }
}

/// Moves the border that was taken.
fn drag(app: &mut App, at: Position) {
    let Some(divider) = app.dragged.filter(|_| app.overlays.is_empty()) else {
        return;
    };
    let Some(layout) = run_layout(app) else {
        return;
    };
    let to = match divider {
        Divider::Column => at.x.saturating_add(1).saturating_sub(layout.plan.x),
        Divider::Timeline => layout.timeline.bottom().saturating_sub(at.y),
        Divider::Decisions => layout.decisions.bottom().saturating_sub(at.y),
    };
    app.split.set(divider, to);
}

/// The wheel: over a list it moves in it, over a part of a run in that.
fn turn(app: &mut App, press: Press, at: Position) -> Vec<Effect> {
    let down = press == Press::Down;
    if !app.overlays.is_empty() || app.watch().is_none() || app.shows_review() {
        let context = app.context();
        // In a text being typed it does nothing; a list that is narrowed by typing is a list.
        let types = match app.overlays.last() {
            None | Some(Overlay::Prompt(_) | Overlay::Request(_)) => dialogs::field(app).is_some(),
            Some(_) => false,
        };
        if context.is_text() && types {
            return Vec::new();
        }
        let action = if down { Action::Down } else { Action::Up };
        return moves::go(app, context, action);
    }
    let Some(pane) = pane_at(app, at) else {
        return Vec::new();
    };
    let text = text_area(app);
    super::with_watch(app, |watch| match (down, pane) {
        (false, Pane::Output) => watch.scroll_text(-WHEEL, text.width, text.height),
        (true, Pane::Output) => watch.scroll_text(WHEEL, text.width, text.height),
        (down, pane) => watch.roll(pane, down),
    })
}
