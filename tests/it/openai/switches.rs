//! A role whose model cannot be used goes on with its next fallback, and the log says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use planwright::config::{KeySource, ProviderConfig, ProviderKind};
use planwright::domain::chat::Role;
use planwright::domain::event::{ModelCall, RunEvent};
use planwright::domain::plan::plan_hash;
use planwright::session::{RunCommand, RunOutcome, Session};

use crate::engine::harness::{Ran, attended, config, request, watch};
use crate::program::Program;
use crate::support::openai::{Answer, FakeOpenAi, happy};
use crate::support::{FakeModel, FakeOllama, Kind, Reply, Script};

const STEPS: &[&str] = &["Find the facts", "Compare the facts"];
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1/v1";

fn provider(url: &str) -> ProviderConfig {
    ProviderConfig {
        kind: ProviderKind::OpenAi,
        base_url: url.to_owned(),
        key: KeySource::None,
        slots: 1,
        num_ctx: None,
        tools: true,
        connect_timeout: None,
        first_token_timeout: None,
        idle_timeout: None,
    }
}

/// A session on Ollama whose executor is `cluster:big` at `url`, with these fallbacks.
fn session(ollama: &FakeOllama, url: &str, fallbacks: &[&str]) -> Session {
    let mut config = config(&ollama.url());
    config.retry.attempts = 1;
    config.providers.insert("cluster".to_owned(), provider(url));
    config
        .providers
        .insert("away".to_owned(), provider(NOWHERE));
    config.executor_model = Some("cluster:big".to_owned());
    let fallbacks = fallbacks.iter().map(|&name| name.to_owned()).collect();
    config.fallbacks.insert(Role::Executor, fallbacks);
    Session::in_memory(config).unwrap()
}

async fn run(session: &Session) -> Ran {
    watch(session.start(request("Compare")).unwrap(), |_| None).await
}

/// The switches: role, from, to.
fn switches(ran: &Ran) -> Vec<(Role, &str, &str)> {
    let of = |event| match event {
        &RunEvent::ModelSwitched {
            role,
            ref from,
            ref to,
            ..
        } => Some((role, from.as_str(), to.as_str())),
        _ => None,
    };
    let records = ran.records.iter();
    records.filter_map(|record| of(&record.event)).collect()
}

fn calls(ran: &Ran) -> Vec<&ModelCall> {
    let records = ran.records.iter();
    records
        .filter_map(|record| match &record.event {
            RunEvent::ModelCalled(call) => Some(&**call),
            _ => None,
        })
        .collect()
}

