//! The schema of the database, as numbered steps from an empty file to the newest version. A step that was released is
//! never edited: what changes later is a further step.

use std::borrow::Cow;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use super::StoreError;
use super::projection::spaced;

/// Step `n` of the list leads from version `n` to version `n + 1`.
const STEPS: [&str; KNOWN as usize] = [
    // `payload` is the record as JSON and the only truth about it; what stands beside it in `events` is read out of it,
    // and `runs`, `runs_text` and `speeds` can be made again from it.
    "
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL UNIQUE,
        task TEXT NOT NULL,
        status TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        steps INTEGER NOT NULL,
        steps_finished INTEGER NOT NULL,
        replans INTEGER NOT NULL,
        model TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        deleted_at INTEGER
    ) STRICT;
    CREATE INDEX runs_listed ON runs (started_at DESC, id DESC) WHERE deleted_at IS NULL;
    CREATE INDEX runs_trashed ON runs (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX runs_named ON runs (run COLLATE NOCASE);

    CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        payload TEXT NOT NULL,
        at TEXT GENERATED ALWAYS AS (payload ->> 'at') VIRTUAL,
        type TEXT GENERATED ALWAYS AS (payload ->> 'type') VIRTUAL,
        PRIMARY KEY (run, seq)
    ) STRICT;

    CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        call TEXT NOT NULL,
        request TEXT NOT NULL,
        reply TEXT NOT NULL,
        thinking TEXT NOT NULL,
        PRIMARY KEY (run, call)
    ) STRICT;

    CREATE VIRTUAL TABLE runs_text USING fts5 (
        task, steps, results, answer,
        tokenize = \"unicode61 remove_diacritics 2\",
        prefix = '1 2 3'
    );
    INSERT INTO runs_text (runs_text, rank) VALUES ('rank', 'bm25(8.0, 3.0, 1.0, 2.0)');
    ",
    // What calls took, summed up for each run, model and role; filled from the log below, in the words of
    // `domain::speed::Pace::of`.
    "
    CREATE TABLE speeds (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        model TEXT NOT NULL,
        role TEXT NOT NULL,
        calls INTEGER NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        prompt_ms INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        output_ms INTEGER NOT NULL,
        loads INTEGER NOT NULL,
        load_ms INTEGER NOT NULL,
        PRIMARY KEY (run, model, role)
    ) STRICT;
    CREATE INDEX speeds_of_model ON speeds (model);

    INSERT INTO speeds
    SELECT run, model, role, count(*), sum(prompt_tokens), sum(max(first_token_ms - load_ms, 0)),
        sum(output_tokens), sum(duration_ms - first_token_ms), sum(load_ms > 0), sum(load_ms)
    FROM (
        SELECT run, payload ->> 'model' AS model, payload ->> 'role' AS role,
            payload ->> 'prompt_tokens' AS prompt_tokens, payload ->> 'output_tokens' AS output_tokens,
            payload ->> 'first_token_ms' AS first_token_ms, payload ->> 'duration_ms' AS duration_ms,
            iif(coalesce(payload ->> 'load_ms', 0) >= 500, payload ->> 'load_ms', 0) AS load_ms,
            payload ->> 'retries' AS retries
        FROM events WHERE type = 'model_called'
    )
    WHERE prompt_tokens IS NOT NULL AND output_tokens IS NOT NULL AND first_token_ms IS NOT NULL
        AND duration_ms >= first_token_ms AND retries = 0
    GROUP BY run, model, role;
    ",
    // The runs of a thread: what a run belongs to stands in its first record.
    "
    CREATE INDEX events_of_thread ON events (payload ->> 'thread')
        WHERE seq = 1 AND payload ->> 'thread' IS NOT NULL;
    ",
    // The thread of a run beside it, to be listed and looked for; until now it was read out of the log each time.
    "
    ALTER TABLE runs ADD COLUMN thread TEXT;
    UPDATE runs SET thread = (
        SELECT payload ->> 'thread' FROM events
        WHERE events.run = runs.run AND seq = 1 AND json_valid(payload)
    );
    DROP INDEX events_of_thread;
    CREATE INDEX runs_of_thread ON runs (thread, started_at DESC, id DESC)
        WHERE thread IS NOT NULL AND deleted_at IS NULL;
    ",
    // Texts whose signs are words of their own are searched as such: `space_out` does it.
    "",
    // What a run is a fork of, to be listed.
    "
    ALTER TABLE runs ADD COLUMN forked_from TEXT;
    UPDATE runs SET forked_from = (
        SELECT payload ->> '$.forked_from.run' FROM events
        WHERE events.run = runs.run AND seq = 1 AND json_valid(payload)
    );
    ",
];

/// The version that this program reads and writes.
pub(super) const KNOWN: u8 = 6;

/// Brings the database to [`KNOWN`], one transaction a step. Another process may be doing the same: whoever comes
/// second finds the step done.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let io = |error: rusqlite::Error| StoreError::io(path, &error);
    while version_of(connection).map_err(io)? != i64::from(KNOWN) {
        let step = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(io)?;
        let version = version_of(&step).map_err(io)?;
        refuse_newer(path, version)?;
        if version == 0 && !is_empty(&step).map_err(io)? {
            return Err(StoreError::io(
                path,
                &"this database belongs to another program",
            ));
        }
        let sql = usize::try_from(version).ok().and_then(|n| STEPS.get(n));
        if let Some(sql) = sql {
            step.execute_batch(sql).map_err(io)?;
            if version == 4 {
                space_out(&step).map_err(io)?;
            }
            step.pragma_update(None, "user_version", version + 1)
                .map_err(io)?;
            step.commit().map_err(io)?;
        }
    }
    Ok(())
}

/// Writes anew what is searched, where [`spaced`] makes something else of it.
fn space_out(connection: &Connection) -> rusqlite::Result<()> {
    let mut all =
        connection.prepare("SELECT rowid, task, steps, results, answer FROM runs_text")?;
    let mut change = connection.prepare(
        "UPDATE runs_text SET task = ?2, steps = ?3, results = ?4, answer = ?5 WHERE rowid = ?1",
    )?;
    let mut rows = all.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let mut texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        let mut other = false;
        for text in &mut texts {
            if let Cow::Owned(apart) = spaced(text) {
                *text = apart;
                other = true;
            }
        }
        if other {
            changed.push((id, texts));
        }
    }
    drop(rows);
    for (id, [task, steps, results, answer]) in changed {
        change.execute(params![id, task, steps, results, answer])?;
    }
    Ok(())
}

/// The schema's version.
pub(super) fn version_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
        [],
        |row| row.get(0),
    )
}

/// Says [`StoreError::Newer`] where this program does not know the version.
pub(super) fn refuse_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    if (0..=i64::from(KNOWN)).contains(&found) {
        return Ok(());
    }
    Err(StoreError::Newer {
        path: path.display().to_string(),
        found,
        known: i64::from(KNOWN),
    })
}
