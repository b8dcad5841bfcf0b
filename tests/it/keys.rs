//! `planwright keys`, and keys in the config file.

use serde_json::Value;

use crate::program::Program;
use crate::support::pty::Launch;

#[test]
fn the_keys_in_force_are_listed() {
    let program = Program::new();
    program.file("config.toml", "[keys.plan]\nskip_step = [\"S\", \"f9\"]\n");
    let text = program.run(&["keys"]).exits(0).stdout;
    assert!(text.contains("Plan [keys.plan]"), "{text}");
    let line = text
        .lines()
        .find(|line| line.contains("skip_step"))
        .unwrap();
    assert!(line.trim_start().starts_with("S  f9 "), "{line}");
    let json = program.run(&["keys", "--json"]).exits(0).json();
    let plan = json.as_array().unwrap().iter();
    let plan = plan.clone().find(|part| part["name"] == "plan").unwrap();
    let actions = plan["actions"].as_array().unwrap();
    let skip = actions.iter().find(|row| row["action"] == "skip_step");
    assert_eq!(skip.unwrap()["keys"], Value::from(vec!["S", "f9"]));
    let shown = program.run(&["config", "show"]).exits(0).stdout;
    assert!(shown.contains("keys.plan.skip_step"), "{shown}");
}

#[test]
fn a_mistake_names_file_and_line() {
    for (text, words) in [
        (
            "[keys.plan]\n\nskip_step = [\"r\"]\n",
            "line 3, column 1: `keys` cannot be changed like this: `r` means `retry_step` in `plan` too",
        ),
        (
            "[keys.plan]\nskip_step = \"r\"\n",
            "line 2, column 1: `keys` hold lists of keys",
        ),
        (
            "[keys]\nplan = 3\n",
            "line 2, column 8: `keys` must hold tables",
        ),
        ("keys = 3\n", "line 1, column 8: `keys` must hold tables"),
    ] {
        let program = Program::new();
        program.file("config.toml", text);
        let told = program.run(&["keys"]).exits(2).stderr;
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn the_man_page_has_the_keys() {
    let page = Program::new().run(&["man"]).exits(0).stdout;
    assert!(page.contains(".SH KEYS"), "{page}");
    assert!(page.contains("skip_step"), "{page}");
}

#[test]
fn what_a_terminal_sends_is_shown_and_the_terminal_given_back() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .arg("keys")
        .arg("--debug")
        .start();
    pty.wait_for_text("Press keys");
    pty.type_keys("s");
    pty.wait_for_text("s: sent Char('s'); means review approve_stepwise, plan skip_step");
    pty.type_keys("\x1b[1;3A");
    pty.wait_for_text(
        "alt-up: sent Up alt; means home_editor take_back, review move_up, steer take_back, plan move_up",
    );
    pty.type_keys("\x03");
    pty.wait_for_text("ctrl-c: ");
    pty.type_keys("\x03");
    assert_eq!(pty.wait().exit_code(), 0);
    assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
}
