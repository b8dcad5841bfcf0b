//! Two runs side by side, as rows to draw.

use crate::domain::compare::{Comparison, Figures, Results, StepPair};
use crate::domain::lines::LineChange;
use crate::domain::state::PlannedStep;

/// The most lines of one difference that are shown.
const MOST_LINES: usize = 200;

/// Two runs, and how far down one has read.
pub(in crate::tui) struct Compared {
    pub(in crate::tui) comparison: Comparison,
    /// The first row on screen.
    pub(in crate::tui) top: usize,
}

/// A row of the comparison, before it is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum CompareRow {
    Heading(&'static str),
    /// Something that both have: its name, how it is in the one, how in the other.
    Figure(&'static str, String, String),
    /// A step of the two plans: how it stands in the one, in the other, and whether they are alike.
    Step(String, String, Alike),
    /// A line that both have, that only the one has, or only the other.
    Line(Alike, String),
}

/// Whether the two agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Alike {
    Same,
    Different,
    OnlyA,
    OnlyB,
}

impl Compared {
    /// Everything there is to say, in order.
    pub(in crate::tui) fn rows(&self) -> Vec<CompareRow> {
        let compared = &self.comparison;
        let mut rows = vec![CompareRow::Heading("Runs")];
        let (a, b) = (figures(&compared.a), figures(&compared.b));
        let both = a.into_iter().zip(b);
        rows.extend(both.map(|((name, a), (_, b))| CompareRow::Figure(name, a, b)));
        if compared.shared > 0 {
            let shared = compared.shared.to_string();
            rows.push(CompareRow::Figure("shared records", shared.clone(), shared));
        }
        difference(&mut rows, "Task", &compared.task);
        rows.push(CompareRow::Heading("Steps and what they brought"));
        steps(&mut rows, &compared.steps);
        for inside in &compared.inside {
            rows.push(CompareRow::Heading("Inside a step"));
            rows.push(CompareRow::Line(Alike::Same, inside.description.clone()));
            steps(&mut rows, &inside.steps);
        }
        if compared.answer.is_empty() && compared.a.is_answered && compared.b.is_answered {
            rows.push(CompareRow::Heading("Answers: the same"));
        }
        difference(&mut rows, "Answers", &compared.answer);
        rows
    }
}

fn figures(figures: &Figures) -> Vec<(&'static str, String)> {
    let totals = &figures.totals;
    let run = figures.run.as_ref();
    let tenths = totals.duration_ms / 100;
    vec![
        (
            "run",
            run.map_or_else(String::new, |run| run.short().to_owned()),
        ),
        ("status", figures.status.word().to_owned()),
        ("models", figures.models.names().join(", ")),
        ("steps", format!("{}/{}", figures.steps.0, figures.steps.1)),
        ("plan version", figures.revision.to_string()),
        ("decisions", figures.iterations.to_string()),
        ("model calls", totals.model_calls.to_string()),
        ("tool calls", totals.tool_calls.to_string()),
        ("tokens read", totals.prompt_tokens.to_string()),
        ("tokens written", totals.output_tokens.to_string()),
        (
            "time at work",
            // Two runs of some seconds are rarely alike.
            format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10),
        ),
    ]
}

fn steps(rows: &mut Vec<CompareRow>, pairs: &[StepPair]) {
    for pair in pairs {
        let text = |side: &Option<PlannedStep>| {
            let planned = side.as_ref()?;
            let status = planned.status.word();
            Some(format!("{} ({status})", planned.step.description))
        };
        let (a, b) = (text(&pair.a), text(&pair.b));
        let alike = match (&a, &b) {
            (Some(_), None) => Alike::OnlyA,
            (None, Some(_)) => Alike::OnlyB,
            _ if a == b && pair.results() == Results::Same => Alike::Same,
            _ => Alike::Different,
        };
        rows.push(CompareRow::Step(
            a.unwrap_or_default(),
            b.unwrap_or_default(),
            alike,
        ));
        lines(rows, &pair.result);
    }
}

/// A heading with the lines below it, where anything differs.
fn difference(rows: &mut Vec<CompareRow>, heading: &'static str, changes: &[LineChange]) {
    if !changes.is_empty() {
        rows.push(CompareRow::Heading(heading));
        lines(rows, changes);
    }
}

fn lines(rows: &mut Vec<CompareRow>, changes: &[LineChange]) {
    rows.extend(changes.iter().take(MOST_LINES).map(|change| match change {
        LineChange::Same(line) => CompareRow::Line(Alike::Same, line.clone()),
        LineChange::Gone(line) => CompareRow::Line(Alike::OnlyA, line.clone()),
        LineChange::New(line) => CompareRow::Line(Alike::OnlyB, line.clone()),
    }));
    if let Some(more @ 1..) = changes.len().checked_sub(MOST_LINES) {
        let text = format!("{more} more lines; `planwright runs diff` has all");
        rows.push(CompareRow::Line(Alike::Same, text));
    }
}
