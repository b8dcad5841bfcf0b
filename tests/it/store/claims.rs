//! Claims between processes, which a second store on the same file stands for.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use planwright::domain::state::RunStatus;
use planwright::store::sqlite::SqliteStore;
use planwright::store::{Checkpointer, StoreError};

use super::fixture::{id, started};

#[test]
fn claims_hold_between_processes_and_leave_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let stores = [0, 1].map(|_| SqliteStore::open(&path).unwrap());
    stores[0].append(&started("aa", 0, "task")).unwrap();
    let locks = || fs::read_dir(folder.path().join("locks")).map_or(0, Iterator::count);
    assert_eq!(stores[1].list(1).unwrap()[0].status, RunStatus::Interrupted);
    assert_eq!(locks(), 0, "looking leaves nothing behind");
    let claim = stores[0].claim(&id("aa")).unwrap();
    assert!(matches!(
        stores[1].claim(&id("aa")),
        Err(StoreError::Busy(_))
    ));
    assert!(matches!(
        stores[1].delete(&id("aa")),
        Err(StoreError::Busy(_))
    ));
    assert_eq!(stores[1].list(1).unwrap()[0].status, RunStatus::Running);
    drop(claim);
    assert_eq!(locks(), 0);
    drop(stores[1].claim(&id("aa")).unwrap());
    // A process that was killed leaves its file, but not its lock.
    fs::write(folder.path().join("locks/aa.lock"), "").unwrap();
    assert_eq!(stores[1].list(1).unwrap()[0].status, RunStatus::Interrupted);
    drop(stores[0].claim(&id("aa")).unwrap());
}

#[test]
fn a_claim_is_never_held_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (inside, claimed) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = SqliteStore::open(&path).unwrap();
                for _ in 0..100 {
                    if let Ok(claim) = store.claim(&id("aa")) {
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        claimed.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(claim);
                    }
                }
            });
        }
    });
    assert!(claimed.into_inner() > 4);
}
