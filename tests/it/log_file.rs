//! The program's own log: what it did and met, without secrets, in the file that the settings name.

use crate::program::Program;
use crate::support::pty::Launch;
use crate::support::{FakeOllama, Kind, Reply, Script};

const STEPS: [&str; 2] = ["Find the facts", "Compare the facts"];

fn log_of(program: &Program) -> String {
    let path = program.home().join("logs/planwright.log");
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn what_a_run_met_stands_in_the_log_and_so_does_a_failed_call_among_the_calls() {
    let token = "ghp_aB3dE5gH7jaB3dE5gH7jaB3dE5gH7jaB3dE5";
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::status(503, "busy \u{1b}[31m"))
        .once(
            Kind::Executor,
            Reply::status(400, &format!("no, {token}\nnot so")),
        );
    let server = FakeOllama::start(script);
    let program = Program::new().with("OLLAMA_HOST", server.url());
    let ran = program.run(&["run", "--yes", "--json", "Compare"]);
    let log = log_of(&program);
    for words in [
        "planwright: planwright 0.",
        "begins",
        "started, mode plan-execute",
        "WARN ",
        "is sent again",
        "busy",
        "not so",
        "[secret: GitHub token]",
    ] {
        assert!(log.contains(words), "no {words:?}: {log}");
    }
    assert!(!log.contains(token) && !log.contains('\u{1b}'), "{log}");
    // One line each, of one form.
    for line in log.lines() {
        assert!(line.contains("] ") && line.starts_with("20"), "{line:?}");
    }
    let failed = ran
        .json_lines()
        .into_iter()
        .find(|record| record["type"] == "model_called" && record["ok"] == false);
    let failed = failed.expect("a call failed");
    let database = program.home().join("planwright.db");
    let store = planwright::store::sqlite::SqliteStore::open(&database).expect("it opens");
    let run = planwright::domain::ids::RunId::new(failed["run"].as_str().expect("a name"));
    let call = failed["call"].as_str().expect("a name");
    let kept = planwright::store::Checkpointer::call(&store, &run, call);
    let kept = kept.expect("it can be read").expect("it is kept");
    assert!(kept.request.contains("\"messages\""), "{kept:?}");
}

#[test]
fn it_is_off_where_the_settings_say_so_and_a_place_that_cannot_be_written_is_only_said() {
    let server = FakeOllama::start(Script::happy(&STEPS));
    let off = Program::new()
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_LOG_LEVEL", "off");
    off.run(&["run", "--yes", "Compare"]).exits(0);
    assert_eq!(log_of(&off), "");
    let blocked = Program::new().with("OLLAMA_HOST", server.url());
    blocked.file("logs", "a file where the folder should be");
    let ran = blocked.run(&["run", "--yes", "Compare"]).exits(0);
    assert!(ran.stderr.contains("cannot be written"), "{}", ran.stderr);
    let wrong = Program::new().with("PLANWRIGHT_LOG_LEVEL", "loud");
    let ran = wrong.run(&["run", "--yes", "Compare"]).exits(2);
    assert!(ran.stderr.contains("`loud`"), "{}", ran.stderr);
}

#[test]
fn it_is_read_inside_the_interface() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = Launch::planwright(home.path())
        .env("PLANWRIGHT_MODEL", "demo")
        .start();
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys("\x1bl");
    pty.wait_for_text("INFO");
    pty.wait_for_text("begins");
    pty.kill("TERM");
    pty.wait();
}

/// What is written to it can be changed while the program runs, also where nothing was.
#[test]
fn how_much_is_written_can_be_set_inside_the_interface() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("config.toml"), "log_level = \"off\"\n").expect("written");
    let mut pty = Launch::planwright(home.path())
        .env("PLANWRIGHT_DEMO_INSTANT", "1")
        .arg("demo")
        .start();
    pty.wait_for_text("Tasks for the demo model");
    let log = home.path().join("logs/planwright.log");
    assert!(!log.exists());
    pty.type_keys("\x1b,");
    pty.wait_for_text("Settings");
    pty.type_keys("log_level\r\x15info\r");
    pty.wait_for_text("it holds at once");
    pty.type_keys("\x1b");
    pty.wait_for_text("Task *");
    pty.type_keys("\x1b");
    pty.wait_for_text("Recent runs *");
    pty.type_keys("1\r");
    pty.wait_for_text("Review plan");
    pty.kill("TERM");
    pty.wait();
    let kept = std::fs::read_to_string(&log).expect("it is there");
    assert!(kept.contains("started, mode"), "{kept}");
}
