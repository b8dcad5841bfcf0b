//! A thread carries task and answer of its earlier runs into the next one; nothing leaks without it.

use planwright::domain::event::RunEvent;
use planwright::session::{RunOutcome, RunRequest};

use super::harness::{Bench, Ran, STEPS, request, watch};
use crate::support::{Kind, Reply, Script};

fn script() -> Script {
    Script::happy(&STEPS)
        .step(Reply::text("a raw result"))
        .answer(Reply::text("Oslo has 700,000 inhabitants."))
}

async fn said(bench: &Bench, task: &str, thread: Option<&str>) -> Ran {
    let wanted = RunRequest {
        thread: thread.map(str::to_owned),
        ..request(task)
    };
    let ran = watch(bench.start(wanted), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    ran
}

#[tokio::test]
async fn the_next_run_of_a_thread_knows_what_was_asked_and_answered() {
    let bench = Bench::new(script());
    said(&bench, "How many live in Oslo?", Some("norway")).await;
    said(&bench, "What is a fjord?", Some("words")).await;
    let before = bench.server.chat_requests().len();
    let ran = said(&bench, "And in Bergen?", Some("norway")).await;
    assert_eq!(ran.state.thread.as_deref(), Some("norway"));
    let told = ran.records.iter().find_map(|record| match &record.event {
        RunEvent::ThreadRecalled { entries } => Some((record.seq, entries.clone())),
        _ => None,
    });
    let (seq, entries) = told.unwrap();
    assert_eq!((seq, entries.len()), (2, 1));
    assert_eq!(entries[0].task, "How many live in Oslo?");
    for seen in &bench.server.chat_requests()[before..] {
        assert!(seen.last().contains("Oslo has 700,000 inhabitants."));
        assert!(!seen.last().contains("fjord"), "another thread");
    }
    let planner = &bench.server.chat_requests()[before];
    assert!(
        !planner.last().contains("a raw result"),
        "raw steps are not carried"
    );
}

#[tokio::test]
async fn nothing_leaks_without_a_thread() {
    let bench = Bench::new(script());
    said(&bench, "How many live in Oslo?", Some("norway")).await;
    let before = bench.server.chat_requests().len();
    let ran = said(&bench, "And in Bergen?", None).await;
    assert!(ran.state.recalled.is_empty());
    let all = bench.server.chat_requests();
    assert!(
        all[before..]
            .iter()
            .all(|seen| !seen.last().contains("How many live"))
    );
}

#[tokio::test]
async fn what_is_remembered_is_bounded_and_the_first_to_go() {
    let long = "word ".repeat(3_000);
    let script = Script::happy(&STEPS).answer(Reply::text(long).token_chars(4_000));
    let bench = Bench::with(script, |config| config.ollama.num_ctx = 2_048);
    for n in 0..12 {
        said(&bench, &format!("Question {n}"), Some("long")).await;
    }
    let ran = said(&bench, "The last question", Some("long")).await;
    assert_eq!(ran.state.recalled.len(), 10);
    assert!(
        ran.state
            .recalled
            .iter()
            .all(|entry| entry.answer.chars().count() < 2_100)
    );
    let asked = bench.server.chat_requests();
    let last = asked
        .iter()
        .rev()
        .find(|seen| seen.kind() == Kind::Planner)
        .unwrap();
    assert!(!last.last().contains("Question 3") && last.last().contains("The last question"));
}

#[tokio::test]
async fn a_thread_has_a_name_that_can_be_shown() {
    let bench = Bench::new(script());
    for name in ["", "  ", "a\u{1b}[2J", &"x".repeat(201)] {
        let wanted = RunRequest {
            thread: Some(name.to_owned()),
            ..request("Task")
        };
        let refused = bench.session.start(wanted).err().unwrap().to_string();
        assert!(
            refused.contains("cannot be named") && !refused.contains('\u{1b}'),
            "{refused}"
        );
    }
}
