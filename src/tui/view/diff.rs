//! What a version of the plan changed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::decisions::cost;
use super::paint::{dialog, put, wrapped};
use crate::domain::ids::StepId;
use crate::domain::plan::{Step, StepChange, diff};
use crate::tui::app::App;
use crate::tui::layout::{centered, take_bottom};
use crate::tui::theme::Tone;

/// Draws the difference between a version of the plan and the one before it.
pub(super) fn draw(app: &App, index: usize, top: usize, frame: &mut Frame<'_>, area: Rect) {
    let Some(watch) = app.watch() else {
        return;
    };
    let revisions = &watch.state.revisions;
    let (Some(after), Some(before)) = (
        revisions.get(index),
        index
            .checked_sub(1)
            .and_then(|before| revisions.get(before)),
    ) else {
        return;
    };
    let mut room = area;
    take_bottom(&mut room, 1);
    let width = room.width.min(100);
    let mut lines: Vec<(Tone, String)> = Vec::new();
    let mut number = 0;
    for change in diff(&before.steps, &after.steps) {
        let removed = matches!(change, StepChange::Removed(_));
        number += usize::from(!removed);
        let place = if removed {
            "   ".to_owned()
        } else {
            format!("{number:>2} ")
        };
        match change {
            StepChange::Kept(step) => {
                lines.push((Tone::Plain, format!("  {place}{}", step.description)));
            }
            StepChange::Added(step) => {
                lines.push((Tone::Good, format!("+ {place}{}", step.description)));
            }
            StepChange::Removed(step) => {
                lines.push((Tone::Bad, format!("- {place}{}", step.description)));
            }
            StepChange::Changed(old, new) if old.description == new.description => {
                lines.push((Tone::Caution, format!("~ {place}{}", new.description)));
                let rest = [
                    (Tone::Bad, "-", &old, &before.steps),
                    (Tone::Good, "+", &new, &after.steps),
                ];
                for (tone, sign, step, plan) in rest {
                    lines.push((tone, format!("{sign}      {}", about(step, plan))));
                }
            }
            StepChange::Changed(old, new) => {
                lines.push((Tone::Bad, format!("-    {}", old.description)));
                lines.push((Tone::Good, format!("+ {place}{}", new.description)));
            }
        }
    }
    if let Some(why) = &after.reason {
        lines.push((Tone::Plain, String::new()));
        lines.push((Tone::Plain, format!("why: {why}")));
    }
    let shown = rows_of(app, &lines, width.saturating_sub(2));
    let rows = u16::try_from(shown.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let place = centered(room, width, rows.clamp(3, room.height.max(3)));
    let title = format!(
        "Rev {} by {}{}",
        after.revision,
        after.source.word(),
        cost(after.made_by.as_ref())
    );
    let inner = dialog(app, frame, place, &title);
    put_rows(frame, inner, top, shown);
}

/// What a step says beside its text.
fn about(step: &Step, plan: &[Step]) -> String {
    let place = |id: &StepId| match plan.iter().position(|other| other.id == *id) {
        Some(place) => (place + 1).to_string(),
        None => id.to_string(),
    };
    let places: Vec<String> = step.depends_on.iter().map(place).collect();
    let builds = if places.is_empty() {
        "builds on nothing".to_owned()
    } else {
        format!("builds on {}", places.join(", "))
    };
    let said =
        |name: &str, text: &Option<String>| text.as_ref().map(|text| format!("{name}: {text}"));
    let parts = [
        Some(builds),
        said("done when", &step.done_when),
        said("tool", &step.tool),
        step.input.as_ref().map(|input| format!("input: {input}")),
        said(
            "for each of",
            &step.for_each.as_ref().map(ToString::to_string),
        ),
        step.subplan.then(|| "runs as a plan of its own".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Draws wrapped lines of text from a row on.
pub(super) fn scrolled(
    app: &App,
    frame: &mut Frame<'_>,
    area: Rect,
    top: usize,
    lines: &[(Tone, String)],
) {
    put_rows(frame, area, top, rows_of(app, lines, area.width));
}

/// Draws rows from one of them on; no further down than to the last one.
fn put_rows(frame: &mut Frame<'_>, area: Rect, top: usize, shown: Vec<Line<'static>>) {
    let top = top.min(shown.len().saturating_sub(usize::from(area.height)));
    for (row, line) in (0..area.height).zip(shown.into_iter().skip(top)) {
        put(frame, area, row, line);
    }
}

/// The lines wrapped to a width.
fn rows_of(app: &App, lines: &[(Tone, String)], width: u16) -> Vec<Line<'static>> {
    lines
        .iter()
        .flat_map(|(tone, text)| {
            let style = app.theme.style(*tone);
            let mut rows = wrapped(text, width, 20);
            if rows.is_empty() {
                rows.push(Line::default());
            }
            rows.into_iter().map(move |line| line.style(style))
        })
        .collect()
}
