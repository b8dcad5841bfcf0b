//! The program without its terminal interface, from outside: what it prints, where, and how it exits.

mod approval;
mod config;
mod diff;
mod fork;
mod input;
mod models;
mod past;
mod recipes;
mod resume;
mod run;
mod terminal;
mod tools;

use std::time::Duration;

use serde_json::Value;

use crate::program::Program;
use crate::support::{FakeOllama, Script};

/// Longer than anything here takes, short enough to wait for when something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A home whose planwright uses this server.
fn program_on(server: &FakeOllama) -> Program {
    Program::new()
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_MODEL", "tiny:1b")
}

/// A server and a home on which a run of two steps goes well.
fn happy() -> (FakeOllama, Program) {
    let server = FakeOllama::start(Script::happy(&["Find the facts", "Compare the facts"]));
    let program = program_on(&server);
    (server, program)
}

/// The `type` of every record.
fn types(records: &[Value]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record["type"].as_str().unwrap())
        .collect()
}

/// Checks that `seq` counts from `first` without gaps, in one run.
#[track_caller]
fn assert_gapless(records: &[Value], first: u64) {
    for (record, seq) in records.iter().zip(first..) {
        assert_eq!(record["seq"], seq, "{record}");
        assert_eq!(record["run"], records[0]["run"]);
    }
}

/// The whole name of the newest run.
fn newest_run(program: &Program) -> String {
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    runs[0]["run"].as_str().unwrap().to_owned()
}

/// Tells a process to stop, as the terminal or the system does it.
#[cfg(unix)]
fn signal(name: &str, process: &std::process::Child) {
    let status = std::process::Command::new("kill")
        .args([format!("-{name}"), process.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
