//! `runs`: what is known of past runs.

use std::path::Path;

use super::cost;
use super::format::{cut, date, duration, plural, table};
use super::out::{Stdout, json_line, stdout_columns, tell};
use super::{Exit, Failure, file};
use crate::domain::estimate::comparison;
use crate::domain::ids::{RunId, StepId};
use crate::domain::sanitize::{self, line};
use crate::domain::state::PlanExecuteState;
use crate::domain::{page, report};
use crate::session::Session;
use crate::store::{Ending, RunPage, RunQuery, RunSummary, StoreError};

/// The most uses of tools of one step that are shown to a person.
const MOST_USES: usize = 20;

/// As what a run is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a person at the terminal.
    Human,
    /// A Markdown document.
    Markdown,
    /// One HTML page.
    Html,
    /// Its state, one line of JSON.
    Json,
    /// Its records as JSON Lines.
    Records,
}

/// Prints runs.
///
/// # Errors
/// Where the store or standard output fails.
pub fn list(
    session: &Session,
    query: &RunQuery,
    json: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let page = session.page(query)?;
    let (total, hits) = (page.total, page.hits.into_iter());
    let runs: Vec<RunSummary> = hits.map(|hit| hit.summary).collect();
    if json {
        stdout.json(&runs)?;
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        match &query.thread {
            _ if is_sifted(query) => tell("there are no such runs"),
            Some(thread) => tell(format_args!(
                "there are no runs of thread `{}`",
                line(thread)
            )),
            None => tell("there are no runs yet; `planwright run \"…\"` makes one"),
        }
        return Ok(Exit::Done);
    }
    let with_threads = runs.iter().any(|run| run.thread.is_some());
    let mut header = vec!["RUN", "STATUS", "STARTED", "STEPS", "TIME", "MODEL", "TASK"];
    let mut rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    if with_threads {
        header.insert(6, "THREAD");
        for (row, run) in rows.iter_mut().zip(&runs) {
            row.insert(6, cut(&line(run.thread.as_deref().unwrap_or_default()), 16));
        }
    }
    stdout.text(&table(&header, &rows, stdout_columns()))?;
    tell_rest(runs.len(), total);
    Ok(Exit::Done)
}

/// Whether runs are left out for how they ended or when they began.
fn is_sifted(query: &RunQuery) -> bool {
    query.ending != Ending::Any || query.since.is_some()
}

/// Says how many runs were left out.
fn tell_rest(shown: usize, total: usize) {
    if total > shown {
        tell(format_args!(
            "{shown} of {total}; `--limit {total}` shows all"
        ));
    }
}

fn row(run: &RunSummary) -> Vec<String> {
    vec![
        run.run.short().to_owned(),
        run.status.word().to_owned(),
        date(run.started_at),
        format!("{}/{}", run.steps_finished, run.steps),
        duration(run.duration_ms),
        cut(&line(&run.model), 24),
        match &run.forked_from {
            Some(from) => format!("(fork of {}) {}", from.short(), line(&run.task)),
            None => line(&run.task).into_owned(),
        },
    ]
}

/// Prints the runs that contain all words of the query, best first unless it says otherwise.
///
/// # Errors
/// Where the store or standard output fails.
pub fn search(
    session: &Session,
    query: &RunQuery,
    json: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let words = query.words.trim();
    let RunPage { hits, total } = match words {
        "" => RunPage::default(),
        _ => session.page(query)?,
    };
    if json {
        stdout.json(&hits)?;
        return Ok(Exit::Done);
    }
    if hits.is_empty() {
        let such = if is_sifted(query) || query.thread.is_some() {
            "such run"
        } else {
            "run"
        };
        tell(format_args!("no {such} contains `{}`", line(words)));
        return Ok(Exit::Done);
    }
    let header = ["RUN", "STATUS", "STARTED", "TASK", "WHERE"];
    let rows: Vec<Vec<String>> = hits
        .iter()
        .map(|hit| {
            vec![
                hit.summary.run.short().to_owned(),
                hit.summary.status.word().to_owned(),
                date(hit.summary.started_at),
                cut(&line(&hit.summary.task), 32),
                line(&hit.snippet).into_owned(),
            ]
        })
        .collect();
    stdout.text(&table(&header, &rows, stdout_columns()))?;
    tell_rest(hits.len(), total);
    Ok(Exit::Done)
}

