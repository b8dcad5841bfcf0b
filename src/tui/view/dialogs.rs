//! Lines to type, questions, and how Ollama is installed.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::diff::scrolled;
use super::paint::{dialog, field, put, wrapped};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::Context;
use crate::tui::layout::{centered, take_bottom};
use crate::tui::screens::dialog::{Overlay, Prompt, Question};
use crate::tui::theme::Tone;

/// A line, or some lines, to type.
pub(super) fn prompt(app: &App, prompt: &Prompt, frame: &mut Frame<'_>, area: Rect) {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let rows = if prompt.has_lines() { 5 } else { 3 };
    let place = centered(rest, 100, rows);
    let inner = dialog(app, frame, place, &prompt.title());
    let on_top = matches!(app.overlays.last(), Some(Overlay::Prompt(_)));
    field(app, frame, inner, &prompt.field, on_top);
}

/// A question to answer with yes or no.
pub(super) fn question(app: &App, question: &Question, frame: &mut Frame<'_>, area: Rect) {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let width = rest.width.min(64);
    let offers = app.keymap.offers(Context::Question);
    let key = |action| {
        let offer = offers.iter().find(|offer| offer.row.action == action);
        offer.map_or_else(String::new, |offer| {
            format!("  {} {}", offer.key(), offer.row.label)
        })
    };
    let text = format!(
        "{}\n{} {}",
        app.keymap.spelled(&question.text()),
        key(Action::Confirm),
        key(Action::Back)
    );
    let lines = wrapped(&text, width.saturating_sub(4), 6);
    let rows = u16::try_from(lines.len()).unwrap_or(6) + 2;
    let place = centered(rest, width, rows);
    let mut inner = dialog(app, frame, place, "Sure?");
    inner.x += 1.min(inner.width);
    inner.width = inner.width.saturating_sub(2);
    for (row, line) in (0..inner.height).zip(lines) {
        put(frame, inner, row, line);
    }
}

/// How Ollama is installed, in five lines.
pub(super) fn install(app: &App, top: usize, frame: &mut Frame<'_>, area: Rect) {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let lines = [
        (
            Tone::Plain,
            "Ollama runs models on this machine: https://ollama.com",
        ),
        (Tone::Plain, ""),
        (
            Tone::Plain,
            "1. install it (Linux; for others see the page)",
        ),
        (
            Tone::Strong,
            "   curl -fsSL https://ollama.com/install.sh | sh",
        ),
        (Tone::Plain, "2. start its server, if it does not run yet"),
        (Tone::Strong, "   ollama serve"),
        (Tone::Plain, "3. fetch a model"),
        (Tone::Strong, "   ollama pull llama3.2"),
        (Tone::Plain, ""),
        (
            Tone::Plain,
            "Then press <install.retry_server> to ask the server again, or <install.use_demo> to go on with the demo model",
        ),
    ]
    .map(|(tone, text)| (tone, app.keymap.spelled(text).into_owned()));
    let place = centered(rest, 68, 14);
    let inner = dialog(app, frame, place, "How to install Ollama");
    scrolled(app, frame, inner, top, &lines);
}
