//! The models of the servers.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint::{clip, dialog, one_line, put, put_styled, span, wrapped};
use super::when;
use crate::domain::bytes::bytes;
use crate::session::InstalledModel;
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::layout::take_bottom;
use crate::tui::screens::models::{Models, Pull};
use crate::tui::theme::Tone;

/// Draws the list over the whole screen; the footer's row is left free.
pub(super) fn draw(app: &App, open: &Models, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let mut room = area;
    take_bottom(&mut room, 1);
    let count = app.shelf.len();
    let title = match app.shelf.models {
        Some(_) => format!("Models  {count}"),
        None => "Models  asking the servers".to_owned(),
    };
    let mut inner = dialog(app, frame, room, &title);
    if let Some(pull) = &app.pull {
        let row = take_bottom(&mut inner, 1);
        put(frame, row, 0, progress(app, pull, usize::from(row.width)));
    }
    let rows = inner.height.saturating_sub(4).min(6);
    let about = take_bottom(&mut inner, rows);
    details(app, open, frame, about);
    let width = usize::from(inner.width);
    if inner.height > 1 && count > 0 {
        put(
            frame,
            inner,
            0,
            Line::from(span(
                theme,
                Tone::Faint,
                format!(" {}", columns(HEAD, width.saturating_sub(1))),
            )),
        );
        inner.y += 1;
        inner.height -= 1;
    }
    if count == 0 && app.shelf.models.is_some() {
        let text = " no server has a model; <models.pull_model> fetches one by its name";
        let text = app.keymap.spelled(text).into_owned();
        put(frame, inner, 0, Line::from(span(theme, Tone::Faint, text)));
    }
    let top = app.hits.window(
        List::Models,
        count,
        open.selected,
        usize::from(inner.height),
    );
    for (y, index) in (0..inner.height).zip(top..count) {
        let Some(model) = app.shelf.model(index) else {
            continue;
        };
        let chosen = index == open.selected;
        let pointer = if chosen { theme.pointer() } else { " " };
        let text = columns(
            cells(app, model).each_ref().map(String::as_str),
            width.saturating_sub(1),
        );
        let tone = if chosen { Tone::Selected } else { Tone::Plain };
        let line = Line::from(vec![Span::raw(pointer), Span::raw(text)]);
        put_styled(frame, inner, y, line, theme.style(tone));
        app.hits.row(inner, y, Hit::Item(index));
    }
}

const HEAD: [&str; 6] = [
    "name",
    "size",
    "parameters",
    "quantized",
    "loaded",
    "used for",
];

fn cells(app: &App, model: &InstalledModel) -> [String; 6] {
    let word = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or("-");
        one_line(app.theme, text, 12)
    };
    let loaded = match &model.loaded {
        None => "-".to_owned(),
        Some(loaded) if loaded.memory == 0 => "yes".to_owned(),
        Some(loaded) => bytes(loaded.memory),
    };
    let roles: Vec<String> = app
        .shelf
        .roles_of(&model.name)
        .iter()
        .map(ToString::to_string)
        .collect();
    [
        one_line(app.theme, &model.name, 60),
        if model.size > 0 {
            bytes(model.size)
        } else {
            "-".to_owned()
        },
        word(&model.parameter_size),
        word(&model.quantization),
        loaded,
        roles.join(" "),
    ]
}

/// Cells in columns; those that matter less are left out where there is no room for them.
fn columns(cells: [&str; 6], width: usize) -> String {
    let wanted: [(usize, usize); 5] = [(1, 9), (4, 9), (2, 11), (3, 11), (5, 30)];
    let name = width.min(34).max(width / 3);
    let mut left = width.saturating_sub(name);
    let mut kept = Vec::new();
    for (index, column) in wanted {
        if column < left {
            left -= column + 1;
            kept.push((index, column));
        }
    }
    kept.sort_unstable();
    let fit = |text: &str, column: usize| {
        let text: String = text.chars().take(column).collect();
        let gap = column.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(gap))
    };
    let mut line = fit(cells[0], name);
    for (index, column) in kept {
        line.push(' ');
        line.push_str(&fit(cells[index], column));
    }
    line
}

