//! The floors of the crate: imports point strictly down, every module stands on one floor, no file is too long.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Module, floor, and what it may import beside the floors below. Siblings do not import each other.
const FLOORS: [(&str, u8); 11] = [
    ("domain", 0),
    ("model", 1),
    ("tool", 1),
    ("store", 1),
    ("config", 1),
    ("engine", 2),
    ("session", 3),
    ("tui", 4),
    ("headless", 4),
    ("cli", 4),
    ("main", 5),
];

/// What a floor must never name, wherever it stands in the file: (module, text, reason).
const NEVER: [(&str, &[&str]); 3] = [
    (
        "domain",
        &[
            "tokio",
            "futures_util",
            "std::fs",
            "std::env",
            "std::time",
            "std::thread",
            "std::process",
            "rand",
            "uuid",
            "Timestamp::now",
            "async fn",
        ],
    ),
    (
        "engine",
        &[
            "ratatui",
            "crossterm",
            "clap",
            "crate::config",
            "::sqlite",
            "::ollama",
            "::openai",
            "::demo",
            "::memory",
            "::builtin",
            "::mcp",
        ],
    ),
    ("session", &["ratatui", "crossterm", "clap"]),
];

/// Adapters that only floor 3 may name.
const ADAPTERS: [&str; 9] = [
    "model::ollama",
    "model::openai",
    "model::demo",
    "tool::builtin",
    "tool::command",
    "tool::mcp",
    "store::sqlite",
    "store::memory",
    "store::migrations",
];

/// The most lines a source file may have.
const MOST_LINES: usize = 400;

/// Tables that may be longer: cut in two they would be two tables.
const TABLES: [&str; 1] = [
    // Every setting once; file, environment, command line and `config show` read it.
    "src/config/keys.rs",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// (module, path below src, text without its unit tests and comments) of every source file but `lib.rs`.
fn modules() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&root) {
        let below = path
            .strip_prefix(&root)
            .expect("it is below")
            .to_string_lossy()
            .replace('\\', "/");
        let module = below
            .split('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs")
            .to_owned();
        if module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        found.push((module, below, code.join("\n")));
    }
    found
}

fn floor(module: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, floor)| *floor)
}

/// The top-level modules that a text names through `crate::` or `planwright::`.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for start in ["crate::", "planwright::"] {
        for piece in code.split(start).skip(1) {
            match piece.strip_prefix('{') {
                Some(group) => {
                    let group = group.split('}').next().unwrap_or_default();
                    names.extend(group.split(',').map(|name| {
                        name.trim()
                            .split("::")
                            .next()
                            .unwrap_or_default()
                            .to_owned()
                    }));
                }
                None => names.extend(
                    piece
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next()
                        .map(str::to_owned),
                ),
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn every_module_stands_on_a_floor() {
    for (module, path, _) in modules() {
        assert!(floor(&module).is_some(), "{path} stands on no floor");
    }
}

#[test]
fn imports_point_strictly_down() {
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        let own = floor(&module).expect("checked above");
        for name in named(&code) {
            let Some(other) = floor(&name) else { continue };
            if name != module && other >= own {
                wrong.push(format!(
                    "{path} (floor {own}) imports {name} (floor {other})"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn floors_keep_their_hands_off() {
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        for text in NEVER
            .iter()
            .filter(|(name, _)| *name == module)
            .flat_map(|(_, texts)| *texts)
        {
            if code.contains(text) {
                wrong.push(format!("{path} names {text}"));
            }
        }
        let above = floor(&module).is_some_and(|floor| floor > 3);
        wrong.extend(
            ADAPTERS
                .iter()
                .filter(|adapter| above && code.contains(*adapter))
                .map(|adapter| format!("{path} names {adapter}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_terminal_file_uses_raw_mode() {
    let users: Vec<String> = modules()
        .into_iter()
        .filter(|(_, _, code)| code.contains("raw_mode"))
        .map(|(_, path, _)| path)
        .collect();
    assert!(
        users.iter().all(|path| path == "tui/terminal.rs"),
        "{users:?}"
    );
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let long: Vec<String> = sources(&root)
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path)
                .expect("a source file can be read")
                .lines()
                .count();
            let is_table = TABLES.iter().any(|table| path.ends_with(table));
            (lines > MOST_LINES && !is_table)
                .then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// Where tools are called: in the one gate of the engine, and by a person's own hand.
const CALLS_TOOLS: [&str; 2] = ["engine/tool_loop/carry.rs", "session/tools.rs"];

#[test]
fn tools_are_called_in_one_place() {
    let mut found = Vec::new();
    for (module, path, text) in modules() {
        // A tool that wraps another one would be told apart by hand.
        if module != "tool" && text.contains("CallContext {") {
            found.push(path);
        }
    }
    assert_eq!(found, CALLS_TOOLS);
}
