//! The scrubber below a run that is replayed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint::{clip, put, span};
use super::when;
use crate::domain::event::StepOutcome;
use crate::tui::app::App;
use crate::tui::screens::replay::{Mark, Replay};
use crate::tui::theme::{Theme, Tone};

/// How many rows it takes.
pub(super) const ROWS: u16 = 3;

/// Draws it.
pub(super) fn draw(app: &App, replay: &Replay, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    let theme = app.theme;
    put(frame, area, 0, title(theme, replay, width));
    put(frame, area, 1, parts(theme, replay, width));
    put(frame, area, 2, bar(theme, replay, width));
}

/// Where it is, and how fast it goes.
fn title(theme: Theme, replay: &Replay, width: usize) -> Line<'static> {
    let ((at, all), (time, total)) = (replay.place(), replay.time());
    let rule = theme.rule();
    let state = match replay.is_playing() {
        true => format!("{} playing", theme.pick("▸", ">")),
        false if at == all => "end".to_owned(),
        false => "paused".to_owned(),
    };
    let (now, end, speed) = (when::took(time), when::took(total), replay.speed());
    let text = if width < 56 {
        format!("{rule} {at}/{all}  {now}/{end}  x{speed}  {state} ")
    } else {
        format!("{rule} Replay  event {at} of {all}  {now} of {end}  x{speed}  {state} ")
    };
    let text = clip(theme, &text, width);
    let rest = width.saturating_sub(text.width());
    Line::from(vec![
        span(theme, Tone::Strong, text),
        span(theme, Tone::Faint, rule.repeat(rest)),
    ])
}

/// The parts of the run, the one that is shown set off and in sight.
fn parts(theme: Theme, replay: &Replay, width: usize) -> Line<'static> {
    let here = replay.mark();
    let names: Vec<String> = replay
        .marks()
        .iter()
        .map(|mark| name(theme, mark))
        .collect();
    let wide = |from: usize, to: usize| -> usize {
        names[from..to].iter().map(|name| name.width() + 3).sum()
    };
    let current = here.unwrap_or(0);
    let mut first = 0;
    // What is behind is given up first; something of what is ahead stays in sight.
    let until = (current + 3).min(names.len());
    while first < current && wide(first, until) > width.saturating_sub(1) {
        first += 1;
    }
    let mut spans = vec![Span::raw(if first > 0 { theme.dots() } else { " " })];
    let mut used = spans[0].width();
    for (index, name) in names.iter().enumerate().skip(first) {
        used += name.width() + 3;
        if used > width {
            break;
        }
        let tone = match (here == Some(index), replay.marks()[index].outcome) {
            (true, _) => Tone::Selected,
            (_, Some(StepOutcome::Failed)) => Tone::Bad,
            (_, Some(StepOutcome::Done)) => Tone::Good,
            _ => Tone::Plain,
        };
        spans.push(span(theme, tone, format!(" {name} ")));
        spans.push(span(theme, Tone::Faint, "|"));
    }
    Line::from(spans)
}

fn name(theme: Theme, mark: &Mark) -> String {
    let sign = match mark.outcome {
        Some(StepOutcome::Failed) => theme.pick(" ✗", " [!]"),
        Some(StepOutcome::Skipped) => theme.pick(" ⊘", " [-]"),
        Some(StepOutcome::Done) | None => "",
    };
    format!("{}{sign}", mark.name)
}

/// The time up to here, of all the time.
fn bar(theme: Theme, replay: &Replay, width: usize) -> Line<'static> {
    let ((at, all), (time, total)) = (replay.place(), replay.time());
    let columns = width.saturating_sub(2);
    // Where no time passed, records are counted.
    let (part, whole) = if total > 0 {
        (time, total)
    } else {
        (at as u64, all as u64)
    };
    let filled = u128::from(part) * columns.saturating_sub(1) as u128 / u128::from(whole.max(1));
    let filled = usize::try_from(filled).unwrap_or(0).min(columns);
    let rest = columns.saturating_sub(filled + 1);
    Line::from(vec![
        Span::raw(" "),
        span(theme, Tone::Busy, theme.pick("▬", "=").repeat(filled)),
        span(theme, Tone::Strong, theme.pick("▮", "#")),
        span(theme, Tone::Faint, theme.rule().repeat(rest)),
    ])
}
