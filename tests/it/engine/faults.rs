//! What goes wrong between planwright and a model server, and what a run makes of it.

use std::time::Duration;

use planwright::domain::event::{DeltaKind, RunEvent};
use planwright::domain::state::RunStatus;
use planwright::session::RunOutcome;

use super::harness::{Bench, STEPS, request, watch};
use crate::support::{FakeModel, Kind, Reply, Script};

#[tokio::test]
async fn passing_faults_are_met_by_trying_again() {
    let faults = [
        Reply::text("a half answer").end_after(2),
        Reply::text("a half answer").reset_after(2),
        Reply::text("a half answer").error_after(2, "runner terminated"),
        Reply::text("").reset_before_headers(),
        Reply::status(408, "timeout"),
        Reply::status(429, "slow down"),
        Reply::status(500, "oops"),
        Reply::status(502, "bad gateway"),
        Reply::status(503, "busy"),
        Reply::status(504, "gateway timeout"),
    ];
    for fault in faults {
        let what = format!("{fault:?}");
        let ran = Bench::new(Script::happy(&STEPS).once(Kind::Executor, fault))
            .run("Compare")
            .await;
        assert_eq!(ran.outcome, RunOutcome::Completed, "{what}");
        assert_eq!(
            ran.results()[0],
            "Result of step 1: Find the GDP of France, done.",
            "what was cut off is never a result: {what}"
        );
        let retries: u32 = ran
            .records
            .iter()
            .map(|record| {
                if let RunEvent::ModelCalled(call) = &record.event {
                    call.retries
                } else {
                    0
                }
            })
            .sum();
        assert_eq!(retries, 1, "{what}");
        let restarts = ran
            .deltas
            .iter()
            .filter(|delta| delta.kind == DeltaKind::Restart && !delta.text.is_empty());
        assert_eq!(restarts.count(), 1, "who watches is told why: {what}");
    }
}

#[tokio::test]
async fn an_outage_in_the_middle_of_a_run_is_survived() {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::text("slow words arrive one by one").token_delay(Duration::from_millis(40)),
    );
    let bench = Bench::with(script, |config| {
        config.retry.attempts = 6;
        config.retry.first_delay = Duration::from_millis(50);
        config.retry.max_delay = Duration::from_millis(400);
    });
    let mut handle = bench.start(request("Compare"));
    assert!(bench.server.wait_chats(2, Duration::from_secs(10)).await);
    bench.server.go_down();
    let mut missed = 0;
    while let Some(update) = handle.updates.recv().await {
        if let planwright::session::EngineUpdate::Delta(delta) = update
            && delta.kind == DeltaKind::Restart
            && delta.text.contains("cannot reach")
        {
            missed += 1;
            if missed == 2 {
                bench.server.come_back();
            }
        }
    }
    assert_eq!(handle.done.await.unwrap(), RunOutcome::Completed);
    assert!(missed >= 2);
}

#[tokio::test]
async fn a_server_that_refuses_the_first_contact_is_reported_at_once() {
    let bench = Bench::new(Script::happy(&STEPS));
    bench.server.go_down();
    let ran = bench.run("Compare").await;
    let RunOutcome::ServerUnusable { error, hint } = &ran.outcome else {
        panic!("{:?}", ran.outcome)
    };
    assert!(error.contains(&bench.server.url()), "{error}");
    assert!(hint.as_ref().unwrap().contains("ollama serve"));
    assert_eq!(ran.state.status, RunStatus::Failed, "the run is kept");
    bench.server.come_back();
    let again = bench.resume(&ran).await;
    assert_eq!(again.outcome, RunOutcome::Completed);
    assert_eq!(again.state.past_steps.len(), 3);
}

#[tokio::test]
async fn the_first_contact_meets_passing_faults_by_trying_again() {
    let busy = Script::happy(&STEPS).admin("/api/tags", Reply::status(503, "busy"));
    let bench = Bench::with(busy, |config| config.model = "auto".to_owned());
    let ran = bench.run("Compare").await;
    assert!(matches!(ran.outcome, RunOutcome::ServerUnusable { .. }));
    let requests = bench.server.requests();
    let asked = requests
        .iter()
        .filter(|request| request.path == "/api/tags");
    assert_eq!(asked.count(), 4, "three repetitions, as configured");
}

