//! The list of all runs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::paint::{dialog, field, one_line, put, put_styled, span, spread, wrapped};
use super::runs;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::Preview;
use crate::tui::hits::{Hit, List};
use crate::tui::keymap::Context;
use crate::tui::layout::{take_bottom, take_top};
use crate::tui::screens::history::History;
use crate::tui::theme::Tone;
use crate::tui::update::{PREVIEW_FROM, why_not};

/// Draws the history over the whole screen; the footer's row is left free.
pub(super) fn draw(app: &App, history: &History, frame: &mut Frame<'_>, area: Rect) {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let shown = history.len();
    let sieve = history.sieve.words();
    let title = match history.filter() {
        Some(words) => format!(
            "History  \"{}\"  {shown} of {}{sieve}",
            one_line(app.theme, words, 30),
            app.runs_total
        ),
        None if shown < app.runs_total => {
            format!("History  {shown} of {}{sieve}", app.runs_total)
        }
        None => format!("History  {shown}{sieve}"),
    };
    let mut inner = dialog(app, frame, rest, &title);
    if history.searches() {
        search(app, history, frame, take_top(&mut inner, 1));
    }
    let rows = match inner.height {
        _ if area.height >= PREVIEW_FROM => 10,
        8.. => 3,
        _ => 1,
    };
    let snippet = take_bottom(&mut inner, rows);
    list(app, history, frame, inner);
    preview(app, history, frame, snippet);
}

fn search(app: &App, history: &History, frame: &mut Frame<'_>, row: Rect) {
    put(frame, row, 0, Line::from(span(app.theme, Tone::Key, " / ")));
    let place = Rect {
        x: row.x + 3.min(row.width),
        width: row.width.saturating_sub(3),
        ..row
    };
    let on_top = matches!(
        app.overlays.last(),
        Some(crate::tui::screens::dialog::Overlay::History(_))
    );
    field(app, frame, place, &history.query, history.typing && on_top);
}

fn list(app: &App, history: &History, frame: &mut Frame<'_>, area: Rect) {
    let len = history.len();
    if len == 0 {
        let text = if history.sieve.leaves_out() {
            " no run like this; <history.filter_status> and <history.filter_since> change which are listed"
        } else if history.filter().is_some() {
            " nothing was found; <history_search.back> in the search line shows all runs"
        } else {
            " no run yet"
        };
        let lines = wrapped(&app.keymap.spelled(text), area.width, area.height);
        for (row, line) in (0..area.height).zip(lines) {
            put(frame, area, row, line.style(app.theme.style(Tone::Faint)));
        }
        return;
    }
    let selected = history.selected.min(len - 1);
    let top = app
        .hits
        .window(List::History, len, selected, usize::from(area.height));
    for (row, index) in (0..area.height).zip(top..len) {
        let chosen = index == selected;
        let line = match history.row(index) {
            Some((run, _)) => runs::row(app, run, chosen, usize::from(area.width)),
            None => Line::from(span(app.theme, Tone::Faint, app.theme.dots())),
        };
        let tone = if chosen { Tone::Selected } else { Tone::Plain };
        put_styled(frame, area, row, line, app.theme.style(tone));
        app.hits.row(area, row, Hit::Item(index));
    }
}

/// What is known of the selected run beside its line.
fn preview(app: &App, history: &History, frame: &mut Frame<'_>, area: Rect) {
    let Some((run, snippet)) = history.row(history.selected) else {
        return;
    };
    let width = usize::from(area.width).saturating_sub(2);
    let rule = app.theme.rule().repeat(usize::from(area.width));
    let mut lines = Vec::new();
    if area.height > 1 {
        lines.push(Line::from(span(app.theme, Tone::Faint, rule)));
    }
    lines.push(if let Some(snippet) = snippet {
        marked(app, snippet, width)
    } else {
        let (done, all) = (run.steps_finished, run.steps);
        let status = run.status.word();
        let of = run.forked_from.as_ref();
        let of = of.map_or(String::new(), |of| format!(", a fork of {}", of.short()));
        let text = format!(
            "{status}, {done} of {all} steps, run {}{of}",
            run.run.short()
        );
        Line::from(Span::raw(format!(" {}", one_line(app.theme, &text, width))))
    });
    let rests = why_not(app, Context::History, Action::ResumeRun).is_ok();
    if rests && area.height > 2 {
        let text = app
            .keymap
            .spelled(" it can be resumed: <history.resume_run>")
            .into_owned();
        lines.push(Line::from(span(app.theme, Tone::Faint, text)));
    }
    let known = history.preview.as_ref();
    if let Some(known) = known.filter(|known| known.0 == run.run) {
        lines.extend(came_to(app, &known.1, area.width));
    }
    for (row, line) in (0..area.height).zip(lines) {
        put(frame, area, row, line);
    }
}

/// The beginning of an answer, and the steps.
fn came_to(app: &App, preview: &Preview, width: u16) -> Vec<Line<'static>> {
    let label = |name: &'static str| span(app.theme, Tone::Faint, format!(" {name:<8}"));
    let mut lines = Vec::new();
    let answer = preview
        .answer
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for (row, line) in wrapped(&answer, width.saturating_sub(10), 3)
        .into_iter()
        .enumerate()
    {
        let mut spans = vec![label(if row == 0 { "answer" } else { "" })];
        spans.extend(line.spans);
        lines.push(Line::from(spans));
    }
    for (row, (status, text)) in preview.steps.iter().enumerate() {
        let (sign, tone) = app.theme.step(*status, false);
        let room = usize::from(width).saturating_sub(12);
        lines.push(Line::from(vec![
            label(if row == 0 { "steps" } else { "" }),
            span(app.theme, tone, format!("{sign} ")),
            Span::raw(one_line(app.theme, text, room)),
        ]));
    }
    lines
}

/// Untrusted text with its `**marked**` parts set off, cut to a width.
fn marked(app: &App, text: &str, width: usize) -> Line<'static> {
    // The marks take no room on screen; those of a snippet are few.
    let text = one_line(app.theme, text, width * 2);
    let strong = app
        .theme
        .style(Tone::Strong)
        .add_modifier(Modifier::UNDERLINED);
    let mut spans = vec![Span::raw(" ")];
    for (index, part) in text.split("**").enumerate() {
        if index % 2 == 1 {
            spans.push(Span::styled(part.to_owned(), strong));
        } else {
            spans.push(Span::raw(part.to_owned()));
        }
    }
    spread(app.theme, spans, Vec::new(), width + 1)
}
