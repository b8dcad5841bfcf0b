//! `runs diff`: two runs side by side.

use serde_json::{Value, json};

use super::{newest_run, program_on};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

fn diff(program: &Program, a: &str, b: &str) -> Value {
    program
        .run(&["runs", "diff", a, b, "--json"])
        .exits(0)
        .json()
}

fn list(program: &Program) -> Vec<String> {
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    let names = runs.as_array().unwrap().iter();
    names
        .map(|run| run["run"].as_str().unwrap().to_owned())
        .collect()
}

/// A run, and a fork of it whose second step brings another result and whose third is another one.
fn run_and_fork() -> (FakeOllama, Program, String, String) {
    let script = Script::happy(&["Find", "Weigh", "Conclude"])
        .once(Kind::Executor, Reply::text("One.\nTwo.\nThree."))
        .once(Kind::Executor, Reply::text("Heavy.\nLight.\nEven."))
        .once(Kind::Executor, Reply::text("So it is."))
        .once(
            Kind::Executor,
            Reply::text("Heavy.\nDark \u{1b}[31mred.\nEven."),
        );
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    program.run(&["run", "--yes", "Compare"]).exits(0);
    let run = newest_run(&program);
    program.file("rest.md", "1. Weigh\n2. Say it in one word\n");
    let fork = [
        "runs", "fork", &run, "--step", "2", "--plan", "rest.md", "--yes",
    ];
    program.run(&fork).exits(0);
    let fork = list(&program)
        .into_iter()
        .find(|name| *name != run)
        .unwrap();
    (server, program, run, fork)
}

#[test]
fn a_fork_and_its_origin_differ_where_they_part() {
    let (_server, program, run, fork) = run_and_fork();
    let found = diff(&program, &run, &fork);
    assert_eq!(found["b"]["forked_from"], run);
    let shown = program
        .run(&["runs", "show", &fork, "--json"])
        .exits(0)
        .json();
    assert_eq!(found["shared"], shown["forked_from"]["seq"]);
    let changes: Vec<(&str, &str)> = found["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (
                c["change"].as_str().unwrap(),
                c["step"]["description"].as_str().unwrap(),
            )
        })
        .collect();
    let wanted = [
        ("kept", "Find"),
        ("changed", "Weigh"),
        ("removed", "Conclude"),
        ("added", "Say it in one word"),
    ];
    assert_eq!(changes, wanted);
    let results: Vec<&str> = found["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["results"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["same", "different", "only_a", "only_b"]);
    let lines = found["steps"][1]["diff"].as_array().unwrap();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], json!([" ", "Heavy."]));
    assert_eq!(lines[1], json!(["-", "Light."]));
    assert_eq!(lines[2][0], "+");
    assert_eq!(found["answer"]["same"], true);
    assert_eq!(found["a"]["totals"]["model_calls"], 6);
    let text = program
        .run(&["runs", "diff", &run[..7], &fork[..7]])
        .exits(0)
        .stdout;
    for word in [
        "is a fork of A",
        "  = Find\n",
        "  - Conclude\n",
        "  + Say it in one word\n",
        "    - Light.\n",
        "    + Dark red.\n",
        "model calls",
        "Answer: the same",
    ] {
        assert!(text.contains(word), "no `{word}` in\n{text}");
    }
    let reverse = program.run(&["runs", "diff", &fork, &run]).exits(0).stdout;
    assert!(reverse.contains("is a fork of B"), "{reverse}");
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let (_server, program, run, _) = run_and_fork();
    let found = diff(&program, &run, &run);
    assert!(
        found["plan"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["change"] == "kept")
    );
    assert!(
        found["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["results"] == "same")
    );
    let text = program.run(&["runs", "diff", &run, &run]).exits(0).stdout;
    assert!(text.contains("are the same run"), "{text}");
}

