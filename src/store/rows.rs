//! How records and summaries become rows of the database, and rows become them again.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::projection::{SearchText, pace_in};
use super::{RunSummary, StoreError, speeds};
use crate::domain::event::EventRecord;
use crate::domain::ids::RunId;
use crate::domain::state::{PlanExecuteState, RunStatus};

/// The columns that [`summary`] reads, in its order.
pub(super) const SUMMARY: &str = "runs.run, runs.task, runs.status, runs.started_at, \
     runs.duration_ms, runs.steps, runs.model, runs.steps_finished, runs.replans, \
     runs.thread, runs.forked_from";

/// How many columns that are.
pub(super) const SUMMARY_COLUMNS: usize = 11;

/// Reads a row that begins with [`SUMMARY`].
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<RunSummary> {
    let started_at = Timestamp::from_millisecond(row.get(3)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, Type::Integer, Box::new(error))
    })?;
    Ok(RunSummary {
        run: run_id(row)?,
        task: row.get(1)?,
        status: RunStatus::from_word(&row.get::<_, String>(2)?).unwrap_or_default(),
        started_at,
        duration_ms: unsigned(row, 4)?,
        steps: unsigned(row, 5)?,
        model: row.get(6)?,
        steps_finished: unsigned(row, 7)?,
        replans: unsigned(row, 8)?,
        thread: row.get(9)?,
        forked_from: row.get::<_, Option<String>>(10)?.map(RunId::new),
    })
}

/// Reads the name of a run from the first column.
pub(super) fn run_id(row: &Row<'_>) -> rusqlite::Result<RunId> {
    row.get::<_, String>(0).map(RunId::new)
}

/// The records of a run after the one of this number; none where there is no such run. `path` is for the words of an error.
pub(super) fn log(
    path: &Path,
    connection: &Connection,
    run: &RunId,
    after: u64,
) -> Result<Vec<EventRecord>, StoreError> {
    let io = |error: rusqlite::Error| StoreError::io(path, &error);
    let mut query = connection
        .prepare_cached("SELECT payload FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq")
        .map_err(io)?;
    let payloads = query
        .query_map(
            rusqlite::params![run.as_str(), after.cast_signed()],
            |row| row.get::<_, String>(0),
        )
        .map_err(io)?;
    let mut records: Vec<EventRecord> = Vec::new();
    for payload in payloads {
        let seq = after + records.len() as u64 + 1;
        let unreadable = |reason: String| StoreError::Unreadable {
            run: run.short().to_owned(),
            seq,
            reason,
        };
        let record: EventRecord = serde_json::from_str(&payload.map_err(io)?)
            .map_err(|error| unreadable(error.to_string()))?;
        if record.seq != seq || record.run != *run {
            return Err(unreadable(format!(
                "record {} of run {} stands in its place",
                record.seq,
                record.run.short()
            )));
        }
        records.push(record);
    }
    Ok(records)
}

/// One record of a run; none where there is none of this number.
pub(super) fn record(
    path: &Path,
    connection: &Connection,
    run: &RunId,
    seq: u64,
) -> Result<Option<EventRecord>, StoreError> {
    let found = connection
        .prepare_cached("SELECT payload FROM events WHERE run = ?1 AND seq = ?2")
        .and_then(|mut query| {
            let place = rusqlite::params![run.as_str(), seq.cast_signed()];
            query
                .query_map(place, |row| row.get::<_, String>(0))?
                .next()
                .transpose()
        });
    let payload = found.map_err(|error| StoreError::io(path, &error))?;
    let read = payload.map(|payload| serde_json::from_str(&payload));
    read.transpose().map_err(|error| StoreError::Unreadable {
        run: run.short().to_owned(),
        seq,
        reason: error.to_string(),
    })
}

/// The state of the run that `next` is to follow on: `kept`, if it is the newest one, else folded from the log. A run that
/// is not there yet has the empty state.
pub(super) fn folded(
    path: &Path,
    connection: &Connection,
    next: &EventRecord,
    kept: Option<PlanExecuteState>,
) -> Result<PlanExecuteState, StoreError> {
    let stored: Option<(i64, bool)> = connection
        .prepare_cached("SELECT last_seq, deleted_at IS NOT NULL FROM runs WHERE run = ?1")
        .and_then(|mut query| {
            let row = query.query_row([next.run.as_str()], |row| Ok((row.get(0)?, row.get(1)?)));
            row.optional()
        })
        .map_err(|error| StoreError::io(path, &error))?;
    let last = match stored {
        Some((_, true)) => return Err(StoreError::NoSuchRun(next.run.short().to_owned())),
        Some((last, false)) => last,
        None => 0,
    };
    if i64::try_from(next.seq).ok() != Some(last + 1) {
        return Err(StoreError::out_of_order(next));
    }
    Ok(match kept {
        Some(state) if state.last_seq + 1 == next.seq => state,
        _ if last == 0 => PlanExecuteState::default(),
        _ => PlanExecuteState::replay(&log(path, connection, &next.run, 0)?),
    })
}

/// Writes a record, and what is derived from `state`, the state after it. Belongs inside a transaction.
pub(super) fn insert(
    connection: &Connection,
    record: &EventRecord,
    payload: &str,
    state: &PlanExecuteState,
) -> rusqlite::Result<()> {
    let row = RunSummary::of(&record.run, record.at, state);
    let seq = signed(record.seq);
    let id: i64 = connection
        .prepare_cached(
            "INSERT INTO runs (run, task, status, started_at, duration_ms, steps, model, \
                 steps_finished, replans, last_seq, thread, forked_from) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
             ON CONFLICT (run) DO UPDATE SET task = excluded.task, status = excluded.status, \
                 duration_ms = excluded.duration_ms, steps = excluded.steps, \
                 model = excluded.model, steps_finished = excluded.steps_finished, \
                 replans = excluded.replans, last_seq = excluded.last_seq, \
                 thread = excluded.thread \
             RETURNING id",
        )?
        .query_row(
            params![
                row.run.as_str(),
                row.task,
                row.status.word(),
                row.started_at.as_millisecond(),
                signed(row.duration_ms),
                signed(row.steps),
                row.model,
                signed(row.steps_finished),
                signed(row.replans),
                seq,
                row.thread,
                row.forked_from.as_ref().map(RunId::as_str),
            ],
            |row| row.get(0),
        )?;
    connection
        .prepare_cached("INSERT INTO events (run, seq, payload) VALUES (?1, ?2, ?3)")?
        .execute(params![record.run.as_str(), seq, payload])?;
    if let Some((model, role, pace)) = pace_in(record) {
        speeds::add(connection, &record.run, model, role, pace)?;
    }
    if SearchText::is_changed_by(record) {
        let text = SearchText::of(state);
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO runs_text (rowid, task, steps, results, answer) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id,
                text.task,
                text.steps,
                text.results,
                text.answer
            ])?;
    }
    Ok(())
}

pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn no_such_run(run: &RunId) -> StoreError {
    StoreError::NoSuchRun(run.short().to_owned())
}
