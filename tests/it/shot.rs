//! Pictures of runs, made without a terminal.

use crate::program::Program;
use crate::support::{FakeOllama, Script};

fn with_a_run() -> (Program, String) {
    let server = FakeOllama::start(Script::happy(&["Find the facts", "Compare the facts"]));
    let program = Program::new()
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_MODEL", "tiny:1b");
    program.run(&["run", "--yes", "Compare them"]).exits(0);
    let run = program.run(&["runs", "list", "--json"]).exits(0).json()[0]["run"].clone();
    (program, run.as_str().unwrap().to_owned())
}

#[test]
fn every_screen_that_has_a_name_is_drawn_and_none_is_another() {
    let (program, run) = with_a_run();
    let mut seen: Vec<String> = Vec::new();
    for (screen, words) in [
        ("run", "2/2"),
        ("plan", "Find the facts"),
        ("timeline", "2 Timeline"),
        ("output", "3 Output"),
        ("decisions", "4 Decisions"),
        ("review", "Review plan"),
        ("replay", "Replay"),
        ("call", "Call c"),
        ("history", "History"),
        ("home", "Recent runs"),
        ("help", "Keys"),
        ("tools", "Tools of this run"),
    ] {
        let svg = program
            .run(&["shot", "--screen", screen, &run])
            .exits(0)
            .stdout;
        assert!(svg.starts_with("<svg "), "{svg}");
        let text = svg.replace("</text>", " ");
        let plain: String = text
            .split('<')
            .filter_map(|part| Some(part.split_once('>')?.1))
            .collect();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(words), "{screen}: no {words} in {plain}");
        assert!(!seen.contains(&svg), "{screen}");
        seen.push(svg);
    }
}

#[test]
fn a_picture_is_the_same_whenever_it_is_made_and_as_it_is_asked_for() {
    let (program, run) = with_a_run();
    let shot = |more: &[&str]| {
        let arguments: Vec<&str> = ["shot", run.as_str()].iter().chain(more).copied().collect();
        program.run(&arguments).exits(0).stdout
    };
    assert_eq!(shot(&[]), shot(&[]));
    assert!(shot(&["--theme", "light"]).contains("#fafafa"));
    assert!(shot(&["--size", "40x15"]).len() < shot(&[]).len());
    assert_ne!(shot(&["--at", "4"]), shot(&["--at", "5"]));
    assert_ne!(shot(&["--keys", "3 v"]), shot(&[]));
    assert!(shot(&["--step", "2"]).contains("2 Compare the facts"));
    assert_ne!(shot(&["--step", "1"]), shot(&["--step", "2"]));
    let mut elsewhere = program.command(&["shot", &run, "--screen", "history"]);
    let there = elsewhere.env("TZ", "Asia/Tokyo").output().unwrap().stdout;
    assert_eq!(there, shot(&["--screen", "history"]).into_bytes());
    program.run(&["shot", &run, "--output", "a.svg"]).exits(0);
    let written = std::fs::read_to_string(program.home().join("a.svg")).unwrap();
    assert_eq!(written.trim_end(), shot(&[]).trim_end());
    for (arguments, words) in [
        (&["--at", "4000"][..], "none with number 4000"),
        (&["--step", "3"], "no step `3` there; the last one is `2`"),
        (&["--keys", "hyper-x"], "`hyper-x` is no key"),
        (&["--size", "120"], "must be columns and rows"),
        (&["--size", "0x9"], "must be columns and rows"),
    ] {
        let all: Vec<&str> = ["shot", run.as_str()]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let told = program.run(&all).exits(2).stderr;
        assert!(told.contains(words), "{told}");
    }
}
