//! The interface in a terminal: what it takes it gives back, however it ends.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::pty::{Launch, Pty};

const NOTHING: [&str; 0] = [];
const CTRL_C: &str = "\x03";
const ESC: &str = "\x1b";
const CTRL_G: &str = "\x07";
const CTRL_L: &str = "\x0c";
const CTRL_Z: &str = "\x1a";
const ALTERNATE: &[u8] = b"\x1b[?1049h";
const BACK: &[u8] = b"\x1b[?1049l";

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The demo on its home screen.
fn demo(home: &Path) -> Launch {
    Launch::planwright(home).arg("demo")
}

fn at_home(launch: Launch) -> Pty {
    let pty = launch.start();
    pty.wait_for_text("Tasks for the demo model");
    pty
}

/// A run that is kept and waits for a person.
fn in_review(home: &Path) -> Pty {
    let pty = demo(home).arg("--keep").arg("add 17 and 25").start();
    pty.wait_for_text("run all");
    pty
}

/// Closes the interface from the home screen.
fn quit(mut pty: Pty) -> Pty {
    pty.type_keys(CTRL_C);
    pty.wait_for_text("again");
    pty.type_keys(CTRL_C);
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(pty.left_behind(), NOTHING);
    pty
}

fn statuses(home: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_planwright"))
        .args(["runs", "list", "--json"])
        .env("PLANWRIGHT_HOME", home)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn leaving_gives_the_terminal_back() {
    let home = home();
    for term in ["xterm-256color", "xterm-kitty", "screen", "vt100"] {
        quit(at_home(demo(home.path()).env("TERM", term)));
    }
}

#[test]
fn every_signal_gives_the_terminal_back_and_keeps_the_run() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let home = home();
        let mut pty = in_review(home.path());
        pty.kill(signal);
        assert_eq!(pty.wait().exit_code(), 130, "{signal}");
        assert_eq!(pty.left_behind(), NOTHING, "{signal}");
        assert!(pty.screen_text().contains("planwright resume"), "{signal}");
        let runs = statuses(home.path());
        assert!(
            runs.contains("\"interrupted\"") || runs.contains("waiting"),
            "{signal}: {runs}"
        );
    }
}

#[test]
fn a_run_that_is_not_kept_is_not_offered_again() {
    let home = home();
    let mut pty = demo(home.path()).arg("add 17 and 25").start();
    pty.wait_for_text("run all");
    pty.kill("TERM");
    pty.wait();
    let screen = pty.screen_text();
    assert!(screen.contains("nothing of it is kept"), "{screen}");
    assert!(!screen.contains("resume"), "{screen}");
}

#[test]
fn an_idle_screen_writes_nothing() {
    let home = home();
    let pty = at_home(demo(home.path()).size(120, 40));
    pty.settle(Duration::from_millis(500));
    let written = pty.written();
    pty.settle(Duration::from_millis(1500));
    assert_eq!(pty.written(), written);
}

#[test]
fn another_size_is_drawn_anew() {
    let home = home();
    let pty = at_home(demo(home.path()));
    for (columns, rows) in [(120, 40), (40, 15), (1, 1), (80, 24)] {
        let before = pty.written();
        pty.resize(columns, rows);
        pty.wait_for_bytes(b"\x1b[2J", before);
    }
    pty.wait_for_text("Tasks for the demo model");
    quit(pty);
}

#[test]
fn redrawing_mends_a_screen_that_was_written_over() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    let before = pty.written();
    pty.type_keys(CTRL_L);
    pty.wait_for_bytes(b"\x1b[2J", before);
    pty.wait_for_bytes(b"planwright", before);
    quit(pty);
}

#[test]
fn a_paste_that_the_terminal_does_not_mark_is_text_all_the_same() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    pty.type_keys("compare 5 km\rwith 3 miles, please\r");
    pty.wait_for_text("│ with 3 miles, please");
    assert!(
        !pty.screen_text().contains("run all"),
        "{}",
        pty.screen_text()
    );
    // Where letters are commands, too.
    pty.type_keys(ESC);
    pty.wait_for_text("Recent runs *");
    pty.type_keys("q is no command here\rnor is this\r");
    pty.wait_for_text("nor is this");
    pty.kill("TERM");
    pty.wait();
}

