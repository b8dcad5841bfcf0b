//! The exact texts of model calls.

use rusqlite::{Connection, params};

use super::CallTranscript;
use crate::domain::ids::RunId;

/// See [`super::Checkpointer::keep_call`]; how many runs it belongs to: none where there is no such run.
pub(super) fn keep(
    connection: &Connection,
    run: &RunId,
    call: &CallTranscript,
) -> rusqlite::Result<usize> {
    let call = call.capped();
    connection.execute(
        "INSERT OR REPLACE INTO calls (run, call, request, reply, thinking) \
         SELECT run, ?2, ?3, ?4, ?5 FROM runs WHERE run = ?1",
        params![
            run.as_str(),
            call.call,
            call.request,
            call.reply,
            call.thinking
        ],
    )
}

/// See [`super::Checkpointer::call`].
pub(super) fn of(
    connection: &Connection,
    run: &RunId,
    call: &str,
) -> rusqlite::Result<Option<CallTranscript>> {
    let mut query = connection.prepare_cached(
        "SELECT call, request, reply, thinking FROM calls WHERE run = ?1 AND call = ?2",
    )?;
    let mut found = query.query_map(params![run.as_str(), call], |row| {
        Ok(CallTranscript {
            call: row.get(0)?,
            request: row.get(1)?,
            reply: row.get(2)?,
            thinking: row.get(3)?,
        })
    })?;
    found.next().transpose()
}
