//! The question about a plan, on a real terminal.

use super::terminal::OnTerminal;
use super::{happy, newest_run};
use crate::support::Kind;

const QUESTION: &str = "Run this plan?";

#[test]
fn a_plan_runs_after_a_yes() {
    let (server, program) = happy();
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
    terminal.wait_for("1. Find the facts");
    terminal.wait_for("expected: 4 calls, about ");
    terminal.wait_for(QUESTION);
    assert_eq!(server.kinds(), [Kind::Planner], "nothing runs before");
    terminal.type_in("maybe\n");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.wait_for("The answer, drawn");
    terminal.exits(0);
    let run = newest_run(&program);
    let records = program
        .run(&["runs", "show", &run, "--events"])
        .exits(0)
        .json_lines();
    let approved = records
        .iter()
        .find(|r| r["type"] == "plan_approved")
        .unwrap();
    assert_eq!(approved["by"], "user");
}

#[test]
fn a_bare_enter_is_no_yes() {
    for (keys, status) in [
        ("\n", "rejected"),
        ("n\n", "rejected"),
        ("\u{4}", "waiting"),
    ] {
        let (server, program) = happy();
        let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
        terminal.wait_for(QUESTION);
        terminal.type_in(keys);
        terminal.wait_for("planwright resume");
        terminal.exits(3);
        assert!(!server.kinds().contains(&Kind::Executor));
        let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
        assert_eq!(runs[0]["status"], status, "{keys:?}");
        program.run(&["resume"]).exits(3);
        let mut terminal = OnTerminal::start(&program, &["resume"], "false");
        terminal.wait_for("1. Find the facts");
        terminal.wait_for(QUESTION);
        terminal.type_in("y\n");
        terminal.exits(0);
    }
}

#[test]
fn an_edited_plan_is_asked_about_again_and_then_runs() {
    let (_server, program) = happy();
    let editor = "sed -i -e 's/Compare the facts/Weigh the facts/' -e '$a 3. Sum up'";
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], editor);
    terminal.wait_for(QUESTION);
    terminal.type_in("e\n");
    terminal.wait_for("3. Sum up");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.exits(0);
    let state = program
        .run(&["runs", "show", &newest_run(&program), "--json"])
        .exits(0)
        .json();
    let plan = state["plan"].as_array().unwrap();
    let texts: Vec<&str> = plan
        .iter()
        .map(|s| s["description"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Find the facts", "Weigh the facts", "Sum up"]);
    assert_eq!(plan[0]["id"], "s1", "an untouched step keeps its name");
    assert_ne!(plan[1]["id"], "s2", "a changed one does not");
}

#[test]
fn an_edit_that_makes_no_plan_changes_nothing() {
    let (_server, program) = happy();
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "truncate -s 0");
    terminal.wait_for(QUESTION);
    terminal.type_in("e\n");
    terminal.wait_for("the plan is as it was");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.exits(0);
}

#[test]
fn a_text_that_makes_no_plan_comes_back_to_be_mended() {
    let (_server, program) = happy();
    let editor = "sed -i -e 's/after: 9/after: 1/;t' -e '$a 3. Sum up | after: 9'";
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], editor);
    terminal.wait_for(QUESTION);
    terminal.type_in("e\n");
    terminal.wait_for("the plan is as it was: ");
    terminal.wait_for(QUESTION);
    terminal.type_in("e\n");
    terminal.wait_for("3. Sum up [after 1]");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.exits(0);
}

#[test]
fn feedback_reaches_the_planner() {
    let (server, program) = happy();
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
    terminal.wait_for(QUESTION);
    terminal.type_in("f\n");
    terminal.wait_for("What should be different?");
    terminal.type_in("use fewer adjectives\n");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.exits(0);
    let chats = server.chat_requests();
    let second = chats
        .iter()
        .filter(|c| c.kind() == Kind::Planner)
        .nth(1)
        .unwrap();
    assert!(second.transcript().contains("use fewer adjectives"));
}

#[test]
fn a_signal_at_the_question_leaves_the_run_as_it_is() {
    let (_server, program) = happy();
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
    terminal.wait_for(QUESTION);
    terminal.type_in("\u{3}");
    terminal.exits(130);
    let mut terminal = OnTerminal::start(&program, &["resume"], "false");
    terminal.wait_for("1. Find the facts");
    terminal.wait_for(QUESTION);
    terminal.type_in("y\n");
    terminal.exits(0);
}
