//! Themes as they leave the terminal: the bytes, and what a terminal says of its background.

use std::path::Path;

use crate::program::Program;
use crate::support::pty::{Launch, Pty};

/// Behind everything in the dark theme, and in the light one, as bytes.
const DARK: &[u8] = b"48;2;22;24;29";
const LIGHT: &[u8] = b"48;2;250;250;250";

fn demo(home: &Path, theme: &str) -> Launch {
    std::fs::write(
        home.join("config.toml"),
        format!("[ui]\ntheme = '{theme}'\n"),
    )
    .unwrap();
    Launch::planwright(home)
        .env("COLORTERM", "truecolor")
        .arg("demo")
}

fn has(pty: &Pty, bytes: &[u8]) -> bool {
    let written = pty.bytes();
    written.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn a_theme_is_drawn_in_its_colours_and_the_terminals_own_are_the_default() {
    let home = tempfile::tempdir().unwrap();
    let pty = demo(home.path(), "dark").start();
    pty.wait_for_text("Tasks for the demo model");
    assert!(has(&pty, DARK) && !has(&pty, LIGHT));
    let pty = demo(home.path(), "terminal").start();
    pty.wait_for_text("Tasks for the demo model");
    assert!(!has(&pty, b"48;2;"));
    let pty = demo(home.path(), "dark").env("NO_COLOR", "1").start();
    pty.wait_for_text("Tasks for the demo model");
    assert!(!has(&pty, b"48;2;") && !has(&pty, b"38;2;"));
    let pty = demo(home.path(), "dark").env("COLORTERM", "").start();
    pty.wait_for_text("Tasks for the demo model");
    assert!(has(&pty, b"48;5;") && !has(&pty, b"48;2;"));
}

#[test]
fn no_character_beyond_ascii_is_drawn_where_it_is_not_wanted() {
    let home = tempfile::tempdir().unwrap();
    let ways = [
        Launch::planwright(home.path()).arg("demo").arg("--ascii"),
        Launch::planwright(home.path())
            .arg("--ascii")
            .arg("--model")
            .arg("demo"),
        Launch::planwright(home.path())
            .arg("demo")
            .env("LC_ALL", "C"),
    ];
    for launch in ways {
        let mut pty = launch.start();
        pty.wait_for_text("Tasks for the demo model");
        pty.type_keys("\x1b");
        pty.wait_for_text("Recent runs *");
        pty.type_keys("1\r");
        pty.wait_for_text("Review plan");
        pty.settle(std::time::Duration::from_millis(450));
        pty.type_keys("\r");
        pty.wait_for_text("1 running");
        pty.type_keys("i");
        pty.wait_for_text("Steer the run");
        assert!(pty.bytes().is_ascii(), "{}", pty.screen_text());
        pty.kill("TERM");
        pty.wait();
    }
}

#[test]
fn the_terminal_is_asked_for_its_background_and_need_not_answer() {
    let home = tempfile::tempdir().unwrap();
    for (answer, seen) in [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c", Some(LIGHT)),
        ("\x1b]11;rgb:0000/0000/0000\x07\x1b[?62;22c", Some(DARK)),
        ("\x1b[?62;22c", None),
        ("", None),
    ] {
        // Before it asks, so that the answer is in time on any machine.
        let mut pty = demo(home.path(), "auto").start();
        pty.type_keys(answer);
        pty.wait_for_text("Tasks for the demo model");
        assert!(has(&pty, b"\x1b]11;?\x1b\\"));
        match seen {
            Some(color) => assert!(has(&pty, color), "{answer:?}"),
            None => assert!(!has(&pty, b"48;2;"), "{answer:?}"),
        }
        assert!(!pty.screen_text().contains("rgb:"), "{}", pty.screen_text());
    }
}

/// Over a slow line the answer comes among the keys: it is no typing, and counts all the same.
#[test]
fn an_answer_that_comes_late_counts_and_types_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = demo(home.path(), "auto").start();
    pty.wait_for_text("Tasks for the demo model");
    pty.type_keys("ab\x1b]11;rgb:ffff/ffff/ffff\x07\x1b[?62;22ccd");
    pty.wait_for_text("abcd");
    pty.wait_for_bytes(LIGHT, 0);
    assert!(!pty.screen_text().contains("rgb"), "{}", pty.screen_text());
}

/// The terminal has become light meanwhile: drawing anew asks again.
#[test]
fn redrawing_asks_for_the_background_again() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = demo(home.path(), "auto").start();
    pty.type_keys("\x1b]11;rgb:0000/0000/0000\x07\x1b[?62;22c");
    pty.wait_for_text("Tasks for the demo model");
    assert!(has(&pty, DARK) && !has(&pty, LIGHT));
    let before = pty.written();
    pty.type_keys("\x0c");
    pty.wait_for_bytes(b"\x1b]11;?\x1b\\", before);
    // In time or late, it counts.
    pty.type_keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c");
    pty.wait_for_bytes(LIGHT, before);
}

/// What a setting takes of the terminal is taken at once.
#[test]
fn the_mouse_and_the_theme_are_taken_when_they_are_set() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = demo(home.path(), "terminal").start();
    pty.wait_for_text("Tasks for the demo model");
    let mouse: &[u8] = b"\x1b[?1002h";
    let asked: &[u8] = b"\x1b]11;?\x1b\\";
    let was_on = has(&pty, mouse);
    pty.type_keys("\x1b,");
    pty.wait_for_text("Settings");
    let before = pty.written();
    pty.type_keys("ui.mouse\r");
    pty.wait_for_text("it holds at once");
    let seen: &[u8] = if was_on { b"\x1b[?1002l" } else { mouse };
    pty.wait_for_bytes(seen, before);
    assert!(!has(&pty, asked));
    pty.type_keys("\x15ui.theme\r\x15auto\r");
    pty.wait_for_bytes(asked, before);
    pty.type_keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c");
    pty.wait_for_bytes(LIGHT, before);
    pty.kill("TERM");
    pty.wait();
    assert!(pty.left_behind().is_empty(), "{:?}", pty.left_behind());
}

#[test]
fn a_colour_that_is_hard_to_read_is_said() {
    let program = Program::new();
    program.file(
        "config.toml",
        "[ui]\ntheme = 'light'\n[colors]\nfaint = '#cccccc'\n",
    );
    let told = program.run(&["keys"]).exits(0).stderr;
    assert!(
        told.contains("`colors.faint` is hard to read on what is behind it: the contrast is 1.5"),
        "{told}"
    );
}
