//! The port of the store: every adapter passes the same suite.

use planwright::domain::event::{EventRecord, RunEnd, RunEvent, Totals};
use planwright::domain::fork::{Fork, ForkPlan};
use planwright::domain::ids::StepId;
use planwright::domain::state::RunStatus;
use planwright::store::memory::MemoryStore;
use planwright::store::sqlite::SqliteStore;
use planwright::store::{
    CallTranscript, Checkpointer, Ending, Order, RunPage, RunQuery, StoreError,
};

use speeds::the_speed_of_a_model_is_what_its_newest_runs_say;

use fixture::{append_all, at, found, id, of_thread, record, runs, search, started, whole_run};

mod claims;
mod fixture;
mod on_disk;
mod speeds;

/// Runs each suite below on each adapter.
macro_rules! every_adapter {
    ($($suite:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $suite() { super::$suite(&super::MemoryStore::new()); })+
        }
        mod sqlite {
            $(#[test] fn $suite() {
                let folder = tempfile::tempdir().unwrap();
                super::$suite(&super::SqliteStore::open(&folder.path().join("runs.db")).unwrap());
            })+
        }
    };
}

every_adapter!(
    what_is_appended_is_loaded,
    only_the_next_record_is_taken,
    many_records_are_taken_at_once,
    a_list_is_newest_first_and_bounded,
    a_summary_follows_the_records,
    the_runs_of_a_thread_are_listed_alone,
    a_page_is_a_part_of_what_is_asked_for_and_all_of_it_is_counted,
    a_search_is_sifted_and_sorted_as_any_list,
    a_fork_is_listed_when_it_was_made_and_says_of_what,
    running_without_a_claim_is_interrupted,
    a_claim_is_exclusive_until_it_is_dropped,
    a_prefix_finds_one_run,
    a_prefix_takes_no_wildcards,
    search_wants_all_words_and_the_last_may_be_begun,
    search_finds_signs_inside_of_a_text_without_spaces,
    search_takes_every_character_literally,
    the_task_counts_more_than_a_result,
    what_tools_brought_is_found_and_bounded,
    snippets_are_one_short_line,
    the_trash_hides_and_gives_back,
    erasing_leaves_nothing,
    a_run_at_work_is_not_deleted,
    transcripts_are_kept_and_capped,
    a_look_over_counts,
    the_speed_of_a_model_is_what_its_newest_runs_say,
);

fn what_is_appended_is_loaded(store: &dyn Checkpointer) {
    let records = whole_run("aa", 0, "ünï\u{0}code \u{202e} 'quoted'", "r", "a");
    append_all(store, &records);
    assert_eq!(store.load(&id("aa")).unwrap(), records);
    assert!(matches!(
        store.load(&id("bb")),
        Err(StoreError::NoSuchRun(_))
    ));
}

fn only_the_next_record_is_taken(store: &dyn Checkpointer) {
    let records = whole_run("aa", 0, "task", "r", "a");
    let refused = |record: &EventRecord| {
        assert!(matches!(
            store.append(record),
            Err(StoreError::OutOfOrder { .. })
        ));
    };
    refused(&records[1]);
    assert_eq!(store.count().unwrap(), 0, "nothing is written");
    store.append(&records[0]).unwrap();
    refused(&records[0]);
    refused(&records[2]);
    refused(&record("aa", u64::MAX, 0, RunEvent::Unknown));
    refused(&record("aa", 0, 0, RunEvent::Unknown));
    store.append(&records[1]).unwrap();
    assert_eq!(store.load(&id("aa")).unwrap(), records[..2]);
}

fn many_records_are_taken_at_once(store: &dyn Checkpointer) {
    let records = whole_run("aa", 0, "task", "r", "a");
    store.append_all(&records[..2]).unwrap();
    let refused = store.append_all(&records[3..]);
    assert!(matches!(refused, Err(StoreError::OutOfOrder { .. })));
    store.append_all(&[]).unwrap();
    store.append_all(&records[2..]).unwrap();
    assert_eq!(store.load(&id("aa")).unwrap(), records);
    let summary = &store.list(1).unwrap()[0];
    assert_eq!(summary.status, RunStatus::Completed);
}

