//! A plan that waits for a person, as a list to edit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::decisions::cost;
use super::paint::{dialog, one_line, put, put_styled, span, spread, wrapped};
use super::{footer, header, run, when};
use crate::domain::event::StepOutcome;
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::layout::{Shape, shape, take_bottom, take_top};
use crate::tui::screens::review::{Mark, Review, ReviewRow};
use crate::tui::screens::watch::Watch;
use crate::tui::theme::Tone;

/// Draws header, task and the list; the footer's row is left free.
pub(super) fn draw(app: &App, watch: &Watch, review: &Review, frame: &mut Frame<'_>, area: Rect) {
    let layout = run::place(app, watch, area);
    put(
        frame,
        layout.header,
        0,
        header::run(app, watch, usize::from(area.width)),
    );
    let mut rest = area;
    take_bottom(&mut rest, 1);
    take_top(&mut rest, 1);
    let task = take_top(&mut rest, layout.task.height.max(1));
    run::task(app, watch, frame, task);
    if rest.height < 3 {
        return;
    }
    let mut inner = dialog(app, frame, rest, &title(app, watch, review));
    if shape(area) != Shape::Narrow || inner.height >= 16 {
        why(app, watch, frame, &mut inner);
    }
    if shape(area) != Shape::Narrow && inner.height >= 14 {
        let lines = footer::wrapped(app, usize::from(inner.width), 3);
        let place = take_bottom(&mut inner, u16::try_from(lines.len()).unwrap_or(3));
        for (row, line) in (0..).zip(lines) {
            put(frame, place, row, line);
        }
    }
    // What the list leaves is for the selected step, of which there may be much to read.
    let listed = u16::try_from(review.rows().len()).unwrap_or(u16::MAX);
    let spare = inner.height.saturating_sub(listed).min(inner.height / 2);
    let about_rows = (inner.height / 3).min(6).max(spare);
    let details = take_bottom(&mut inner, about_rows);
    rows(app, review, frame, inner);
    about(app, review, frame, details);
}

fn title(app: &App, watch: &Watch, review: &Review) -> String {
    let newest = watch.state.revisions.last();
    let by = newest.map_or(String::new(), |revision| {
        let model = revision
            .made_by
            .as_ref()
            .map(|call| format!(" {}", one_line(app.theme, &call.model, 24)));
        format!(
            " by {}{}{}",
            revision.source.word(),
            model.unwrap_or_default(),
            cost(revision.made_by.as_ref())
        )
    });
    let edited = if review.is_edited() { ", edited" } else { "" };
    format!("Review plan, rev {}{by}{edited}", review.revision)
}

/// Why there is a new version.
fn why(app: &App, watch: &Watch, frame: &mut Frame<'_>, rest: &mut Rect) {
    let Some(reason) = watch.state.revisions.last().and_then(|r| r.reason.as_ref()) else {
        return;
    };
    let lines = wrapped(&format!("why: {reason}"), rest.width.saturating_sub(2), 3);
    let rows = u16::try_from(lines.len()).unwrap_or(3);
    if rest.height < rows + 6 {
        return;
    }
    let place = take_top(rest, rows + 1);
    for (row, line) in (0..rows).zip(lines) {
        let mut spans = vec![Span::raw(" ")];
        spans.extend(line.spans);
        put(
            frame,
            place,
            row,
            Line::from(spans).style(app.theme.style(Tone::Faint)),
        );
    }
}

fn rows(app: &App, review: &Review, frame: &mut Frame<'_>, area: Rect) {
    let rows = review.rows();
    let selected = rows
        .iter()
        .position(|row| row.index == Some(review.selected))
        .unwrap_or(0);
    let top = app
        .hits
        .window(List::Review, rows.len(), selected, usize::from(area.height));
    for (y, at) in (0..area.height).zip(top..rows.len()) {
        let line = row_line(app, review, &rows[at], usize::from(area.width));
        let tone = if at == selected {
            Tone::Selected
        } else {
            Tone::Plain
        };
        put_styled(frame, area, y, line, app.theme.style(tone));
        if let Some(index) = rows[at].index {
            app.hits.row(area, y, Hit::Step(index));
        }
    }
}

fn row_line(app: &App, review: &Review, row: &ReviewRow, width: usize) -> Line<'static> {
    let ReviewRow { index, step, mark } = row;
    let theme = app.theme;
    let (sign, tone, note) = match *mark {
        Mark::Same => (" ", Tone::Plain, ""),
        Mark::Locked(StepOutcome::Done) => (theme.pick("✓", "x"), Tone::Good, "finished"),
        Mark::Locked(StepOutcome::Failed) => (theme.pick("✗", "!"), Tone::Bad, "failed"),
        Mark::Locked(StepOutcome::Skipped) => (theme.pick("⊘", "/"), Tone::Faint, "skipped"),
        Mark::Added => ("+", Tone::Good, "new"),
        Mark::Changed => ("~", Tone::Caution, "changed"),
        Mark::Removed => ("-", Tone::Bad, "left out"),
        Mark::YouAdded => (theme.pick("✎", "*"), Tone::Caution, "you added this"),
        Mark::YouKept => (theme.pick("✎", "*"), Tone::Caution, "you kept this"),
        Mark::YouChanged => (theme.pick("✎", "*"), Tone::Caution, "you changed this"),
    };
    let pointer = if *index == Some(review.selected) {
        theme.pointer()
    } else {
        " "
    };
    let number = index.map_or("   ".to_owned(), |index| format!("{:>2} ", index + 1));
    let note = match (note, step.subplan) {
        (note, true) => format!("sub-plan {note}").trim_end().to_owned(),
        (note, false) => note.to_owned(),
    };
    let note = if note.is_empty() || width < 44 {
        String::new()
    } else {
        format!("  ({note}) ")
    };
    let room = width.saturating_sub(6 + number.len() + note.len());
    spread(
        app.theme,
        vec![
            Span::raw(pointer),
            span(theme, tone, format!("{sign} ")),
            Span::raw(number),
            span(
                theme,
                if *mark == Mark::Removed {
                    Tone::Faint
                } else {
                    Tone::Plain
                },
                one_line(app.theme, &step.description, room),
            ),
        ],
        vec![span(theme, tone, note)],
        width,
    )
}

