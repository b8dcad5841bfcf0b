//! The steps of a run and where each stands.

use std::collections::VecDeque;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{one_line, put, put_styled, span, spread};
use super::{calls, run, when};
use crate::domain::event::StepOutcome;
use crate::domain::state::StepStatus;
use crate::tui::app::App;
use crate::tui::effect::Clock;
use crate::tui::hits::Hit;
use crate::tui::layout::RunLayout;
use crate::tui::screens::rows::{PlanRow, is_failed, result_line};
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::theme::Tone;

/// Draws the plan pane.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, layout: &RunLayout) {
    let area = layout.plan;
    if area.is_empty() {
        return;
    }
    if layout.borders {
        run::frame_part(app, watch, frame, area, Pane::Plan, counts(app, watch));
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

fn counts(app: &App, watch: &Watch) -> String {
    let running = if goes_on(app, watch) {
        "running"
    } else {
        "cut short"
    };
    let count = |status: StepStatus| {
        let same = watch.state.plan.iter().filter(|p| p.status == status);
        same.count()
    };
    let parts = [
        (count(StepStatus::Finished(StepOutcome::Done)), "done"),
        (count(StepStatus::Finished(StepOutcome::Failed)), "failed"),
        (count(StepStatus::Running), running),
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
    let steps = watch.rows();
    let len = steps.len() + usize::from(watch.has_answer_row());
    let marked = watch.plan_row();
    let at = marked.unwrap_or_else(|| watch.state.current_step());
    let focused = watch.view.focus == Pane::Plan && marked.is_some();
    let width = usize::from(area.width);
    let blocks = |index: usize| -> Vec<Line<'static>> {
        match steps.get(index) {
            Some(row) => step_lines(app, watch, row, width),
            None => vec![answer_line(app, watch, width)],
        }
    };
    let (first, blocks) = around(len, at.min(len.saturating_sub(1)), area.height, blocks);
    let mut y = 0;
    for (index, lines) in (first..).zip(blocks) {
        for (nth, line) in lines.into_iter().enumerate() {
            let tone = match (marked == Some(index) && nth == 0, focused) {
                (true, true) => Tone::Selected,
                (true, false) => Tone::Strong,
                (false, _) => Tone::Plain,
            };
            put_styled(frame, area, y, line, app.theme.style(tone));
            app.hits.row(area, y, Hit::Plan(index));
            y += 1;
        }
    }
}

/// The blocks to show so that the marked one is in sight, in the middle where there is more above and below; and which
/// is the first.
fn around<T>(
    len: usize,
    marked: usize,
    rows: u16,
    block: impl Fn(usize) -> Vec<T>,
) -> (usize, VecDeque<Vec<T>>) {
    let rows = usize::from(rows);
    let mut first = marked;
    let mut blocks = VecDeque::from([block(marked)]);
    let mut used = blocks[0].len();
    let mut next = marked + 1;
    loop {
        let up = first.checked_sub(1).map(&block);
        let up = up.filter(|lines| used + lines.len() <= rows);
        let went_up = up.is_some();
        if let Some(lines) = up {
            used += lines.len();
            first -= 1;
            blocks.push_front(lines);
        }
        let down = (next < len && used < rows).then(|| block(next));
        let went_down = down.is_some();
        if let Some(lines) = down {
            used += lines.len();
            next += 1;
            blocks.push_back(lines);
        }
        if !went_up && !went_down {
            return (first, blocks);
        }
    }
}

/// Whether a step that the log leaves at work is at work, or was when it is replayed.
fn goes_on(app: &App, watch: &Watch) -> bool {
    watch.is_worked_on() || app.replayed().is_some()
}

/// A step, and below it what it is using, what its check found and what came of it.
fn step_lines(app: &App, watch: &Watch, row: &PlanRow<'_>, width: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let planned = row.planned;
    let indent = row.depth * 2;
    let mut lines = vec![step_line(app, watch, row, width)];
    let below = width.saturating_sub(6 + indent);
    let lead = " ".repeat(6 + indent);
    let cut_short = planned.status == StepStatus::Running && !goes_on(app, watch);
    if planned.status == StepStatus::Running && !cut_short {
        let calls = watch.calls_of(&planned.step.id);
        lines.extend(calls::in_use(theme, &calls, &lead, below));
    }
    if let Some(verdict) = Watch::verdict(planned).filter(|_| !cut_short) {
        let (sign, tone) = match verdict.met {
            true if planned.status == StepStatus::Running => ("", Tone::Faint),
            true => (theme.pick("✓ ", "[x] "), Tone::Good),
            false => (theme.pick("✗ ", "[!] "), Tone::Bad),
        };
        let text = format!("{sign}{}", verdict.words);
        let text = format!("{lead}{}", one_line(theme, &text, below));
        lines.push(Line::from(span(theme, tone, text)));
    }
    if let Some(text) = result_line(planned) {
        let text = format!("{lead}{}", one_line(theme, text, below));
        lines.push(Line::from(span(theme, Tone::Faint, text)));
    }
    lines
}

fn step_line(app: &App, watch: &Watch, row: &PlanRow<'_>, width: usize) -> Line<'static> {
    let theme = app.theme;
    let planned = row.planned;
    let edited = watch.edited.contains(&planned.step.id);
    let (sign, tone) = theme.step(planned.status, edited);
    let at_work = goes_on(app, watch);
    let cut_short = planned.status == StepStatus::Running && !at_work;
    let running = planned.status == StepStatus::Running && at_work;
    let worked = watch.worked_on(&planned.step.id, super::header::elapsed(app, watch));
    let time = match worked.filter(|_| running || planned.status.is_finished()) {
        Some(ms) => when::took(ms),
        None => String::new(),
    };
    let mut note = String::new();
    if running && app.clock() == Clock::Spinner {
        note = format!("{} ", theme.spinner(app.now.as_millisecond()));
    }
    if cut_short {
        "cut short ".clone_into(&mut note);
    } else if is_failed(planned) {
        "failed ".clone_into(&mut note);
    } else if planned.status == StepStatus::Finished(StepOutcome::Skipped) {
        "skipped ".clone_into(&mut note);
    } else if planned.status == StepStatus::Pending && watch.is_over() {
        "not done ".clone_into(&mut note);
    } else if planned.status == StepStatus::Pending && edited {
        "edited".clone_into(&mut note);
    } else if planned.status == StepStatus::Pending && planned.step.is_nested() {
        "sub-plan".clone_into(&mut note);
    }
    let indent = " ".repeat(1 + row.depth * 2);
    let number = if row.depth == 0 {
        format!("{:>2} ", row.number)
    } else {
        format!(" {} ", row.number)
    };
    let used =
        indent.len() + 1 + sign.chars().count() + number.len() + note.chars().count() + time.len();
    let text = one_line(
        app.theme,
        &planned.step.description,
        width.saturating_sub(used),
    );
    spread(
        app.theme,
        vec![
            Span::raw(indent),
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
