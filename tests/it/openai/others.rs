//! Further Ollama servers as providers, and what a run on a provider survives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use planwright::config::{KeySource, ProviderConfig, ProviderKind};
use planwright::session::Session;
use serde_json::json;

use crate::engine::harness::config;
use crate::program::Program;
use crate::support::openai::{Answer, FakeOpenAi, deltas, happy};
use crate::support::{FakeModel, FakeOllama, Kind, Script};

const STEPS: &[&str] = &["Find the facts", "Compare the facts"];

fn program(kind: &str, url: &str, more: &str) -> Program {
    let program = Program::new().with("OLLAMA_HOST", "127.0.0.1:1");
    let table = format!("[providers.second]\nkind = \"{kind}\"\nbase_url = \"{url}\"\n{more}\n");
    program.file(
        "config.toml",
        format!("[retry]\nfirst_delay_ms = 1\n{table}"),
    );
    program
}

#[test]
fn a_second_ollama_server_is_a_provider_with_a_key_a_context_and_no_tools_where_told() {
    let tiny = FakeModel::new("tiny:1b").capabilities(["completion", "tools"]);
    let server = FakeOllama::start(Script::happy(STEPS).models([tiny]));
    let more = "api_key_env = \"SECOND\"\nnum_ctx = 2048\ntools = false";
    let program = program("ollama", &server.url(), more).with("SECOND", "sk-1");
    let ran = program
        .run(&["run", "--yes", "--model", "second:tiny:1b", "x"])
        .exits(0);
    assert!(ran.stderr.contains("second:tiny:1b"), "{}", ran.stderr);
    assert!(
        server
            .chat_requests()
            .iter()
            .all(|chat| chat.num_ctx == Some(2048) && chat.model == "tiny:1b")
    );
    let sent = server.requests();
    assert!(
        sent.iter()
            .all(|request| request.header("authorization") == Some("Bearer sk-1"))
    );
    let shown = program
        .run(&["models", "show", "second:tiny:1b", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["capabilities"], json!(["completion"]));
    let missing = program
        .run(&["run", "--yes", "--model", "second:nope", "x"])
        .exits(4);
    assert!(
        missing
            .stderr
            .contains("the provider `second` has no model `nope`"),
        "{}",
        missing.stderr
    );
    program.run(&["models", "pull", "second:other:1b"]).exits(0);
    let listed = program.run(&["models", "list"]).exits(0).stdout;
    assert!(listed.contains("second:other:1b"), "{listed}");
}

#[test]
fn models_are_not_pulled_onto_servers_that_fetch_none() {
    let server = FakeOpenAi::happy(STEPS);
    let program = program("openai", &server.url(), "");
    let ran = program.run(&["models", "pull", "second:big"]).exits(1);
    assert!(
        ran.stderr.contains("`second` is no Ollama server"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_run_survives_what_passes() {
    let (calls, seen) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let server = FakeOpenAi::start(move |asked| {
        let nth = calls.fetch_add(1, Ordering::Relaxed);
        match (nth, asked.job()) {
            (0, _) => Answer::status(429, "slow down").header("Retry-After", "1"),
            (1, _) => Answer::status(500, "boom"),
            (_, Kind::Executor) => match seen.fetch_add(1, Ordering::Relaxed) {
                0 => Answer::text("Half of the result that was to come").cut_at(300),
                1 => Answer::events(&deltas("content", "Half of it"))
                    .then("data: {\"error\": \"lost\"}\n\n"),
                _ => happy(STEPS, asked),
            },
            _ => happy(STEPS, asked),
        }
    });
    let program = program("openai", &server.url(), "");
    let started = Instant::now();
    let ran = program
        .run(&["run", "--yes", "--json", "--model", "second:big", "x"])
        .exits(0);
    assert!(
        started.elapsed().as_millis() >= 1_000,
        "the server asked for a second"
    );
    let records = ran.json_lines();
    let results: Vec<_> = records
        .iter()
        .filter(|r| r["type"] == "step_finished")
        .map(|r| &r["result"])
        .collect();
    assert_eq!(results, ["Result of step 1.", "Result of step 2."]);
    let retries: Vec<_> = records
        .iter()
        .filter(|r| r["type"] == "model_called")
        .map(|r| &r["retries"])
        .collect();
    assert_eq!(retries, [2, 2, 0, 0, 0]);
}

#[tokio::test]
async fn the_header_asks_the_provider_of_the_model() {
    let server = FakeOpenAi::happy(STEPS);
    let mut config = config("http://127.0.0.1:1");
    let provider = ProviderConfig {
        kind: ProviderKind::OpenAi,
        base_url: server.url(),
        key: KeySource::None,
        slots: 1,
        num_ctx: None,
        tools: true,
        connect_timeout: None,
        first_token_timeout: None,
        idle_timeout: None,
    };
    config.providers.insert("cluster".to_owned(), provider);
    config.default_provider = "cluster".to_owned();
    config.model = "big".to_owned();
    let session = Session::in_memory(config).unwrap();
    let status = session.probe().await;
    assert_eq!(
        (status.url.as_str(), status.version.is_ok()),
        (server.url().as_str(), true)
    );
    assert_eq!(status.models[0].name, "cluster:big");
    assert!(!session.uses_ollama() && !session.is_demo());
}
