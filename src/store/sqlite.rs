//! Runs in SQLite: one file, any number of processes.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::claim::Claims;
use super::listing::{RunPage, RunQuery};
use super::projection::{MAX_CANDIDATES, choose};
use super::{
    CallTranscript, Checkpointer, RunClaim, RunSummary, StoreError, StoreHealth, calls, migrations,
    open, pages, rows, speeds, threads,
};
use crate::domain::event::{EventRecord, Recalled};
use crate::domain::ids::RunId;
use crate::domain::speed::Speed;
use crate::domain::state::{PlanExecuteState, RunStatus};

/// How long a run stays in the trash.
const TRASH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many runs keep their folded state at hand, so that appending to them need not read their log again.
const MAX_FOLDS: usize = 16;

/// A database file with the runs of one person.
pub struct SqliteStore {
    path: PathBuf,
    claims: Claims,
    inner: Mutex<Inner>,
}

struct Inner {
    connection: Connection,
    /// The states of the runs written last, newest at the back. One counts only while its `last_seq` is the log's.
    folds: VecDeque<(RunId, PlanExecuteState)>,
    /// What SQLite counts the writes of other connections with, as it was when last looked at.
    version: i64,
}

impl SqliteStore {
    /// Opens the database at `path`, making it and its folder, for the owner alone, where there is none; lock files of
    /// claims stand in `locks` beside it. Brings an older schema up to date and erases what has been in the trash for
    /// 30 days.
    ///
    /// # Errors
    /// [`StoreError::Newer`] where a later version wrote it: then nothing is touched. [`StoreError::Io`] where it is no
    /// database of planwright or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = Self {
            path: path.to_owned(),
            claims: Claims::in_folder(path.with_file_name("locks")),
            inner: Mutex::new(Inner {
                connection: open::open(path)?,
                folds: VecDeque::new(),
                version: 0,
            }),
        };
        store.empty_trash(Timestamp::now() - TRASH)?;
        Ok(store)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic inside a transaction rolls it back: what is behind the lock is sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::io(&self.path, error)
    }

    /// Runs `work` in a transaction that is the only writer from its beginning.
    fn write<T>(
        &self,
        inner: &mut Inner,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = inner
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.io(&error))?;
        let made = work(&transaction)?;
        transaction.commit().map_err(|error| self.io(&error))?;
        Ok(made)
    }

    /// Says *interrupted* where the record says *running* but no process has claimed the run.
    fn derive_status(&self, summary: &mut RunSummary) {
        if summary.status == RunStatus::Running && !self.claims.is_held(&summary.run) {
            summary.status = RunStatus::Interrupted;
        }
    }

    fn empty_trash(&self, before: Timestamp) -> Result<(), StoreError> {
        let old = self.select(
            "SELECT run FROM runs WHERE deleted_at IS NOT NULL AND deleted_at < ?1",
            [before.as_millisecond()],
            rows::run_id,
        )?;
        for run in old {
            match self.erase(&run) {
                // Another process erases it, or is at work on it: the next one to open the store looks again.
                Ok(()) | Err(StoreError::NoSuchRun(_) | StoreError::Busy(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The one run whose name starts with `prefix`, in the trash or out of it.
    fn named(&self, prefix: &str, trashed: bool) -> Result<RunId, StoreError> {
        let prefix = prefix.trim();
        if prefix.is_empty() {
            return Err(StoreError::NoSuchRun(String::new()));
        }
        let escaped: String = prefix
            .chars()
            .flat_map(|c| {
                matches!(c, '%' | '_' | '\\')
                    .then_some('\\')
                    .into_iter()
                    .chain([c])
            })
            .collect();
        // The whole name comes first, so that it is among the candidates however many there are.
        let found = self.select(
            "SELECT run FROM runs WHERE run LIKE ?1 ESCAPE '\\' AND (deleted_at IS NOT NULL) = ?4 \
             ORDER BY run = ?2 DESC, started_at DESC, id DESC LIMIT ?3",
            params![
                format!("{escaped}%"),
                prefix,
                pages::clamp(MAX_CANDIDATES + 1),
                trashed
            ],
            rows::run_id,
        )?;
        choose(prefix, found)
    }

    /// Changes rows of one run; none to change means that there is no such run.
    fn update(
        &self,
        run: &RunId,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<(), StoreError> {
        match self.inner().connection.execute(sql, parameters) {
            Ok(0) => Err(rows::no_such_run(run)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.io(&error)),
        }
    }

    fn select<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let inner = self.inner();
        let rows = inner
            .connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(parameters, read)?.collect());
        rows.map_err(|error| self.io(&error))
    }

    fn count_where(&self, condition: &str) -> Result<usize, StoreError> {
        let counts: Vec<i64> = self.select(
            &format!("SELECT count(*) FROM runs WHERE {condition}"),
            [],
            |row| row.get(0),
        )?;
        Ok(counts
            .iter()
            .map(|n| usize::try_from(*n).unwrap_or(0))
            .sum())
    }
}

impl Checkpointer for SqliteStore {
    fn append(&self, record: &EventRecord) -> Result<(), StoreError> {
        self.append_all(std::slice::from_ref(record))
    }

    fn append_all(&self, records: &[EventRecord]) -> Result<(), StoreError> {
        let Some(first) = records.first() else {
            return Ok(());
        };
        let mut inner = self.inner();
        // Taken out while the transaction is under way: if it fails, the log is read again next time.
        let fold = inner
            .folds
            .iter()
            .position(|(run, _)| *run == first.run)
            .and_then(|at| inner.folds.remove(at))
            .map(|(_, state)| state);
        let state = self.write(&mut inner, |transaction| {
            let mut state = rows::folded(&self.path, transaction, first, fold)?;
            for record in records {
                if record.run != first.run || record.seq != state.last_seq + 1 {
                    return Err(StoreError::out_of_order(record));
                }
                state.apply(record);
                let payload = serde_json::to_string(record);
                let payload = payload.map_err(|error| StoreError::io(&self.path, &error))?;
                rows::insert(transaction, record, &payload, &state)
                    .map_err(|error| self.io(&error))?;
            }
            state.shelve_outputs();
            Ok(state)
        })?;
        inner.folds.push_back((first.run.clone(), state));
        if inner.folds.len() > MAX_FOLDS {
            inner.folds.pop_front();
        }
        Ok(())
    }

    fn load_after(&self, run: &RunId, seq: u64) -> Result<Vec<EventRecord>, StoreError> {
        let inner = self.inner();
        let listed = inner
            .connection
            .prepare_cached("SELECT 1 FROM runs WHERE run = ?1 AND deleted_at IS NULL")
            .and_then(|mut query| query.exists([run.as_str()]))
            .map_err(|error| self.io(&error))?;
        if !listed {
            return Err(rows::no_such_run(run));
        }
        rows::log(&self.path, &inner.connection, run, seq)
    }

    fn page(&self, query: &RunQuery) -> Result<RunPage, StoreError> {
        let page = pages::page(&self.inner().connection, query);
        let mut page = page.map_err(|error| self.io(&error))?;
        for hit in &mut page.hits {
            self.derive_status(&mut hit.summary);
        }
        Ok(page)
    }

    fn summary(&self, run: &RunId) -> Result<RunSummary, StoreError> {
        let found = pages::summary(&self.inner().connection, run);
        let found = found.map_err(|error| self.io(&error))?;
        let mut summary = found.ok_or_else(|| rows::no_such_run(run))?;
        self.derive_status(&mut summary);
        Ok(summary)
    }

    fn count(&self) -> Result<usize, StoreError> {
        self.count_where("deleted_at IS NULL")
    }

    fn find(&self, prefix: &str) -> Result<RunId, StoreError> {
        self.named(prefix, false)
    }

    fn find_trashed(&self, prefix: &str) -> Result<RunId, StoreError> {
        self.named(prefix, true)
    }

    fn delete(&self, run: &RunId) -> Result<(), StoreError> {
        let _alone = self.claims.take(run)?;
        let now = Timestamp::now().as_millisecond();
        self.update(
            run,
            "UPDATE runs SET deleted_at = ?2 WHERE run = ?1 AND deleted_at IS NULL",
            params![run.as_str(), now],
        )
    }

    fn restore(&self, run: &RunId) -> Result<(), StoreError> {
        self.update(
            run,
            "UPDATE runs SET deleted_at = NULL WHERE run = ?1 AND deleted_at IS NOT NULL",
            params![run.as_str()],
        )
    }

    fn erase(&self, run: &RunId) -> Result<(), StoreError> {
        let _alone = self.claims.take(run)?;
        let mut inner = self.inner();
        inner.folds.retain(|(kept, _)| kept != run);
        self.write(&mut inner, |transaction| {
            let erase = || -> rusqlite::Result<usize> {
                transaction.execute(
                    "DELETE FROM runs_text WHERE rowid = (SELECT id FROM runs WHERE run = ?1)",
                    [run.as_str()],
                )?;
                transaction.execute("DELETE FROM runs WHERE run = ?1", [run.as_str()])
            };
            match erase() {
                Ok(0) => Err(rows::no_such_run(run)),
                Ok(_) => Ok(()),
                Err(error) => Err(self.io(&error)),
            }
        })
    }

    fn claim(&self, run: &RunId) -> Result<RunClaim, StoreError> {
        self.claims.take(run).map(RunClaim::new)
    }

    fn keep_call(&self, run: &RunId, call: &CallTranscript) -> Result<(), StoreError> {
        match calls::keep(&self.inner().connection, run, call) {
            Ok(0) => Err(rows::no_such_run(run)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.io(&error)),
        }
    }

    fn call(&self, run: &RunId, call: &str) -> Result<Option<CallTranscript>, StoreError> {
        calls::of(&self.inner().connection, run, call).map_err(|error| self.io(&error))
    }

    fn record(&self, run: &RunId, seq: u64) -> Result<Option<EventRecord>, StoreError> {
        rows::record(&self.path, &self.inner().connection, run, seq)
    }

    fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        let mut inner = self.inner();
        let version = inner
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|error| self.io(&error))?;
        Ok(std::mem::replace(&mut inner.version, version) != version)
    }

    fn thread(&self, thread: &str, limit: usize) -> Result<Vec<Recalled>, StoreError> {
        threads::earlier(&self.inner().connection, thread, limit).map_err(|error| self.io(&error))
    }

    fn speed(&self, model: &str) -> Result<Option<Speed>, StoreError> {
        speeds::of(&self.inner().connection, model).map_err(|error| self.io(&error))
    }

    fn check(&self) -> Result<StoreHealth, StoreError> {
        let mut problems: Vec<String> =
            self.select("PRAGMA quick_check(10)", [], |row| row.get(0))?;
        problems.retain(|line| line != "ok");
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let schema_version =
            migrations::version_of(&self.inner().connection).map_err(|error| self.io(&error))?;
        Ok(StoreHealth {
            schema_version,
            runs: self.count()?,
            trashed: self.count_where("deleted_at IS NOT NULL")?,
            bytes: size(&self.path) + size(&open::beside(&self.path, "-wal")),
            problems,
        })
    }
}
