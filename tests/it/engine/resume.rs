//! Resume is fold and carry on: from every prefix of a log, without repeating a finished step.

use std::collections::BTreeSet;
use std::sync::Arc;

use planwright::domain::event::{ApprovalPolicy, EventRecord, RunEvent};
use planwright::domain::ids::StepId;
use planwright::domain::state::{PlanExecuteState, RunStatus};
use planwright::session::{ResumeOptions, RunOutcome, Session};
use planwright::store::Checkpointer;
use planwright::store::memory::MemoryStore;

use super::harness::{Bench, Ran, STEPS, config, plan, replan, request, respond, watch};
use crate::support::{FakeOllama, Kind, Reply, Script};

/// A server whose answers depend on the request alone, with a replan in the middle.
fn steady() -> Script {
    Script::new().by(|seen| match seen.kind() {
        Kind::Planner => plan(&STEPS[..2]),
        Kind::Executor => {
            let step = seen.now().lines().nth(1).unwrap_or_default().to_owned();
            Reply::text(format!("Result of {step}"))
        }
        Kind::Replanner if seen.last().contains(STEPS[2]) => respond(),
        Kind::Replanner => replan("the comparison is missing", &[STEPS[2]]),
        _ => Reply::text(format!(
            "{} results",
            seen.last().matches("</result>").count()
        )),
    })
}

async fn resume_from(server: &FakeOllama, prefix: &[EventRecord]) -> Ran {
    let store = Arc::new(MemoryStore::new());
    for record in prefix {
        store.append(record).unwrap();
    }
    let session = Session::with_store(config(&server.url()), store).unwrap();
    let options = ResumeOptions {
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    watch(session.resume(&prefix[0].run, options).unwrap(), |_| None).await
}

#[tokio::test]
async fn from_every_prefix_of_a_log_the_answer_is_the_same() {
    let bench = Bench::new(steady());
    let whole = bench.run("Compare").await;
    assert_eq!(whole.response(), "3 results");
    for end in 1..whole.records.len() {
        let again = resume_from(&bench.server, &whole.records[..end]).await;
        assert_eq!(again.outcome, RunOutcome::Completed, "after {end} records");
        assert_eq!(again.response(), whole.response(), "after {end} records");
        assert_eq!(again.results(), whole.results(), "after {end} records");
        assert_eq!(again.plan(), STEPS, "after {end} records");
        assert_eq!(again.state.iteration_count, 2, "after {end} records");
        let mut done = BTreeSet::new();
        for record in &again.records {
            if let RunEvent::StepFinished { step, .. } = &record.event {
                assert!(
                    done.insert(step.clone()),
                    "{step} was finished twice after {end} records"
                );
            }
        }
        let numbers: Vec<u64> = again.records.iter().map(|record| record.seq).collect();
        assert_eq!(
            numbers,
            (1..=again.records.len() as u64).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn what_is_finished_is_not_asked_of_the_model_again() {
    let bench = Bench::new(steady());
    let whole = bench.run("Compare").await;
    let first_done = whole
        .records
        .iter()
        .position(|record| matches!(&record.event, RunEvent::StepFinished { .. }))
        .unwrap();
    let before = bench.server.chat_requests().len();
    resume_from(&bench.server, &whole.records[..=first_done]).await;
    let asked = &bench.server.chat_requests()[before..];
    assert!(asked.iter().all(|chat| chat.kind() != Kind::Planner));
    assert!(
        asked
            .iter()
            .all(|chat| !chat.now().contains(&format!("Step: {}", STEPS[0])))
    );
}

#[tokio::test]
async fn a_step_cut_short_by_a_crash_is_begun_again_as_another_attempt() {
    let bench = Bench::new(steady());
    let whole = bench.run("Compare").await;
    let begun = whole
        .records
        .iter()
        .position(|record| matches!(&record.event, RunEvent::StepStarted { .. }))
        .unwrap();
    let again = resume_from(&bench.server, &whole.records[..=begun]).await;
    assert_eq!(
        again.state.planned(&StepId::numbered(1)).unwrap().attempts,
        2
    );
    let seen = bench.server.chat_requests();
    let retried = seen
        .iter()
        .filter(|chat| chat.now().contains("An earlier attempt"));
    assert_eq!(retried.count(), 1, "the executor hears of it");
}

#[tokio::test]
async fn a_completed_run_is_not_resumed() {
    let bench = Bench::new(steady());
    let ran = bench.run("Compare").await;
    let run = ran.state.run.clone().unwrap();
    let options = ResumeOptions {
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    let refused = bench
        .session
        .resume(&run, options)
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("completed"), "{refused}");
}

#[tokio::test]
async fn a_run_at_work_is_not_resumed_by_a_second_one() {
    let script = steady().once(Kind::Executor, Reply::text("x").hang_after(0));
    let bench = Bench::new(script);
    let handle = bench.start(request("Compare"));
    assert!(
        bench
            .server
            .wait_chats(2, std::time::Duration::from_secs(10))
            .await
    );
    let options = ResumeOptions {
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    let refused = bench
        .session
        .resume(&handle.run, options)
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("another process"), "{refused}");
    assert_eq!(bench.session.newest_resumable().unwrap(), None);
    handle.cancel.cancel();
    let run = handle.run.clone();
    assert_eq!(
        watch(handle, |_| None).await.outcome,
        RunOutcome::Interrupted
    );
    assert_eq!(bench.session.newest_resumable().unwrap(), Some(run));
}

#[tokio::test]
async fn totals_leave_out_the_time_between_processes() {
    let bench = Bench::new(steady());
    let whole = bench.run("Compare").await;
    let mut log = whole.records[..8].to_vec();
    let state = PlanExecuteState::replay(&log);
    assert_eq!(state.status, RunStatus::Running);
    let before = state.totals.duration_ms;
    let mut resumed = log[7].clone();
    resumed.seq += 1;
    resumed.at = resumed
        .at
        .checked_add(jiff::SignedDuration::from_hours(24))
        .unwrap();
    resumed.event = RunEvent::RunResumed {
        reason: String::new(),
        limits: None,
    };
    log.push(resumed);
    assert_eq!(PlanExecuteState::replay(&log).totals.duration_ms, before);
}
