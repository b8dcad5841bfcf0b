//! What only a database on disk can get wrong: schema versions, crashes, other processes.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use planwright::domain::event::{NoticeLevel, RunEvent};
use planwright::domain::state::RunStatus;
use planwright::store::sqlite::SqliteStore;
use planwright::store::{Checkpointer, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use super::fixture::{self, append_all, found, id, record, runs, search, started, whole_run};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn sql(path: &Path, statements: &str) {
    Connection::open(path)
        .unwrap()
        .execute_batch(statements)
        .unwrap();
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    fs::write(&path, "").unwrap();
    append_all(
        &SqliteStore::open(&path).unwrap(),
        &whole_run("aa", 0, "task", "r", "a"),
    );
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(runs(&store), ["aa"]);
    let health = store.check().unwrap();
    assert_eq!(health.schema_version, 6);
    assert!(health.bytes > 4096);
}

#[test]
fn a_database_of_version_0_without_tables_becomes_a_store() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    sql(
        &path,
        "PRAGMA journal_mode = delete; CREATE TABLE t (a); DROP TABLE t;",
    );
    assert_eq!(SqliteStore::open(&path).unwrap().count().unwrap(), 0);
}

#[test]
fn a_newer_schema_is_left_alone() {
    for journal in ["delete", "wal"] {
        let folder = folder();
        let path = folder.path().join("runs.db");
        sql(
            &path,
            &format!(
                "PRAGMA journal_mode = {journal}; CREATE TABLE t (a); PRAGMA user_version = 7;"
            ),
        );
        let before = fs::read(&path).unwrap();
        assert!(matches!(
            SqliteStore::open(&path),
            Err(StoreError::Newer {
                found: 7,
                known: 6,
                ..
            })
        ));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{journal}");
    }
}

#[test]
fn a_newer_schema_that_stands_only_in_the_log_is_left_alone_too() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    drop(SqliteStore::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer
        .execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 8;")
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::Newer { found: 8, .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_no_store_is_refused_and_named() {
    let folder = folder();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "Dear diary").unwrap();
    let foreign = folder.path().join("music.db");
    sql(&foreign, "CREATE TABLE songs (title)");
    for path in [&text, &foreign, &folder.path().to_owned()] {
        let before = fs::read(path).ok();
        let Err(StoreError::Io { path: named, .. }) = SqliteStore::open(path) else {
            panic!("{} is no store", path.display());
        };
        assert_eq!(named, path.display().to_string());
        assert_eq!(
            fs::read(path).ok().map(|bytes| bytes.len()),
            before.map(|b| b.len())
        );
    }
}

#[cfg(unix)]
#[test]
fn files_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("deep/er/runs.db");
    let store = SqliteStore::open(&path).unwrap();
    store.append(&started("aa", 0, "task")).unwrap();
    let _claim = store.claim(&id("aa")).unwrap();
    let mode = |path: &str| {
        let path = folder.path().join(path);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("deep"), 0o700);
    assert_eq!(mode("deep/er/locks"), 0o700);
    for file in ["runs.db", "runs.db-wal", "runs.db-shm", "locks/aa.lock"] {
        assert_eq!(mode(&format!("deep/er/{file}")), 0o600, "{file}");
    }
}

#[test]
fn processes_that_open_a_fresh_database_at_once_all_succeed() {
    for _ in 0..5 {
        let folder = folder();
        let path = folder.path().join("runs.db");
        let barrier = Barrier::new(6);
        thread::scope(|scope| {
            for n in 0..6 {
                let (path, barrier) = (&path, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let store = SqliteStore::open(path).unwrap();
                    append_all(&store, &whole_run(&format!("run-{n}"), 0, "task", "r", "a"));
                });
            }
        });
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.count().unwrap(), 6);
        assert_eq!(store.check().unwrap().problems, [""; 0]);
    }
}

/// Every prefix of a log is a store that opens: after a crash, what was appended is there and goes on.
#[test]
fn a_crash_loses_nothing_that_was_appended() {
    let records = whole_run("aa", 0, "kettles", "steel", "buy");
    for kept in 1..records.len() {
        let folder = folder();
        let path = folder.path().join("runs.db");
        let crashed = SqliteStore::open(&path).unwrap();
        append_all(&crashed, &records[..kept]);
        // What a kill leaves on disk: the file and its log, never closed, and no process that knows more.
        let left = folder.path().join("left.db");
        fs::copy(&path, &left).unwrap();
        fs::copy(
            folder.path().join("runs.db-wal"),
            folder.path().join("left.db-wal"),
        )
        .unwrap();
        let store = SqliteStore::open(&left).unwrap();
        assert_eq!(store.load(&id("aa")).unwrap(), records[..kept]);
        append_all(&store, &records[kept..]);
        assert_eq!(found(&store, "steel"), ["aa"]);
        assert_eq!(store.list(1).unwrap()[0].status, RunStatus::Completed);
    }
}

