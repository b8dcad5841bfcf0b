//! No secret reaches the log, the database, an export or an output, wherever it comes from and however it is cut.

use std::path::Path;

use serde_json::json;

use crate::program::{Program, Ran};
use crate::support::{FakeOllama, Kind, Reply, Script};

const STEPS: [&str; 2] = ["Find the facts", "Compare the facts"];
const ENVIRONMENT: &str = "kept-in-the-environment-42";
const TOKEN: &str = "ghp_aB3dE5gH7jaB3dE5gH7jaB3dE5gH7jaB3dE5";

fn clean(what: &str, text: &str) {
    for secret in [ENVIRONMENT, TOKEN, "MIIEsecretMIIE"] {
        assert!(!text.contains(secret), "{what} holds {secret}: {text}");
    }
}

/// Every file below a folder, as far as it holds one of the secrets.
fn clean_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            clean_files(&path);
        } else {
            let bytes = std::fs::read(&path).expect("it can be read");
            clean(
                &path.display().to_string(),
                &String::from_utf8_lossy(&bytes),
            );
        }
    }
}

fn clean_run(ran: &Ran) {
    clean("standard output", &ran.stdout);
    clean("standard error", &ran.stderr);
}

#[test]
fn what_models_tools_and_tasks_say_is_masked_everywhere() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEsecretMIIE\n-----END PRIVATE KEY-----";
    let script = Script::happy(&STEPS)
        .once(
            Kind::Executor,
            Reply::call("read_file", json!({"path": "notes.txt"})),
        )
        .once(
            Kind::Executor,
            Reply::text(format!("It says {TOKEN} and {ENVIRONMENT}.")),
        )
        .once(
            Kind::Executor,
            Reply::text(format!(
                "Again: {key}\nand https://me:pa55word@example.org/"
            ))
            .token_chars(1),
        );
    let server = FakeOllama::start(script);
    let program = Program::new()
        .with("OLLAMA_HOST", server.url())
        .with("SERVICE_API_KEY", ENVIRONMENT);
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(
        work.path().join("notes.txt"),
        format!("token {TOKEN}\nother {ENVIRONMENT}\n"),
    )
    .expect("it can be written");
    let folder = work.path().to_string_lossy().into_owned();
    let task = format!("Compare with {TOKEN}");
    let ran = program
        .run(&[
            "run",
            "--yes",
            "--json",
            "--stream",
            "--workspace",
            &folder,
            &task,
        ])
        .exits(0);
    clean_run(&ran);
    assert!(
        ran.stdout.contains("[secret: GitHub token]")
            && ran.stdout.contains("[secret: a configured key]")
    );
    assert!(
        ran.stdout.contains("[secret: private key]")
            && ran.stdout.contains("https://[secret: login]@example.org/")
    );
    let run = ran.json_lines()[0]["run"]
        .as_str()
        .expect("it has a name")
        .to_owned();
    for arguments in [
        &["runs", "show", &run, "--events"][..],
        &["runs", "show", &run, "--json"],
        &["runs", "show", &run],
        &["runs", "export", &run],
        &["runs", "export", &run, "--format", "jsonl"],
        &["runs", "list"],
    ] {
        clean_run(&program.run(arguments).exits(0));
    }
    clean_files(program.home());
    // What the tool brought went to no model either; the task is a person's own words, which the models are told masked.
    for seen in server.chat_requests() {
        clean("a request", &seen.body.to_string());
    }
}

#[test]
fn text_that_arrives_letter_by_letter_shows_no_beginning_of_a_secret() {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::text(format!("A {TOKEN} B sk")).token_chars(1),
    );
    let server = FakeOllama::start(script);
    let program = Program::new().with("OLLAMA_HOST", server.url());
    let ran = program
        .run(&["run", "--yes", "--json", "--stream", "Compare"])
        .exits(0);
    let deltas = ran
        .json_lines()
        .into_iter()
        .filter(|line| line["type"] == "delta");
    let shown: Vec<String> = deltas
        .filter_map(|line| line["text"].as_str().map(str::to_owned))
        .collect();
    let shown = shown.concat();
    assert!(shown.contains("A [secret: GitHub token] B sk"), "{shown}");
    assert!(!shown.contains("ghp_"), "{shown}");
}

#[test]
fn a_tool_tried_by_hand_is_masked_too() {
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("notes.txt"), format!("token {TOKEN}\n"))
        .expect("it can be written");
    let program = Program::new().with("PLANWRIGHT_TOOLS_WORKSPACE", work.path().to_string_lossy());
    let ran = program
        .run(&["tools", "call", "read_file", r#"{"path":"notes.txt"}"#])
        .exits(0);
    assert_eq!(ran.stdout, "token [secret: GitHub token]\n");
}
