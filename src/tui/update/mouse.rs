//! What the mouse does: a click chooses what has the keyboard, the wheel scrolls what lies under it. It decides nothing.

use ratatui::layout::{Position, Rect};

use super::moves;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::{Effect, Pointer, Press};
use crate::tui::screens::watch::Pane;
use crate::tui::view::{pane_at, text_area};

/// Rows that one turn of the wheel scrolls.
const WHEEL: isize = 3;

/// Takes a click or a turn of the wheel.
pub(super) fn take(app: &mut App, pointer: Pointer) -> Vec<Effect> {
    let at = Position::new(pointer.column, pointer.row);
    if !Rect::new(0, 0, app.size.0, app.size.1).contains(at) {
        return Vec::new();
    }
    // Over a list the wheel moves in it; a click would have to guess what is meant, and could decide something.
    if !app.overlays.is_empty() || app.watch().is_none() || app.shows_review() {
        return match pointer.press {
            Press::Click => Vec::new(),
            Press::Up => roll(app, Action::Up),
            Press::Down => roll(app, Action::Down),
        };
    }
    let Some(pane) = pane_at(app, at) else {
        return Vec::new();
    };
    let text = text_area(app);
    super::with_watch(app, |watch| match (pointer.press, pane) {
        (Press::Click, pane) => watch.view.focus = pane,
        (Press::Up, Pane::Output) => watch.scroll_text(-WHEEL, text.width, text.height),
        (Press::Down, Pane::Output) => watch.scroll_text(WHEEL, text.width, text.height),
        (press, pane) => watch.roll(pane, press == Press::Down),
    })
}

/// Moves where the keyboard is, unless letters are typed there.
fn roll(app: &mut App, action: Action) -> Vec<Effect> {
    let context = app.context();
    if context.is_text() {
        return Vec::new();
    }
    moves::go(app, context, action)
}