#[test]
fn of_two_writers_of_one_record_exactly_one_succeeds() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    let stores = [0, 1].map(|_| SqliteStore::open(&path).unwrap());
    stores[0].append(&started("aa", 0, "task")).unwrap();
    let barrier = Barrier::new(2);
    for seq in 2..40 {
        let outcomes = thread::scope(|scope| {
            let tries = stores.each_ref().map(|store| {
                scope.spawn(|| {
                    let event = RunEvent::Notice {
                        level: NoticeLevel::Info,
                        text: "here".to_owned(),
                    };
                    barrier.wait();
                    store.append(&record("aa", seq, 0, event))
                })
            });
            tries.map(|tried| tried.join().unwrap())
        });
        assert!(
            matches!(
                outcomes,
                [Ok(()), Err(StoreError::OutOfOrder { .. })]
                    | [Err(StoreError::OutOfOrder { .. }), Ok(())]
            ),
            "{outcomes:?}"
        );
    }
    assert_eq!(stores[0].load(&id("aa")).unwrap().len(), 39);
}

#[test]
fn what_another_process_appends_is_folded_in() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    let stores = [0, 1].map(|_| SqliteStore::open(&path).unwrap());
    let records = whole_run("aa", 0, "kettles", "steel", "buy");
    for (record, n) in records.iter().zip(0..) {
        stores[n % 2].append(record).unwrap();
    }
    for store in &stores {
        let row = store.list(1).unwrap().remove(0);
        assert_eq!((row.status, row.steps_finished), (RunStatus::Completed, 1));
        assert_eq!(found(store, "buy"), ["aa"]);
    }
}

#[test]
fn more_runs_than_states_at_hand_are_written_in_turn() {
    let folder = folder();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    let all: Vec<_> = (0..20)
        .map(|n| whole_run(&format!("run-{n}"), n, "task", "r", "a"))
        .collect();
    for n in 0..all[0].len() {
        for records in &all {
            store.append(&records[n]).unwrap();
        }
    }
    let list = store.list(100).unwrap();
    assert!(
        list.iter()
            .all(|row| row.status == RunStatus::Completed && row.steps == 1)
    );
}

#[test]
fn the_trash_is_emptied_after_thirty_days() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    for run in ["old", "new", "kept"] {
        append_all(&store, &whole_run(run, 0, run, "r", "a"));
    }
    store.delete(&id("old")).unwrap();
    store.delete(&id("new")).unwrap();
    drop(store);
    let back = |run: &str, days: u32| {
        let ms = days * 24 * 3600 * 1000;
        format!("UPDATE runs SET deleted_at = deleted_at - {ms} WHERE run = '{run}';")
    };
    sql(&path, &(back("old", 31) + &back("new", 29)));
    let store = SqliteStore::open(&path).unwrap();
    let health = store.check().unwrap();
    assert_eq!((health.runs, health.trashed), (1, 1));
    assert!(store.restore(&id("old")).is_err());
    store.restore(&id("new")).unwrap();
    drop(store);
    let left: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM events WHERE run = 'old'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_damaged_record_is_named() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    append_all(
        &SqliteStore::open(&path).unwrap(),
        &whole_run("aa", 0, "task", "r", "a"),
    );
    for (damage, seq) in [
        ("UPDATE events SET payload = '{\"seq\":5}' WHERE seq = 5", 5),
        ("DELETE FROM events WHERE seq = 3", 3),
    ] {
        sql(&path, damage);
        let store = SqliteStore::open(&path).unwrap();
        let Err(error @ StoreError::Unreadable { .. }) = store.load(&id("aa")) else {
            panic!("record {seq} is damaged");
        };
        assert!(
            error.to_string().contains(&format!("record {seq} ")),
            "{error}"
        );
        assert_eq!(runs(&store), ["aa"], "the list does without the log");
    }
}