fn a_list_is_newest_first_and_bounded(store: &dyn Checkpointer) {
    for (run, second) in [("aa", 5), ("bb", 9), ("cc", 1), ("dd", 5)] {
        store.append(&started(run, second, "task")).unwrap();
    }
    assert_eq!(runs(store), ["bb", "dd", "aa", "cc"]);
    assert_eq!(store.list(2).unwrap().len(), 2);
    assert_eq!(store.list(0).unwrap(), []);
    assert_eq!(store.list(usize::MAX).unwrap().len(), 4);
    assert_eq!(store.count().unwrap(), 4);
}

fn a_summary_follows_the_records(store: &dyn Checkpointer) {
    let records = whole_run("aa", 0, "bake bread", "r", "a");
    let summary = || store.list(1).unwrap().remove(0);
    store.append(&records[0]).unwrap();
    assert_eq!((summary().steps, summary().steps_finished), (0, 0));
    store.append(&records[1]).unwrap();
    assert_eq!((summary().steps, summary().steps_finished), (1, 0));
    assert_eq!(summary().status, RunStatus::Waiting);
    append_all(store, &records[2..]);
    let done = summary();
    assert_eq!(done.task, "bake bread");
    assert_eq!(done.status, RunStatus::Completed);
    assert_eq!(done.started_at, at(0));
    assert_eq!(done.model, "small");
    assert_eq!((done.steps, done.steps_finished, done.replans), (1, 1, 0));
    assert_eq!(done.duration_ms, 5000, "2 s planning and 3 s executing");
}

/// Runs of each ending, ten seconds apart: `a0` completed, `b0` open, `c0` rejected, and so on.
fn of_every_ending(store: &dyn Checkpointer) {
    for (n, second) in (0..9).zip((0..).step_by(10)) {
        let run = format!("{}{n}", ["a", "b", "c"][n % 3]);
        let records = whole_run(&run, second, &format!("tides of {n}"), "r", "a");
        append_all(
            store,
            match n % 3 {
                0 => &records,
                _ => &records[..2],
            },
        );
        if n % 3 == 2 {
            let event = RunEvent::RunFinished {
                status: RunEnd::Cancelled,
                response: None,
                incomplete: None,
                error: None,
                hint: None,
                totals: Totals::default(),
            };
            store.append(&record(&run, 3, second + 5, event)).unwrap();
        }
    }
}

fn names(page: &RunPage) -> Vec<&str> {
    let runs = page.hits.iter();
    runs.map(|hit| hit.summary.run.as_str()).collect()
}

fn a_page_is_a_part_of_what_is_asked_for_and_all_of_it_is_counted(store: &dyn Checkpointer) {
    of_every_ending(store);
    let all = RunQuery {
        limit: 4,
        ..RunQuery::default()
    };
    let page = |query: RunQuery| store.page(&query).unwrap();
    let first = page(all.clone());
    assert_eq!(
        (names(&first), first.total),
        (vec!["c8", "b7", "a6", "c5"], 9)
    );
    assert_eq!(first.hits[0].snippet, "");
    let last = page(RunQuery {
        from: 7,
        ..all.clone()
    });
    assert_eq!((names(&last), last.total), (vec!["b1", "a0"], 9));
    let beyond = page(RunQuery {
        from: 70,
        ..all.clone()
    });
    assert_eq!((names(&beyond), beyond.total), (vec![], 9));
    for (ending, runs) in [
        (Ending::Completed, vec!["a6", "a3", "a0"]),
        (Ending::Open, vec!["b7", "b4", "b1"]),
        (Ending::GivenUp, vec!["c8", "c5", "c2"]),
        (Ending::Failed, vec![]),
    ] {
        let some = page(RunQuery {
            ending,
            ..all.clone()
        });
        assert_eq!((some.total, names(&some)), (runs.len(), runs));
    }
    let since = Some(at(60));
    let new = page(RunQuery {
        since,
        ..all.clone()
    });
    assert_eq!((names(&new), new.total), (vec!["c8", "b7", "a6"], 3));
    let order = Order::Oldest;
    let old = page(RunQuery {
        order,
        since: Some(at(10)),
        ..all.clone()
    });
    assert_eq!((names(&old), old.total), (vec!["b1", "c2", "a3", "b4"], 8));
    // Those that were executed took longer than those that were planned alone.
    let order = Order::Longest;
    let long = page(RunQuery {
        order,
        ..all.clone()
    });
    assert_eq!(names(&long)[..3], ["a6", "a3", "a0"]);
    let order = Order::MostSteps;
    assert_eq!(
        page(RunQuery {
            order,
            ..all.clone()
        })
        .total,
        9
    );
    store.delete(&id("c8")).unwrap();
    assert_eq!(page(all).total, 8);
}

