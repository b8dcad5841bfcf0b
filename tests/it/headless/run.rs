//! `run`: the answer, the records, the exit codes.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::{PATIENCE, assert_gapless, happy, newest_run, program_on, signal, types};
use crate::program::{Program, Ran};
use crate::support::{FakeOllama, Kind, Reply, Script};

const ANSWER: &str = "The answer, drawn from the results of all steps.\n";

#[test]
fn the_answer_alone_goes_to_standard_output() {
    let (_server, program) = happy();
    let ran = program
        .run(&["run", "--yes", "Compare two things"])
        .exits(0);
    assert_eq!(ran.stdout, ANSWER);
    for word in [
        "Find the facts",
        "step 1/2",
        "step 2/2  done after",
        "approved by policy",
    ] {
        assert!(ran.stderr.contains(word), "no `{word}` in\n{}", ran.stderr);
    }
}

#[test]
fn what_a_plan_is_expected_to_cost_is_said_and_compared() {
    let (_server, program) = happy();
    let ran = program.run(&["run", "--yes", "Compare"]).exits(0);
    let expected = "expected: 4 calls, about ";
    let (proposed, estimated) = (ran.stderr.find("Find the facts"), ran.stderr.find(expected));
    let approved = ran.stderr.find("approved by policy");
    assert!(
        proposed < estimated && estimated < approved,
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("\nthe plan took 4 calls, "),
        "{}",
        ran.stderr
    );
    let run = newest_run(&program);
    let shown = program.run(&["runs", "show", &run]).exits(0);
    let line = shown
        .stdout
        .lines()
        .find(|line| line.starts_with("plan     took 4 calls, "));
    assert!(line.is_some_and(|line| line.contains("; expected 4 calls, about ")));
    let state = program
        .run(&["runs", "show", &run, "--json"])
        .exits(0)
        .json();
    assert_eq!(state["estimate"]["expected"]["model_calls"], 4);
    assert_eq!(state["estimate"]["took"]["model_calls"], 4);

    let plan = program.file("plan.md", "- Find the facts\n- Compare them\n");
    let plan = plan.to_str().unwrap();
    let arguments = ["run", "--yes", "--no-estimate", "--plan", plan, "Compare"];
    let ran = program.run(&arguments).exits(0);
    assert!(!ran.stderr.contains("expected"), "{}", ran.stderr);
}

#[test]
fn a_model_that_was_never_used_has_no_speed() {
    let (_server, program) = happy();
    let plan = program.file("plan.md", "- Find the facts\n- Compare them\n");
    let plan = plan.to_str().unwrap();
    let only = ["run", "--plan-only", "--plan", plan, "Compare"];
    let first = program.run(&only).exits(0);
    let unknown = "speed of tiny:1b not known yet";
    assert!(first.stderr.contains(unknown), "{}", first.stderr);
    program
        .run(&["run", "--yes", "--plan", plan, "Compare"])
        .exits(0);
    let later = program.run(&only).exits(0);
    assert!(!later.stderr.contains(unknown), "{}", later.stderr);
}

#[test]
fn records_are_json_lines_in_order_without_gaps() {
    let (_server, program) = happy();
    let ran = program.run(&["run", "--yes", "--json", "Compare"]).exits(0);
    let records = ran.json_lines();
    assert_gapless(&records, 1);
    let types = types(&records);
    assert_eq!(types.first(), Some(&"run_started"));
    assert_eq!(types.last(), Some(&"run_finished"));
    let place = |name: &str| types.iter().position(|t| *t == name).unwrap();
    assert!(place("plan_proposed") < place("plan_approved"));
    assert!(place("plan_approved") < place("step_started"));
    assert!(place("step_finished") < place("act_decided"));
    assert_eq!(types.iter().filter(|t| **t == "step_finished").count(), 2);
    let kept = program
        .run(&["runs", "show", &newest_run(&program), "--events"])
        .exits(0);
    assert_eq!(kept.stdout, ran.stdout, "what was printed is what is kept");
}

#[test]
fn deltas_come_only_when_asked_for_and_have_no_place_in_the_log() {
    let (_server, program) = happy();
    let ran = program
        .run(&["run", "--yes", "--json", "--stream", "Compare"])
        .exits(0);
    let (deltas, records): (Vec<Value>, Vec<Value>) = ran
        .json_lines()
        .into_iter()
        .partition(|l| l["type"] == "delta");
    assert_gapless(&records, 1);
    let text: String = deltas
        .iter()
        .filter(|delta| delta["kind"] == "content")
        .map(|delta| delta["text"].as_str().unwrap())
        .collect();
    assert!(text.contains(ANSWER.trim()), "{text}");
    for delta in deltas {
        assert!(delta["call"].is_string(), "{delta}");
        assert_eq!(delta["run"], records[0]["run"]);
        assert!(delta.get("seq").is_none());
    }
}

