//! A tool that asks first, as a person meets it: the built binary in a terminal, a server over HTTP, a kill in between.

use std::time::Duration;

use serde_json::json;

use crate::engine::harness::STEPS;
use crate::program::Program;
use crate::support::pty::{Launch, Pty};
use crate::support::{FakeOllama, Kind, Reply, Script};

/// Keys of the request count only when it has been there for 0.4 s.
const BE_READ: Duration = Duration::from_millis(450);

const CONFIG: &str = "approval = \"never\"\n[[tools.rule]]\npermission = \"ask\"\ntool = \"now\"\n";

struct Desk {
    server: FakeOllama,
    program: Program,
}

impl Desk {
    /// A model that asks for the time in its first step, and a rule that has the person asked.
    fn new() -> Self {
        let script = Script::happy(&STEPS).once(
            Kind::Executor,
            Reply::call("now", json!({"timezone": "Asia/Tokyo"})),
        );
        let server = FakeOllama::start(script);
        let program = Program::new().with("OLLAMA_HOST", server.url());
        program.file("config.toml", CONFIG);
        Self { server, program }
    }

    fn open(&self) -> Pty {
        let launch = Launch::planwright(self.program.home()).size(100, 30);
        launch.env("OLLAMA_HOST", &self.server.url()).start()
    }

    fn decisions(&self) -> Vec<String> {
        let runs = self
            .program
            .run(&["runs", "list", "--json"])
            .exits(0)
            .json();
        let run = runs[0]["run"].as_str().expect("it has a name").to_owned();
        let records = self
            .program
            .run(&["runs", "show", &run, "--events"])
            .exits(0)
            .json_lines();
        let decided = records
            .iter()
            .filter(|record| record["type"] == "tool_decided");
        decided
            .map(|record| format!("{} by {}", record["decision"], record["by"]).replace('"', ""))
            .collect()
    }
}

fn asked(pty: &Pty) {
    pty.wait_for_text("wants to use now");
    pty.settle(BE_READ);
}

#[test]
fn a_request_is_answered_with_a_key_and_the_default_is_a_no() {
    for (keys, wanted) in [("y", "allow by user"), ("\r", "deny by user")] {
        let desk = Desk::new();
        let mut pty = desk.open();
        pty.wait_for_text("What is to be done");
        pty.type_keys("Compare two countries\r");
        asked(&pty);
        assert!(
            pty.screen_text().contains("Asia/Tokyo"),
            "{}",
            pty.screen_text()
        );
        pty.type_keys(keys);
        pty.wait_for_text("COMPLETED");
        assert_eq!(desk.decisions(), [wanted]);
    }
}

#[test]
fn pasted_keys_decide_nothing() {
    let desk = Desk::new();
    let mut pty = desk.open();
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    asked(&pty);
    pty.paste("y\nyes\nA\r");
    pty.settle(Duration::from_millis(300));
    assert!(
        pty.screen_text().contains("wants to use now"),
        "{}",
        pty.screen_text()
    );
    assert!(desk.decisions().is_empty());
}

#[test]
fn a_question_outlives_a_killed_process() {
    let desk = Desk::new();
    let mut pty = desk.open();
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    asked(&pty);
    pty.kill("KILL");
    pty.wait();
    let mut again = desk.open();
    again.wait_for_text("Compare two countries");
    again.type_keys("\tR");
    asked(&again);
    again.type_keys("y");
    again.wait_for_text("COMPLETED");
    assert_eq!(desk.decisions(), ["allow by user"]);
    let steps = desk
        .server
        .kinds()
        .into_iter()
        .filter(|kind| *kind == Kind::Executor)
        .count();
    assert_eq!(
        steps, 4,
        "the call is taken up where it was: two replies for its step, one for each other"
    );
}