/// Prints a run in one of its forms, or writes it to a file.
///
/// # Errors
/// Where there is no such run, or it cannot be written.
pub fn show(
    session: &Session,
    prefix: &str,
    form: Form,
    output: Option<&Path>,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let target = output.map(file::Target::check).transpose()?;
    let run = session.store().find(prefix)?;
    let records = session.store().load(&run)?;
    let state = session.folded(&run, &records);
    let Some(target) = target else {
        match form {
            Form::Human => stdout.text(&human(&state))?,
            Form::Html => stdout.text(&page::html(&records, &state))?,
            Form::Markdown => stdout.text(&report::markdown(&state))?,
            Form::Json => stdout.json(&state.to_json())?,
            Form::Records => records.iter().try_for_each(|record| stdout.json(record))?,
        }
        return Ok(Exit::Done);
    };
    let text = match form {
        Form::Human => sanitize::block(&human(&state)).into_owned(),
        Form::Html => page::html(&records, &state),
        Form::Markdown => sanitize::block(&report::markdown(&state)).into_owned(),
        Form::Json => json_line(&state.to_json())? + "\n",
        Form::Records => {
            let mut text = String::new();
            for record in &records {
                text.push_str(&json_line(record)?);
                text.push('\n');
            }
            text
        }
    };
    target.write(&text)?;
    Ok(Exit::Done)
}

fn human(state: &PlanExecuteState) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let run = state.run.as_ref().map_or("", RunId::as_str);
    say(&format!("run      {run}"));
    say(&format!("status   {}", state.status.word()));
    if let Some(thread) = &state.thread {
        say(&format!("thread   {}", line(thread)));
    }
    if let Some(from) = &state.forked_from {
        let origin = from.run.short();
        say(&format!("forked   from {origin} after record {}", from.seq));
    }
    if let Some(recipe) = &state.recipe {
        let values = recipe.values.iter();
        let values: Vec<String> = values
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let used = format!("{} {}", recipe.name, values.join(" "));
        say(&format!("recipe   {}", line(&used)));
    }
    let forked = state.forked_from.as_ref().and_then(|from| from.at);
    if let Some(at) = forked.or(state.started_at) {
        say(&format!(
            "started  {}, at work for {}",
            date(at),
            duration(state.totals.duration_ms)
        ));
    }
    let models = &state.models;
    say(&format!(
        "models   planner {}, executor {}, replanner {}",
        line(&models.planner),
        line(&models.executor),
        line(&models.replanner)
    ));
    say(&format!(
        "cost     {}, {} tokens read, {} written",
        plural(state.totals.model_calls, "model call"),
        state.totals.prompt_tokens,
        state.totals.output_tokens
    ));
    if let Some(comparison) = comparison(state) {
        say(&format!("plan     {}", cost::compared(&comparison, models)));
    } else if let Some(estimate) = state.revisions.last().and_then(|last| last.estimate) {
        say(&format!("expected {}", cost::expected(&estimate, models)));
    }
    say(&format!("\nTask\n{}", indented(&state.task)));
    if !state.plan.is_empty() {
        say(&format!("\nPlan {}", state.revision));
    }
    for (index, planned) in state.plan.iter().enumerate() {
        let time = planned.duration_ms.map(|ms| format!(", {}", duration(ms)));
        say(&format!(
            "  {}. {} ({}{})",
            index + 1,
            line(&planned.step.description),
            planned.status.word(),
            time.unwrap_or_default()
        ));
        for used in uses(state, &planned.step.id) {
            say(&format!("     {used}"));
        }
        if let Some(result) = &planned.result {
            say(&format!("     {}", cut(&line(result), 160)));
        }
    }
    for made in &state.decisions {
        say(&format!(
            "\nDecision {}: {}: {}",
            made.iteration,
            made.decision.word(),
            line(&made.reason)
        ));
    }
    if let Some(response) = &state.response {
        say(&format!("\nAnswer\n{}", indented(response)));
    }
    if let Some(incomplete) = &state.incomplete {
        say(&format!("\nThe answer is incomplete: {}", line(incomplete)));
    }
    if let Some(error) = &state.error {
        say(&format!("\nerror: {}", line(error)));
    }
    if let Some(hint) = &state.hint {
        say(&format!("hint: {}", line(hint)));
    }
    if state.status.is_resumable() {
        let short = state.run.as_ref().map_or("", RunId::short);
        say(&format!("\n`planwright resume {short}` goes on"));
    }
    text
}