#[test]
fn each_line_is_written_as_it_happens() {
    let script =
        Script::happy(&["Find", "Compare"]).once(Kind::Executor, Reply::text("x").hang_after(0));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let mut child = program.spawn(&["run", "--yes", "--json", "task"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = lines
        .by_ref()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|record| record["type"] == "step_started");
    assert!(
        started.is_some(),
        "the step hangs, its beginning is there already"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn hidden_characters_never_reach_the_terminal() {
    let nasty = "red \u{1b}[31malert\u{1b}[0m \u{9b}2J \u{202e}txt.exe \u{7} end";
    let script = Script::happy(&["Find"]).on(Kind::Finalizer, Reply::text(nasty));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    let plain = program
        .run(&["run", "--yes", "task \u{1b}]0;x\u{7}"])
        .exits(0);
    assert!(
        plain.stdout.contains("alert") && !plain.stdout.contains(is_bad),
        "{:?}",
        plain.stdout
    );
    assert!(!plain.stderr.contains(is_bad), "{:?}", plain.stderr);
    let json = program.run(&["run", "--yes", "--json", "task"]).exits(0);
    assert!(!json.stdout.contains(is_bad), "{:?}", json.stdout);
    let last = json.json_lines().pop().unwrap();
    assert_eq!(last["response"], nasty, "the value itself is whole");
}

#[test]
fn without_anyone_to_ask_the_run_waits_and_is_kept() {
    let (server, program) = happy();
    let ran = program.run(&["run", "Compare"]).exits(3);
    assert_eq!(ran.stdout, "");
    let run = newest_run(&program);
    let advice = format!("planwright resume {}", &run[..8]);
    assert!(ran.stderr.contains(&advice), "{}", ran.stderr);
    assert_eq!(server.kinds(), [Kind::Planner], "nothing was carried out");
    let listed = program.run(&["runs", "list", "--json"]).exits(0).json();
    assert_eq!(listed[0]["status"], "waiting");
}

#[test]
fn plan_only_prints_a_plan_that_can_be_handed_in_again() {
    let (server, program) = happy();
    let ran = program.run(&["run", "--plan-only", "Compare"]).exits(0);
    assert!(
        ran.stdout.starts_with("1. Find the facts"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stdout.lines().count(), 2);
    assert_eq!(server.kinds(), [Kind::Planner]);
    let file = program.file("plan.md", &ran.stdout);
    let again = program
        .run(&[
            "run",
            "--plan-only",
            "--plan",
            file.to_str().unwrap(),
            "Compare",
        ])
        .exits(0);
    assert_eq!(again.stdout, ran.stdout);
    let records = program
        .run(&["run", "--plan-only", "--json", "Compare"])
        .exits(0);
    assert!(types(&records.json_lines()).contains(&"plan_proposed"));
}

#[test]
fn a_server_that_is_not_there_is_reported_at_once() {
    let server = FakeOllama::start(Script::new());
    server.go_down();
    let program = program_on(&server);
    let ran = program.run(&["run", "--yes", "task"]).exits(4);
    assert!(ran.stderr.contains("error: cannot reach"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    assert_eq!(newest_run(&program).len(), 32, "the run is kept");
    server.come_back();
    let missing = program
        .run(&["run", "--yes", "--model", "nope:7b", "task"])
        .exits(4);
    assert!(missing.stderr.contains("nope:7b"), "{}", missing.stderr);
}

#[test]
fn a_run_that_fails_exits_with_one_and_says_why() {
    let server = FakeOllama::start(Script::always(Reply::status(400, "that will not do")));
    let ran = program_on(&server).run(&["run", "--yes", "task"]).exits(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("that will not do"), "{}", ran.stderr);
    assert!(ran.stderr.contains("planwright resume"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_signal_interrupts_and_the_run_is_kept() {
    for name in ["INT", "TERM", "HUP"] {
        let script = Script::happy(&["Find"]).once(Kind::Executor, Reply::text("x").hang_after(0));
        let server = FakeOllama::start(script);
        let program = program_on(&server);
        let child = program.spawn(&["run", "--yes", "--json", "task"]);
        assert!(server.wait_chats_blocking(2, PATIENCE));
        signal(name, &child);
        let ran = Ran::from(child.wait_with_output().unwrap()).exits(130);
        let records = ran.json_lines();
        assert_gapless(&records, 1);
        assert_eq!(
            types(&records).last(),
            Some(&"run_interrupted"),
            "SIG{name}"
        );
        assert!(
            server.wait_cancelled_blocking(1, PATIENCE),
            "the connection is closed"
        );
        let resumed = program.run(&["resume", "--yes"]).exits(0);
        assert_eq!(resumed.stdout, ANSWER);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let (_server, program) = happy();
    let mut child = program.spawn(&["run", "--yes", "--json", "task"]);
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        !stderr.contains("panicked") && !stderr.contains("error:"),
        "{stderr}"
    );
    program.run(&["resume", "--yes"]).exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let (_server, program) = happy();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = program
        .command(&["run", "--yes", "task"])
        .stdout(full)
        .output()
        .unwrap();
    let ran = Ran::from(output).exits(1);
    assert!(
        ran.stderr
            .contains("error: standard output cannot be written"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_demo_model_needs_no_server() {
    let program = Program::new().with("OLLAMA_HOST", "127.0.0.1:1");
    let ran = program
        .run(&[
            "run",
            "--yes",
            "--model",
            "demo",
            "Compare 3 km and 2 miles",
        ])
        .exits(0);
    assert!(!ran.stdout.trim().is_empty());
}
