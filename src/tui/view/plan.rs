//! The steps of a run and where each stands.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{one_line, put, put_styled, span, spread};
use super::{run, when};
use crate::domain::event::StepOutcome;
use crate::domain::state::{PlannedStep, StepStatus};
use crate::tui::app::App;
use crate::tui::effect::Clock;
use crate::tui::layout::RunLayout;
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::theme::Tone;

/// Draws the plan pane.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, layout: &RunLayout) {
    let area = layout.plan;
    if area.is_empty() {
        return;
    }
    if layout.borders {
        run::frame_part(app, watch, frame, area, Pane::Plan, counts(watch));
    }
    let area = layout.inner(area);
    if watch.state.plan.is_empty() {
        let text = if watch.is_busy() {
            " the plan is being made"
        } else {
            " there is no plan"
        };
        put(
            frame,
            area,
            0,
            Line::from(span(app.theme, Tone::Faint, text)),
        );
        return;
    }
    rows(app, watch, frame, area);
}

fn counts(watch: &Watch) -> String {
    let count = |status: StepStatus| {
        let same = watch.state.plan.iter().filter(|p| p.status == status);
        same.count()
    };
    let parts = [
        (count(StepStatus::Finished(StepOutcome::Done)), "done"),
        (count(StepStatus::Finished(StepOutcome::Failed)), "failed"),
        (count(StepStatus::Running), "running"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if said.is_empty() {
        String::new()
    } else {
        format!(" {} ", said.join(", "))
    }
}

fn rows(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let len = watch.plan_rows();
    let marked = watch.plan_row();
    let at = marked.unwrap_or_else(|| watch.state.current_step());
    let focused = watch.view.focus == Pane::Plan && marked.is_some();
    let rows = usize::from(area.height);
    let top = first_row(watch, at.min(len.saturating_sub(1)), rows);
    let mut y = 0;
    for index in top..len {
        if y >= area.height {
            break;
        }
        let width = usize::from(area.width);
        let line = match watch.state.plan.get(index) {
            Some(planned) => step_line(app, watch, index, planned, width),
            None => answer_line(app, watch, width),
        };
        let tone = match (marked == Some(index), focused) {
            (true, true) => Tone::Selected,
            (true, false) => Tone::Strong,
            (false, _) => Tone::Plain,
        };
        put_styled(frame, area, y, line, app.theme.style(tone));
        y += 1;
        if let Some(below) = watch.state.plan.get(index).and_then(result_line) {
            let text = one_line(app.theme, below, width.saturating_sub(6));
            let text = span(app.theme, Tone::Faint, format!("      {text}"));
            put(frame, area, y, Line::from(text));
            y += 1;
        }
    }
}

/// The first row to show so that the marked one is in sight, in the middle where there is more above and below.
fn first_row(watch: &Watch, marked: usize, rows: usize) -> usize {
    let height = |index: usize| {
        let result = watch.state.plan.get(index).and_then(result_line);
        1 + usize::from(result.is_some())
    };
    let mut top = marked;
    let mut used = height(marked);
    let mut below = marked + 1;
    let len = watch.plan_rows();
    loop {
        let up = top
            .checked_sub(1)
            .filter(|index| used + height(*index) <= rows);
        if let Some(index) = up {
            top = index;
            used += height(index);
        }
        let down = (below < len)
            .then_some(below)
            .filter(|index| used + height(*index) <= rows);
        if let Some(index) = down {
            below = index + 1;
            used += height(index);
        }
        if up.is_none() && down.is_none() {
            return top;
        }
    }
}

fn result_line(planned: &PlannedStep) -> Option<&str> {
    planned
        .result
        .as_deref()?
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
}

fn step_line(
    app: &App,
    watch: &Watch,
    index: usize,
    planned: &PlannedStep,
    width: usize,
) -> Line<'static> {
    let theme = app.theme;
    let edited = watch.edited.contains(&planned.step.id);
    let (sign, tone) = theme.step(planned.status, edited);
    let running = planned.status == StepStatus::Running;
    let time = match (planned.duration_ms, planned.started_at) {
        (_, Some(began)) if running => when::took(when::between(began, app.now)),
        (Some(ms), _) if planned.status.is_finished() => when::took(ms),
        _ => String::new(),
    };
    let mut note = String::new();
    if running && app.clock() == Clock::Spinner {
        note = format!("{} ", theme.spinner(app.now.as_millisecond() / 100));
    }
    if planned.status == StepStatus::Finished(StepOutcome::Failed) {
        "failed ".clone_into(&mut note);
    } else if planned.status == StepStatus::Pending && edited {
        "edited".clone_into(&mut note);
    }
    let number = format!("{:>2} ", index + 1);
    let used = 2 + sign.chars().count() + number.len() + note.chars().count() + time.len();
    let text = one_line(
        app.theme,
        &planned.step.description,
        width.saturating_sub(used),
    );
    spread(
        app.theme,
        vec![
            Span::raw(" "),
            span(theme, tone, sign),
            Span::raw(number),
            Span::raw(text),
        ],
        vec![span(theme, tone, note), Span::raw(time)],
        width,
    )
}

fn answer_line(app: &App, watch: &Watch, width: usize) -> Line<'static> {
    let theme = app.theme;
    let state = &watch.state;
    let (sign, tone, text) = match (&state.response, &state.incomplete, &state.error) {
        (Some(_), Some(_), _) => (theme.warning(), Tone::Caution, "Answer (incomplete)"),
        (Some(_), None, _) => (theme.pick("✓", "[x]"), Tone::Good, "Answer"),
        (None, _, Some(_)) => (theme.pick("✗", "[!]"), Tone::Bad, "No answer"),
        (None, _, None) => (theme.pick("▸", "[>]"), Tone::Busy, "Answer"),
    };
    let text = one_line(app.theme, text, width.saturating_sub(6));
    Line::from(vec![
        Span::raw(" "),
        span(theme, tone, sign),
        Span::raw("  "),
        Span::raw(text),
    ])
}
