//! The interface as lines, in a terminal.

use crate::support::pty::Launch;

#[test]
fn a_task_is_done_from_beginning_to_end_in_lines() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("PLANWRIGHT_DEMO_INSTANT", "1")
        .arg("demo")
        .arg("--screen-reader")
        .size(100, 60)
        .start();
    pty.wait_for_text("Task (empty to leave):");
    pty.type_keys("Compare 5 km and 3 miles\n");
    pty.wait_for_text("Run this plan?");
    // An empty line approves nothing.
    pty.type_keys("\n");
    pty.wait_for("the next task", |screen| {
        screen.contents().matches("Task (empty to leave):").count() == 2
    });
    assert!(
        !pty.screen_text().contains("5 km is larger"),
        "{}",
        pty.screen_text()
    );
    pty.type_keys("Compare 5 km and 3 miles\n");
    pty.wait_for("the second plan", |screen| {
        screen.contents().matches("Run this plan?").count() == 2
    });
    pty.type_keys("yes\n");
    pty.wait_for_text("result: 5 km - 4.828032 km = 0.171968 km");
    pty.wait_for_text("is larger");
    pty.wait_for("the third task", |screen| {
        screen
            .contents()
            .trim_end()
            .ends_with("Task (empty to leave):")
    });
    pty.type_keys("\n");
    assert_eq!(pty.wait().exit_code(), 0);
    let bytes = pty.bytes();
    assert!(!bytes.contains(&0x1b), "something is painted");
    assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
}

#[test]
fn what_was_typed_before_a_plan_is_shown_approves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("PLANWRIGHT_DEMO_INSTANT", "1")
        .arg("demo")
        .arg("--screen-reader")
        .size(100, 60)
        .start();
    pty.wait_for_text("Task (empty to leave):");
    // All at once: the words are there before there is a plan.
    pty.type_keys("Compare 5 km and 3 miles\nyes\nyes\n");
    pty.wait_for_text("Run this plan?");
    pty.type_keys("no\n");
    pty.wait_for_text("the plan was rejected");
    assert!(!pty.screen_text().contains("approved by user"));
    pty.wait_for("the next task", |screen| {
        screen
            .contents()
            .trim_end()
            .ends_with("Task (empty to leave):")
    });
    pty.type_keys("\n");
    assert_eq!(pty.wait().exit_code(), 0);
}

#[test]
fn without_a_terminal_it_says_what_works() {
    let program = crate::program::Program::new();
    let told = program.run(&["demo", "--screen-reader"]).exits(2).stderr;
    assert!(
        told.contains("`planwright run TASK` works without one"),
        "{told}"
    );
}
