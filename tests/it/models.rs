//! Models over the wire: what the interface and the command line do with those of a real server.

use serde_json::json;

use crate::program::Program;
use crate::support::pty::Launch;
use crate::support::{FakeModel, FakeOllama, Reply, Script};

fn models(names: &[&str]) -> Script {
    Script::new().models(names.iter().map(|name| FakeModel::new(name)))
}

#[test]
fn a_model_is_deleted_by_its_name() {
    let server = FakeOllama::start(models(&["tiny:1b", "other:1b"]));
    let program = Program::new().with("OLLAMA_HOST", server.url());
    let told = program
        .run(&["models", "delete", "other:1b"])
        .exits(0)
        .stderr;
    assert!(told.contains("other:1b is deleted"), "{told}");
    let names = program.run(&["models", "list", "--json"]).exits(0).json();
    assert_eq!(names.as_array().unwrap().len(), 1);
    let told = program.run(&["models", "delete", "other:1b"]).exits(4);
    assert!(told.stderr.contains("other:1b"), "{}", told.stderr);
}

#[test]
fn a_model_is_taken_out_of_memory_by_its_name() {
    let server = FakeOllama::start(Script::happy(&["Find the facts"]));
    let program = Program::new().with("OLLAMA_HOST", server.url());
    program.run(&["run", "--yes", "Compare"]).exits(0);
    let loaded = || program.run(&["models", "list", "--json"]).exits(0).json()[0]["loaded"].clone();
    assert_eq!(loaded(), true);
    let told = program
        .run(&["models", "unload", "tiny:1b"])
        .exits(0)
        .stderr;
    assert!(told.contains("tiny:1b is taken out of memory"), "{told}");
    assert_eq!(loaded(), false);
    program.run(&["models", "unload", "other:1b"]).exits(4);
    program.run(&["models", "unload", "demo"]).exits(2);
}

#[test]
fn what_is_loaded_is_listed_with_its_memory() {
    let ps = json!({"models": [{"name": "tiny:1b", "size": 2_000_000_000_u64, "size_vram": 1_000_000_000_u64,
        "context_length": 4096, "expires_at": "2026-11-20T14:02:00Z"}]});
    let server =
        FakeOllama::start(models(&["tiny:1b"]).admin("/api/ps", Reply::raw(ps.to_string())));
    let program = Program::new().with("OLLAMA_HOST", server.url());
    let text = program.run(&["models", "list"]).exits(0).stdout;
    assert!(
        text.contains("context 4096, 2.0 GB") || text.contains("context 4096, 1.9 GiB"),
        "{text}"
    );
    let list = program.run(&["models", "list", "--json"]).exits(0).json();
    assert_eq!(list[0]["loaded_vram"], 1_000_000_000_u64);
    assert_eq!(list[0]["loaded_until"], "2026-11-20T14:02:00.000Z");
}

#[test]
fn the_first_model_is_fetched_inside_the_interface() {
    let server = FakeOllama::start(models(&[]));
    let home = tempfile::tempdir().unwrap();
    let mut pty = Launch::planwright(home.path())
        .env("OLLAMA_HOST", &server.url())
        .start();
    pty.wait_for_text("has no model");
    pty.type_keys("\x1bp");
    pty.wait_for_text("llama3.2 is there");
    pty.wait_for("the trouble to be over", |screen| {
        !screen.contents().contains("has no model")
    });
    pty.type_keys("\x1b[23~");
    pty.wait_for_text("Models  1");
    pty.type_keys("x");
    pty.wait_for_text("Delete it?");
    pty.type_keys("y");
    pty.wait_for_text("Models  0");
}
