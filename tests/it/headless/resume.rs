//! `resume`: after waiting, failure, interruption and death.

use super::{PATIENCE, assert_gapless, happy, newest_run, program_on, types};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};
use serde_json::json;

#[test]
fn a_waiting_run_goes_on_where_it_stopped() {
    let (server, program) = happy();
    let first = program
        .run(&["run", "--json", "Compare"])
        .exits(3)
        .json_lines();
    let run = newest_run(&program);
    let prefix = run[..6].to_uppercase();
    let second = program
        .run(&["resume", "--yes", "--json", &prefix])
        .exits(0)
        .json_lines();
    assert_gapless(&second, first.len() as u64 + 1);
    assert_eq!(types(&second)[0], "run_resumed");
    assert_eq!(types(&second).last(), Some(&"run_finished"));
    let planned = server
        .kinds()
        .iter()
        .filter(|k| **k == Kind::Planner)
        .count();
    assert_eq!(planned, 1, "the plan is not made again");
    let again = program.run(&["resume", &run]).exits(2);
    assert!(again.stderr.contains("completed"), "{}", again.stderr);
    let nothing = program.run(&["resume"]).exits(2);
    assert!(
        nothing.stderr.contains("no run to go on with"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn a_run_that_nobody_approves_still_waits_after_resume() {
    let (_server, program) = happy();
    program.run(&["run", "Compare"]).exits(3);
    let ran = program.run(&["resume"]).exits(3);
    assert!(ran.stderr.contains("planwright resume"), "{}", ran.stderr);
}

#[test]
fn a_killed_run_goes_on_without_doing_finished_steps_again() {
    let script = Script::happy(&["Find", "Compare"])
        .once(Kind::Executor, Reply::text("Found three facts."))
        .once(Kind::Executor, Reply::text("x").hang_after(0));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let mut child = program.spawn(&["run", "--yes", "task"]);
    assert!(
        server.wait_chats_blocking(3, PATIENCE),
        "the second step is at work"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = program.run(&["runs", "list", "--json"]).exits(0).json();
    assert_eq!(listed[0]["status"], "interrupted");
    let shown = program
        .run(&["runs", "show", &newest_run(&program), "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["status"], "interrupted");
    assert_eq!(shown["plan"][0]["result"], "Found three facts.");
    program.run(&["resume", "--yes"]).exits(0);
    let executed = server
        .kinds()
        .iter()
        .filter(|k| **k == Kind::Executor)
        .count();
    assert_eq!(executed, 3, "one for the first step, two for the second");
    let records = program
        .run(&["runs", "show", &newest_run(&program), "--events"])
        .exits(0)
        .json_lines();
    assert_gapless(&records, 1);
}

#[test]
fn a_run_that_another_process_works_on_is_refused() {
    let script = Script::happy(&["Find"]).once(Kind::Executor, Reply::text("x").hang_after(0));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let mut child = program.spawn(&["run", "--yes", "task"]);
    assert!(server.wait_chats_blocking(2, PATIENCE));
    let run = newest_run(&program);
    let refused = program.run(&["resume", "--yes", &run]).exits(1);
    assert!(
        refused.stderr.contains("another process"),
        "{}",
        refused.stderr
    );
    program.run(&["runs", "delete", &run]).exits(1);
    let shown = program
        .run(&["runs", "show", &run, "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["status"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
    program.run(&["resume", "--yes", &run]).exits(0);
}

#[test]
fn a_run_whose_server_was_down_goes_on_when_it_is_back() {
    let (server, program) = happy();
    server.go_down();
    program.run(&["run", "--yes", "task"]).exits(4);
    server.come_back();
    program.run(&["resume", "--yes"]).exits(0);
}

#[test]
fn a_run_that_is_not_there_is_wrong_usage() {
    let program = Program::new();
    for arguments in [["resume", "abcdef"], ["runs", "show"]] {
        program.run(&arguments).exits(2);
    }
    let ran = program.run(&["runs", "show", "abcdef"]).exits(2);
    assert!(
        ran.stderr.contains("error: there is no run `abcdef`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
}

/// One step, after which the replanner wants another one, and then an answer.
fn wanting() -> Script {
    Script::happy(&["Find"]).by(|seen| match seen.job() {
        Kind::Planner => Reply::json(json!({"steps": [{"description": "Find"}]})),
        Kind::Replanner if seen.last().contains("Dig deeper") => {
            Reply::json(json!({"decision": "respond", "reason": "all is there"}))
        }
        Kind::Replanner => Reply::json(json!({
            "decision": "replan", "reason": "more is better", "steps": [{"description": "Dig deeper"}],
        })),
        Kind::Executor => Reply::text("evidence"),
        _ => Reply::text("The answer."),
    })
}

fn shown(program: &Program, run: &str) -> serde_json::Value {
    let arguments = ["runs", "show", run, "--json"];
    program.run(&arguments).exits(0).json()
}

/// A bound that was reached, but whose answer is not written yet, can be raised: the run goes on from where it stood.
#[test]
fn a_forced_answer_that_is_not_written_yet_is_forced_no_more_by_a_higher_bound() {
    for raised in [false, true] {
        let script = wanting().once(Kind::Finalizer, Reply::text("x").hang_after(0));
        let server = FakeOllama::start(script);
        let program = program_on(&server);
        let mut child = program.spawn(&["run", "--yes", "--max-iterations", "1", "task"]);
        assert!(server.wait_chats_blocking(4, PATIENCE), "it answers");
        child.kill().unwrap();
        child.wait().unwrap();
        let mut arguments = vec!["resume", "--yes", "--json"];
        if raised {
            arguments.extend(["--max-iterations", "3"]);
        }
        let records = program.run(&arguments).exits(0).json_lines();
        let state = shown(&program, &newest_run(&program));
        assert_eq!(state["incomplete"].is_null(), raised, "{state}");
        let steps = if raised { 2 } else { 1 };
        assert_eq!(state["past_steps"].as_array().unwrap().len(), steps);
        let limits = &records[0]["limits"];
        if raised {
            assert_eq!(limits["max_iterations"], 3);
            assert_eq!(limits["max_steps"], 30, "the others stay as they were");
            assert_eq!(state["max_iterations"], 3);
        } else {
            assert!(limits.is_null(), "nothing was given anew: {limits}");
        }
    }
}

/// What a run may cost counts from its beginning; what is given at resume holds from then on.
#[test]
fn every_bound_can_be_given_anew() {
    let script =
        Script::happy(&["Find", "Compare"]).once(Kind::Planner, Reply::text("x").hang_after(0));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let mut child = program.spawn(&["run", "--yes", "--max-model-calls", "2", "task"]);
    assert!(server.wait_chats_blocking(1, PATIENCE));
    child.kill().unwrap();
    child.wait().unwrap();
    let given = [
        "--max-model-calls=40",
        "--max-iterations=5",
        "--max-steps=31",
        "--max-tool-calls=7",
        "--max-tokens=900000",
        "--max-parallel=0",
        "--timeout=77",
    ];
    let mut arguments = vec!["resume", "--yes"];
    arguments.extend(given);
    let ran = program.run(&arguments).exits(0);
    assert!(
        ran.stderr
            .contains("at most 5 rounds, 31 steps, 40 model calls"),
        "{}",
        ran.stderr
    );
    let state = shown(&program, &newest_run(&program));
    assert!(state["incomplete"].is_null(), "{state}");
    let limits = &state["limits"];
    for (name, value) in [
        ("max_model_calls", 40),
        ("max_iterations", 5),
        ("max_steps", 31),
        ("max_tool_calls", 7),
        ("max_tokens", 900_000),
        ("max_parallel", 1),
        ("timeout_s", 77),
    ] {
        assert_eq!(limits[name], value, "{name}");
    }
    let refused = program.run(&["resume", "--max-steps", "9999"]).exits(2);
    assert!(refused.stderr.contains("max_steps"), "{}", refused.stderr);
}

/// An answer that was written is not written again; a fork from before the bound can have a higher one.
#[test]
fn a_completed_run_that_a_bound_cut_short_goes_on_as_a_fork() {
    let server = FakeOllama::start(wanting());
    let program = program_on(&server);
    program
        .run(&["run", "--yes", "--max-iterations", "1", "task"])
        .exits(0);
    let run = newest_run(&program);
    let refused = program
        .run(&["resume", "--max-iterations", "3", &run])
        .exits(2);
    let at = refused
        .stderr
        .split("--at ")
        .nth(1)
        .unwrap_or_else(|| panic!("{}", refused.stderr));
    let at: String = at.chars().take_while(char::is_ascii_digit).collect();
    let fork = [
        "runs",
        "fork",
        &run,
        "--at",
        &at,
        "--yes",
        "--max-iterations",
        "3",
    ];
    program.run(&fork).exits(0);
    let state = shown(&program, &newest_run(&program));
    assert_eq!(state["forked_from"]["run"], run.as_str());
    assert!(state["incomplete"].is_null(), "{state}");
    assert_eq!(state["past_steps"].as_array().unwrap().len(), 2);
    program
        .run(&[
            "runs",
            "fork",
            &run,
            "--at",
            &at,
            "--no-run",
            "--max-steps",
            "3",
        ])
        .exits(2);
}
