//! Steps that do not build on each other, at work at the same time: a plan of six steps, the first four independent, on a
//! server that answers four requests at once, needs 200 ms for a first token and writes 50 tokens a second. Run by hand:
//! `cargo bench --bench parallel`; `PLANWRIGHT_BINARY=PATH` measures another build. Prints what a run takes beside its
//! critical path: the longest chain of steps, the decision and the answer, as long as the server itself was at work on
//! them. Fails nothing.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool to run by hand"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use support::{FakeOllama, Kind, Reply, Script};
use tempfile::TempDir;

#[path = "../tests/it/support/mod.rs"]
mod support;

/// What each step does, and the places of those that it builds on, counted from 1.
const STEPS: [(&str, &[usize]); 6] = [
    ("Collect the opening hours of the museum", &[]),
    ("Look up train connections for Saturday", &[]),
    ("Compare three hotels near the station", &[]),
    ("Find a restaurant with vegetarian dishes", &[]),
    ("Draw a timetable of both days", &[1, 2]),
    ("Write everything down on one page", &[3, 4, 5]),
];

/// Tokens of a step's result.
const TOKENS: [usize; 6] = [40, 50, 45, 35, 40, 50];

fn main() {
    println!(
        "{:<24}{:>12}{:>16}{:>10}{:>10}",
        "steps at once", "run", "critical path", "ratio", "aim"
    );
    for (lanes, aim) in [(1, ""), (4, "1.05")] {
        let (took, path) = measure(lanes);
        let ratio = took.as_secs_f64() / path.as_secs_f64();
        println!(
            "{lanes:<24}{:>12}{:>16}{ratio:>10.3}{aim:>10}",
            format!("{} ms", took.as_millis()),
            format!("{} ms", path.as_millis())
        );
    }
}

/// How long the run took, from start to exit of the program, and its critical path.
fn measure(lanes: usize) -> (Duration, Duration) {
    let server = FakeOllama::start(script());
    let home = TempDir::new().unwrap();
    let plan = home.path().join("plan.json");
    let steps =
        STEPS.map(|(description, after)| json!({"description": description, "depends_on": after}));
    std::fs::write(&plan, json!({"steps": steps}).to_string()).unwrap();
    let mut command = Command::new(binary());
    command
        .args(["run", "--yes", "--max-parallel", &lanes.to_string()])
        .arg("--plan")
        .arg(&plan)
        .arg("Plan a weekend in Leipzig for a family of four")
        .env_clear()
        .env("HOME", home.path())
        .env("PLANWRIGHT_HOME", home.path())
        .env("OLLAMA_HOST", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{status}");
    assert_eq!(server.most_at_once(), lanes);
    (took, critical_path(&server))
}

fn critical_path(server: &FakeOllama) -> Duration {
    let timings = server.timings();
    let mut ends: Vec<Duration> = Vec::new();
    for (description, after) in STEPS {
        let mut own = timings.iter();
        let own = own.find(|(seen, _)| place(seen.now()) == place(description));
        let before = after.iter().map(|place| ends[place - 1]).max();
        ends.push(before.unwrap_or_default() + own.unwrap().1);
    }
    let steps = ends.into_iter().max().unwrap();
    let rest = timings
        .iter()
        .filter(|(seen, _)| seen.kind() != Kind::Executor);
    rest.map(|(_, took)| *took).sum::<Duration>() + steps
}

/// Which step the text is about.
fn place(text: &str) -> Option<usize> {
    STEPS.iter().position(|(step, _)| text.contains(step))
}

fn script() -> Script {
    Script::new().slots(4).by(|seen| {
        let reply = match seen.kind() {
            Kind::Executor => {
                let tokens = place(seen.now()).map_or(40, |step| TOKENS[step]);
                Reply::text("word".repeat(tokens))
            }
            Kind::Replanner => {
                Reply::json(json!({"decision": "respond", "reason": "all is there"}))
            }
            _ => Reply::text("word".repeat(50)),
        };
        let first = Duration::from_millis(200);
        reply.first_delay(first).tokens_per_second(50.0)
    })
}

fn binary() -> String {
    std::env::var("PLANWRIGHT_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_planwright").to_owned())
}
