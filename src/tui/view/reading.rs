//! A text to read over everything else.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::paint::{dialog, put};
use crate::tui::app::App;
use crate::tui::layout::{centered, take_bottom};
use crate::tui::screens::reading::Reading;

/// Where the box of a text stands.
fn place(reading: &Reading, area: Rect) -> Rect {
    let mut room = area;
    take_bottom(&mut room, 1);
    let width = room.width.min(120);
    let rows = reading
        .text
        .height(width.saturating_sub(2))
        .saturating_add(2);
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    centered(room, width, rows.clamp(3, room.height.max(3)))
}

/// The columns and rows of its text on a screen of this size.
pub(in crate::tui) fn reading_size(reading: &Reading, size: (u16, u16)) -> (u16, u16) {
    let place = place(reading, Rect::new(0, 0, size.0, size.1));
    (
        place.width.saturating_sub(2),
        place.height.saturating_sub(2),
    )
}

/// The last row that the box can begin with.
pub(in crate::tui) fn reading_end(reading: &Reading, size: (u16, u16)) -> usize {
    let (width, rows) = reading_size(reading, size);
    reading.text.height(width).saturating_sub(usize::from(rows))
}

/// Draws it.
pub(super) fn draw(app: &App, reading: &Reading, frame: &mut Frame<'_>, area: Rect) {
    let inner = dialog(app, frame, place(reading, area), &reading.title);
    let end = reading_end(reading, app.size);
    let (top, needle) = (reading.top.min(end), reading.needle.as_ref());
    let lines = reading
        .text
        .window_marking(inner.width, top, inner.height, needle);
    app.hits.text(inner, &reading.text, top);
    for (row, line) in (0..inner.height).zip(lines) {
        put(frame, inner, row, line);
    }
}
