//! The last line: the newest message, and the keys that mean something now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{one_line, put, span};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::{self, Offer};
use crate::tui::layout::take_bottom;
use crate::tui::theme::Tone;
use crate::tui::update::{is_offered, next_rung};

/// Draws the footer in the last row of the area.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let mut area = area;
    let row = take_bottom(&mut area, 1);
    frame.render_widget(ratatui::widgets::Clear, row);
    let width = usize::from(row.width);
    let mut spans = message(app, width);
    let used: usize = spans.iter().map(Span::width).sum();
    spans.extend(keys(app, width.saturating_sub(used)));
    put(frame, row, 0, Line::from(spans));
}

fn message(app: &App, width: usize) -> Vec<Span<'static>> {
    let Some(message) = app.message() else {
        return Vec::new();
    };
    let (sign, tone) = if message.is_error {
        (app.theme.pick("✗", "[!]"), Tone::Bad)
    } else {
        (app.theme.pick("✓", "[i]"), Tone::Good)
    };
    // Room for help stays: it is the way out of not knowing what to press.
    let text = one_line(&message.text, width.saturating_sub(14));
    vec![span(app.theme, tone, format!(" {sign} {text}  "))]
}

/// The rows to offer in this context, the most useful first.
fn offers(app: &App) -> Vec<Offer> {
    let context = app.context();
    let mut offers: Vec<Offer> = keymap::offers(context)
        .into_iter()
        .filter(|offer| offer.row.priority > 0 && is_offered(app, context, offer.row.action))
        .collect();
    offers.sort_by_key(|offer| offer.row.priority);
    offers
}

fn keys(app: &App, width: usize) -> Vec<Span<'static>> {
    let offers = offers(app);
    let help = offers
        .iter()
        .find(|offer| offer.row.action == Action::Help)
        .map(|offer| pair(app, offer));
    let help_width = help.as_ref().map_or(0, |spans| total(spans));
    let mut spans = Vec::new();
    let mut used = 0;
    for offer in offers
        .iter()
        .filter(|offer| offer.row.action != Action::Help)
    {
        let next = pair(app, offer);
        if used + total(&next) + help_width > width {
            break;
        }
        used += total(&next);
        spans.extend(next);
    }
    if used + help_width <= width {
        spans.extend(help.into_iter().flatten());
    }
    spans
}

fn total(spans: &[Span<'_>]) -> usize {
    spans.iter().map(Span::width).sum()
}

fn pair(app: &App, offer: &Offer) -> Vec<Span<'static>> {
    let label = match offer.row.action {
        Action::Interrupt => next_rung(app).label(),
        _ => offer.row.label,
    };
    vec![
        Span::raw(" "),
        span(app.theme, Tone::Key, offer.key()),
        Span::raw(format!(" {label} ")),
    ]
}
