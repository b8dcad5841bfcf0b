//! The schema of the database, as numbered steps from an empty file to the newest version. A step that was released is
//! never edited: what changes later is a further step.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::StoreError;

/// Step `n` of the list leads from version `n` to version `n + 1`.
const STEPS: [&str; 1] = [
    // `payload` is the record as JSON and the only truth about it; what stands beside it in `events` is read out of it,
    // and `runs` and `runs_text` can be made again from it.
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
];

/// The version that this program reads and writes.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Looks at the file without changing a byte of it: it must be a database, and not of a later version.
pub(super) fn inspect(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(100);
    match File::open(path) {
        Ok(file) => file
            .take(100)
            .read_to_end(&mut header)
            .map_err(|error| StoreError::io(path, &error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io(path, &error)),
    };
    if header.is_empty() {
        return Ok(());
    }
    let Some(version) = header
        .starts_with(b"SQLite format 3\0")
        .then(|| header.get(60..64)?.try_into().ok())
        .flatten()
    else {
        return Err(StoreError::io(path, &"this file is not a database"));
    };
    refuse_newer(path, i64::from(i32::from_be_bytes(version)))?;
    // What was written last may still stand in the log beside the file. A connection that can only read never moves it
    // into the file.
    if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let found = Connection::open_with_flags(path, flags)
            .and_then(|connection| version_of(&connection))
            .map_err(|error| StoreError::io(path, &error))?;
        refuse_newer(path, found)?;
    }
    Ok(())
}

/// Brings the database to [`KNOWN`], one transaction a step. Another process may be doing the same: whoever comes
/// second finds the step done.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let io = |error: rusqlite::Error| StoreError::io(path, &error);
    while version_of(connection).map_err(io)? != KNOWN {
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
            step.pragma_update(None, "user_version", version + 1)
                .map_err(io)?;
            step.commit().map_err(io)?;
        }
    }
    Ok(())
}

/// The schema's version.
pub(super) fn version_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// The file that SQLite keeps beside the database under this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
        [],
        |row| row.get(0),
    )
}

fn refuse_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    if (0..=KNOWN).contains(&found) {
        return Ok(());
    }
    Err(StoreError::Newer {
        path: path.display().to_string(),
        found,
        known: KNOWN,
    })
}