#[test]
fn a_kind_of_record_from_a_later_version_is_kept() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    append_all(
        &SqliteStore::open(&path).unwrap(),
        &[started("aa", 0, "task")],
    );
    let later = r#"{"run":"aa","seq":2,"at":"2026-01-01T00:00:00.000Z","scope":[],"type":"weather_changed","to":"rain"}"#;
    sql(
        &path,
        &format!(
            "INSERT INTO events (run, seq, payload) VALUES ('aa', 2, '{later}'); UPDATE runs SET last_seq = 2;"
        ),
    );
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.load(&id("aa")).unwrap()[1].event, RunEvent::Unknown);
    let event = RunEvent::RunPaused {
        reason: "rain".to_owned(),
    };
    store.append(&record("aa", 3, 9, event)).unwrap();
    assert_eq!(store.list(1).unwrap()[0].status, RunStatus::Paused);
}

#[test]
fn accents_and_case_do_not_matter_to_a_search() {
    let folder = folder();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    append_all(
        &store,
        &whole_run("aa", 0, "Über Cafés in Zürich", "r", "a"),
    );
    assert_eq!(found(&store, "uber cafes"), ["aa"]);
    assert_eq!(found(&store, "ZÜR"), ["aa"]);
}

#[test]
fn the_columns_beside_a_record_are_read_out_of_it() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    append_all(
        &SqliteStore::open(&path).unwrap(),
        &[started("aa", 0, "task")],
    );
    let row: (String, String) = Connection::open(&path)
        .unwrap()
        .query_row("SELECT type, at FROM events", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(
        row,
        (
            "run_started".to_owned(),
            "2023-11-14T22:13:20.000Z".to_owned()
        )
    );
}

#[test]
fn of_many_records_all_are_written_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("runs.db")).unwrap();
    let mut records = whole_run("aa", 0, "task", "r", "a");
    let last = records.len() - 1;
    records[last].seq += 1;
    let refused = store.append_all(&records);
    assert!(matches!(refused, Err(StoreError::OutOfOrder { .. })));
    assert_eq!(store.count().unwrap(), 0);
    records[last].seq -= 1;
    store.append_all(&records).unwrap();
    assert_eq!(store.load(&id("aa")).unwrap(), records);
}

/// What an earlier version kept is searched as what is kept now.
#[test]
fn the_texts_of_an_older_database_are_searched_by_their_signs() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    append_all(
        &store,
        &whole_run("aa", 0, "経済の結果", "増加した", "以上"),
    );
    append_all(&store, &whole_run("bb", 9, "two words", "r", "a"));
    drop(store);
    // As version 4 left it.
    sql(
        &path,
        "UPDATE runs_text SET task = replace(task, char(0x200b), ''), results = replace(results, char(0x200b), '');
         ALTER TABLE runs DROP COLUMN forked_from; PRAGMA user_version = 4;",
    );
    let store = SqliteStore::open(&path).unwrap();
    for (words, run) in [("結果", "aa"), ("加し", "aa"), ("two wor", "bb")] {
        let hits = search(&store, words, 9);
        assert_eq!(hits.len(), 1, "{words}");
        assert_eq!(hits[0].summary.run, id(run), "{words}");
    }
}

/// A database that an earlier version made is brought up to date with everything in it.
#[test]
fn the_threads_of_an_older_database_are_known() {
    let folder = folder();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut of_thread = whole_run("aa", 0, "one", "r", "a");
    if let RunEvent::RunStarted { thread, .. } = &mut of_thread[0].event {
        *thread = Some("garden".to_owned());
    }
    append_all(&store, &of_thread);
    append_all(&store, &whole_run("bb", 9, "two", "r", "a"));
    drop(store);
    // As version 3 left it.
    sql(
        &path,
        "DROP INDEX runs_of_thread; ALTER TABLE runs DROP COLUMN thread;
         ALTER TABLE runs DROP COLUMN forked_from;
         CREATE INDEX events_of_thread ON events (payload ->> 'thread')
             WHERE seq = 1 AND payload ->> 'thread' IS NOT NULL;
         PRAGMA user_version = 3;",
    );
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.check().unwrap().schema_version, 6);
    let list = store.list(9).unwrap();
    let threads: Vec<Option<&str>> = list.iter().map(|run| run.thread.as_deref()).collect();
    assert_eq!(threads, [None, Some("garden")]);
    assert_eq!(fixture::of_thread(&store, "garden", 9).len(), 1);
    assert_eq!(store.thread("garden", 9).unwrap()[0].task, "one");
    assert_eq!(store.load(&id("aa")).unwrap(), of_thread);
}
