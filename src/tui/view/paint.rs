//! Small things that every part of the screen is made of.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::sanitize;
use crate::tui::app::App;
use crate::tui::field::Field;
use crate::tui::hits::Hit;
use crate::tui::text::FlowText;
use crate::tui::theme::{Theme, Tone};
use crate::tui::wrap::columns;

/// Untrusted text as one safe line of at most `width` columns, marked where it was longer. Looks at no more of it than it
/// shows.
pub(super) fn one_line(theme: Theme, text: &str, width: usize) -> String {
    // A sequence that is dropped may be long; what lies beyond this is not worth a look for one line.
    let mut end = text.len().min(width * 16 + 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let safe = sanitize::line(&text[..end]);
    let cut = end < text.len();
    if !cut && columns(&safe) <= width {
        return safe.into_owned();
    }
    clip(theme, &safe, width)
}

/// Safe text cut to `width` columns, marked at its end where something was cut.
pub(super) fn clip(theme: Theme, text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mark = if width >= 4 { theme.dots() } else { "" };
    let room = width.saturating_sub(mark.width());
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += cluster.width();
        if used > room {
            break;
        }
        out.push_str(cluster);
    }
    out.push_str(mark);
    out
}

/// Untrusted text wrapped to rows of this width, at most so many.
pub(super) fn wrapped(text: &str, width: u16, rows: u16) -> Vec<Line<'static>> {
    let mut end = text
        .len()
        .min(usize::from(width) * usize::from(rows) * 8 + 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut flow = FlowText::new().with_color(false);
    flow.set(text[..end].to_owned());
    flow.window(width, 0, rows)
}

/// Draws a line in the `row`-th row of an area; outside of it nothing.
pub(super) fn put(frame: &mut Frame<'_>, area: Rect, row: u16, line: Line<'_>) {
    if row < area.height && area.width > 0 {
        let place = Rect {
            y: area.y + row,
            height: 1,
            ..area
        };
        frame.render_widget(line, place);
    }
}

/// Draws a line with a style over its whole row.
pub(super) fn put_styled(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    line: Line<'_>,
    style: Style,
) {
    put(frame, area, row, line);
    if row < area.height {
        let place = Rect {
            y: area.y + row,
            height: 1,
            ..area
        };
        frame.buffer_mut().set_style(place, style);
    }
}

/// The left spans at the left edge, the right text at the right one; where both do not fit, the left ones are cut.
pub(super) fn spread(
    theme: Theme,
    left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
    width: usize,
) -> Line<'static> {
    let right_width = taken(&right);
    if right_width >= width {
        return Line::from(right);
    }
    let room = width - right_width;
    let mut spans = cut(theme, left, room);
    let used = taken(&spans);
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    spans.extend(right);
    Line::from(spans)
}

/// Columns that spans take beside each other.
pub(super) fn taken(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| columns(&span.content)).sum()
}

/// Spans cut to a width.
fn cut(theme: Theme, spans: Vec<Span<'static>>, width: usize) -> Vec<Span<'static>> {
    let mut room = width;
    let mut kept = Vec::with_capacity(spans.len());
    for span in spans {
        let content = clip(theme, &span.content, room);
        room -= columns(&content).min(room);
        kept.push(Span::styled(content, span.style));
        if room == 0 {
            break;
        }
    }
    kept
}

/// A styled piece of text that is already safe.
pub(super) fn span(theme: Theme, tone: Tone, text: impl Into<String>) -> Span<'static> {
    Span::styled(text.into(), theme.style(tone))
}

/// An empty box over whatever is there; gives back its inside.
pub(super) fn dialog(app: &App, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    frame.render_widget(Clear, area);
    let block = app.theme.frame().title(Span::styled(
        format!(" {title} "),
        app.theme.style(Tone::Strong),
    ));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// A text being typed, with the real cursor where the keyboard is.
pub(super) fn field(app: &App, frame: &mut Frame<'_>, area: Rect, field: &Field, focused: bool) {
    if area.is_empty() {
        return;
    }
    app.hits.place(area, Hit::Text(area));
    frame.render_widget(field.area(), area);
    if focused && let Some(position) = field.area().rendered_cursor_position() {
        frame.set_cursor_position(inside(area, position));
    }
}

/// How many rows a text being typed takes, 8 at most.
pub(super) fn field_rows(field: &Field, width: u16) -> u16 {
    let width = usize::from(width.max(1));
    let lines = field.area().lines().iter().take(8);
    let rows: usize = lines
        .map(|line| line.len().min(4096).div_ceil(width).max(1))
        .sum();
    u16::try_from(rows.clamp(1, 8)).unwrap_or(8)
}

/// The nearest position inside an area: a cursor after the last column stays on it.
fn inside(area: Rect, position: Position) -> Position {
    Position {
        x: position.x.clamp(area.x, area.right() - 1),
        y: position.y.clamp(area.y, area.bottom() - 1),
    }
}
