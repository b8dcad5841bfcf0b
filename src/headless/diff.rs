//! `runs diff`: two runs side by side, in words and as JSON.

use serde_json::{Value, json};

use super::format::{duration, plural, table};
use super::out::{Stdout, stdout_columns};
use super::{Exit, Failure};
use crate::domain::compare::{Comparison, Figures, Results, StepPair};
use crate::domain::event::RoleModels;
use crate::domain::ids::RunId;
use crate::domain::lines::LineChange;
use crate::domain::plan::{Step, StepChange};
use crate::domain::sanitize::line;
use crate::domain::state::PlannedStep;
use crate::session::Session;

/// The most differing lines of one text that are shown to a person.
const MOST_LINES: usize = 12;

/// Compares two runs and prints where they differ.
///
/// # Errors
/// Where there is no such run, or standard output fails.
pub fn diff(
    session: &Session,
    (a, b): (&str, &str),
    json: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let store = session.store();
    let (a, b) = (store.find(a)?, store.find(b)?);
    let compared = session.compare(&a, &b)?;
    if json {
        stdout.json(&as_json(&compared))?;
    } else {
        stdout.text(&words(&compared))?;
    }
    Ok(Exit::Done)
}

fn words(compared: &Comparison) -> String {
    let mut text = format!("{}\n\n{}", relation(compared), numbers(compared));
    text.push_str(&difference("\nTask", &compared.task, true));
    text.push_str("\nPlan\n");
    compared
        .plan
        .iter()
        .for_each(|each| text.push_str(&change(each)));
    if compared.plan.is_empty() {
        text.push_str("  neither has one\n");
    }
    text.push_str("\nResults\n");
    for pair in &compared.steps {
        text.push_str(&result(pair));
    }
    for inside in &compared.inside {
        let what = line(&inside.description);
        let whose = match (&inside.a, &inside.b) {
            (Some(_), None) => " (only A has one)",
            (None, Some(_)) => " (only B has one)",
            _ => "",
        };
        text.push_str(&format!("\nPlan inside the step \"{what}\"{whose}\n"));
        inside
            .plan
            .iter()
            .for_each(|each| text.push_str(&change(each)));
        text.push_str(&format!("\nResults inside the step \"{what}\"\n"));
        inside
            .steps
            .iter()
            .for_each(|pair| text.push_str(&result(pair)));
    }
    if compared.a.is_answered || compared.b.is_answered {
        let same = compared.answer.is_empty();
        text.push_str(if same { "\nAnswer: the same\n" } else { "" });
        text.push_str(&difference("\nAnswer: different", &compared.answer, !same));
    }
    text
}

fn change(change: &StepChange) -> String {
    match change {
        StepChange::Kept(step) => format!("  = {}\n", line(&step.description)),
        StepChange::Added(step) => format!("  + {}\n", line(&step.description)),
        StepChange::Removed(step) => format!("  - {}\n", line(&step.description)),
        StepChange::Changed(before, after) => format!(
            "  ~ {}\n    now {}\n",
            line(&before.description),
            changed_to(before, after)
        ),
    }
}

fn relation(compared: &Comparison) -> String {
    let short = |figures: &Figures| {
        let run = figures.run.as_ref();
        run.map_or_else(String::new, |run| run.short().to_owned())
    };
    let (a, b) = (short(&compared.a), short(&compared.b));
    let is_fork =
        |one: &Figures, of: &Figures| one.forked_from.is_some() && one.forked_from == of.run;
    let records = plural(compared.shared, "record");
    if compared.a.run == compared.b.run {
        format!("{a} and {b} are the same run")
    } else if is_fork(&compared.b, &compared.a) {
        format!("B ({b}) is a fork of A ({a}); they share {records}")
    } else if is_fork(&compared.a, &compared.b) {
        format!("A ({a}) is a fork of B ({b}); they share {records}")
    } else if compared.shared > 0 {
        format!("A ({a}) and B ({b}) have a common origin; they share {records}")
    } else {
        format!("A ({a}) and B ({b}) share no records")
    }
}

fn numbers(compared: &Comparison) -> String {
    let rows: Vec<Vec<String>> = column(&compared.a)
        .into_iter()
        .zip(column(&compared.b))
        .map(|((name, a), (_, b))| {
            let mark = if a == b { "" } else { "*" };
            vec![mark.to_owned(), name.to_owned(), a, b]
        })
        .collect();
    table(&["", "", "A", "B"], &rows, stdout_columns())
}

fn column(figures: &Figures) -> Vec<(&'static str, String)> {
    let totals = &figures.totals;
    vec![
        (
            "run",
            figures
                .run
                .as_ref()
                .map_or_else(String::new, |r| r.short().to_owned()),
        ),
        ("status", figures.status.word().to_owned()),
        ("models", models(&figures.models)),
        ("steps", format!("{}/{}", figures.steps.0, figures.steps.1)),
        ("plan version", figures.revision.to_string()),
        ("decisions", figures.iterations.to_string()),
        ("model calls", totals.model_calls.to_string()),
        ("tool calls", totals.tool_calls.to_string()),
        ("tokens read", totals.prompt_tokens.to_string()),
        ("tokens written", totals.output_tokens.to_string()),
        ("time at work", duration(totals.duration_ms)),
    ]
}