fn a_search_is_sifted_and_sorted_as_any_list(store: &dyn Checkpointer) {
    of_every_ending(store);
    store.append(&started("dd", 1, "nothing like it")).unwrap();
    let tides = RunQuery {
        words: "tid".to_owned(),
        limit: 2,
        ..RunQuery::default()
    };
    let page = |query: RunQuery| store.page(&query).unwrap();
    assert_eq!(page(tides.clone()).total, 9);
    let order = Order::Oldest;
    let old = page(RunQuery {
        order,
        from: 1,
        ..tides.clone()
    });
    assert_eq!((names(&old), old.total), (vec!["b1", "c2"], 9));
    assert_eq!(old.hits[0].snippet, "**tides** of 1");
    let order = Order::Newest;
    let new = page(RunQuery {
        order,
        ..tides.clone()
    });
    assert_eq!((names(&new), new.total), (vec!["c8", "b7"], 9));
    let ending = Ending::Open;
    let open = page(RunQuery {
        ending,
        order: Order::Oldest,
        ..tides.clone()
    });
    assert_eq!((names(&open), open.total), (vec!["b1", "b4"], 3));
    let words = "!?".to_owned();
    assert_eq!(
        page(RunQuery {
            words,
            ..tides.clone()
        }),
        RunPage::default()
    );
    let thread = Some("garden".to_owned());
    assert_eq!(page(RunQuery { thread, ..tides }).total, 0);
}

fn a_fork_is_listed_when_it_was_made_and_says_of_what(store: &dyn Checkpointer) {
    let source = whole_run("aa", 0, "tides", "r", "a");
    append_all(store, &source);
    append_all(store, &whole_run("bb", 50, "winds", "r", "a"));
    let fork = Fork::new(&source, 3, &id("cc"), ForkPlan::Kept, at(90)).unwrap();
    append_all(store, &fork.records);
    assert_eq!(runs(store), ["cc", "bb", "aa"]);
    let made = store.summary(&id("cc")).unwrap();
    assert_eq!(made, store.list(1).unwrap()[0]);
    assert_eq!(made.started_at, at(90));
    assert_eq!(made.forked_from, Some(id("aa")));
    assert_eq!(store.summary(&id("aa")).unwrap().forked_from, None);
    store.delete(&id("cc")).unwrap();
    let gone = store.summary(&id("cc"));
    assert!(matches!(gone, Err(StoreError::NoSuchRun(_))));
}

