//! The main job as a person does it: the built binary in a terminal, a model server over HTTP, a database on disk.

use std::time::Duration;

use serde_json::Value;

use crate::engine::harness::{STEPS, plan, replan, respond};
use crate::program::Program;
use crate::support::pty::{Launch, Pty};
use crate::support::{FakeOllama, Kind, Reply, Script};

const NOTHING: [&str; 0] = [];

/// A key that decides something counts only when its screen has been there for 0.4 s.
const BE_READ: Duration = Duration::from_millis(450);

struct Desk {
    server: FakeOllama,
    program: Program,
}

impl Desk {
    fn new(script: Script) -> Self {
        let server = FakeOllama::start(script);
        let program = Program::new().with("OLLAMA_HOST", server.url());
        Self { server, program }
    }

    fn open(&self, columns: u16, rows: u16) -> Pty {
        let launch = Launch::planwright(self.program.home()).size(columns, rows);
        launch.env("OLLAMA_HOST", &self.server.url()).start()
    }

    fn runs(&self) -> Vec<Value> {
        let listed = self
            .program
            .run(&["runs", "list", "--json"])
            .exits(0)
            .stdout;
        serde_json::from_str(&listed).unwrap()
    }

    fn state(&self, run: &str) -> Value {
        let shown = self
            .program
            .run(&["runs", "show", run, "--json"])
            .exits(0)
            .stdout;
        serde_json::from_str(&shown).unwrap()
    }
}

fn quit(pty: &mut Pty) {
    for _ in 0..2 {
        pty.type_keys("\x03");
        pty.settle(Duration::from_millis(100));
    }
    assert_eq!(pty.wait().exit_code(), 0, "{}", pty.screen_text());
    assert_eq!(pty.left_behind(), NOTHING);
}

#[test]
fn from_a_task_to_its_answer_and_back_to_it_the_next_day() {
    for (columns, rows) in [(120, 40), (80, 24), (40, 15)] {
        let desk = Desk::new(Script::happy(&STEPS));
        let mut pty = desk.open(columns, rows);
        pty.wait_for_text("What is to be done");
        pty.type_keys("Compare two countries\r");
        pty.wait_for_text("Find the GDP of France");
        assert_eq!(
            desk.server.kinds(),
            [Kind::Planner],
            "nothing runs before it is approved"
        );
        pty.settle(BE_READ);
        pty.type_keys("\r");
        pty.wait_for_text("COMPLETED");
        pty.wait_for_text("The answer, drawn");
        quit(&mut pty);
        let runs = desk.runs();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0]["status"], "completed");
        let before = desk.server.chat_requests().len();
        let mut again = desk.open(columns, rows);
        again.wait_for_text("Compare two countries");
        again.type_keys("\t\r");
        again.wait_for_text("The answer, drawn");
        quit(&mut again);
        assert_eq!(
            desk.server.chat_requests().len(),
            before,
            "looking at a run asks no model"
        );
    }
}

#[test]
fn a_plan_changed_by_hand_is_the_plan_that_runs() {
    let desk = Desk::new(Script::happy(&STEPS));
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    // Its text is there before the review is: while it arrives.
    pty.wait_for_text("nothing wrong");
    pty.settle(BE_READ);
    pty.type_keys("x");
    pty.type_keys("GoTell it in French\r");
    pty.wait_for_text("Tell it in French");
    pty.settle(BE_READ);
    pty.type_keys("\r");
    pty.wait_for_text("COMPLETED");
    quit(&mut pty);
    let run = desk.runs()[0]["run"].as_str().unwrap().to_owned();
    let state = desk.state(&run);
    let steps: Vec<&str> = state["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["description"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "Find the GDP of Germany",
            "Compare the two figures",
            "Tell it in French"
        ]
    );
    let jobs: Vec<String> = desk
        .server
        .chat_requests()
        .iter()
        .filter(|chat| chat.kind() == Kind::Executor)
        .map(|chat| chat.now().to_owned())
        .collect();
    assert!(jobs[2].contains("Step: Tell it in French"), "{jobs:?}");
}

