//! `runs fork`: another way from some point of an earlier run, which stays as it is.

use serde_json::Value;

use super::{PATIENCE, assert_gapless, newest_run, program_on, types};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

const STEPS: [&str; 3] = ["Find the facts", "Weigh the facts", "Draw the line"];

/// A server, a home, and a completed run of three steps on it, with its records.
fn completed() -> (FakeOllama, Program, String, Vec<Value>) {
    let server = FakeOllama::start(Script::happy(&STEPS));
    let program = program_on(&server);
    program.run(&["run", "--yes", "Compare"]).exits(0);
    let run = newest_run(&program);
    let records = events(&program, &run);
    (server, program, run, records)
}

fn events(program: &Program, run: &str) -> Vec<Value> {
    let shown = program.run(&["runs", "show", run, "--events"]);
    shown.exits(0).json_lines()
}

fn state(program: &Program, run: &str) -> Value {
    program
        .run(&["runs", "show", run, "--json"])
        .exits(0)
        .json()
}

/// The runs there are but this one.
fn others(program: &Program, run: &str) -> Vec<String> {
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    let names = runs.as_array().unwrap().iter();
    let names = names.map(|listed| listed["run"].as_str().unwrap().to_owned());
    names.filter(|name| name != run).collect()
}

fn only_other(program: &Program, run: &str) -> String {
    let mut others = others(program, run);
    assert_eq!(others.len(), 1, "{others:?}");
    others.remove(0)
}

fn seq_of(records: &[Value], is_it: impl Fn(&Value) -> bool) -> u64 {
    let found = records.iter().rev().find(|record| is_it(record));
    found.expect("there is such a record")["seq"]
        .as_u64()
        .unwrap()
}

/// Checks that the first `shared` records are the same but for the run's name and where it says that it came from.
#[track_caller]
fn assert_shares(old: &[Value], new: &[Value], shared: u64) {
    for (old, new) in old.iter().zip(new).take(usize::try_from(shared).unwrap()) {
        let (mut old, mut new) = (old.clone(), new.clone());
        for record in [&mut old, &mut new] {
            let fields = record.as_object_mut().unwrap();
            fields.remove("run");
            fields.remove("forked_from");
        }
        assert_eq!(old, new);
    }
}

#[test]
fn a_fork_before_a_step_shares_what_was_there_and_does_the_rest_again() {
    let (server, program, run, before) = completed();
    let asked = server.chat_requests().len();
    let ran = program
        .run(&["runs", "fork", &run[..6], "--step", "2", "--yes", "--json"])
        .exits(0);
    let kinds = &server.kinds()[asked..];
    let wanted = [
        Kind::Executor,
        Kind::Executor,
        Kind::Replanner,
        Kind::Finalizer,
    ];
    assert_eq!(kinds, wanted, "no call for what is shared");
    let fork = only_other(&program, &run);
    let records = events(&program, &fork);
    assert_gapless(&records, 1);
    assert_eq!(
        events(&program, &run),
        before,
        "the earlier run is as it was"
    );
    let begun = |r: &Value| r["type"] == "step_started" && r["step"] == "s2";
    let shared = seq_of(&before, begun) - 1;
    assert_shares(&before, &records, shared);
    assert_eq!(records[0]["forked_from"]["run"], run);
    assert_eq!(records[0]["forked_from"]["seq"], shared);
    let next = &records[usize::try_from(shared).unwrap()..];
    assert_eq!(types(next)[..2], ["run_interrupted", "run_resumed"]);
    assert!(next[0]["reason"].as_str().unwrap().contains("forked from"));
    assert_eq!(ran.json_lines(), next[1..], "what was not there before");
    let state = state(&program, &fork);
    assert_eq!(state["status"], "completed");
    assert_eq!(state["plan"][0]["attempts"], 1);
    assert_eq!(state["totals"]["model_calls"], 6);
}

