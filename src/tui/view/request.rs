//! A call of a tool that waits for a person: in a box, or on the whole screen; and the bar that tells of it elsewhere.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::paint::{dialog, field, one_line, put, put_styled, span};
use crate::domain::event::Wanted;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hits::List;
use crate::tui::keymap::Offer;
use crate::tui::layout::{centered, take_bottom, take_top};
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::request::Request;
use crate::tui::text::FlowText;
use crate::tui::theme::{Theme, Tone};

/// The widest box.
const WIDEST: u16 = 100;

/// Where the parts of a request stand.
struct Parts {
    outer: Rect,
    body: Rect,
    /// Where the rows in sight are counted, where not all are.
    count: Rect,
    /// The choices one below the other, or the answer being typed.
    answer: Rect,
    hint: Rect,
    /// Whether the choices stand in one row.
    in_a_row: bool,
}

fn parts(theme: Theme, request: &Request, area: Rect) -> Parts {
    let mut room = area;
    take_bottom(&mut room, 1);
    let width = if request.whole {
        room.width
    } else {
        room.width.min(WIDEST)
    };
    let inside = width.saturating_sub(4);
    let in_a_row = row_width(theme, request) <= usize::from(inside);
    let wanted = match request.wanted {
        Wanted::Answer => 4,
        Wanted::Permission if in_a_row => 1,
        Wanted::Permission => u16::try_from(request.choices.len()).unwrap_or(4),
    };
    let answer = wanted.min((room.height.saturating_sub(3) / 2).max(1));
    let hint = u16::from(room.height >= 10);
    let fixed = 2 + 1 + answer + hint;
    let body = u16::try_from(request.height(inside)).unwrap_or(u16::MAX);
    let height = if request.whole {
        room.height
    } else {
        body.saturating_add(fixed)
    };
    let outer = centered(room, width, height);
    let mut inner = Rect {
        x: outer.x + 2.min(outer.width),
        y: outer.y + 1.min(outer.height),
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    };
    let hint = take_bottom(&mut inner, hint);
    let answer = take_bottom(&mut inner, answer);
    if inner.height > 3 {
        take_bottom(&mut inner, 1);
    }
    let fits = request.height(inner.width) <= usize::from(inner.height);
    let counted = !fits && inner.height > 1;
    let count = take_bottom(&mut inner, u16::from(counted));
    Parts {
        outer,
        body: inner,
        count,
        answer,
        hint,
        in_a_row,
    }
}

/// The last row that the body of the open request can begin with.
pub(in crate::tui) fn request_end(app: &App) -> usize {
    let Some(request) = app.request() else {
        return 0;
    };
    let screen = Rect::new(0, 0, app.size.0, app.size.1);
    let body = parts(app.theme, request, screen).body;
    let height = request.height(body.width);
    height.saturating_sub(usize::from(body.height))
}

/// Draws an open request.
pub(super) fn draw(app: &App, request: &Request, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let parts = parts(theme, request, area);
    let waiting = app.requests();
    let more = if waiting > 1 {
        format!(" ({waiting} waiting)")
    } else {
        String::new()
    };
    let room = usize::from(parts.outer.width).saturating_sub(more.len() + 4);
    let title = format!("{}{more}", one_line(theme, &request.title, room));
    dialog(app, frame, parts.outer, &title);
    body(app, request, frame, &parts);
    match request.wanted {
        Wanted::Permission if parts.in_a_row => {
            put(frame, parts.answer, 0, row(theme, request));
        }
        Wanted::Permission => column(app, request, frame, parts.answer),
        Wanted::Answer => {
            let mut place = parts.answer;
            if place.height > 1 {
                let rule = theme.rule().repeat(usize::from(place.width));
                put(
                    frame,
                    take_top(&mut place, 1),
                    0,
                    Line::from(span(theme, Tone::Faint, rule)),
                );
            }
            let on_top = matches!(app.overlays.last(), Some(Overlay::Request(_)));
            field(app, frame, place, &request.answer, on_top);
        }
    }
    let text = one_line(
        theme,
        &app.keymap.spelled(hint(request)),
        usize::from(parts.hint.width),
    );
    put(
        frame,
        parts.hint,
        0,
        Line::from(span(theme, Tone::Faint, text)),
    );
}

