//! The last line: the newest message, and the keys that mean something now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::paint::{one_line, put, span, taken};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::Offer;
use crate::tui::layout::take_bottom;
use crate::tui::theme::Tone;
use crate::tui::update::{is_offered, next_rung};
use crate::tui::wrap::columns;

/// The most rows of a message that is longer than its place in the footer.
const MOST_ROWS: u16 = 5;

/// Draws the footer in the last row of the area, and a long message above it, which covers what is there for its time.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let mut area = area;
    let row = take_bottom(&mut area, 1);
    frame.render_widget(Clear, row);
    let width = usize::from(row.width);
    let mut spans = Vec::new();
    // Rows are broken between words: the last of them is hardly full.
    let most = usize::from(MOST_ROWS) * width.saturating_sub(8);
    if let Some((text, tone)) = message(app, most) {
        // The keys keep a good part of the row, help among them: the way out of not knowing what to press.
        if columns(&text) * 10 <= width * 6 {
            spans.push(span(app.theme, tone, format!("{text}  ")));
        } else {
            if super::request::bar_text(app).is_some() {
                take_bottom(&mut area, 1);
            }
            above(app, frame, area, &text, tone);
        }
    }
    let used = taken(&spans);
    spans.extend(keys(app, width.saturating_sub(used)));
    put(frame, row, 0, Line::from(spans));
}

/// Draws a message over the last rows of an area.
fn above(app: &App, frame: &mut Frame<'_>, mut area: Rect, text: &str, tone: Tone) {
    let lines = super::paint::wrapped(text, area.width.saturating_sub(1), MOST_ROWS);
    let place = take_bottom(&mut area, u16::try_from(lines.len()).unwrap_or(MOST_ROWS));
    frame.render_widget(Clear, place);
    let style = app.theme.style(tone);
    for (row, line) in (0..place.height).zip(lines) {
        put(frame, place, row, line.style(style));
    }
}

/// The newest message, safe, with its sign, in so many columns.
fn message(app: &App, most: usize) -> Option<(String, Tone)> {
    let message = app.message()?;
    let (sign, tone) = if message.is_error {
        (app.theme.pick("✗", "[!]"), Tone::Bad)
    } else {
        (app.theme.pick("✓", "[i]"), Tone::Good)
    };
    Some((
        format!(" {sign} {}", one_line(app.theme, &message.text, most)),
        tone,
    ))
}

/// The rows to offer in this context, the most useful first.
fn offers(app: &App) -> Vec<Offer<'_>> {
    let context = app.context();
    let mut offers: Vec<Offer<'_>> = app
        .keymap
        .offers(context)
        .into_iter()
        .filter(|offer| offer.row.priority > 0 && is_offered(app, context, offer.row.action))
        .collect();
    offers.sort_by_key(|offer| offer.row.priority);
    offers
}

fn keys(app: &App, width: usize) -> Vec<Span<'static>> {
    // The way out and the way to all the rest keep their place at the end, whatever else is dropped.
    let covered = !app.overlays.is_empty();
    let (last, first): (Vec<Offer<'_>>, Vec<Offer<'_>>) =
        offers(app)
            .into_iter()
            .partition(|offer| match offer.row.action {
                Action::Help | Action::Interrupt => true,
                Action::Back => covered,
                _ => false,
            });
    let mut end: Vec<Vec<Span<'static>>> = last.iter().map(|offer| pair(app, offer)).collect();
    while end.iter().map(|spans| total(spans)).sum::<usize>() > width {
        end.remove(0);
    }
    let end = end.concat();
    let mut spans = Vec::new();
    let mut used = total(&end);
    for offer in first {
        let next = pair(app, &offer);
        used += total(&next);
        if used > width {
            break;
        }
        spans.extend(next);
    }
    spans.extend(end);
    spans
}

/// All keys that mean something now, in as many of `rows` lines as they need.
pub(super) fn wrapped(app: &App, width: usize, rows: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    for offer in offers(app) {
        let next = pair(app, &offer);
        let used = lines.last().map_or(0, |line| total(line));
        if used + total(&next) > width && used > 0 {
            lines.push(Vec::new());
        }
        if lines.len() > rows {
            break;
        }
        if let Some(line) = lines.last_mut() {
            line.extend(next);
        }
    }
    lines.into_iter().take(rows).map(Line::from).collect()
}

fn total(spans: &[Span<'_>]) -> usize {
    taken(spans)
}

fn pair(app: &App, offer: &Offer<'_>) -> Vec<Span<'static>> {
    let label = match offer.row.action {
        Action::Interrupt => next_rung(app).label(),
        Action::StartTask if app.is_at_work() => "let it wait",
        _ => offer.row.label,
    };
    vec![
        Span::raw(" "),
        span(app.theme, Tone::Key, offer.key()),
        Span::raw(format!(" {label} ")),
    ]
}
