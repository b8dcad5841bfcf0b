//! What earlier runs of a thread were asked and answered.

use rusqlite::{Connection, params};

use crate::domain::event::Recalled;
use crate::domain::ids::RunId;

/// See [`super::Checkpointer::thread`].
pub(super) fn earlier(
    connection: &Connection,
    thread: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Recalled>> {
    let mut statement = connection.prepare_cached(
        "SELECT r.run, r.task, (
            SELECT f.payload ->> 'response' FROM events f
            WHERE f.run = r.run AND f.type = 'run_finished' ORDER BY f.seq DESC LIMIT 1
        )
        FROM runs r
        WHERE r.thread = ?1 AND r.status = 'completed' AND r.deleted_at IS NULL
        ORDER BY r.started_at DESC, r.id DESC LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![thread, limit], |row| {
        Ok(Recalled {
            run: RunId::new(row.get::<_, String>(0)?),
            task: row.get(1)?,
            answer: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        })
    })?;
    let mut found: Vec<Recalled> = rows.collect::<Result<_, _>>()?;
    found.reverse();
    Ok(found)
}