/// What a step used tools for, one line each; of many the first and how many there are.
fn uses(state: &PlanExecuteState, step: &StepId) -> Vec<String> {
    let uses = state.tool_uses_of(step);
    let lines = uses.iter().take(MOST_USES).map(|used| {
        let inside = if used.step == *step {
            String::new()
        } else {
            format!("[{}] ", line(used.step.as_str()))
        };
        let arguments = cut(&line(&used.arguments.to_string()), 80);
        let word = match (used.word(), used.by) {
            ("denied", Some(by)) => format!("denied by the {}", by.word()),
            (word, _) => word.to_owned(),
        };
        let time = used.returned.as_ref().map(|returned| returned.duration_ms);
        let time = time.map(|ms| format!(", {}", duration(ms)));
        let tool = line(&used.tool);
        format!(
            "{inside}{tool} {arguments} ({word}{})",
            time.unwrap_or_default()
        )
    });
    let mut lines: Vec<String> = lines.collect();
    if uses.len() > MOST_USES {
        let more = plural((uses.len() - MOST_USES) as u64, "more use");
        lines.push(format!("… {more} of tools; `--json` has all"));
    }
    lines
}

fn indented(text: &str) -> String {
    let text = sanitize::block(text);
    let lines = text.trim().lines().map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Puts runs in the trash, or erases them. Names are looked up first: one that is wrong changes nothing.
///
/// # Errors
/// Where there is no such run, or a process works on it.
pub fn delete(session: &Session, prefixes: &[String], purge: bool) -> Result<Exit, Failure> {
    let store = session.store();
    let mut runs = Vec::new();
    for prefix in prefixes {
        let run = match store.find(prefix) {
            Err(StoreError::NoSuchRun(_)) if purge => store.find_trashed(prefix)?,
            found => found?,
        };
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    for run in &runs {
        if purge {
            store.erase(run)?;
            tell(format_args!("run {} is erased", run.short()));
        } else {
            store.delete(run)?;
            tell(format_args!(
                "run {} is in the trash; `planwright runs restore {}` takes it out again",
                run.short(),
                run.short()
            ));
        }
    }
    Ok(Exit::Done)
}

/// Takes runs out of the trash: all of them, or none where one is not there.
///
/// # Errors
/// Where the trash has none of that name.
pub fn restore(session: &Session, prefixes: &[String]) -> Result<Exit, Failure> {
    let store = session.store();
    let find = |prefix: &String| match store.find_trashed(prefix) {
        Err(StoreError::NoSuchRun(_)) if store.find(prefix).is_ok() => Err(Failure::new(
            Exit::Usage,
            format!("run `{}` is not in the trash", line(prefix)),
        )),
        found => Ok(found?),
    };
    let runs: Vec<RunId> = prefixes.iter().map(find).collect::<Result<_, _>>()?;
    for (place, run) in runs.iter().enumerate() {
        if runs[..place].contains(run) {
            continue;
        }
        store.restore(run)?;
        tell(format_args!("run {} is back", run.short()));
    }
    Ok(Exit::Done)
}
