//! What is said beside the screen, as the bytes that leave for the terminal; and stopping by a signal from outside.

use std::path::Path;
use std::process::Command;

use crate::support::pty::{Launch, Pty};

const FOCUS_LOST: &str = "\x1b[O";
const CTRL_C: &str = "\x03";

/// A run that waits for its review, in a terminal that can do everything.
fn in_review(home: &Path, config: &str) -> Pty {
    std::fs::write(home.join("config.toml"), config).unwrap();
    let pty = Launch::planwright(home)
        .env("TERM_PROGRAM", "WezTerm")
        .env("PLANWRIGHT_DEMO_INSTANT", "1")
        .arg("demo")
        .arg("add 17 and 25")
        .start();
    pty.wait_for_text("run all");
    pty
}

fn has(pty: &Pty, wanted: &str) -> bool {
    let bytes = pty.bytes();
    bytes
        .windows(wanted.len())
        .any(|window| window == wanted.as_bytes())
}

/// Runs the plan while the window does not have the focus, then leaves.
fn run_unseen(mut pty: Pty) -> Pty {
    std::thread::sleep(std::time::Duration::from_millis(1200));
    pty.type_keys(FOCUS_LOST);
    pty.type_keys("\r");
    pty.wait_for_text("COMPLETED");
    pty.wait_for_text("^c quit");
    pty.type_keys(CTRL_C);
    pty.wait_for_text("again to leave");
    pty.type_keys(CTRL_C);
    assert_eq!(pty.wait().exit_code(), 0);
    assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
    pty
}

#[test]
fn progress_and_notices_reach_terminals_that_understand_them() {
    let home = tempfile::tempdir().unwrap();
    let pty = run_unseen(in_review(home.path(), ""));
    for wanted in [
        "\x1b]9;4;4;0\x1b\\",
        "\x1b]9;4;0;0\x1b\\",
        "\x1b]9;the run is completed\x1b\\",
        "\x1b]0;planwright review add 17 and 25\x07",
    ] {
        assert!(has(&pty, wanted), "no {wanted:?}");
    }
}

#[test]
fn a_person_is_called_once_for_a_review() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("TERM_PROGRAM", "WezTerm")
        .env("PLANWRIGHT_DEMO_INSTANT", "1")
        .arg("demo")
        .start();
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys(FOCUS_LOST);
    pty.type_keys("add 17 and 25\r");
    pty.wait_for_text("run all");
    pty.kill("TERM");
    pty.wait();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    let called = "\x1b]9;a plan waits for your review\x1b\\";
    assert_eq!(bytes.matches(called).count(), 1, "{bytes:?}");
}

#[test]
fn the_taskbar_is_cleared_on_every_way_out() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let home = tempfile::tempdir().unwrap();
        let mut pty = in_review(home.path(), "");
        pty.kill(signal);
        assert_eq!(pty.wait().exit_code(), 130, "{signal}");
        let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
        let shown: Vec<&str> = bytes.split("\x1b]9;4;").skip(1).collect();
        assert!(shown.len() > 1, "{signal}: {bytes:?}");
        let last = shown.last().unwrap();
        assert!(last.starts_with("0;0\x1b\\"), "{signal}: {last:?}");
    }
}

#[test]
fn each_is_off_where_the_settings_say_so() {
    let home = tempfile::tempdir().unwrap();
    let config = "[ui]\ntitle = false\nprogress = false\nnotify = \"off\"\n";
    let pty = run_unseen(in_review(home.path(), config));
    for unwanted in ["\x1b]9;", "\x1b]777;", "\x1b]0;planwright"] {
        assert!(!has(&pty, unwanted), "{unwanted:?}");
    }
    std::fs::write(
        home.path().join("config.toml"),
        "[ui]\nnotify = \"osc777\"\n",
    )
    .unwrap();
    let pty = run_unseen(in_review(home.path(), "[ui]\nnotify = \"osc777\"\n"));
    assert!(has(
        &pty,
        "\x1b]777;notify;planwright;the run is completed\x1b\\"
    ));
}

#[test]
fn nobody_is_called_who_is_looking() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = in_review(home.path(), "[ui]\nnotify = \"osc9\"\nprogress = false\n");
    std::thread::sleep(std::time::Duration::from_millis(1200));
    pty.type_keys("\r");
    pty.wait_for_text("COMPLETED");
    assert!(!has(&pty, "\x1b]9;"));
}

#[test]
fn a_stop_from_outside_gives_the_terminal_back_first() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::program("sh", home.path())
        .arg("-im")
        .env("PS1", "shell> ")
        .env("ENV", "/dev/null")
        .start();
    pty.wait_for_text("shell>");
    pty.type_keys(&format!("'{}' demo\n", env!("CARGO_BIN_EXE_planwright")));
    pty.wait_for_text("Tasks for the demo model");
    let shell = pty.pid();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let child = children.split_whitespace().next().unwrap();
    let killed = Command::new("kill")
        .args(["-TSTP", child])
        .status()
        .unwrap();
    assert!(killed.success());
    pty.wait_for_text("Stopped");
    pty.type_keys("stty -a\n");
    pty.wait_for_text(" icanon");
    pty.type_keys("fg\n");
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys(CTRL_C);
    pty.wait_for_text("again");
    pty.type_keys(CTRL_C);
    pty.wait_for("the prompt", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")
    });
    pty.type_keys("exit\n");
    pty.wait();
    assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
}

#[test]
fn addresses_are_opened_by_terminals_that_can_and_hidden_text_is_no_part_of_them() {
    let task = "summarise this text and count its words: see https://example.org/a?b=1;c and \
                https://evil.example/\u{1b}]8;;http://other\u{7} for more of it";
    for (program, opens) in [("WezTerm", true), ("other", false)] {
        let home = tempfile::tempdir().unwrap();
        let mut pty = Launch::planwright(home.path())
            .env("TERM_PROGRAM", program)
            .env("PLANWRIGHT_DEMO_INSTANT", "1")
            .arg("demo")
            .arg(task)
            .start();
        pty.wait_for_text("run all");
        std::thread::sleep(std::time::Duration::from_millis(500));
        pty.type_keys("\r");
        pty.wait_for_text("COMPLETED");
        pty.kill("TERM");
        pty.wait();
        assert_eq!(has(&pty, ";https://example.org/a?b=1;c\x1b\\"), opens);
        assert!(!has(&pty, "\x1b]8;;http://other"));
        assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
    }
}