fn the_runs_of_a_thread_are_listed_alone(store: &dyn Checkpointer) {
    for (run, second, of) in [
        ("aa", 0, Some("garden")),
        ("bb", 9, None),
        ("cc", 19, Some("garden")),
        ("dd", 29, Some("Garden")),
    ] {
        let mut records = whole_run(run, second, "tides", "r", "a");
        if let RunEvent::RunStarted { thread, .. } = &mut records[0].event {
            *thread = of.map(str::to_owned);
        }
        append_all(store, &records);
        assert_eq!(store.list(1).unwrap()[0].thread.as_deref(), of);
    }
    let names = |limit| {
        let found = of_thread(store, "garden", limit).into_iter();
        found.map(|run| run.run.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(9), ["cc", "aa"]);
    assert_eq!(names(1), ["cc"]);
    assert_eq!(of_thread(store, "", 9), []);
    store.delete(&id("cc")).unwrap();
    assert_eq!(names(9), ["aa"], "the trash hides");
}

fn running_without_a_claim_is_interrupted(store: &dyn Checkpointer) {
    store.append(&started("aa", 0, "task")).unwrap();
    let status = || store.list(1).unwrap()[0].status;
    assert_eq!(status(), RunStatus::Interrupted);
    let claim = store.claim(&id("aa")).unwrap();
    assert_eq!(status(), RunStatus::Running);
    assert_eq!(
        search(store, "task", 1)[0].summary.status,
        RunStatus::Running
    );
    drop(claim);
    assert_eq!(status(), RunStatus::Interrupted);
    let resting = RunEvent::RunPaused {
        reason: String::new(),
    };
    store.append(&record("aa", 2, 1, resting)).unwrap();
    assert_eq!(status(), RunStatus::Paused);
}

fn a_claim_is_exclusive_until_it_is_dropped(store: &dyn Checkpointer) {
    let claim = store.claim(&id("aa")).unwrap();
    assert!(matches!(store.claim(&id("aa")), Err(StoreError::Busy(_))));
    let other = store.claim(&id("bb")).unwrap();
    drop(claim);
    let again = store.claim(&id("aa")).unwrap();
    assert!(matches!(store.claim(&id("bb")), Err(StoreError::Busy(_))));
    drop((again, other));
    for odd in ["../../etc/passwd", "", "a/b", "ä", &"x".repeat(5000)] {
        let claim = store.claim(&id(odd)).unwrap();
        assert!(matches!(store.claim(&id(odd)), Err(StoreError::Busy(_))));
        drop(claim);
    }
}

fn a_prefix_finds_one_run(store: &dyn Checkpointer) {
    for (run, second) in [("abc123", 1), ("abd456", 2), ("abc", 3), ("f00", 4)] {
        store.append(&started(run, second, "task")).unwrap();
    }
    assert_eq!(store.find("f").unwrap(), id("f00"));
    assert_eq!(store.find(" ABD ").unwrap(), id("abd456"));
    assert_eq!(
        store.find("abc").unwrap(),
        id("abc"),
        "a whole name wins over a longer one"
    );
    for missing in ["", "  ", "0", "abc1234"] {
        assert!(matches!(store.find(missing), Err(StoreError::NoSuchRun(_))));
    }
    let Err(StoreError::Ambiguous { prefix, candidates }) = store.find("ab") else {
        panic!("`ab` could be three runs");
    };
    assert_eq!(
        (prefix.as_str(), candidates.as_str()),
        ("ab", "abc, abd456, abc123")
    );
    for n in 0..20 {
        store
            .append(&started(&format!("0000000{n:02}"), n, "task"))
            .unwrap();
    }
    let Err(StoreError::Ambiguous { candidates, .. }) = store.find("0") else {
        panic!("`0` could be twenty runs");
    };
    assert_eq!(candidates.split(", ").count(), 5);
}

fn a_prefix_takes_no_wildcards(store: &dyn Checkpointer) {
    for run in ["abc", "a%c", "a_d"] {
        store.append(&started(run, 0, "task")).unwrap();
    }
    for wild in ["%", "_", "a%d", "_bc", "\\", "'", "a\\%c", "*", "a?"] {
        assert!(
            matches!(store.find(wild), Err(StoreError::NoSuchRun(_))),
            "{wild}"
        );
    }
    assert_eq!(store.find("a%").unwrap(), id("a%c"));
    assert_eq!(store.find("a_").unwrap(), id("a_d"));
}

fn search_wants_all_words_and_the_last_may_be_begun(store: &dyn Checkpointer) {
    append_all(
        store,
        &whole_run("aa", 0, "compare two kettles", "steel lasts", "buy steel"),
    );
    append_all(
        store,
        &whole_run("bb", 9, "compare teapots", "clay breaks", "buy iron"),
    );
    for (words, expected) in [
        ("kettles", vec!["aa"]),
        ("KETTLES Compare", vec!["aa"]),
        ("compare kett", vec!["aa"]),
        ("kett compare", vec![]),
        ("iron clay", vec!["bb"]),
        ("steel iron", vec![]),
        ("look", vec!["bb", "aa"]),
        ("", vec![]),
        (" \t\n", vec![]),
        ("missing", vec![]),
    ] {
        let mut hits = found(store, words);
        hits.sort_by_key(|run| std::cmp::Reverse(run.clone()));
        assert_eq!(hits, expected, "{words:?}");
    }
    assert_eq!(search(store, "compare", 1).len(), 1);
    assert_eq!(search(store, "compare", 0).len(), 0);
}

fn search_finds_signs_inside_of_a_text_without_spaces(store: &dyn Checkpointer) {
    append_all(
        store,
        &whole_run(
            "aa",
            0,
            "フランス経済の結果を比較する",
            "2023年の国内総生産は増加",
            "以上",
        ),
    );
    append_all(
        store,
        &whole_run(
            "bb",
            9,
            "한국경제의 성장",
            "GDP성장률은 낮다",
            "a plain answer",
        ),
    );
    for (words, expected) in [
        ("結果", vec!["aa"]),
        ("総生産", vec!["aa"]),
        ("比較する 2023", vec!["aa"]),
        ("果結", vec![]),
        ("경제", vec!["bb"]),
        ("성장률", vec!["bb"]),
        ("gdp", vec!["bb"]),
        ("プレ", vec![]),
    ] {
        assert_eq!(found(store, words), expected, "{words:?}");
    }
    let hit = search(store, "結果", 1).remove(0);
    assert!(hit.snippet.contains("**結果**を比較"), "{}", hit.snippet);
    assert_eq!(hit.summary.task, "フランス経済の結果を比較する");
}

fn search_takes_every_character_literally(store: &dyn Checkpointer) {
    append_all(
        store,
        &whole_run("aa", 0, "near OR far", "NOT so \"quoted\"", "x:y"),
    );
    append_all(store, &whole_run("bb", 0, "near", "far", "task"));
    for (words, expected) in [
        ("near OR nothing", vec![]),
        ("near AND far", vec![]),
        ("or far", vec!["aa"]),
        ("not quoted", vec!["aa"]),
        ("task:near", vec![]),
        ("\"", vec![]),
        ("quoted\"", vec!["aa"]),
        ("\"near\" *", vec!["aa", "bb"]),
        ("-far near^2", vec![]),
        ("(near", vec!["aa", "bb"]),
        ("NEAR(near far)", vec![]),
        ("nea\u{0}r", vec![]),
        ("'; DROP TABLE runs; --", vec![]),
        ("{task} : near", vec!["bb"]),
        ("*", vec![]),
        ("%", vec![]),
    ] {
        let mut hits = found(store, words);
        hits.sort();
        assert_eq!(hits, expected, "{words:?}");
    }
    assert_eq!(found(store, &"near ".repeat(10_000)).len(), 2);
    assert_eq!(store.count().unwrap(), 2);
}

fn the_task_counts_more_than_a_result(store: &dyn Checkpointer) {
    append_all(store, &whole_run("aa", 0, "iron", "clay", "wood"));
    append_all(store, &whole_run("bb", 9, "wood", "iron", "clay"));
    append_all(store, &whole_run("cc", 20, "sand", "rust", "dust"));
    assert_eq!(found(store, "iron"), ["aa", "bb"]);
    assert_eq!(found(store, "wood"), ["bb", "aa"]);
}

fn what_tools_brought_is_found_and_bounded(store: &dyn Checkpointer) {
    let mut records = whole_run("aa", 0, "tides", "r", "a");
    records.truncate(4);
    append_all(store, &records);
    let used = |call: u64, output: String| {
        let (step, call, tool) = (StepId::numbered(1), format!("t{call}"), "look".to_owned());
        let called = RunEvent::ToolCalled {
            step: step.clone(),
            call: call.clone(),
            tool: tool.clone(),
            arguments: serde_json::json!({}),
            round: 1,
            reach: None,
            asked: None,
        };
        let returned = RunEvent::ToolReturned {
            step,
            call,
            tool,
            ok: true,
            output,
            duration_ms: 1,
        };
        [called, returned]
    };
    let outputs = [
        "a lighthouse".to_owned(),
        format!("{} toolong", "ä ".repeat(20_000)),
    ];
    let outputs = outputs
        .into_iter()
        .chain((0..20).map(|n| format!("harbour{n} {}", "y ".repeat(8_000))));
    let events = outputs
        .zip(1..)
        .flat_map(|(output, call)| used(call, output));
    for (event, seq) in events.zip(5_u64..) {
        store.append(&record("aa", seq, 5, event)).unwrap();
        if seq == 6 {
            assert_eq!(found(store, "lighthouse"), ["aa"], "as soon as it is there");
        }
    }
    assert_eq!(found(store, "harbour19"), ["aa"], "the newest");
    assert_eq!(
        found(store, "toolong"),
        [""; 0],
        "the end of a long one is left out"
    );
    assert_eq!(
        found(store, "harbour0"),
        [""; 0],
        "the oldest of many is left out"
    );
}

fn snippets_are_one_short_line(store: &dyn Checkpointer) {
    let long = "word ".repeat(2000);
    let result = format!("{long}\n\nfirst line\nthe needle\tin\r\nhay\n{long}");
    append_all(store, &whole_run("aa", 0, "task", &result, "answer"));
    append_all(
        store,
        &whole_run("bb", 9, "task", &"x".repeat(100_000), "answer"),
    );
    let hit = search(store, "needle", 1).remove(0);
    assert!(hit.snippet.contains("**needle**"), "{}", hit.snippet);
    assert!(!hit.snippet.contains(['\n', '\r', '\t']), "{}", hit.snippet);
    assert!(hit.snippet.chars().count() <= 250, "{}", hit.snippet);
    let hit = search(store, "xx", 1).remove(0);
    assert!(hit.snippet.chars().count() <= 250);
}

fn the_trash_hides_and_gives_back(store: &dyn Checkpointer) {
    let records = whole_run("aa", 0, "kettles", "r", "a");
    append_all(store, &records[..3]);
    store.delete(&id("aa")).unwrap();
    let gone = |result: Result<(), StoreError>| {
        assert!(matches!(result, Err(StoreError::NoSuchRun(_))));
    };
    assert_eq!(runs(store), [""; 0]);
    assert_eq!(store.count().unwrap(), 0);
    assert_eq!(found(store, "kettles"), [""; 0]);
    gone(store.find("aa").map(drop));
    gone(store.load(&id("aa")).map(drop));
    gone(store.append(&records[3]));
    gone(store.delete(&id("aa")));
    gone(store.restore(&id("bb")));
    store.restore(&id("aa")).unwrap();
    gone(store.restore(&id("aa")));
    store.append(&records[3]).unwrap();
    assert_eq!(store.load(&id("aa")).unwrap(), records[..4]);
    assert_eq!(found(store, "kettles"), ["aa"]);
}

fn erasing_leaves_nothing(store: &dyn Checkpointer) {
    append_all(store, &whole_run("aa", 0, "kettles", "r", "a"));
    append_all(store, &whole_run("bb", 0, "teapots", "r", "a"));
    let call = CallTranscript {
        call: "c1".to_owned(),
        request: "{}".to_owned(),
        reply: String::new(),
        thinking: String::new(),
    };
    store.keep_call(&id("aa"), &call).unwrap();
    store.erase(&id("aa")).unwrap();
    assert_eq!(runs(store), ["bb"]);
    assert_eq!(found(store, "kettles"), [""; 0]);
    assert_eq!(store.call(&id("aa"), "c1").unwrap(), None);
    for missing in [store.erase(&id("aa")), store.restore(&id("aa"))] {
        assert!(matches!(missing, Err(StoreError::NoSuchRun(_))));
    }
    store.delete(&id("bb")).unwrap();
    store.erase(&id("bb")).unwrap();
    append_all(store, &whole_run("aa", 0, "spoons", "r", "a"));
    assert_eq!(found(store, "spoons"), ["aa"], "the name is free again");
}

fn a_run_at_work_is_not_deleted(store: &dyn Checkpointer) {
    store.append(&started("aa", 0, "task")).unwrap();
    let claim = store.claim(&id("aa")).unwrap();
    for refused in [store.delete(&id("aa")), store.erase(&id("aa"))] {
        assert!(matches!(refused, Err(StoreError::Busy(_))));
    }
    assert_eq!(runs(store), ["aa"]);
    drop(claim);
    store.delete(&id("aa")).unwrap();
}

fn transcripts_are_kept_and_capped(store: &dyn Checkpointer) {
    let transcript = |call: &str, reply: String| CallTranscript {
        call: call.to_owned(),
        request: "{\"model\":\"small\"}".to_owned(),
        reply,
        thinking: "hm".to_owned(),
    };
    let early = store.keep_call(&id("aa"), &transcript("c1", String::new()));
    assert!(matches!(early, Err(StoreError::NoSuchRun(_))));
    store.append(&started("aa", 0, "task")).unwrap();
    assert_eq!(store.call(&id("aa"), "c1").unwrap(), None);
    for reply in ["first", "second"] {
        let kept = transcript("c1", reply.to_owned());
        store.keep_call(&id("aa"), &kept).unwrap();
        assert_eq!(store.call(&id("aa"), "c1").unwrap(), Some(kept));
    }
    let long = transcript("c2", format!("a{}", "ü".repeat(1024 * 1024)));
    store.keep_call(&id("aa"), &long).unwrap();
    let kept = store.call(&id("aa"), "c2").unwrap().unwrap();
    assert!(kept.reply.len() <= 1024 * 1024 + 100);
    assert!(kept.reply.ends_with("ü\n[… 1048578 bytes left out]"));
    assert_eq!((kept.request, kept.thinking), (long.request, long.thinking));
}

fn a_look_over_counts(store: &dyn Checkpointer) {
    for run in ["aa", "bb", "cc"] {
        append_all(store, &whole_run(run, 0, "task", "r", "a"));
    }
    store.delete(&id("bb")).unwrap();
    let health = store.check().unwrap();
    assert_eq!((health.runs, health.trashed), (2, 1));
    assert_eq!(health.problems, [""; 0]);
}