fn hint(request: &Request) -> &'static str {
    match request.wanted {
        Wanted::Permission => {
            "keys count after a pause of 0.4 s; <request.back> leaves the call waiting"
        }
        Wanted::Answer => {
            "<asked.accept> sends the answer; <asked.back> leaves the question waiting, words kept"
        }
    }
}

/// The part of the body that is in sight, and how much more there is.
fn body(app: &App, request: &Request, frame: &mut Frame<'_>, parts: &Parts) {
    let (area, theme) = (parts.body, app.theme);
    if area.is_empty() {
        return;
    }
    let height = request.height(area.width);
    let rows = usize::from(area.height);
    let top = request.top.min(height.saturating_sub(rows));
    let texts = request
        .body
        .iter()
        .map(|(tone, text)| (text, theme.style(*tone)));
    stack(frame, area, top, texts);
    let last = (top + rows).min(height);
    let keys = "<pane.down> and <pane.up> scroll, <request.whole_request> shows it in full";
    let keys = app.keymap.spelled(keys);
    let text = format!("row {} to {last} of {height}; {keys}", top + 1);
    let text = one_line(theme, &text, usize::from(parts.count.width));
    put(
        frame,
        parts.count,
        0,
        Line::from(span(theme, Tone::Caution, text)),
    );
}

/// Draws texts one below the other from a row on.
pub(super) fn stack<'a>(
    frame: &mut Frame<'_>,
    area: Rect,
    top: usize,
    texts: impl Iterator<Item = (&'a FlowText, Style)>,
) {
    let mut top = top;
    let mut y = 0;
    for (text, style) in texts {
        let height = text.height(area.width);
        if top >= height {
            top -= height;
            continue;
        }
        for line in text.window(area.width, top, area.height.saturating_sub(y)) {
            put_styled(frame, area, y, line, style);
            y += 1;
        }
        top = 0;
        if y >= area.height {
            return;
        }
    }
}

/// A choice as it is drawn: the chosen one in brackets, so that it is told without colour.
fn choice(theme: Theme, request: &Request, index: usize) -> Option<Span<'static>> {
    let label = &request.choices.get(index)?.label;
    Some(if index == request.chosen {
        span(theme, Tone::Selected, format!("[ {label} ]"))
    } else {
        Span::raw(format!("  {label}  "))
    })
}

fn row(theme: Theme, request: &Request) -> Line<'static> {
    let choices = (0..request.choices.len()).filter_map(|index| choice(theme, request, index));
    Line::from(choices.collect::<Vec<_>>())
}

fn row_width(theme: Theme, request: &Request) -> usize {
    row(theme, request).width()
}

/// The choices one below the other; where there is no room, those around the chosen one.
fn column(app: &App, request: &Request, frame: &mut Frame<'_>, area: Rect) {
    let len = request.choices.len();
    let top = app
        .hits
        .window(List::Choices, len, request.chosen, usize::from(area.height));
    for (y, index) in (0..area.height).zip(top..len) {
        if let Some(text) = choice(app.theme, request, index) {
            put(frame, area, y, Line::from(text));
        }
    }
}

/// What the bar says while calls wait and none of them is open; the key is the one that opens the oldest from here.
pub(super) fn bar_text(app: &App) -> Option<String> {
    let count = app.requests();
    if count == 0 || app.request().is_some() {
        return None;
    }
    let offers = app.keymap.offers(app.context());
    let key = offers
        .iter()
        .find(|offer| offer.row.action == Action::OpenRequest)
        .map(Offer::key);
    let how = match key {
        Some(key) => key,
        None => "esc then a".to_owned(),
    };
    let noun = if count == 1 { "request" } else { "requests" };
    Some(format!("{count} {noun}, {how}"))
}

/// Draws the bar in the row above the footer.
pub(super) fn bar(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(text) = bar_text(app) else {
        return;
    };
    let mut room = area;
    take_bottom(&mut room, 1);
    let row = take_bottom(&mut room, 1);
    frame.render_widget(ratatui::widgets::Clear, row);
    let width = usize::from(row.width);
    let text = format!(
        " {} {text}: a call of a tool waits for you",
        app.theme.warning()
    );
    let style = app
        .theme
        .style(Tone::Caution)
        .patch(app.theme.style(Tone::Selected));
    put_styled(
        frame,
        row,
        0,
        Line::from(one_line(app.theme, &text, width)),
        style,
    );
}
