//! `models` and `doctor`: what is there, and what to do about what is not.

use serde_json::json;

use super::terminal::OnTerminal;
use super::{PATIENCE, program_on, signal};
use crate::program::{Program, Ran};
use crate::support::{FakeModel, FakeOllama, Reply, Script};

#[test]
fn models_are_listed_and_shown() {
    let script = Script::new().models([
        FakeModel::new("small:1b"),
        FakeModel::new("large:70b").context(131_072).family("qwen3"),
    ]);
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let text = program.run(&["models", "list"]).exits(0).stdout;
    assert!(text.starts_with("NAME"), "{text}");
    assert!(
        text.contains("small:1b") && text.contains("large:70b"),
        "{text}"
    );
    let listed = program.run(&["models", "list", "--json"]).exits(0).json();
    let large = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["name"] == "large:70b")
        .unwrap();
    assert_eq!(large["family"], "qwen3");
    assert_eq!(large["loaded"], false);
    let shown = program
        .run(&["models", "show", "large:70b", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["context_length"], 131_072);
    assert_eq!(shown["capabilities"], json!(["completion"]));
    let missing = program.run(&["models", "show", "nope"]).exits(4);
    assert!(
        missing.stderr.contains("planwright models pull nope"),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_pull_shows_how_far_it_has_come() {
    let progress = vec![
        json!({"status": "pulling manifest"}),
        json!({"status": "pulling 1234", "digest": "sha256:1234", "total": 1_000_000, "completed": 250_000}),
        json!({"status": "pulling 1234", "digest": "sha256:1234", "total": 1_000_000, "completed": 1_000_000}),
        json!({"status": "success"}),
    ];
    let server = FakeOllama::start(Script::new().admin("/api/pull", Reply::lines(progress)));
    let program = program_on(&server);
    let ran = program.run(&["models", "pull", "small:1b"]).exits(0);
    assert_eq!(ran.stdout, "");
    for word in [
        "pulling manifest",
        "250.0 kB of 1.0 MB",
        "1.0 MB of 1.0 MB",
        "small:1b is there",
    ] {
        assert!(ran.stderr.contains(word), "no `{word}` in\n{}", ran.stderr);
    }
    assert!(
        !ran.stderr.contains('\r'),
        "no bar where there is no terminal"
    );
}

#[test]
fn a_pull_on_a_terminal_draws_a_bar() {
    let progress = vec![
        json!({"status": "pulling 1234", "total": 1_000_000, "completed": 250_000}),
        json!({"status": "pulling 1234", "total": 1_000_000, "completed": 1_000_000}),
        json!({"status": "success"}),
    ];
    let server = FakeOllama::start(Script::new().admin("/api/pull", Reply::lines(progress)));
    let program = program_on(&server);
    let mut terminal = OnTerminal::start(&program, &["models", "pull", "small:1b"], "false");
    terminal.wait_for("[======                  ]  25 %");
    terminal.wait_for("\r");
    terminal.wait_for("[========================] 100 %  1.0 MB of 1.0 MB");
    terminal.wait_for("small:1b is there");
    terminal.exits(0);
}

#[cfg(unix)]
#[test]
fn a_pull_can_be_stopped() {
    let first = vec![
        json!({"status": "pulling manifest"}),
        json!({"status": "pulling 1234"}),
    ];
    let server = FakeOllama::start(
        Script::new().admin("/api/pull", Reply::lines(first).token_delay(PATIENCE)),
    );
    let program = program_on(&server);
    let mut child = program.spawn(&["models", "pull", "small:1b"]);
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
    assert!(line.contains("pulling manifest"), "{line}");
    signal("INT", &child);
    Ran::from(child.wait_with_output().unwrap()).exits(130);
}

#[test]
fn a_name_that_nobody_serves_leads_to_the_list_of_names() {
    let progress = vec![
        json!({"status": "pulling manifest"}),
        json!({"error": "pull model manifest: file does not exist"}),
    ];
    let server = FakeOllama::start(Script::new().admin("/api/pull", Reply::lines(progress)));
    let ran = program_on(&server)
        .run(&["models", "pull", "nope"])
        .exits(1);
    assert!(ran.stderr.contains("file does not exist"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: https://"), "{}", ran.stderr);
}

#[test]
fn nothing_is_said_of_a_server_that_was_not_asked() {
    let program = Program::new().with("OLLAMA_HOST", "127.0.0.1:1");
    let ran = program.run(&["models", "list", "--model", "demo"]).exits(0);
    assert!(ran.stderr.contains("no server was asked"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("127.0.0.1"), "{}", ran.stderr);
}

#[test]
fn a_server_that_is_not_there_exits_with_four() {
    let program = Program::new().with("OLLAMA_HOST", "127.0.0.1:1");
    for arguments in [
        &["models", "list"][..],
        &["models", "show", "x"],
        &["models", "pull", "x"],
    ] {
        let ran = program.run(arguments).exits(4);
        assert!(
            ran.stderr.contains("error: cannot reach"),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("hint: "),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn the_doctor_finds_a_sound_installation_sound() {
    let server = FakeOllama::start(Script::new());
    let work = tempfile::tempdir().unwrap();
    let program = program_on(&server)
        .with("TERM", "xterm-256color")
        .with("PLANWRIGHT_TOOLS_WORKSPACE", work.path().to_string_lossy());
    let ran = program.run(&["doctor"]).exits(0);
    for word in [
        "✓ config",
        "✓ store",
        "✓ server",
        "0.32.15",
        "OLLAMA_HOST",
        "✓ model tiny:1b",
        "✓ terminal",
        "✓ locale",
    ] {
        assert!(ran.stdout.contains(word), "no `{word}` in\n{}", ran.stdout);
    }
    let report = program.run(&["doctor", "--json"]).exits(0).json();
    assert_eq!(report["ok"], true);
    assert!(
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["status"] == "ok"),
        "{report}"
    );
    assert!(
        program
            .run(&["doctor", "--ascii"])
            .exits(0)
            .stdout
            .is_ascii()
    );
}

#[test]
fn the_doctor_sees_what_is_loaded_by_servers_that_do_not_say_how() {
    let loaded = json!({"models": [{"name": "tiny:1b", "size_vram": 1, "expires_at": "2318-11-21T06:00:00Z"}]});
    let script = Script::new().admin("/api/ps", Reply::raw(loaded.to_string()));
    let server = FakeOllama::start(script);
    let seen = program_on(&server).run(&["doctor"]).stdout;
    assert!(seen.contains("loaded: tiny:1b"), "{seen}");
}

#[test]
fn the_doctor_says_what_to_do_and_goes_on_looking() {
    let program = Program::new()
        .with("OLLAMA_HOST", "127.0.0.1:1")
        .with("LANG", "C");
    program.file("config.toml", "modle = \"x\"\n");
    let ran = program.run(&["doctor", "--json"]).exits(1);
    let report = ran.json();
    assert_eq!(report["ok"], false);
    let check = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(check("config")["status"], "failed");
    assert!(
        check("config")["detail"]
            .as_str()
            .unwrap()
            .contains("modle")
    );
    assert!(check("config")["hint"].as_str().unwrap().contains("model"));
    assert_eq!(check("server")["status"], "failed");
    assert!(check("server")["hint"].is_string());
    assert_eq!(check("store")["status"], "ok");
    assert_eq!(check("locale")["status"], "warning");
    let text = program.run(&["doctor"]).exits(1).stdout;
    assert!(text.is_ascii(), "the locale is not UTF-8:\n{text}");
    program.run(&["doctor", "--model", "demo"]).exits(1);
    std::fs::remove_file(program.home().join("config.toml")).unwrap();
    program.run(&["doctor", "--model", "demo"]).exits(0);
}

#[cfg(unix)]
#[test]
fn the_doctor_looks_at_tmux_from_inside_it() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new().with("TMUX", "/tmp/tmux,1,0");
    let fake = program.file(
        "tmux",
        "#!/bin/sh\ncase $3 in focus-events) echo on;; set-clipboard) echo external;; *) echo off;; esac\n",
    );
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    let report = Ran::from(
        program
            .command(&["doctor", "--model", "demo", "--json"])
            .env(
                "PATH",
                format!("{}:/bin:/usr/bin", program.home().display()),
            )
            .output()
            .unwrap(),
    )
    .exits(0)
    .json();
    let status = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        (check["status"].as_str().unwrap(), check["hint"].as_str())
    };
    assert_eq!(status("tmux focus-events"), ("ok", None));
    assert_eq!(status("tmux set-clipboard"), ("ok", None));
    let (passthrough, hint) = status("tmux allow-passthrough");
    assert_eq!(passthrough, "warning");
    assert!(hint.unwrap().contains("set -g allow-passthrough on"));
}