#[test]
fn pieces_of_a_paste_that_the_terminal_does_not_mark_start_no_task() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    for piece in ["compare 5 km\r", "with 3 miles\r", "and 2 leagues\r"] {
        pty.type_keys(piece);
        std::thread::sleep(Duration::from_millis(30));
    }
    pty.wait_for_text("│ and 2 leagues");
    let screen = pty.screen_text();
    assert!(
        screen.contains("│ compare 5 km") && !screen.contains("run all"),
        "{screen}"
    );
    // What is pressed by itself sends it.
    pty.settle(Duration::from_millis(200));
    pty.type_keys("\r");
    pty.wait_for_text("run all");
    pty.kill("TERM");
    pty.wait();
}

#[test]
fn a_setting_that_is_changed_holds_at_once_and_stays_in_the_file() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    pty.type_keys("\x1b,");
    pty.wait_for_text("Settings");
    pty.type_keys("ui.ascii");
    pty.wait_for_text("find: ui.ascii");
    pty.type_keys("\r");
    pty.wait_for_text("it holds at once");
    pty.wait_for_text("+ Settings -");
    let file = home.path().join("config.toml");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "[ui]\nascii = true\n"
    );
    // What the command line or the environment says still wins, and a value that is none stays to be mended.
    pty.type_keys("\x15max_steps\r");
    pty.wait_for_text("The value, as the config file has it");
    pty.type_keys("\x15many\r");
    pty.wait_for_text("must be a whole number");
    pty.wait_for_text("many");
    pty.kill("TERM");
    pty.wait();
}

#[test]
fn the_name_of_a_file_is_completed_from_the_workspace() {
    let home = home();
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("notes.txt"), "x").expect("it can be written");
    std::fs::write(work.path().join(".gitignore"), "*.log\n").expect("it can be written");
    std::fs::write(work.path().join("notes.log"), "x").expect("it can be written");
    let folder = work.path().to_string_lossy().into_owned();
    let mut pty = at_home(demo(home.path()).env("PLANWRIGHT_TOOLS_WORKSPACE", &folder));
    pty.type_keys("read @no\t");
    pty.wait_for_text("read notes.txt");
    pty.kill("TERM");
    pty.wait();
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    pty.type_keys("i");
    pty.wait_for_text("Task *");
    pty.paste("first\rsecond \x1b[31mthird\r");
    pty.wait_for_text("second third");
    assert!(pty.screen_text().contains("Recent runs"), "it was sent");
}

/// As from a paste in a terminal that does not mark it, or a fast hand behind a slow line.
#[test]
fn keys_that_come_all_at_once_are_all_taken() {
    let home = home();
    let mut pty = at_home(demo(home.path()).size(120, 40));
    let words: Vec<String> = (100..170).map(|n| format!("w{n}")).collect();
    pty.type_keys(&words.join(" "));
    pty.wait_for_text("w169");
    let screen = pty.screen_text();
    let lost: Vec<&String> = words.iter().filter(|w| !screen.contains(*w)).collect();
    assert_eq!(lost, NOTHING, "{screen}");
}

#[test]
fn hostile_text_reaches_the_terminal_as_text_alone() {
    let home = home();
    let task = "\x1b]0;evil\x07\x1b[31mred \u{202e}drow\u{9b}5mx";
    let mut pty = demo(home.path()).arg(task).start();
    pty.wait_for_text("run all");
    pty.kill("TERM");
    pty.wait();
    let bytes = pty.bytes();
    for part in [
        &b"evil"[..],
        b"\x1b[31m",
        "\u{202e}".as_bytes(),
        "\u{9b}".as_bytes(),
    ] {
        assert!(
            !bytes.windows(part.len()).any(|seen| seen == part),
            "{part:?}"
        );
    }
}

#[test]
fn without_a_shell_to_wake_it_the_interface_comes_back_by_itself() {
    let home = home();
    let mut pty = at_home(demo(home.path()));
    let before = pty.written();
    pty.type_keys(CTRL_Z);
    pty.wait_for_bytes(BACK, before);
    pty.wait_for_bytes(ALTERNATE, before);
    quit(pty);
}

