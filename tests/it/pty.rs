//! The interface in a terminal: what it takes it gives back, however it ends.

use std::time::Duration;

use crate::support::pty::{Launch, Pty};

fn scratch_open(home: &tempfile::TempDir) -> Pty {
    let pty = Launch::planwright(home.path()).start();
    pty.wait_for_text("Probed");
    pty
}

#[test]
fn scratch_quit() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = scratch_open(&home);
    pty.type_keys("q");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
    println!(
        "{}",
        String::from_utf8_lossy(&pty.bytes()).replace('\x1b', "\n<ESC>")
    );
}

#[test]
fn scratch_signals() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let home = tempfile::tempdir().unwrap();
        let mut pty = scratch_open(&home);
        pty.type_keys("s");
        pty.wait_for_text("Watching");
        pty.kill(signal);
        assert_eq!(pty.wait().exit_code(), code, "{signal}");
        assert_eq!(pty.left_behind(), Vec::<String>::new(), "{signal}");
        println!("{}", pty.screen_text());
    }
}

#[test]
fn scratch_panic() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = scratch_open(&home);
    pty.type_keys("p");
    assert_eq!(pty.wait().exit_code(), 101);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
    println!("{}", pty.screen_text());
}

#[test]
fn scratch_idle() {
    let home = tempfile::tempdir().unwrap();
    let pty = scratch_open(&home);
    pty.settle(Duration::from_millis(500));
    let n = pty.written();
    pty.settle(Duration::from_secs(2));
    assert_eq!(pty.written(), n);
}

#[test]
fn scratch_suspend_ignored() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = scratch_open(&home);
    let n = pty.written();
    pty.type_keys("z");
    pty.wait_for_bytes(b"\x1b[?1049l", n);
    pty.wait_for_bytes(b"\x1b[?1049h", n);
    pty.type_keys("q");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
}

#[test]
fn scratch_suspend_in_a_shell() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::program("bash", home.path())
        .arg("--norc")
        .arg("-i")
        .env("PS1", "shell> ")
        .start();
    pty.wait_for_text("shell>");
    pty.type_keys(&format!("{}\n", env!("CARGO_BIN_EXE_planwright")));
    pty.wait_for_text("Probed");
    pty.type_keys("z");
    pty.wait_for_text("Stopped");
    pty.type_keys("stty -a | grep -o .echo\\ ; fg\n");
    pty.wait_for_text("Probed");
    pty.type_keys("q");
    pty.wait_for("back", |s| !s.alternate_screen());
    pty.type_keys("exit\n");
    pty.wait();
    println!("{}", pty.screen_text());
    assert_eq!(pty.left_behind(), Vec::<String>::new());
}

#[test]
fn scratch_editor() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("ed.sh");
    std::fs::write(&script, "#!/bin/sh\nstty raw -echo\nprintf '\\033[?1049h\\033[?1000h\\033[?25l'\nprintf 'new text\\r\\n' > \"$2\"\nls -l \"$2\" > \"$HOME/mode\"\nexit $1\n").unwrap();
    for code in ["0", "3"] {
        let mut pty = Launch::planwright(home.path())
            .env("EDITOR", &format!("sh {} {code}", script.display()))
            .start();
        pty.wait_for_text("Probed");
        pty.type_keys("e");
        pty.wait_for_text("Edited");
        println!("{}", pty.screen_text());
        pty.type_keys("q");
        assert_eq!(pty.wait().exit_code(), 0);
        assert_eq!(pty.left_behind(), Vec::<String>::new());
    }
    println!(
        "{}",
        std::fs::read_to_string(home.path().join("mode")).unwrap()
    );
}

#[test]
fn scratch_editor_term() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("EDITOR", "sh -c 'stty -echo; sleep 100' x")
        .start();
    pty.wait_for_text("Probed");
    pty.type_keys("e");
    pty.wait_for("left", |s| !s.alternate_screen());
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 143);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
}

#[test]
fn scratch_run_quit() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = scratch_open(&home);
    pty.type_keys("s");
    pty.wait_for_text("Watching");
    pty.type_keys("q");
    let s = pty.wait();
    println!("{}", pty.screen_text());
    assert_eq!(s.exit_code(), 0);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
}

#[test]
fn scratch_panic_beside() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("TERM", "xterm-kitty")
        .start();
    pty.wait_for_text("Probed");
    pty.type_keys("P");
    pty.wait_for_text("boom beside");
    println!("{}", pty.screen_text());
    pty.type_keys("q");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(pty.left_behind(), Vec::<String>::new());
}