/// What is known of the selected model beside its row, and of servers that could not be asked.
fn details(app: &App, open: &Models, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let mut lines = vec![Line::from(span(
        theme,
        Tone::Faint,
        theme.rule().repeat(usize::from(area.width)),
    ))];
    let mut say = |tone, text: &str| {
        let rows = wrapped(text, area.width.saturating_sub(2), 3);
        lines.extend(rows.into_iter().map(|mut line| {
            line.spans.insert(0, Span::raw(" "));
            line.style(theme.style(tone))
        }));
    };
    for failed in &app.shelf.failed {
        say(Tone::Caution, failed);
    }
    if let Some(model) = app.shelf.model(open.selected) {
        if let Some(loaded) = &model.loaded {
            let mut text = "loaded".to_owned();
            if let Some(context) = loaded.context {
                text.push_str(&format!(" with context {context}"));
            }
            if let Some(part) = loaded.vram.saturating_mul(100).checked_div(loaded.memory) {
                let memory = bytes(loaded.memory);
                text.push_str(&format!(
                    ", {memory} of memory, {part} % of it on graphics cards"
                ));
            }
            if let Some(at) = loaded.expires_at.filter(|at| *at > app.now) {
                // A server that keeps it for ever says so with a time centuries away.
                let left = when::between(app.now, at);
                let text_left = if left > 366 * 86_400_000 {
                    ", until it is told otherwise".to_owned()
                } else {
                    format!(", for {} more", when::clock(left))
                };
                text.push_str(&text_left);
            }
            say(Tone::Good, &text);
        }
        match &open.shown {
            Some((name, info)) if *name == model.name => {
                let context = info
                    .context_length
                    .map_or("not known".to_owned(), |n| n.to_string());
                say(
                    Tone::Plain,
                    &format!("trained for a context of {context} tokens"),
                );
                let can = info.capabilities.join(", ");
                let can = if can.is_empty() {
                    "not known".to_owned()
                } else {
                    can
                };
                say(Tone::Plain, &format!("can: {can}"));
            }
            _ => say(
                Tone::Faint,
                &app.keymap
                    .spelled("<models.show_model> asks what it can do"),
            ),
        }
    }
    for (row, line) in (0..area.height).zip(lines) {
        put(frame, area, row, line);
    }
}

/// A bar with bytes, speed and time left.
pub(super) fn progress(app: &App, pull: &Pull, width: usize) -> Line<'static> {
    let theme = app.theme;
    let status = if pull.cancelled {
        "stopping"
    } else {
        &pull.status
    };
    let name = one_line(theme, &pull.name, 30);
    let Some((completed, total)) = pull.bytes.filter(|_| !pull.cancelled) else {
        let text = format!(" fetching {name}: {}", one_line(theme, status, 40));
        return Line::from(span(theme, Tone::Busy, clip(theme, &text, width)));
    };
    let percent = u128::from(completed) * 100 / u128::from(total.max(1));
    let mut text = format!(" {percent} %  {} of {}", bytes(completed), bytes(total));
    if let Some(rate) = pull.rate(app.now) {
        let left = (total - completed).saturating_mul(1_000) / rate;
        text.push_str(&format!("  {}/s  {} left", bytes(rate), when::clock(left)));
    }
    let head = format!(" fetching {name} ");
    let cells = width
        .saturating_sub(head.width() + text.width() + 2)
        .min(30);
    let filled = u128::from(completed) * cells as u128 / u128::from(total.max(1));
    let filled = usize::try_from(filled).unwrap_or(0).min(cells);
    let bar = theme.pick("▬", "=").repeat(filled);
    let rest = theme.rule().repeat(cells - filled);
    let text = clip(theme, &text, width.saturating_sub(head.width() + cells));
    Line::from(vec![
        Span::raw(clip(theme, &head, width)),
        span(theme, Tone::Busy, bar),
        span(theme, Tone::Faint, rest),
        Span::raw(text),
    ])
}
