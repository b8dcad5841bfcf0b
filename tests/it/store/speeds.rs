//! How fast models are, as the store sums it up.

use planwright::domain::chat::Role;
use planwright::domain::event::{EventRecord, ModelCall, RunEvent};
use planwright::store::Checkpointer;
use planwright::store::sqlite::SqliteStore;
use rusqlite::Connection;

use super::fixture::{append_all, id, record, started};

/// A call that read 100 tokens in 200 ms and wrote 50 in `writing` ms.
fn call(role: Role, model: &str, writing: u64) -> ModelCall {
    ModelCall {
        call: "c1".to_owned(),
        role,
        model: model.to_owned(),
        step: None,
        ok: true,
        error: None,
        prompt_tokens: Some(100),
        output_tokens: Some(50),
        load_ms: Some(20),
        first_token_ms: Some(200),
        duration_ms: 200 + writing,
        retries: 0,
        parsed_by: None,
        context_percent: None,
    }
}

fn with_calls(run: &str, second: i64, calls: Vec<ModelCall>) -> Vec<EventRecord> {
    let calls = calls
        .into_iter()
        .map(|call| RunEvent::ModelCalled(Box::new(call)));
    let calls = calls
        .zip(2..)
        .map(|(event, seq)| record(run, seq, second, event));
    std::iter::once(started(run, second, "task"))
        .chain(calls)
        .collect()
}

pub(crate) fn the_speed_of_a_model_is_what_its_newest_runs_say(store: &dyn Checkpointer) {
    assert_eq!(store.speed("small").unwrap(), None);
    let loaded = ModelCall {
        load_ms: Some(3_000),
        first_token_ms: Some(3_200),
        duration_ms: 4_200,
        ..call(Role::Executor, "small", 0)
    };
    let again = ModelCall {
        retries: 1,
        ..call(Role::Executor, "small", 9)
    };
    let broken = ModelCall {
        output_tokens: None,
        ..call(Role::Executor, "small", 9)
    };
    let calls = vec![
        call(Role::Planner, "big", 7),
        loaded,
        again,
        broken,
        call(Role::Executor, "small", 1_000),
    ];
    append_all(store, &with_calls("aa", 0, calls));
    let speed = store.speed("small").unwrap().expect("two calls tell");
    assert_eq!(speed.whole().calls, 2);
    assert_eq!(
        speed.prompt_tokens_per_s(),
        Some(500),
        "loading is left out"
    );
    assert_eq!(speed.output_tokens_per_s(), Some(50));
    assert_eq!(speed.load_ms(), Some(3_000));
    assert_eq!(speed.usual_output(Role::Executor), Some(50));
    assert_eq!(speed.usual_output(Role::Planner), None);
    assert_eq!(speed.call_ms(Role::Finalizer, 1_000, 100), Some(4_000));

    for n in 0..20 {
        let calls = vec![call(Role::Executor, "small", 500)];
        append_all(store, &with_calls(&format!("newer-{n}"), n, calls));
    }
    let speed = store.speed("small").unwrap().expect("twenty calls tell");
    assert_eq!(
        speed.output_tokens_per_s(),
        Some(100),
        "the machine is faster now"
    );

    for n in 0..20 {
        store.erase(&id(&format!("newer-{n}"))).unwrap();
    }
    let speed = store.speed("small").unwrap().expect("the old run is there");
    assert_eq!(
        speed.output_tokens_per_s(),
        Some(50),
        "what is erased counts no more"
    );
}

/// What a database of version 1 holds is summed up as it would have been by appending it.
#[test]
fn an_older_database_is_summed_up_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut odd = vec![
        call(Role::Executor, "small", 1_000),
        call(Role::Planner, "big", 40),
    ];
    odd.extend((0..8).map(|n| ModelCall {
        load_ms: [None, Some(499), Some(500), Some(9_000)][n % 4],
        first_token_ms: [Some(700), None][n / 6],
        prompt_tokens: (n != 3).then_some(10),
        retries: u32::from(n == 4),
        ..call(Role::Verifier, "small", n as u64 * 300)
    }));
    append_all(&store, &with_calls("aa", 0, odd));
    let summed = ["small", "big", "none"].map(|model| store.speed(model).unwrap());
    assert!(summed[0].is_some() && summed[1].is_some() && summed[2].is_none());
    drop(store);
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "DROP TABLE speeds; DROP INDEX runs_of_thread; ALTER TABLE runs DROP COLUMN thread; \
             ALTER TABLE runs DROP COLUMN forked_from; \
             PRAGMA user_version = 1;",
        )
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let again = ["small", "big", "none"].map(|model| store.speed(model).unwrap());
    assert_eq!(again, summed);
}