#[tokio::test]
async fn cancelling_while_the_models_are_looked_for_is_no_missing_model() {
    let silent = Script::happy(&STEPS).admin("/api/tags", Reply::raw("").hang_before_headers());
    let bench = Bench::with(silent, |config| config.model = "auto".to_owned());
    let handle = bench.start(request("Compare"));
    handle.cancel.cancel();
    let ran = watch(handle, |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Interrupted);
    assert_eq!(ran.outline(), ["started", "interrupted"]);
}

#[tokio::test]
async fn the_time_budget_covers_the_first_contact_too() {
    let silent = Script::happy(&STEPS).admin("/api/tags", Reply::raw("").hang_before_headers());
    let bench = Bench::with(silent, |config| {
        config.model = "auto".to_owned();
        config.limits.timeout_s = Some(1);
    });
    let ran = bench.run("Compare").await;
    assert!(
        matches!(&ran.outcome, RunOutcome::Failed { error, .. } if error.contains("time budget")),
        "{:?}",
        ran.outcome
    );
    assert_eq!(ran.state.status, RunStatus::Failed, "the run is kept");
}

#[tokio::test]
async fn a_server_that_stays_away_stops_the_run_where_it_is() {
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("Result of step 1."))
        .once(Kind::Executor, Reply::text("x").hang_after(0));
    let bench = Bench::new(script);
    let mut handle = bench.start(request("Compare"));
    assert!(bench.server.wait_chats(3, Duration::from_secs(10)).await);
    bench.server.go_down();
    while handle.updates.recv().await.is_some() {}
    assert!(matches!(
        handle.done.await.unwrap(),
        RunOutcome::ServerUnusable { .. }
    ));
    let records = bench.session.store().load(&handle.run).unwrap();
    let state = planwright::domain::state::PlanExecuteState::replay(&records);
    assert_eq!(
        state.past_steps.len(),
        1,
        "a step that could not be tried is not a failed step"
    );
}

#[tokio::test]
async fn a_missing_model_is_named_with_its_remedy() {
    let bench = Bench::with(Script::happy(&STEPS), |config| {
        config.model = "nope:7b".to_owned();
    });
    let ran = bench.run("Compare").await;
    let RunOutcome::ServerUnusable { error, hint } = ran.outcome else {
        panic!("{:?}", ran.outcome)
    };
    assert!(error.contains("nope:7b"), "{error}");
    assert!(hint.unwrap().contains("planwright models pull nope:7b"));
}