#[test]
fn a_fork_may_name_its_record_and_only_be_made() {
    let (server, program, run, before) = completed();
    let asked = server.chat_requests().len();
    let decided = seq_of(&before, |r| {
        r["type"] == "step_finished" && r["step"] == "s1"
    });
    let at = decided.to_string();
    let made = program
        .run(&["runs", "fork", &run, "--at", &at, "--no-run"])
        .exits(0);
    let fork = made.stdout.trim();
    assert!(made.stderr.contains("planwright resume"), "{}", made.stderr);
    assert_eq!(server.chat_requests().len(), asked, "nothing was called");
    let state = state(&program, fork);
    assert_eq!(state["status"], "interrupted");
    assert_eq!(state["plan"][0]["status"], "done");
    assert_eq!(state["plan"][1]["status"], "pending");
    let time = |state: &Value| state["totals"]["duration_ms"].as_u64().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(30));
    let again = program.run(&["runs", "fork", &run, "--at", &at, "--no-run", "--json"]);
    let again = again.exits(0).json();
    assert_eq!(again["forked_from"]["seq"], decided);
    let later = self::state(&program, again["run"].as_str().unwrap());
    assert_eq!(
        time(&later),
        time(&state),
        "time at rest is no time at work"
    );
    program.run(&["resume", "--yes", fork]).exits(0);
    let kinds = &server.kinds()[asked..];
    assert!(!kinds.contains(&Kind::Planner), "{kinds:?}");
    let shown = program.run(&["runs", "show", fork]).exits(0).stdout;
    assert!(shown.contains(&format!("from {} after record {at}", &run[..8])));
}