fn models(models: &RoleModels) -> String {
    line(&models.names().join(", ")).into_owned()
}

/// What a changed step is now: its text, or that only what is beside it changed.
fn changed_to(before: &Step, after: &Step) -> String {
    before
        .changed_beside(after)
        .unwrap_or_else(|| line(&after.description).into_owned())
}

fn result(pair: &StepPair) -> String {
    let named = pair.b.as_ref().or(pair.a.as_ref());
    let what = named.map_or_else(String::new, |p| line(&p.step.description).into_owned());
    let state = |planned: &Option<PlannedStep>| {
        let planned = planned.as_ref();
        planned.map_or("not in the plan", |planned| planned.status.word())
    };
    let (a, b) = (state(&pair.a), state(&pair.b));
    match pair.results() {
        Results::Same if a == b => format!("  = {what} ({a}, the same)\n"),
        Results::Different if a == b => {
            difference(&format!("  ~ {what} ({a}, different)"), &pair.result, true)
        }
        _ => difference(&format!("  ~ {what} (A {a}, B {b})"), &pair.result, true),
    }
}

/// A heading with the lines that differ, the first of them only; nothing where it is not to be shown.
fn difference(heading: &str, changes: &[LineChange], show: bool) -> String {
    let is_heading_alone = changes.is_empty() && heading.starts_with('\n');
    if !show || is_heading_alone {
        return String::new();
    }
    let mut text = format!("{heading}\n");
    let differing: Vec<String> = changes
        .iter()
        .filter_map(|change| match change {
            LineChange::Same(_) => None,
            LineChange::Gone(gone) => Some(shown('-', gone)),
            LineChange::New(new) => Some(shown('+', new)),
        })
        .collect();
    text.extend(differing.iter().take(MOST_LINES).map(String::as_str));
    if differing.len() > MOST_LINES {
        let more = differing.len() - MOST_LINES;
        text.push_str(&format!(
            "    … {} more; `--json` has all\n",
            plural(more as u64, "line")
        ));
    }
    text
}

fn shown(sign: char, text: &str) -> String {
    format!("{}\n", format!("    {sign} {}", line(text)).trim_end())
}

fn as_json(compared: &Comparison) -> Value {
    json!({
        "shared": compared.shared,
        "a": figures_json(&compared.a),
        "b": figures_json(&compared.b),
        "task": lines_json(&compared.task),
        "plan": plan_json(&compared.plan),
        "steps": pairs_json(&compared.steps),
        "inside": compared.inside.iter().map(|inside| json!({
            "a": inside.a,
            "b": inside.b,
            "description": inside.description,
            "plan": plan_json(&inside.plan),
            "steps": pairs_json(&inside.steps),
        })).collect::<Vec<_>>(),
        "answer": lines_json(&compared.answer),
    })
}

fn plan_json(changes: &[StepChange]) -> Value {
    let changes = changes.iter().map(|change| match change {
        StepChange::Kept(step) => json!({"change": "kept", "step": step}),
        StepChange::Added(step) => json!({"change": "added", "step": step}),
        StepChange::Removed(step) => json!({"change": "removed", "step": step}),
        StepChange::Changed(before, after) => {
            json!({"change": "changed", "before": before, "step": after})
        }
    });
    changes.collect()
}

fn pairs_json(pairs: &[StepPair]) -> Value {
    let pairs = pairs.iter().map(|pair| {
        json!({
            "results": pair.results().word(),
            "a": pair.a.as_ref().map(step_json),
            "b": pair.b.as_ref().map(step_json),
            "diff": lines_json(&pair.result)["diff"],
        })
    });
    pairs.collect()
}

fn figures_json(figures: &Figures) -> Value {
    json!({
        "run": figures.run,
        "forked_from": figures.forked_from.as_ref().map(RunId::as_str),
        "status": figures.status.word(),
        "models": figures.models,
        "steps": figures.steps.1,
        "steps_finished": figures.steps.0,
        "revision": figures.revision,
        "iteration_count": figures.iterations,
        "totals": figures.totals,
    })
}

fn step_json(planned: &PlannedStep) -> Value {
    json!({
        "id": planned.step.id,
        "description": planned.step.description,
        "status": planned.status.word(),
        "result": planned.result,
        "attempts": planned.attempts,
        "duration_ms": planned.duration_ms,
    })
}

fn lines_json(changes: &[LineChange]) -> Value {
    let changes_json = changes.iter().map(|change| match change {
        LineChange::Same(text) => json!([" ", text]),
        LineChange::Gone(text) => json!(["-", text]),
        LineChange::New(text) => json!(["+", text]),
    });
    json!({"same": changes.is_empty(), "diff": changes_json.collect::<Vec<_>>()})
}
