//! The examples, run as a person runs them, against the test server.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{FakeModel, FakeOllama, Kind, Reply, Script};

/// Builds an example, which costs nothing where that was done, and says where it is.
pub(crate) fn built(name: &str) -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_planwright"));
    let folder = program.parent().unwrap().join("examples");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--offline", "--example", name]);
    if folder
        .components()
        .any(|part| part.as_os_str() == "release")
    {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(status.unwrap().success(), "{name} does not build");
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// What an example prints; it must end well.
fn run(name: &str, server: &FakeOllama) -> String {
    let home = TempDir::new().unwrap();
    let output = Command::new(built(name))
        .env_clear()
        .env("HOME", home.path())
        .env("PLANWRIGHT_HOME", home.path())
        .env("OLLAMA_HOST", server.url())
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}\n{wrong}");
    told
}

const STEPS: [&str; 2] = ["Convert 3 miles to km", "Compare both"];

#[test]
fn basic_and_custom_model_need_no_server() {
    let server = FakeOllama::start(Script::new());
    assert!(run("basic", &server).contains("Completed"));
    assert!(run("custom_model", &server).contains("Drain the pasta and eat it."));
    assert_eq!(server.chat_requests().len(), 0);
}

#[test]
fn nodes_are_replaced_one_by_one() {
    let script = Script::happy(&STEPS).once(Kind::Executor, Reply::text("CANNOT: no map"));
    let server = FakeOllama::start(script);
    let told = run("custom_graph", &server);
    assert!(told.contains("s1, attempt 1: "), "{told}");
    assert!(told.contains("Compare both: Result of step 2"), "{told}");
    assert!(
        told.contains("Find another way: Convert 3 miles to km: Result"),
        "{told}"
    );
    let kinds = server.kinds();
    let own = |kind: &Kind| matches!(kind, Kind::Replanner | Kind::Finalizer);
    assert!(!kinds.iter().any(own), "{kinds:?}");
    assert!(told.contains("4 model calls"), "{told}");
}

#[test]
fn each_role_has_its_model() {
    let models =
        ["small:1b", "large:70b"].map(|name| FakeModel::new(name).capabilities(["completion"]));
    let server = FakeOllama::start(Script::happy(&STEPS).models(models));
    let told = run("multi_model", &server);
    let by = |kind: Kind| -> Vec<String> {
        let chats = server.chat_requests().into_iter();
        chats
            .filter(|seen| seen.kind() == kind)
            .map(|seen| seen.model)
            .collect()
    };
    let (planner, executor) = (by(Kind::Planner), by(Kind::Executor));
    assert_eq!((planner.len(), executor.len()), (1, 2), "{told}");
    assert_ne!(planner[0], executor[0], "{told}");
    assert_eq!(by(Kind::Replanner), planner, "{told}");
    assert!(told.contains("executor"), "{told}");
}

#[test]
fn a_plan_stands_inside_a_step() {
    let server = FakeOllama::start(Script::happy(&STEPS));
    let told = run("hierarchical", &server);
    assert!(
        told.contains("\n    s2.1  Convert 3 miles to km\n"),
        "{told}"
    );
    assert!(
        told.contains("\n    s2.2  done\n") && told.contains("\ns2  done\n"),
        "{told}"
    );
    assert!(told.contains("The answer, drawn from"), "{told}");
}

#[test]
fn a_plan_is_validated_before_it_runs() {
    let plan = |steps: usize| {
        let steps =
            (1..=steps).map(|n| json!({"description": format!("Read chapter {n} of the book")}));
        Reply::json(json!({"steps": steps.collect::<Vec<_>>()}))
    };
    let long = Script::happy(&STEPS).once(Kind::Planner, plan(12));
    let server = FakeOllama::start(long);
    let told = run("validation", &server);
    assert!(told.contains("12 steps are too many"), "{told}");
    assert!(told.contains("s2  Compare both"), "{told}");
    let asked = server.chat_requests();
    assert!(asked[1].now().contains("at most 7"), "{}", asked[1].now());

    let server = FakeOllama::start(Script::happy(&STEPS).once(Kind::Planner, plan(1)));
    let told = run("validation", &server);
    assert!(told.contains("s1  Compare 5 km and 3 miles"), "{told}");
}

#[test]
fn steps_use_tools_of_the_program_and_the_calculator() {
    let script = Script::happy(&STEPS)
        .once(
            Kind::Executor,
            Reply::call("search", json!({"query": "Germany"})),
        )
        .once(
            Kind::Executor,
            Reply::call("calculate", json!({"expression": "4.53 / 3.03"})),
        );
    let server = FakeOllama::start(script);
    let told = run("tools", &server);
    assert!(
        told.contains("GDP of Germany, 2023: 4.53 trillion"),
        "{told}"
    );
    assert!(told.contains("approx. 1.4950495050"), "{told}");
    assert!(told.contains("The answer, drawn from"), "{told}");
}