#[test]
fn another_plan_takes_the_place_of_what_is_not_finished_and_is_asked_about() {
    let (server, program, run, before) = completed();
    program.file(
        "rest.md",
        "1. Weigh them otherwise\n2. Say it briefly | after: 1\n",
    );
    let fork = ["runs", "fork", &run, "--step", "s2", "--plan", "rest.md"];
    let asked = server.chat_requests().len();
    let waits = program.run(&fork).exits(3);
    assert!(
        waits.stderr.contains("waits for approval"),
        "{}",
        waits.stderr
    );
    assert_eq!(server.chat_requests().len(), asked);
    let name = only_other(&program, &run);
    let shown = state(&program, &name);
    assert_eq!(shown["status"], "waiting");
    let plan = shown["plan"].as_array().unwrap();
    let names: Vec<&str> = plan.iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["s1", "s4", "s5"], "names that the run has not used");
    assert_eq!(plan[2]["depends_on"], serde_json::json!(["s4"]));
    assert_eq!(plan[0]["status"], "done");
    let proposed = events(&program, &name);
    let proposed = proposed
        .iter()
        .rfind(|r| r["type"] == "plan_proposed")
        .unwrap();
    assert_eq!(
        (&proposed["source"], &proposed["revision"]),
        (&"fork".into(), &2.into())
    );
    program.run(&["resume", "--yes", &name]).exits(0);
    assert_eq!(
        state(&program, &name)["past_steps"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(events(&program, &run), before);
}

#[test]
fn the_exact_texts_of_the_shared_calls_are_there_too() {
    let (_server, program, run, _) = completed();
    let made = program.run(&["runs", "fork", &run, "--step", "3", "--no-run"]);
    let fork = made.exits(0).stdout.trim().to_owned();
    let texts = |run: &str| -> Vec<(String, String, String)> {
        let database = rusqlite::Connection::open(program.home().join("planwright.db")).unwrap();
        let sql = "SELECT call, request, reply FROM calls WHERE run = ?1 ORDER BY call";
        let mut query = database.prepare(sql).unwrap();
        let rows = query.query_map([run], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let (old, new) = (texts(&run), texts(&fork));
    assert_eq!(old.len(), 6);
    assert_eq!(new, old[..3], "the planner's and those of two steps");
}

#[test]
fn what_cannot_be_forked_is_said_before_anything_is_made() {
    let (_server, program, run, before) = completed();
    program.file("cycle.json", br#"{"steps":[{"id":"a","description":"A","depends_on":["b"]},{"id":"b","description":"B","depends_on":["a"]}]}"#);
    let last = before.len().to_string();
    let cases: [(&[&str], &str, &str); 8] = [
        (
            &["abcdef", "--at", "5"],
            "there is no run `abcdef`",
            "hint: ",
        ),
        (
            &[&run, "--at", "999"],
            "there is no record 999",
            "fork at a record from ",
        ),
        (
            &[&run, "--at", "1"],
            "no plan yet at record 1",
            "fork at a record from ",
        ),
        (
            &[&run, "--at", &last],
            "is over at record",
            "fork before its end",
        ),
        (&[&run, "--step", "9"], "has no step `9`", "from 1 to 3"),
        (&[&run, "--step", "s7"], "has no step `s7`", "or its name"),
        (
            &[&run, "--step", "2", "--plan", "cycle.json"],
            "the plan cannot run",
            "mend the plan",
        ),
        (
            &[&run, "--step", "2", "--output", "no/such/file"],
            "no/such",
            "",
        ),
    ];
    for (arguments, error, remedy) in cases {
        let arguments = [&["runs", "fork", "--yes"], arguments].concat();
        let ran = program.run(&arguments).exits(2);
        assert!(ran.stderr.contains(error), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(remedy), "{arguments:?}: {}", ran.stderr);
    }
    program.run(&["runs", "fork", &run]).exits(2);
    program
        .run(&["runs", "fork", &run, "--at", "5", "--step", "1"])
        .exits(2);
    assert_eq!(others(&program, &run), [""; 0]);
    assert_eq!(events(&program, &run), before);
}

#[test]
fn the_answer_alone_can_be_written_again() {
    let (server, program, run, before) = completed();
    let asked = server.chat_requests().len();
    let at = (before.len() - 1).to_string();
    let ran = program.run(&["runs", "fork", &run, "--at", &at]).exits(0);
    assert_eq!(server.kinds()[asked..], [Kind::Finalizer]);
    assert!(ran.stdout.starts_with("The answer"), "{}", ran.stdout);
}

#[test]
fn a_run_that_waits_or_never_began_a_step_says_where_it_can_be_forked() {
    let server = FakeOllama::start(Script::happy(&STEPS));
    let program = program_on(&server);
    program.run(&["run", "Compare"]).exits(3);
    let run = newest_run(&program);
    let refused = program.run(&["runs", "fork", &run, "--step", "1"]).exits(2);
    assert!(refused.stderr.contains("never began"), "{}", refused.stderr);
    let last = events(&program, &run).len().to_string();
    assert!(
        refused
            .stderr
            .contains(&format!("at a record, up to {last},")),
        "{}",
        refused.stderr
    );
    program.run(&["runs", "fork", &run, "--at", &last]).exits(3);
    let fork = only_other(&program, &run);
    assert_eq!(
        state(&program, &fork)["status"],
        "waiting",
        "it is asked about as before"
    );
    server.go_down();
    program.run(&["run", "--yes", "Another"]).exits(4);
    let planless = program
        .run(&["runs", "list", "--json", "-n", "1"])
        .exits(0)
        .json();
    let planless = planless[0]["run"].as_str().unwrap().to_owned();
    let refused = program
        .run(&["runs", "fork", &planless, "--at", "1"])
        .exits(2);
    assert!(refused.stderr.contains("has no plan"), "{}", refused.stderr);
}

#[test]
fn a_run_at_work_can_be_forked_and_a_killed_fork_goes_on() {
    let hanging = || Reply::text("x").hang_after(0);
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("The facts."))
        .once(Kind::Executor, hanging())
        .once(Kind::Executor, hanging());
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let mut first = program.spawn(&["run", "--yes", "Compare"]);
    assert!(
        server.wait_chats_blocking(3, PATIENCE),
        "the second step is at work"
    );
    let run = newest_run(&program);
    let before = events(&program, &run);
    let mut second = program.spawn(&["runs", "fork", &run, "--step", "2", "--yes"]);
    assert!(
        server.wait_chats_blocking(4, PATIENCE),
        "the fork is at its second step"
    );
    second.kill().unwrap();
    second.wait().unwrap();
    assert_eq!(
        events(&program, &run),
        before,
        "the run at work is only read"
    );
    assert_eq!(state(&program, &run)["status"], "running");
    let fork = only_other(&program, &run);
    assert_eq!(state(&program, &fork)["status"], "interrupted");
    program.run(&["resume", "--yes", &fork]).exits(0);
    first.kill().unwrap();
    first.wait().unwrap();
    let records = events(&program, &fork);
    assert_gapless(&records, 1);
    let done = |record: &&Value| record["type"] == "step_finished" && record["step"] == "s1";
    assert_eq!(records.iter().filter(done).count(), 1);
    assert_eq!(state(&program, &fork)["plan"][0]["result"], "The facts.");
    // A fork of a fork is one of its own.
    program
        .run(&["runs", "fork", &fork, "--step", "3", "--yes"])
        .exits(0);
    assert_eq!(others(&program, &run).len(), 2);
}
