//! Two runs side by side.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{dialog, put, span, taken, wrapped};
use crate::tui::app::App;
use crate::tui::layout::take_bottom;
use crate::tui::screens::compared::{Alike, CompareRow, Compared};
use crate::tui::theme::{Theme, Tone};
use crate::tui::wrap::columns;

/// Columns of the names of figures.
const NAME: usize = 16;
/// Below this width the two stand below each other.
const BESIDE: u16 = 72;
/// The most rows of one text.
const MOST_ROWS: u16 = 40;

/// The last row that the list can begin with, on a screen of this size.
pub(in crate::tui) fn compared_end(app: &App, compared: &Compared) -> usize {
    let (width, height) = app.size;
    let rows = rows(app.theme, compared, width.saturating_sub(2)).len();
    rows.saturating_sub(usize::from(height.saturating_sub(3)))
}

/// Draws it over the whole screen; the footer's row is left free.
pub(super) fn draw(app: &App, compared: &Compared, frame: &mut Frame<'_>, area: Rect) {
    let mut room = area;
    take_bottom(&mut room, 1);
    let inner = dialog(app, frame, room, "Two runs: A and B");
    let lines = rows(app.theme, compared, inner.width);
    let top = compared
        .top
        .min(lines.len().saturating_sub(usize::from(inner.height)));
    for (row, line) in (0..inner.height).zip(lines.into_iter().skip(top)) {
        put(frame, inner, row, line);
    }
}

fn rows(theme: Theme, compared: &Compared, width: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for row in compared.rows() {
        match row {
            CompareRow::Heading(text) => {
                if !lines.is_empty() {
                    lines.push(Line::default());
                }
                lines.push(Line::from(span(theme, Tone::Strong, format!(" {text}"))));
            }
            CompareRow::Figure(name, a, b) => {
                let alike = if a == b {
                    Alike::Same
                } else {
                    Alike::Different
                };
                figure(theme, &mut lines, (name, &a, &b), alike, width);
            }
            CompareRow::Step(a, b, alike) => beside(theme, &mut lines, (&a, &b), alike, width),
            CompareRow::Line(alike, text) => {
                let (sign, tone) = sign(alike);
                for line in wrapped(&text, width.saturating_sub(8), MOST_ROWS) {
                    let mut spans = vec![span(theme, tone, format!("     {sign} "))];
                    spans.extend(line.spans);
                    lines.push(Line::from(spans).style(theme.style(tone)));
                }
            }
        }
    }
    lines
}

fn sign(alike: Alike) -> (&'static str, Tone) {
    match alike {
        Alike::Same => ("=", Tone::Faint),
        Alike::Different => ("~", Tone::Caution),
        Alike::OnlyA => ("-", Tone::Bad),
        Alike::OnlyB => ("+", Tone::Good),
    }
}

fn figure(
    theme: Theme,
    lines: &mut Vec<Line<'static>>,
    (name, a, b): (&str, &str, &str),
    alike: Alike,
    width: u16,
) {
    let (sign, tone) = sign(alike);
    let room = usize::from(width).saturating_sub(NAME + 4) / 2;
    let cut = |text: &str| super::paint::one_line(theme, text, room);
    let (a, b) = (cut(a), cut(b));
    let gap = " ".repeat(room.saturating_sub(columns(&a)) + 1);
    let text = format!(" {sign} {name:<NAME$}{a}{gap}{b}");
    lines.push(Line::from(span(theme, tone, text)));
}

/// Two texts beside each other, or below each other where there is no room for that.
fn beside(
    theme: Theme,
    lines: &mut Vec<Line<'static>>,
    (a, b): (&str, &str),
    alike: Alike,
    width: u16,
) {
    let (sign, tone) = sign(alike);
    let style = theme.style(tone);
    if width < BESIDE {
        let texts: &[(&str, &str)] = match alike {
            Alike::Same => &[("  ", a)],
            _ => &[("A ", a), ("B ", b)],
        };
        for (side, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            for (row, line) in wrapped(text, width.saturating_sub(6), MOST_ROWS)
                .into_iter()
                .enumerate()
            {
                let lead = if row == 0 {
                    format!(" {sign} {side}")
                } else {
                    "     ".to_owned()
                };
                let mut spans = vec![Span::raw(lead)];
                spans.extend(line.spans);
                lines.push(Line::from(spans).style(style));
            }
        }
        return;
    }
    let column = width.saturating_sub(6) / 2;
    let left = wrapped(a, column.saturating_sub(1), MOST_ROWS);
    let right = wrapped(b, column, MOST_ROWS);
    for row in 0..left.len().max(right.len()) {
        let lead = if row == 0 {
            format!(" {sign} ")
        } else {
            "   ".to_owned()
        };
        let mut spans = vec![Span::raw(lead)];
        let text = left.get(row).cloned().unwrap_or_default();
        let gap = usize::from(column).saturating_sub(taken(&text.spans)) + 1;
        spans.extend(text.spans);
        spans.push(Span::raw(" ".repeat(gap)));
        spans.extend(right.get(row).cloned().unwrap_or_default().spans);
        lines.push(Line::from(spans).style(style));
    }
}