fn two_models() -> Script {
    Script::happy(STEPS).models([
        FakeModel::new("tiny:1b"),
        FakeModel::new("spare:1b").context(2048),
    ])
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_is_replaced_before_anything_runs() {
    let ollama = FakeOllama::start(two_models());
    let session = session(&ollama, NOWHERE, &["away:x", "nope:1b", "spare:1b"]);
    let ran = run(&session).await;
    assert_eq!(ran.outcome, RunOutcome::Completed, "{:?}", ran.state.error);
    assert_eq!(
        switches(&ran),
        [(Role::Executor, "cluster:big", "spare:1b")]
    );
    assert_eq!(ran.state.models.executor, "spare:1b");
    assert_eq!(ran.state.models.planner, "tiny:1b");
    let at = |wanted: fn(&RunEvent) -> bool| ran.records.iter().position(|r| wanted(&r.event));
    let switched = at(|event| matches!(event, RunEvent::ModelSwitched { .. }));
    assert!(switched < at(|event| matches!(event, RunEvent::ModelCalled(_))));
    for words in [
        "cannot fall back on `away:x`",
        "cannot fall back on `nope:1b`",
    ] {
        assert!(ran.notices().contains(words), "{}", ran.notices());
    }
    for chat in ollama
        .chat_requests()
        .iter()
        .filter(|chat| chat.kind() == Kind::Executor)
    {
        assert_eq!(
            (chat.model.as_str(), chat.num_ctx),
            ("spare:1b", Some(2048))
        );
    }
}

#[tokio::test]
async fn fallbacks_that_are_not_needed_are_not_asked() {
    let ollama = FakeOllama::start(two_models());
    let cluster = FakeOpenAi::happy(STEPS);
    let session = session(&ollama, &cluster.url(), &["away:x", "spare:1b"]);
    let ran = run(&session).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(switches(&ran), []);
    assert!(!ran.notices().contains("away"), "{}", ran.notices());
    let shown = ollama
        .requests()
        .into_iter()
        .filter(|request| request.path == "/api/show");
    assert!(
        shown
            .into_iter()
            .all(|request| request.body["model"] == "tiny:1b")
    );
}

#[tokio::test]
async fn a_server_that_goes_away_in_mid_run_is_replaced_and_the_run_goes_on() {
    let ollama = FakeOllama::start(two_models());
    let mut cluster = Some(FakeOpenAi::happy(STEPS));
    let url = cluster.as_ref().unwrap().url();
    let session = session(&ollama, &url, &["tiny:1b"]);
    let handle = session.start(attended("Compare")).unwrap();
    let ran = watch(handle, |record| match &record.event {
        RunEvent::PlanProposed { steps, .. } => Some(RunCommand::Approve {
            hash: plan_hash(steps),
            stepwise: true,
        }),
        // Between the first and the second step.
        RunEvent::RunPaused { .. } => {
            cluster.take();
            Some(RunCommand::Continue { stepwise: false })
        }
        _ => None,
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed, "{:?}", ran.state.error);
    assert_eq!(switches(&ran), [(Role::Executor, "cluster:big", "tiny:1b")]);
    let reason = ran.records.iter().find_map(|record| match &record.event {
        RunEvent::ModelSwitched { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    let reason = reason.unwrap();
    assert!(
        reason.contains("`cluster`") || reason.contains("cut off"),
        "{reason}"
    );
    assert_eq!(
        ran.results(),
        [
            "Result of step 1.",
            "Result of step 2: Compare the facts, done."
        ]
    );
    let by: Vec<_> = calls(&ran)
        .into_iter()
        .filter(|call| call.role == Role::Executor)
        .collect();
    let by: Vec<_> = by
        .iter()
        .map(|call| (call.model.as_str(), call.ok))
        .collect();
    assert_eq!(
        by,
        [
            ("cluster:big", true),
            ("cluster:big", false),
            ("tiny:1b", true)
        ]
    );
}

/// A run whose executor fell back on `tiny:1b` and that was stopped in its second step.
async fn fallen_back(session: &Session) -> Ran {
    let handle = session.start(request("Compare")).unwrap();
    let cancel = handle.cancel.clone();
    let mut finished = false;
    let ran = watch(handle, |record| {
        finished |= matches!(record.event, RunEvent::StepFinished { .. });
        if finished && matches!(record.event, RunEvent::StepStarted { .. }) {
            cancel.cancel();
        }
        None
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Interrupted);
    assert_eq!(switches(&ran), [(Role::Executor, "cluster:big", "tiny:1b")]);
    ran
}

async fn resumed(session: &Session, ran: &Ran) -> Ran {
    let run = ran.state.run.clone().unwrap();
    let options = planwright::session::ResumeOptions {
        approval: planwright::domain::event::ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
    };
    let ran = watch(session.resume(&run, options).unwrap(), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed, "{:?}", ran.state.error);
    ran
}

fn slow_second_step() -> Script {
    let slow = Reply::text("Never.").first_delay(Duration::from_secs(60));
    two_models()
        .once(Kind::Executor, Reply::text("One."))
        .once(Kind::Executor, slow)
}

/// Whoever did the job at the start is asked first when the run goes on, and falls back again where it still fails.
#[tokio::test]
async fn a_resumed_run_returns_to_the_model_it_fell_back_from() {
    for is_well in [true, false] {
        let ollama = FakeOllama::start(slow_second_step());
        let sick = Arc::new(AtomicBool::new(true));
        let health = Arc::clone(&sick);
        let cluster = FakeOpenAi::start(move |asked| match asked.job() {
            Kind::Executor if health.load(Ordering::Relaxed) => Answer::status(503, "overloaded"),
            _ => happy(STEPS, asked),
        });
        let session = session(&ollama, &cluster.url(), &["tiny:1b"]);
        let ran = fallen_back(&session).await;
        sick.store(!is_well, Ordering::Relaxed);
        let ran = resumed(&session, &ran).await;
        let away = (Role::Executor, "cluster:big", "tiny:1b");
        let back = (Role::Executor, "tiny:1b", "cluster:big");
        let wanted = if is_well {
            vec![away, back]
        } else {
            vec![away, back, away]
        };
        assert_eq!(switches(&ran), wanted);
        assert_eq!(ran.state.models.executor, wanted.last().unwrap().2);
        let shares = (&ran.state.models.summarizer, &ran.state.models.verifier);
        assert_eq!(
            shares,
            (&None, &None),
            "who shared the executor's model shares it again"
        );
        let last = calls(&ran)
            .into_iter()
            .rfind(|call| call.role == Role::Executor && call.ok)
            .unwrap();
        assert_eq!(last.model, wanted.last().unwrap().2);
        let why = ran
            .records
            .iter()
            .rev()
            .find_map(|record| match &record.event {
                RunEvent::ModelSwitched { to, reason, .. } if to == "cluster:big" => {
                    Some(reason.as_str())
                }
                _ => None,
            });
        assert_eq!(why, Some("it is there again"));
    }
}

/// A model that is still away is asked once, and the run goes on without it.
#[tokio::test]
async fn a_model_that_is_still_away_at_resume_is_not_waited_for() {
    let ollama = FakeOllama::start(slow_second_step());
    let session = session(&ollama, NOWHERE, &["tiny:1b"]);
    let ran = fallen_back(&session).await;
    let ran = resumed(&session, &ran).await;
    assert_eq!(switches(&ran).len(), 1);
    assert_eq!(ran.state.models.executor, "tiny:1b");
    let notices = ran.notices();
    assert_eq!(
        notices.matches("`cluster:big` is still away").count(),
        1,
        "{notices}"
    );
}

#[tokio::test]
async fn a_run_fails_only_where_no_fallback_is_left() {
    let ollama = FakeOllama::start(two_models());
    let session = session(&ollama, NOWHERE, &["away:x", "nope:1b"]);
    let ran = run(&session).await;
    let RunOutcome::ServerUnusable { error, hint } = &ran.outcome else {
        panic!("{:?}", ran.outcome);
    };
    assert!(error.contains("the provider `cluster`"), "{error}");
    assert!(
        hint.as_ref().unwrap().contains("[providers.cluster]"),
        "{hint:?}"
    );
    assert_eq!(switches(&ran), []);
    assert_eq!(
        ran.state.models.executor, "cluster:big",
        "to be asked first on resume"
    );
    assert!(ran.state.status.is_resumable());
}

#[tokio::test]
async fn steps_at_work_at_the_same_time_lose_a_model_once() {
    let ollama = FakeOllama::start(two_models().planner(crate::engine::harness::plan(&[
        STEPS[0],
        "Find other facts",
        STEPS[1],
    ])));
    let cluster = FakeOpenAi::start(|_| Answer::status(503, "overloaded"));
    let session = session(&ollama, &cluster.url(), &["tiny:1b", "spare:1b"]);
    let mut config = session.config().clone();
    config.limits.max_parallel = 2;
    let session = session.with_config(config).unwrap();
    let ran = run(&session).await;
    assert_eq!(ran.outcome, RunOutcome::Completed, "{:?}", ran.state.error);
    assert_eq!(switches(&ran), [(Role::Executor, "cluster:big", "tiny:1b")]);
    let results = ran.results();
    assert!(
        results.len() == 3 && results.iter().all(|result| result.starts_with("Result")),
        "{results:?}"
    );
    assert!(cluster.chats().len() >= 4, "both steps had lost it");
}

#[tokio::test]
async fn models_that_push_each_other_out_of_memory_are_noticed_once() {
    let script = two_models()
        .planner(crate::engine::harness::plan(&["One", "Two"]).load_ms(900))
        .step(Reply::text("Done.").load_ms(900))
        .decide(crate::engine::harness::replan("more", &["Three"]).load_ms(2_100))
        .decide(crate::engine::harness::respond().load_ms(2_100));
    let ollama = FakeOllama::start(script);
    let mut config = config(&ollama.url());
    config.executor_model = Some("spare:1b".to_owned());
    let session = Session::in_memory(config).unwrap();
    let ran = run(&session).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let notices = ran.notices();
    let words = "`tiny:1b` was loaded anew in 2.1 s after `spare:1b` had taken its place";
    assert_eq!(notices.matches("was loaded anew").count(), 1, "{notices}");
    assert!(notices.contains(words), "{notices}");
}

#[test]
fn the_flag_and_the_progress_speak_of_it() {
    let ollama =
        FakeOllama::start(two_models().planner(crate::engine::harness::plan(STEPS).load_ms(2_150)));
    let program = Program::new().with("OLLAMA_HOST", ollama.url());
    let table = format!("[providers.away]\nkind = \"openai\"\nbase_url = \"{NOWHERE}\"\n");
    program.file(
        "config.toml",
        format!("model = \"tiny:1b\"\nexecutor_model = \"away:big\"\n{table}"),
    );
    let arguments = [
        "run",
        "--yes",
        "--fallback",
        "executor=away:x",
        "--fallback",
        "executor=spare:1b",
        "Compare",
    ];
    let ran = program.run(&arguments).exits(0);
    for words in [
        "the executor goes on with spare:1b: cannot reach the provider `away`",
        "warning: the executor cannot fall back on `away:x`",
        "tiny:1b  loaded in 2.1 s",
    ] {
        assert!(
            ran.stderr.contains(words),
            "no `{words}` in\n{}",
            ran.stderr
        );
    }
    let ran = program.run(&["run", "--yes", "Compare"]).exits(4);
    assert!(
        ran.stderr.contains("cannot reach the provider `away`"),
        "{}",
        ran.stderr
    );
}