#[test]
fn runs_that_have_nothing_to_do_with_each_other_are_compared_by_what_their_steps_say() {
    let server = FakeOllama::start(Script::happy(&["unused"]));
    let program = program_on(&server);
    program.file("a.md", "1. Boil the water\n2. Steep the tea\n");
    program.file("b.md", "1. Fetch the cups\n2. Boil the water\n");
    for (plan, task) in [("a.md", "Make tea"), ("b.md", "Make\nmore tea")] {
        program
            .run(&["run", "--yes", "--plan", plan, task])
            .exits(0);
    }
    let runs = list(&program);
    let found = diff(&program, &runs[1], &runs[0]);
    assert_eq!(found["shared"], 0);
    let changes: Vec<&str> = found["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["added", "kept", "removed"], "{found}");
    assert_eq!(found["plan"][0]["step"]["id"], "s1");
    assert_eq!(found["steps"][1]["a"]["id"], "s1");
    assert_eq!(found["steps"][1]["b"]["id"], "s2");
    assert_eq!(found["task"]["same"], false);
    let text = program
        .run(&["runs", "diff", &runs[1], &runs[0]])
        .exits(0)
        .stdout;
    assert!(text.contains("share no records"), "{text}");
    assert!(
        text.contains("\nTask\n    - Make tea\n    + Make\n"),
        "{text}"
    );
    program.run(&["runs", "diff", &runs[0], "abcdef"]).exits(2);
}

/// The plans inside steps are compared like those around them, wherever their steps stand.
#[test]
fn plans_inside_steps_are_compared_too() {
    let parts = |parts: [&str; 2]| Reply::json(json!({"steps": parts}));
    let script = Script::happy(&["unused"])
        .planner(parts(["Write part one", "Write part two"]))
        .planner(parts(["Write part one", "Write the end"]))
        .once(Kind::Executor, Reply::text("figures"))
        .once(Kind::Executor, Reply::text("It was.\nOnce."))
        .once(Kind::Executor, Reply::text("The second."))
        .once(Kind::Executor, Reply::text("It was.\nTwice."));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    let report = json!({"description": "Write the report", "subplan": true});
    let plans = [
        (
            "a.json",
            json!({"steps": [{"description": "Gather the figures"}, report]}),
        ),
        ("b.json", json!({"steps": [report]})),
    ];
    for (name, plan) in plans {
        program.file(name, plan.to_string());
        program
            .run(&["run", "--yes", "--plan", name, "Report"])
            .exits(0);
    }
    let runs = list(&program);
    let found = diff(&program, &runs[1], &runs[0]);
    let inside = &found["inside"][0];
    assert_eq!(found["inside"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&inside["a"], &inside["b"]),
        (&json!(["s2"]), &json!(["s1"]))
    );
    assert_eq!(inside["description"], "Write the report");
    let changes = inside["plan"].as_array().unwrap().iter();
    let changes: Vec<(&str, &str)> = changes
        .map(|c| {
            (
                c["change"].as_str().unwrap(),
                c["step"]["description"].as_str().unwrap(),
            )
        })
        .collect();
    let wanted = [
        ("kept", "Write part one"),
        ("removed", "Write part two"),
        ("added", "Write the end"),
    ];
    assert_eq!(changes, wanted);
    assert_eq!(inside["steps"][0]["results"], "different");
    assert_eq!(inside["steps"][0]["a"]["id"], "s2.1");
    assert_eq!(inside["steps"][0]["diff"][2], json!(["+", "Twice."]));
    let text = program
        .run(&["runs", "diff", &runs[1], &runs[0]])
        .exits(0)
        .stdout;
    let (_, own) = text
        .split_once("Plan inside the step \"Write the report\"\n")
        .unwrap();
    for word in [
        "  = Write part one\n",
        "  - Write part two\n",
        "  + Write the end\n",
        "    + Twice.\n",
    ] {
        assert!(own.contains(word), "no `{word}` in\n{text}");
    }

    program.file("c.md", "1. Write the report\n");
    program
        .run(&["run", "--yes", "--plan", "c.md", "Report"])
        .exits(0);
    let flat = newest_run(&program);
    let found = diff(&program, &flat, &runs[0]);
    assert_eq!(
        (&found["inside"][0]["a"], &found["inside"][0]["b"]),
        (&json!(null), &json!(["s1"]))
    );
    let text = program
        .run(&["runs", "diff", &flat, &runs[0]])
        .exits(0)
        .stdout;
    assert!(text.contains("(only B has one)"), "{text}");
}