#[test]
fn in_a_container_whose_shell_is_outside_the_interface_comes_back_by_itself() {
    let inside = ["--user", "--map-root-user", "--pid", "--fork"];
    let able = std::process::Command::new("unshare")
        .args(inside)
        .arg("true")
        .output();
    if !able.is_ok_and(|tried| tried.status.success()) {
        #[expect(clippy::print_stderr, reason = "what is left out must be said")]
        {
            eprintln!("skipped: this system lets nobody make a namespace of processes");
        }
        return;
    }
    let home = home();
    let script = format!("'{}' demo; exit", env!("CARGO_BIN_EXE_planwright"));
    let mut launch = Launch::program("unshare", home.path());
    for argument in inside.iter().chain(&["sh", "-c", &script]) {
        launch = launch.arg(argument);
    }
    let mut pty = at_home(launch);
    let before = pty.written();
    pty.type_keys(CTRL_Z);
    pty.wait_for_bytes(BACK, before);
    pty.wait_for_bytes(ALTERNATE, before);
    quit(pty);
}

#[test]
fn the_shell_has_the_terminal_while_it_is_suspended() {
    let home = home();
    let mut pty = Launch::program("sh", home.path())
        .arg("-im")
        .env("PS1", "shell> ")
        .env("ENV", "/dev/null")
        .start();
    pty.wait_for_text("shell>");
    pty.type_keys(&format!("'{}' demo\n", env!("CARGO_BIN_EXE_planwright")));
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys(CTRL_Z);
    pty.wait_for_text("Stopped");
    pty.type_keys("stty -a\n");
    pty.wait_for_text(" icanon");
    assert!(!pty.screen_text().contains("-icanon"));
    pty.type_keys("fg\n");
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys(CTRL_C);
    pty.wait_for_text("again");
    pty.type_keys(CTRL_C);
    // What is typed before the terminal is given back is not for the shell.
    pty.wait_for("the prompt", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("demo\nshell>")
    });
    pty.type_keys("exit\n");
    pty.wait();
    assert_eq!(pty.left_behind(), NOTHING);
}

/// An editor that leaves the terminal in a mess, saves `new text` and ends with `status`.
fn rude_editor(home: &Path, status: u8) -> String {
    let script = home.join("editor.sh");
    std::fs::write(
        &script,
        "stty raw -echo\nprintf '\\033[?1049h\\033[?1000h\\033[?2004l\\033[?25l'\nprintf 'new text\\r\\n' > \"$2\"\nexit $1\n",
    )
    .unwrap();
    format!("sh '{}' {status}", script.display())
}

#[test]
fn a_text_goes_through_the_editor_and_the_terminal_survives_it() {
    let home = home();
    for (status, expected) in [(0, "new text"), (3, "exit status: 3")] {
        let editor = rude_editor(home.path(), status);
        let mut pty = at_home(demo(home.path()).env("VISUAL", &editor));
        pty.type_keys("i");
        pty.wait_for_text("Task *");
        pty.type_keys("old");
        pty.wait_for_text("old");
        pty.type_keys(CTRL_G);
        pty.wait_for_text(expected);
        assert_eq!(pty.screen_text().contains("old"), status != 0);
        pty.type_keys(CTRL_C);
        pty.wait_for("an empty draft", |screen| {
            !screen.contents().contains("new text") && !screen.contents().contains("old")
        });
        quit(pty);
    }
}

#[test]
fn a_signal_ends_the_editor_too() {
    let home = home();
    let editor = "sh -c 'stty -echo; echo editing; sleep 600'";
    let mut pty = at_home(demo(home.path()).env("EDITOR", editor));
    pty.type_keys("i");
    pty.wait_for_text("Task *");
    let before = pty.written();
    pty.type_keys(CTRL_G);
    pty.wait_for_bytes(b"editing", before);
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 130);
    assert_eq!(pty.left_behind(), NOTHING);
}

#[test]
fn without_a_terminal_nothing_is_taken() {
    let home = home();
    let output = Command::new(env!("CARGO_BIN_EXE_planwright"))
        .arg("demo")
        .env("PLANWRIGHT_HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard output is not a terminal"), "{said}");
    assert!(said.contains("hint:"), "{said}");
}