#[tokio::test]
async fn auto_takes_the_model_that_the_server_got_last_and_records_it() {
    let models = [
        FakeModel::new("old:1b").modified_at("2025-01-01T00:00:00Z"),
        FakeModel::new("new:1b").modified_at("2026-01-01T00:00:00Z"),
    ];
    let bench = Bench::with(Script::happy(&STEPS).models(models), |config| {
        config.model = "auto".to_owned();
    });
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.models.executor, "new:1b");
    let none = Bench::with(Script::happy(&STEPS).models([]), |config| {
        config.model = "auto".to_owned();
    });
    let ran = none.run("Compare").await;
    let RunOutcome::ServerUnusable { error, hint } = ran.outcome else {
        panic!("{:?}", ran.outcome)
    };
    assert!(
        error.contains("no models") && hint.unwrap().contains("pull"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_describes_nothing_is_used_all_the_same() {
    let script = Script::happy(&STEPS).admin(
        "/api/show",
        Reply::raw("<h1>404 Not Found</h1>").with_status(404),
    );
    let ran = Bench::new(script).run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(
        ran.notices().contains("does not describe"),
        "{}",
        ran.notices()
    );
}

#[tokio::test]
async fn cancelling_closes_the_connection_and_records_it() {
    let script =
        Script::happy(&STEPS).once(Kind::Executor, Reply::text("one two three").hang_after(2));
    let bench = Bench::new(script);
    let handle = bench.start(request("Compare"));
    let cancel = handle.cancel.clone();
    let ran = watch(handle, |record| {
        if matches!(&record.event, RunEvent::StepStarted { .. }) {
            cancel.cancel();
        }
        None
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Interrupted);
    assert_eq!(ran.outline().last(), Some(&"interrupted"));
    let again = bench.resume(&ran).await;
    assert_eq!(again.outcome, RunOutcome::Completed);
    assert_eq!(
        again
            .state
            .planned(&planwright::domain::ids::StepId::numbered(1))
            .unwrap()
            .attempts,
        2
    );
}

#[tokio::test]
async fn cancelling_in_the_middle_of_a_reply_is_noticed_by_the_server() {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::text("one two three four").hang_after(2),
    );
    let bench = Bench::new(script);
    let mut handle = bench.start(request("Compare"));
    while let Some(update) = handle.updates.recv().await {
        if let planwright::session::EngineUpdate::Delta(delta) = update
            && delta.kind == DeltaKind::Content
            && delta.step.is_some()
        {
            handle.cancel.cancel();
        }
    }
    assert_eq!(handle.done.await.unwrap(), RunOutcome::Interrupted);
    assert!(bench.server.wait_cancelled(1, Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_reader_that_is_gone_does_not_stop_the_run() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut handle = bench.start(request("Compare"));
    handle.updates.close();
    drop(handle.updates);
    assert_eq!(handle.done.await.unwrap(), RunOutcome::Completed);
}

#[tokio::test]
async fn the_time_budget_ends_in_a_forced_answer() {
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("the first result"))
        .step(Reply::text("x").hang_after(0));
    let bench = Bench::with(script, |config| config.limits.timeout_s = Some(1));
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let incomplete = ran.state.incomplete.clone().unwrap();
    assert!(
        incomplete.contains("time budget of 1 s") && incomplete.contains(STEPS[1]),
        "{incomplete}"
    );
    let asked = bench.server.chat_requests();
    assert!(asked.last().unwrap().last().contains("the first result"));
}

#[tokio::test]
async fn where_no_model_answers_in_time_the_run_fails_and_can_be_resumed() {
    let bench = Bench::with(
        Script::happy(&STEPS)
            .once(Kind::Executor, Reply::text("x").hang_after(0))
            .once(Kind::Finalizer, Reply::text("x").hang_after(0)),
        |config| config.limits.timeout_s = Some(1),
    );
    let ran = bench.run("Compare").await;
    assert!(
        matches!(ran.outcome, RunOutcome::Failed { .. }),
        "{:?}",
        ran.outcome
    );
    assert_eq!(ran.state.status, RunStatus::Failed);
    assert!(ran.state.hint.clone().unwrap().contains("resume"));
    let again = bench.resume(&ran).await;
    assert_eq!(again.outcome, RunOutcome::Completed);
    assert_eq!(
        again.state.past_steps.len(),
        3,
        "with new time, the work goes on"
    );
    assert_eq!(again.state.incomplete, None);
}

#[tokio::test]
async fn a_server_that_has_answered_once_is_waited_for() {
    let models = [FakeModel::new("new:1b")];
    let bench = Bench::with(Script::happy(&STEPS).models(models), |config| {
        config.model = "auto".to_owned();
        config.retry.attempts = 6;
        config.retry.first_delay = Duration::from_millis(20);
        config.retry.max_delay = Duration::from_millis(200);
    });
    let mut handle = bench.start(request("Compare"));
    // The first record follows the answer to the list of models; the server is asked what the model is after it.
    while let Some(update) = handle.updates.recv().await {
        if let planwright::session::EngineUpdate::Event(record) = update
            && matches!(&record.event, RunEvent::RunStarted { .. })
        {
            bench.server.go_down();
            break;
        }
    }
    let back = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        bench.server.come_back();
    };
    let rest = async { while handle.updates.recv().await.is_some() {} };
    tokio::join!(back, rest);
    assert_eq!(handle.done.await.unwrap(), RunOutcome::Completed);
}
