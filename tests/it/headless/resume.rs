//! `resume`: after waiting, failure, interruption and death.

use super::{PATIENCE, assert_gapless, happy, newest_run, program_on, types};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

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