#[test]
fn a_new_plan_is_asked_about_and_its_difference_shown() {
    let script = Script::happy(&[])
        .planner(plan(&STEPS[..2]))
        .step(Reply::text("a figure"))
        .decide(replan("the comparison is missing", &[STEPS[2]]))
        .decide(respond())
        .answer(Reply::text("All there."));
    let desk = Desk::new(script);
    let mut pty = desk.open(120, 40);
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    pty.wait_for_text("Find the GDP of France");
    pty.settle(BE_READ);
    pty.type_keys("\r");
    pty.wait_for_text("the comparison is missing");
    pty.wait_for("the new step as an addition", |screen| {
        screen
            .contents()
            .lines()
            .any(|line| line.contains('+') && line.contains(STEPS[2]))
    });
    assert_eq!(
        desk.server
            .kinds()
            .iter()
            .filter(|kind| **kind == Kind::Executor)
            .count(),
        2
    );
    pty.settle(BE_READ);
    pty.type_keys("\r");
    pty.wait_for_text("All there.");
    quit(&mut pty);
}

#[test]
fn a_run_killed_in_the_middle_goes_on_where_it_was() {
    let script = Script::happy(&STEPS)
        .once(Kind::Executor, Reply::text("first figure"))
        .once(Kind::Executor, Reply::text("x y z").hang_after(1));
    let desk = Desk::new(script);
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    pty.wait_for_text("Compare the two figures");
    pty.settle(BE_READ);
    pty.type_keys("\r");
    assert!(desk.server.wait_chats_blocking(3, Duration::from_secs(20)));
    pty.wait_for_text("first figure");
    pty.kill("KILL");
    pty.wait();
    assert_eq!(desk.runs()[0]["status"], "interrupted");
    let mut again = desk.open(100, 30);
    again.wait_for_text("Compare two countries");
    again.type_keys("\t");
    again.settle(Duration::from_millis(100));
    again.type_keys("R");
    again.wait_for_text("The answer, drawn");
    quit(&mut again);
    let run = desk.runs()[0]["run"].as_str().unwrap().to_owned();
    let state = desk.state(&run);
    assert_eq!(state["status"], "completed");
    assert_eq!(state["past_steps"].as_array().unwrap().len(), 3);
    let first = desk
        .server
        .chat_requests()
        .iter()
        .filter(|chat| chat.now().contains(STEPS[0]))
        .count();
    assert_eq!(first, 1, "a finished step is not repeated");
}

