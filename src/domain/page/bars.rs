//! The time line as a drawing.

use super::write::Html;
use crate::domain::event::StepOutcome;
use crate::domain::ids::StepId;
use crate::domain::state::PlanExecuteState;
use crate::domain::timeline::{Span, Timeline, Work, duration};

/// Sizes, in units of the drawing: its width, that of the names, that of the times, and the height of a row.
const WIDTH: u64 = 1000;
const NAMES: u64 = 100;
const TIMES: u64 = 90;
const ROW: u64 = 22;

/// Draws it, a row for each thing that was worked on.
pub(super) fn write(page: &mut Html, timeline: &Timeline, state: &PlanExecuteState) {
    let spans = timeline.spans();
    let now = spans.iter().filter_map(|span| span.to).max().unwrap_or(0);
    let end = now.max(state.totals.duration_ms).max(1);
    let critical = timeline.critical(end);
    let rows = rows(spans, state);
    let height = (rows.len() as u64 + 1) * ROW;
    let title = format!("{} rows over {}", rows.len(), duration(end));
    page.raw(&format!(
        "<svg class=\"times\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\""
    ));
    page.text(&title).raw("\">\n");
    let place = |ms: u64| NAMES + ms.min(end) * (WIDTH - NAMES - TIMES) / end;
    for tick in ticks(end) {
        let x = place(tick);
        page.raw(&format!(
            "<line class=\"tick\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{}\"/><text x=\"{x}\" y=\"{}\">{}</text>\n",
            height - ROW,
            height - 6,
            duration(tick)
        ));
    }
    for (row, (name, work)) in rows.iter().enumerate() {
        let y = row as u64 * ROW;
        let own = || spans.iter().filter(|span| span.work == *work);
        let sign = match own().next_back().and_then(|span| span.outcome) {
            Some(StepOutcome::Done) => "✓ ",
            Some(StepOutcome::Failed) => "✗ ",
            Some(StepOutcome::Skipped) => "⊘ ",
            None => "",
        };
        page.raw(&format!("<text x=\"0\" y=\"{}\">", y + 15));
        page.text(sign).text(name).raw("</text>\n");
        let lengths = own().map(|span| span.time(end)).map(|(from, to)| to - from);
        let length = duration(lengths.fold(0, u64::saturating_add));
        page.raw(&format!(
            "<text x=\"{}\" y=\"{}\">{length}</text>\n",
            WIDTH - TIMES + 10,
            y + 15
        ));
        for (span, critical) in spans
            .iter()
            .zip(&critical)
            .filter(|(span, _)| span.work == *work)
        {
            let (from, to) = span.time(end);
            let (x, right) = (place(from), place(to).max(place(from) + 2));
            let class = match span.outcome {
                Some(StepOutcome::Failed) => "bad",
                Some(StepOutcome::Done) => "good",
                _ => "same",
            };
            let extra = if *critical { " critical" } else { "" };
            page.raw(&format!(
                "<rect class=\"{class}{extra}\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>",
                y + 4,
                right - x,
                ROW - 8
            ));
            let length = duration(to.saturating_sub(from));
            let outcome = span.outcome.map_or("", StepOutcome::word);
            page.text(&format!("{name} {outcome} {length}"));
            page.raw("</title></rect>\n");
        }
    }
    page.raw("</svg>\n");
    if critical.contains(&true) {
        page.raw("<p><small>Outlined: what the run was as long as.</small></p>\n");
    }
}

/// The rows: the planner, the steps in the order of the plan, the replanner, the answer; steps that are no longer in the
/// plan stand after those that are.
fn rows(spans: &[Span], state: &PlanExecuteState) -> Vec<(String, Work)> {
    let mut known: Vec<(StepId, String)> = Vec::new();
    numbered(state, "", &mut known);
    let was = |work: &Work| spans.iter().any(|span| span.work == *work);
    let mut rows = vec![("planner".to_owned(), Work::Planner)];
    rows.extend(
        known
            .iter()
            .map(|(id, number)| (format!("step {number}"), Work::Step(id.clone()))),
    );
    for span in spans {
        if matches!(span.work, Work::Step(_)) && !rows.iter().any(|(_, work)| *work == span.work) {
            rows.push(("earlier step".to_owned(), span.work.clone()));
        }
    }
    rows.push(("replanner".to_owned(), Work::Replanner));
    rows.push(("answer".to_owned(), Work::Answer));
    rows.retain(|(_, work)| was(work));
    rows
}

fn numbered(state: &PlanExecuteState, before: &str, known: &mut Vec<(StepId, String)>) {
    for (index, planned) in state.plan.iter().enumerate() {
        let number = format!("{before}{}", index + 1);
        known.push((planned.step.id.clone(), number.clone()));
        if let Some(inside) = state.children.get(&planned.step.id) {
            numbered(inside, &format!("{number}."), known);
        }
    }
}

/// Round times, at most eleven of them.
fn ticks(end: u64) -> impl Iterator<Item = u64> {
    let tens = (0..4).flat_map(|power| [1, 2, 5].map(|one| one * 10_u64.pow(power)));
    let seconds = [10, 15, 30, 60, 120, 300, 600, 1800, 3600].map(|seconds| seconds * 1000);
    let step = tens.chain(seconds).find(|step| end / step <= 10);
    let step = step.unwrap_or(end / 10 + 1);
    (0..=end / step).map(move |at| at * step)
}
