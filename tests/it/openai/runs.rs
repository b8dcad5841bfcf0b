//! Whole runs of the built binary on providers that the config file names.

use serde_json::json;

use crate::program::Program;
use crate::support::openai::{Answer, FakeOpenAi, happy};
use crate::support::{FakeOllama, Kind, Script};

const STEPS: &[&str] = &["Find the facts", "Compare the facts"];

/// A home whose config file names this provider as `cluster`, with whatever else stands there.
fn program(server: &FakeOpenAi, above: &str, more: &str) -> Program {
    let program = Program::new();
    let url = server.url();
    let table = format!("[providers.cluster]\nkind = \"openai\"\nbase_url = \"{url}\"\n{more}\n");
    program.file(
        "config.toml",
        format!("{above}\n[retry]\nattempts = 1\nfirst_delay_ms = 1\n{table}"),
    );
    program.with("OLLAMA_HOST", "127.0.0.1:1")
}

#[test]
fn a_run_goes_from_task_to_answer_on_a_provider() {
    let server = FakeOpenAi::happy(STEPS);
    let program = program(&server, "model = \"cluster:big\"", "");
    let ran = program.run(&["run", "--yes", "Compare"]).exits(0);
    assert_eq!(ran.stdout, "The answer of the big model.\n");
    let jobs = [
        Kind::Planner,
        Kind::Executor,
        Kind::Executor,
        Kind::Replanner,
        Kind::Finalizer,
    ];
    assert_eq!(server.jobs(), jobs);
    let planned = &server.chats()[0].body;
    assert_eq!(planned["model"], "big");
    assert_eq!(planned["response_format"]["type"], "json_schema");
    assert_eq!(planned["response_format"]["json_schema"]["strict"], false);
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    let run = runs[0]["run"].as_str().unwrap();
    let records = program
        .run(&["runs", "show", run, "--events"])
        .exits(0)
        .json_lines();
    assert_eq!(records[0]["models"]["planner"], "cluster:big");
    let call = records
        .iter()
        .find(|record| record["type"] == "model_called")
        .unwrap();
    assert_eq!(
        (&call["model"], &call["prompt_tokens"]),
        (&json!("cluster:big"), &json!(11))
    );
}

#[test]
fn a_bare_name_is_one_of_the_default_provider_and_auto_finds_its_model() {
    let server = FakeOpenAi::happy(STEPS);
    let program = program(&server, "default_provider = \"cluster\"", "");
    for model in ["big", "auto", "cluster:auto"] {
        let ran = program
            .run(&["run", "--yes", "--model", model, "Compare"])
            .exits(0);
        assert!(
            ran.stderr.contains("cluster:big"),
            "{model}: {}",
            ran.stderr
        );
    }
    assert!(
        server
            .chats()
            .iter()
            .all(|chat| chat.body["model"] == "big")
    );
}

#[test]
fn a_server_that_refuses_schemas_and_counts_nothing_still_plans() {
    let server = FakeOpenAi::start(|asked| {
        let format = &asked.body["response_format"]["type"];
        if format == "json_schema" {
            return Answer::status(400, "response_format json_schema is not supported");
        }
        if asked.body.get("stream_options").is_some() {
            return Answer::status(400, "unknown field stream_options");
        }
        happy(STEPS, asked)
    });
    let program = program(&server, "model = \"cluster:big\"", "");
    program.run(&["run", "--yes", "Compare"]).exits(0);
    let formats: Vec<_> = server
        .chats()
        .iter()
        .map(|c| c.body["response_format"]["type"].clone())
        .collect();
    assert!(formats.contains(&json!("json_object")), "{formats:?}");
}

