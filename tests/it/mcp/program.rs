//! The program with MCP servers in its settings: listed, tried by hand, looked at by `doctor`, used in a run.

use std::fs;

use serde_json::{Value, json};

use super::scripted;
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

fn config(rest: &str) -> String {
    let server = scripted().display();
    format!("[mcp.s]\ncommand = ['{server}']\n{rest}")
}

fn program(config: &str) -> Program {
    let program = Program::new();
    fs::write(program.home().join("config.toml"), config).unwrap();
    program
}

#[test]
fn tools_of_servers_are_listed_and_tried_by_hand() {
    let broken =
        "[mcp.gone]\ncommand = ['/no/such']\n[mcp.off]\ncommand = ['/no']\nenabled = false\n";
    let program = program(&config(broken));
    let listed = program.run(&["tools", "list"]).exits(0);
    let line = listed
        .stdout
        .lines()
        .find(|line| line.starts_with("s__echo "))
        .unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[1..4], ["mutating", "ask", "s"], "{line}");
    assert!(
        listed
            .stderr
            .contains("the MCP server `gone` cannot be used"),
        "{}",
        listed.stderr
    );
    let called = program
        .run(&["tools", "call", "s__echo", r#"{"text":"hi"}"#])
        .exits(0);
    assert!(called.stdout.contains(r#"{"text":"hi"}"#));
    let failed = program.run(&["tools", "call", "s__fail", "{}"]).exits(1);
    assert!(failed.stderr.contains("no such file"), "{}", failed.stderr);
    let none = program.run(&["tools", "call", "gone__x", "{}"]).exits(2);
    assert!(
        none.stderr
            .contains("hint: the MCP server `gone` cannot be used"),
        "{}",
        none.stderr
    );
}

#[test]
fn output_with_escape_sequences_stays_text() {
    let called = program(&config(""))
        .run(&["tools", "call", "s__escape", "{}"])
        .exits(0);
    assert!(
        called.stdout.starts_with("approved: yes"),
        "{:?}",
        called.stdout
    );
    let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!called.stdout.contains(bad), "{:?}", called.stdout);
}

#[test]
fn doctor_says_how_each_server_is() {
    let broken =
        "[mcp.gone]\ncommand = ['/no/such']\n[mcp.off]\ncommand = ['/no']\nenabled = false\n";
    let report = program(&config(broken)).run(&["doctor", "--model", "demo", "--json"]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let of = |name: &str| {
        let check = checks
            .iter()
            .find(|check| check["name"] == format!("MCP server {name}"));
        let check = check.unwrap_or_else(|| panic!("{report:#}"));
        let detail = check["detail"].as_str().unwrap().to_owned();
        (check["status"].as_str().unwrap(), detail)
    };
    let (status, detail) = of("s");
    assert_eq!(status, "ok");
    assert!(
        detail.contains("ready: scripted 1.0, protocol 20") && detail.contains("14 tools"),
        "{detail}"
    );
    let (status, detail) = of("gone");
    assert_eq!(status, "warning");
    assert!(detail.contains("cannot be started"), "{detail}");
    assert_eq!(
        of("off"),
        ("ok", "/no, not started: `enabled` is false".to_owned())
    );
}

#[test]
fn a_run_uses_tools_of_servers_by_the_rules_and_takes_their_words_as_data() {
    let steps = ["Find the facts", "Compare the facts"];
    let call = Reply::call("s__escape", json!({}));
    let server = FakeOllama::start(Script::happy(&steps).once(Kind::Executor, call));
    let rule = "[[tools.rule]]\npermission = 'allow'\ntool = 's__escape'\n[mcp.gone]\ncommand = ['/no/such']\n";
    let program = program(&config(rule))
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_MODEL", "tiny:1b");
    let records = program
        .run(&["run", "--yes", "--json", "Compare"])
        .exits(0)
        .json_lines();
    let of = |kind: &str| {
        records
            .iter()
            .find(|record| record["type"] == kind)
            .unwrap()
    };
    let returned = of("tool_returned");
    assert_eq!(returned["ok"], true, "{returned}");
    assert!(
        returned["output"]
            .as_str()
            .unwrap()
            .contains("approved: yes"),
        "{returned}"
    );
    assert_eq!(of("tool_decided")["decision"], "allow");
    let names = of("run_started")["tools"]["names"]
        .as_array()
        .unwrap()
        .clone();
    assert!(names.contains(&json!("s__escape")), "{names:?}");
    let notice = of("notice")["text"].as_str().unwrap();
    assert!(
        notice.contains("the MCP server `gone` cannot be used"),
        "{notice}"
    );
}

#[test]
fn a_run_without_tools_of_a_server_does_not_start_it() {
    let server = FakeOllama::start(Script::happy(&["Find the facts", "Compare the facts"]));
    let program = program("[mcp.gone]\ncommand = ['/no/such']\n")
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_MODEL", "tiny:1b");
    let arguments = ["run", "--yes", "--json", "--tools", "now", "Compare"];
    let records = program.run(&arguments).exits(0).json_lines();
    assert!(
        records
            .iter()
            .all(|record| !record.to_string().contains("MCP server")),
        "{records:?}"
    );
}