#[test]
fn a_server_that_goes_away_and_comes_back_costs_time_but_no_result() {
    let script = Script::happy(&STEPS).once(Kind::Executor, Reply::text("x y z").hang_after(1));
    let desk = Desk::new(script);
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    pty.wait_for_text("Compare the two figures");
    pty.settle(BE_READ);
    pty.type_keys("\r");
    assert!(desk.server.wait_chats_blocking(2, Duration::from_secs(20)));
    desk.server.go_down();
    pty.wait_for("word of the server's absence", |screen| {
        let text = screen.contents();
        text.contains("cannot reach") || text.contains("cut off") || text.contains("again")
    });
    desk.server.come_back();
    pty.wait_for_text("The answer, drawn");
    quit(&mut pty);
    assert_eq!(
        desk.state(desk.runs()[0]["run"].as_str().unwrap())["past_steps"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn two_windows_see_each_others_runs() {
    let slow = Reply::text("Two facts, slowly told").token_delay(Duration::from_millis(500));
    let desk = Desk::new(Script::happy(&STEPS).once(Kind::Executor, slow));
    let mut watching = desk.open(100, 30);
    watching.wait_for_text("none yet");
    let mut at_work = desk.open(100, 30);
    at_work.wait_for_text("What is to be done");
    at_work.type_keys("Compare two countries\r");
    at_work.wait_for_text("Find the GDP of France");
    // It appears by itself, and can be followed from there on.
    watching.wait_for_text("Compare two countries");
    watching.type_keys("\x1b");
    watching.wait_for_text("Recent runs *");
    watching.type_keys("\r");
    watching.wait_for_text("1 Plan");
    at_work.settle(BE_READ);
    at_work.type_keys("\r");
    watching.wait_for_text("1 running");
    watching.wait_for_text("ELSEWHERE");
    watching.wait_for_text("COMPLETED");
    watching.wait_for_text("The answer, drawn");
    at_work.wait_for_text("COMPLETED");
    // Nothing was written by the one that only watches, and once all is quiet it writes nothing to its terminal.
    let written = watching.written();
    watching.settle(Duration::from_millis(700));
    assert_eq!(watching.written(), written);
    for mut pty in [watching, at_work] {
        quit(&mut pty);
    }
}

#[test]
fn what_was_edited_and_typed_outlives_a_signal() {
    for signal in ["TERM", "HUP"] {
        let slow = Reply::text("Two facts, slowly told").token_delay(Duration::from_millis(500));
        let desk = Desk::new(Script::happy(&STEPS).once(Kind::Executor, slow));
        let mut pty = desk.open(100, 30);
        pty.wait_for_text("What is to be done");
        pty.type_keys("Compare two countries\r");
        pty.wait_for_text("Find the GDP of France");
        pty.settle(BE_READ);
        pty.type_keys("e");
        pty.wait_for_text("enter take it");
        pty.type_keys(", twice\r");
        pty.wait_for_text("(you changed this)");
        pty.kill(signal);
        pty.wait();
        let run = desk.runs()[0]["run"].as_str().unwrap().to_owned();
        let plan = desk.state(&run)["plan"].clone();
        let first = plan[0]["description"].as_str().unwrap_or_default();
        assert_eq!(first, "Find the GDP of France, twice", "{signal}: {plan}");
        // The line in which a run is steered comes back, too, with the run that goes on.
        let mut pty = desk.open(100, 30);
        pty.wait_for_text("Compare two countries");
        pty.type_keys("\x1b");
        pty.wait_for_text("Recent runs *");
        pty.type_keys("R");
        pty.wait_for_text("Review plan");
        pty.settle(BE_READ);
        pty.type_keys("\r");
        pty.wait_for_text("1 running");
        pty.type_keys("iheed this");
        pty.wait_for_text("heed this");
        pty.kill(signal);
        pty.wait();
        let mut pty = desk.open(100, 30);
        pty.wait_for_text("Compare two countries");
        pty.type_keys("\x1b");
        pty.wait_for_text("Recent runs *");
        pty.type_keys("R");
        pty.wait_for_text("heed this");
        pty.kill("TERM");
        pty.wait();
    }
}

#[test]
fn a_task_that_waits_has_its_turn_and_a_draft_outlives_the_program() {
    let slow = Reply::text("Two facts, slowly told").token_delay(Duration::from_millis(500));
    let desk = Desk::new(Script::happy(&STEPS).once(Kind::Executor, slow));
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("What is to be done");
    pty.type_keys("Compare two countries\r");
    pty.wait_for_text("Find the GDP of France");
    pty.settle(BE_READ);
    pty.type_keys("\r");
    pty.wait_for_text("1 running");
    pty.type_keys("n");
    pty.wait_for_text("Task *");
    pty.type_keys("Compare two more\r");
    pty.wait_for_text("next: Compare two more");
    pty.wait_for_text("its plan waits for your review: Compare two more");
    pty.type_keys("and a draft");
    pty.wait_for_text("and a draft");
    pty.kill("TERM");
    pty.wait();
    assert_eq!(desk.runs().len(), 2);
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("and a draft");
    // The first one clears it.
    pty.type_keys("\x03");
    pty.wait_for_text("What is to be done");
    quit(&mut pty);
}

/// A process that is killed cannot keep anything any more: what was typed before is kept already.
#[test]
fn a_draft_outlives_a_process_that_is_killed() {
    let desk = Desk::new(Script::happy(&STEPS));
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("What is to be done");
    pty.type_keys("a draft of mine");
    pty.wait_for_text("a draft of mine");
    let kept = || {
        let files = std::fs::read_dir(desk.program.home()).unwrap().flatten();
        let mut files =
            files.filter(|file| file.file_name().to_string_lossy().starts_with("drafts-"));
        files.any(|file| {
            std::fs::read_to_string(file.path())
                .unwrap()
                .contains("a draft of mine")
        })
    };
    let begun = std::time::Instant::now();
    while !kept() && begun.elapsed() < crate::support::pty::PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    pty.kill("KILL");
    pty.wait();
    let mut pty = desk.open(100, 30);
    pty.wait_for_text("a draft of mine");
    pty.type_keys("\x03");
    pty.wait_for_text("What is to be done");
    quit(&mut pty);
    assert!(!kept(), "what was cleared is kept no more");
}