#[test]
fn planner_and_executor_may_be_on_different_providers() {
    let cluster = FakeOpenAi::happy(STEPS);
    let ollama = FakeOllama::start(Script::happy(STEPS));
    let settings = "model = \"tiny:1b\"\nplanner_model = \"cluster:big\"";
    let program = program(&cluster, settings, "").with("OLLAMA_HOST", ollama.url());
    let ran = program.run(&["run", "--yes", "Compare"]).exits(0);
    assert!(
        ran.stderr.contains("planner cluster:big, executor tiny:1b"),
        "{}",
        ran.stderr
    );
    assert_eq!(cluster.jobs(), [Kind::Planner]);
    let kinds = [
        Kind::Executor,
        Kind::Executor,
        Kind::Replanner,
        Kind::Finalizer,
    ];
    assert_eq!(ollama.kinds(), kinds);
}

#[test]
fn the_context_of_a_provider_is_its_own() {
    let server = FakeOpenAi::happy(STEPS);
    let settings = "model = \"cluster:big\"";
    program(&server, settings, "num_ctx = 2048")
        .run(&["run", "--yes", "Compare"])
        .exits(0);
    program(&server, settings, "")
        .run(&["run", "--yes", "Compare"])
        .exits(0);
    let most = |at: usize| server.chats()[at].body["max_tokens"].as_u64().unwrap();
    assert_eq!((most(0), most(5)), (204, 819));
}

#[test]
fn slots_are_how_many_steps_work_at_once() {
    let server = FakeOpenAi::happy(STEPS);
    let program = program(&server, "model = \"cluster:big\"", "slots = 4")
        .with("PLANWRIGHT_DEMO_INSTANT", "1");
    let first = |arguments: &[&str]| {
        let all = [&["run", "--yes", "--json"][..], arguments, &["Compare"]].concat();
        program.run(&all).exits(0).json_lines()[0]["limits"]["max_parallel"].clone()
    };
    assert_eq!(first(&[]), 4);
    assert_eq!(first(&["--max-parallel", "2"]), 2);
    assert_eq!(first(&["--model", "demo"]), 1);
}

#[test]
fn lists_and_doctor_look_at_every_provider() {
    let server = FakeOpenAi::happy(STEPS);
    let more = "[providers.away]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"";
    let program = program(&server, "model = \"cluster:big\"", more).with("TERM", "xterm-256color");
    let listed = program.run(&["models", "list"]).exits(0);
    assert!(listed.stdout.contains("cluster:big"), "{}", listed.stdout);
    assert!(
        listed.stderr.contains("cannot reach the provider `away`"),
        "{}",
        listed.stderr
    );
    assert!(!listed.stderr.contains("11434") && !listed.stderr.contains("ollama serve"));
    let names = program.run(&["models", "list", "--json"]).exits(0).json();
    assert_eq!(names[0]["name"], "cluster:big");
    let shown = program
        .run(&["models", "show", "cluster:big", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["context_length"], 8192);
    assert_eq!(shown["capabilities"], json!(["completion", "tools"]));
    let missing = program.run(&["models", "show", "cluster:nope"]).exits(4);
    assert!(
        missing.stderr.contains("has no model `nope`"),
        "{}",
        missing.stderr
    );
    let doctor = program.run(&["doctor"]).exits(0);
    for words in [
        "✓ provider cluster: ",
        "1 model",
        "! provider away: ",
        "✓ model cluster:big",
        "Ollama is not needed",
    ] {
        assert!(
            doctor.stdout.contains(words),
            "no `{words}` in\n{}",
            doctor.stdout
        );
    }
    let used = program.run(&["doctor", "--model", "away:x"]).exits(1);
    assert!(used.stdout.contains("✗ provider away: "), "{}", used.stdout);
}

#[test]
fn a_model_that_a_provider_lacks_ends_the_run_before_it_begins() {
    let server = FakeOpenAi::happy(STEPS);
    let program = program(&server, "model = \"cluster:nope\"", "");
    let ran = program.run(&["run", "--yes", "Compare"]).exits(4);
    assert!(
        ran.stderr
            .contains("the provider `cluster` has no model `nope`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: `planwright models list`"),
        "{}",
        ran.stderr
    );
    assert!(server.chats().is_empty());
}