/// The selected step in full, and what is wrong with the plan.
fn about(app: &App, review: &Review, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let theme = app.theme;
    let width = usize::from(area.width);
    let (line, cost) = checks(app, review, width);
    let mut lines = vec![line];
    if let Some(cost) = cost.filter(|_| area.height >= 4) {
        let text = format!(" {}", one_line(app.theme, &cost, width.saturating_sub(1)));
        lines.push(Line::from(span(theme, Tone::Faint, text)));
    }
    if let Some((why, _)) = &review.rejected_text {
        let again = app
            .keymap
            .spelled("<review.edit_plan_outside> opens it again");
        let why = one_line(app.theme, why, 200);
        let text = format!(
            " {} the edited plan: {why}; {again}",
            theme.pick("✗", "[!]")
        );
        lines.push(Line::from(span(theme, Tone::Bad, text)));
    }
    if let Some(step) = review.draft().steps().get(review.selected) {
        let mut text = step.description.clone();
        if let Some(done_when) = &step.done_when {
            text = format!("{text}\ndone when: {done_when}");
        }
        if step.subplan {
            text.push_str("\nruns as a plan of its own, made when its turn comes");
        }
        let after: Vec<String> = step
            .depends_on
            .iter()
            .filter_map(|id| review.draft().steps().iter().position(|s| s.id == *id))
            .map(|at| (at + 1).to_string())
            .collect();
        if !after.is_empty() {
            text = format!("{text}\nbuilds on: {}", after.join(", "));
        }
        if let Some(result) = review.result_of(&step.id) {
            text = format!("{text}\nresult: {result}");
        }
        for line in wrapped(&text, area.width.saturating_sub(2), area.height) {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(line.spans);
            lines.push(Line::from(spans).style(theme.style(Tone::Faint)));
        }
    }
    for (row, line) in (0..area.height).zip(lines) {
        put(frame, area, row, line);
    }
}

/// What the plan that waits is expected to cost.
fn expected(app: &App) -> Option<String> {
    let (_, plan) = app.watch()?.state.waiting()?;
    let estimate = plan.revisions.last()?.estimate?;
    let tokens = estimate
        .prompt_tokens
        .saturating_add(estimate.output_tokens);
    let time = estimate
        .duration_ms
        .map_or("speed not known yet".to_owned(), |ms| {
            format!("about {}", when::took(ms))
        });
    Some(format!(
        "expected: {} calls, {} tokens, {time} ",
        estimate.model_calls,
        when::count(tokens)
    ))
}

/// What the checks of the plan found; and what it is expected to cost, where that does not stand in the same row.
fn checks(app: &App, review: &Review, width: usize) -> (Line<'static>, Option<String>) {
    let theme = app.theme;
    let problems = review.problems();
    let count = review.draft().steps().len();
    let steps = if count == 1 {
        "1 step".to_owned()
    } else {
        format!("{count} steps")
    };
    // An edited plan is another one than that which was reckoned.
    let cost = expected(app).filter(|_| !review.is_edited());
    if problems.is_empty() {
        let left = if review.draft().open().is_empty() {
            "all of them ended: the answer is next"
        } else {
            "nothing wrong"
        };
        let text = format!(" checks  {} {steps}, {left}", theme.pick("✓", "[x]"));
        let mut right = Vec::new();
        let room = width.saturating_sub(text.chars().count() + 2);
        let mut cost = cost;
        if let Some(cost) = cost.take_if(|cost| cost.len() <= room) {
            right.push(span(theme, Tone::Faint, cost));
        }
        let line = spread(theme, vec![span(theme, Tone::Good, text)], right, width);
        return (line, cost);
    }
    let fatal = problems.iter().any(|problem| problem.fatal);
    let said: Vec<&str> = problems
        .iter()
        .filter(|problem| problem.fatal == fatal)
        .map(|problem| problem.text.as_str())
        .collect();
    let (sign, tone) = if fatal {
        (theme.pick("✗", "[!]"), Tone::Bad)
    } else {
        (theme.warning(), Tone::Caution)
    };
    let text = format!("checks  {sign} {}", said.join("; "));
    let text = format!(" {}", one_line(app.theme, &text, width.saturating_sub(1)));
    (Line::from(span(theme, tone, text)), cost)
}
