//! The line below a run at work in which it is steered.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{field, field_rows, one_line, put, span};
use crate::tui::app::{App, Screen};
use crate::tui::hits::Hit;
use crate::tui::layout::{Shape, shape, take_top};
use crate::tui::screens::watch::{Extent, Watch};
use crate::tui::theme::Tone;
use crate::tui::wrap::columns;

/// The most rows of text.
const MOST_ROWS: u16 = 8;
/// The least height of a narrow screen that has room for the line while nobody types in it.
const ROOMY: u16 = 14;
/// The columns left of the text: in a box, below a rule.
const LEAD: u16 = 4;

/// How many rows it takes on a screen of this size, its border or rule included.
pub(super) fn rows(app: &App, watch: &Watch, area: Rect) -> u16 {
    let typing = app.steers();
    let shape = shape(area);
    let cramped = shape == Shape::Narrow && area.height < ROOMY || shape == Shape::Line;
    let hidden = cramped || watch.view.extent == Extent::Raw;
    if !app.has_steering() || hidden && !typing {
        return 0;
    }
    let most = MOST_ROWS.min(area.height / 3).max(1);
    let text = field_rows(&app.steering.field, area.width.saturating_sub(LEAD)).min(most);
    text + if shape == Shape::Wide { 2 } else { 1 }
}

/// Draws it in its place.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    app.hits.place(area, Hit::Steering);
    let typing = app.steers();
    let (words, tone) = title(app, typing);
    // A title, no sentence: keys stand there as they do in the footer.
    let words = app.keymap.spelled(&words).replace('`', "");
    let width = usize::from(area.width);
    let mut inner = area;
    if shape(frame.area()) == Shape::Wide {
        let text = one_line(app.theme, &words, width.saturating_sub(6));
        let text = format!(" {text} ");
        let block = app.theme.frame().title(span(app.theme, tone, text));
        inner = block.inner(area);
        frame.render_widget(block, area);
    } else {
        let rule = app.theme.rule();
        let text = one_line(app.theme, &words, width.saturating_sub(4));
        let text = format!(" {text} ");
        let rest = width.saturating_sub(1 + columns(&text));
        let line = vec![
            Span::raw(rule),
            span(app.theme, tone, text),
            Span::raw(rule.repeat(rest)),
        ];
        let row = take_top(&mut inner, 1);
        put(frame, row, 0, Line::from(line));
    }
    let lead = if typing { Tone::Strong } else { Tone::Faint };
    let mark = app.theme.pick(" › ", " > ");
    put(frame, inner, 0, Line::from(span(app.theme, lead, mark)));
    let text = Rect {
        x: inner.x + 3.min(inner.width),
        width: inner.width.saturating_sub(LEAD),
        ..inner
    };
    let focused = typing && app.overlays.is_empty();
    field(app, frame, text, &app.steering.field, focused);
}

/// What stands above it.
fn title(app: &App, typing: bool) -> (String, Tone) {
    let waiting = match app.queue.len() {
        0 => String::new(),
        1 => "; 1 task waits".to_owned(),
        more => format!("; {more} tasks wait"),
    };
    let review = app.live.as_ref().is_some_and(Watch::has_review);
    match (
        typing,
        review && app.screen == Screen::Live,
        app.can_steer(),
    ) {
        (false, ..) => (format!("<run.steer>: steer the run{waiting}"), Tone::Plain),
        (true, true, _) => (
            "a plan waits for your review: <steer.back> shows it".to_owned(),
            Tone::Caution,
        ),
        (true, _, true) => (
            format!(
                "Steer the run (<steer.send_steer>) or queue a task (<steer.queue_task>){waiting} *"
            ),
            Tone::Strong,
        ),
        (true, _, false) => (
            "The run is at rest; <steer.queue_task> makes this a task *".to_owned(),
            Tone::Caution,
        ),
    }
}
