//! One line about a run of the past.

use ratatui::text::{Line, Span};

use super::paint::{one_line, span, spread, taken};
use super::when;
use crate::store::RunSummary;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// Sign, date, task, and what it took.
pub(super) fn row(app: &App, run: &RunSummary, selected: bool, width: usize) -> Line<'static> {
    let (sign, tone) = app.theme.run(run.status);
    let marked = app.marked.as_ref() == Some(&run.run);
    let pointer = match (selected, marked) {
        (_, true) => "*",
        (true, false) => app.theme.pointer(),
        (false, false) => " ",
    };
    let mut left = vec![
        Span::raw(pointer),
        span(app.theme, tone, format!("{sign} ")),
    ];
    if width >= 60 {
        left.push(Span::raw(format!(
            "{}  ",
            when::local(run.started_at, &app.time_zone)
        )));
    }
    let mut right = String::new();
    if width >= 100 {
        right.push_str(&format!("{:>11}  ", run.status.word()));
    }
    if width >= 60 {
        right.push_str(&format!("{:>3} st  {:>2} rp  ", run.steps, run.replans));
    }
    right.push_str(&format!("{:>7}", when::took(run.duration_ms)));
    if width >= 90 {
        right.push_str(&format!("  {:<16}", one_line(app.theme, &run.model, 16)));
    }
    right.push(' ');
    if run.forked_from.is_some() {
        left.push(span(app.theme, Tone::Faint, app.theme.pick("↳ ", "-> ")));
    }
    let used = taken(&left);
    let room = width.saturating_sub(used + right.len() + 1);
    left.push(Span::raw(one_line(app.theme, &run.task, room)));
    left.push(Span::raw(" "));
    spread(app.theme, left, vec![Span::raw(right)], width)
}
