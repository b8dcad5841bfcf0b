//! `runs`: listing, showing, searching, exporting, deleting.

use serde_json::json;

use super::{happy, newest_run, program_on};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

#[test]
fn the_list_is_aligned_newest_first_and_says_what_it_leaves_out() {
    let (_server, program) = happy();
    assert!(
        program
            .run(&["runs", "list"])
            .exits(0)
            .stderr
            .contains("no runs yet")
    );
    for task in ["The first task", "The second\ntask", "The third task"] {
        program.run(&["run", "--yes", task]).exits(0);
    }
    let ran = program.run(&["runs", "list", "--limit", "2"]).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.stdout);
    assert!(lines[0].starts_with("RUN       STATUS"), "{}", lines[0]);
    assert!(lines[1].ends_with("The third task") && lines[2].ends_with("The second task"));
    let column = lines[0].find("TASK").unwrap();
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.find("The ") == Some(column)),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("2 of 3"), "{}", ran.stderr);
    let json = program.run(&["runs", "list", "--json"]).exits(0).json();
    let newest = &json[0];
    assert_eq!(newest["task"], "The third task");
    assert_eq!(newest["status"], "completed");
    assert_eq!(newest["steps"], 2);
    assert_eq!(newest["model"], "tiny:1b");
    assert!(newest["started_at"].as_str().unwrap().ends_with('Z'));
    assert!(newest["duration_ms"].is_u64());
}

#[test]
fn a_run_is_shown_by_any_prefix_as_text_state_and_records() {
    let (_server, program) = happy();
    program
        .run(&["run", "--yes", "Compare two things"])
        .exits(0);
    let run = newest_run(&program);
    let text = program.run(&["runs", "show", &run[..4]]).exits(0).stdout;
    for word in [
        &run[..],
        "completed",
        "Compare two things",
        "1. Find the facts (done",
        "The answer, drawn",
    ] {
        assert!(text.contains(word), "no `{word}` in\n{text}");
    }
    let state = program
        .run(&["runs", "show", &run.to_uppercase(), "--json"])
        .exits(0)
        .json();
    assert_eq!(state["run"], run);
    assert_eq!(state["status"], "completed");
    assert_eq!(state["plan"][0]["description"], "Find the facts");
    assert_eq!(state["past_steps"][0][0], "Find the facts");
    assert_eq!(state["current_step"], 2);
    assert_eq!(
        state["response"],
        "The answer, drawn from the results of all steps."
    );
    program
        .run(&["runs", "show", &run, "--json", "--events"])
        .exits(2);
}

#[test]
fn a_search_finds_words_of_tasks_and_results() {
    let (_server, program) = happy();
    program.run(&["run", "--yes", "Compare apples"]).exits(0);
    program.run(&["run", "--yes", "Compare pears"]).exits(0);
    let hits = program
        .run(&["runs", "search", "--json", "apples", "compare"])
        .exits(0)
        .json();
    assert_eq!(hits.as_array().unwrap().len(), 1);
    assert_eq!(hits[0]["task"], "Compare apples");
    assert!(
        hits[0]["snippet"].as_str().unwrap().contains("**"),
        "{hits}"
    );
    let text = program.run(&["runs", "search", "pears"]).exits(0).stdout;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        program
            .run(&["runs", "search", "quinces"])
            .exits(0)
            .stderr
            .contains("quinces")
    );
}

#[test]
fn an_export_holds_everything_that_matters() {
    let (_server, program) = happy();
    program
        .run(&["run", "--yes", "Compare two things"])
        .exits(0);
    let run = newest_run(&program);
    let markdown = program.run(&["runs", "export", &run]).exits(0).stdout;
    for word in [
        "# Compare two things\n",
        "- Status: completed",
        "## Answer\n",
        "## Plan (version 1)\n",
        "1. [x] Find the facts",
        "## Results\n",
        "Result of step 2",
        "## Decisions\n",
    ] {
        assert!(markdown.contains(word), "no `{word}` in\n{markdown}");
    }
    program
        .run(&["runs", "export", &run, "--output", "report.md"])
        .exits(0);
    let written = std::fs::read_to_string(program.home().join("report.md")).unwrap();
    assert_eq!(written, markdown);
    let records = program
        .run(&["runs", "export", &run, "--format", "jsonl"])
        .exits(0)
        .stdout;
    assert_eq!(
        records,
        program
            .run(&["runs", "show", &run, "--events"])
            .exits(0)
            .stdout
    );
    let state = program
        .run(&["runs", "export", &run, "--format", "json"])
        .exits(0)
        .stdout;
    assert_eq!(
        state,
        program
            .run(&["runs", "show", &run, "--json"])
            .exits(0)
            .stdout
    );
}

#[test]
fn a_deleted_run_comes_back_and_an_erased_one_does_not() {
    let (_server, program) = happy();
    program.run(&["run", "--yes", "Compare"]).exits(0);
    let run = newest_run(&program);
    let deleted = program.run(&["runs", "delete", &run[..8]]).exits(0);
    assert!(
        deleted.stderr.contains("planwright runs restore"),
        "{}",
        deleted.stderr
    );
    program.run(&["runs", "show", &run]).exits(2);
    program.run(&["runs", "restore", &run[..8]]).exits(0);
    program.run(&["runs", "show", &run]).exits(0);
    program
        .run(&["runs", "delete", &run[..8], "abcdefabcdef"])
        .exits(2);
    program.run(&["runs", "show", &run]).exits(0);
    program.run(&["runs", "delete", &run[..8]]).exits(0);
    program
        .run(&["runs", "delete", "--purge", &run[..8]])
        .exits(0);
    program.run(&["runs", "restore", &run]).exits(2);
    // All that are named come back, or none.
    program.run(&["run", "--yes", "Another"]).exits(0);
    program.run(&["run", "--yes", "A third"]).exits(0);
    let listed = program.run(&["runs", "list", "--json"]).exits(0).json();
    let names: Vec<&str> = (0..2).map(|n| listed[n]["run"].as_str().unwrap()).collect();
    program.run(&["runs", "delete", names[0]]).exits(0);
    let refused = program
        .run(&["runs", "restore", names[0], names[1]])
        .exits(2);
    assert!(
        refused.stderr.contains("is not in the trash"),
        "{}",
        refused.stderr
    );
    program.run(&["runs", "delete", names[1]]).exits(0);
    program
        .run(&["runs", "restore", names[0], names[1]])
        .exits(0);
}

#[test]
fn nothing_is_made_of_a_home_that_cannot_be_written() {
    let program = Program::new();
    program.file("occupied", "a file");
    let home = program.home().join("occupied");
    let ran = crate::program::Ran::from(
        program
            .command(&["runs", "list"])
            .env("PLANWRIGHT_HOME", home)
            .output()
            .unwrap(),
    );
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
}

/// Task and answer of a thread's earlier runs are found in the database, those in the trash left out.
#[test]
fn a_thread_is_remembered_from_one_process_to_the_next() {
    let (_server, program) = happy();
    let run = |task: &str, thread: &str| {
        let args = ["run", "--yes", "--json", "--thread", thread, task];
        program.run(&args).exits(0).json_lines()
    };
    run("First question", "garden");
    run("Elsewhere", "kitchen");
    let second = run("Second question", "garden");
    let entries = |records: &[serde_json::Value]| {
        let told = records.iter().find(|r| r["type"] == "thread_recalled");
        told.map(|told| told["entries"].as_array().unwrap().clone())
    };
    let told = entries(&second).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["task"], "First question");
    assert!(told[0]["answer"].as_str().unwrap().contains("The answer"));
    program
        .run(&["runs", "delete", second[0]["run"].as_str().unwrap()])
        .exits(0);
    let third = entries(&run("Third question", "garden")).unwrap();
    assert_eq!(third.len(), 1, "what is in the trash is not remembered");
}

/// What steps used tools for is shown with them, in every form, and found by its words.
#[test]
fn uses_of_tools_are_shown_with_their_steps_and_found() {
    let call = |zone: &str| Reply::call("now", json!({"timezone": zone}));
    let script = Script::happy(&["Find the time", "Say it"])
        .once(Kind::Executor, call("Asia/Tokyo"))
        .once(Kind::Executor, call("Nowhere/`Land`"))
        .once(Kind::Executor, Reply::text("It is late."));
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    program
        .run(&["run", "--yes", "--tools", "now", "The time"])
        .exits(0);
    let run = newest_run(&program);

    let state = program
        .run(&["runs", "show", &run, "--json"])
        .exits(0)
        .json();
    let uses = state["tool_uses"].as_array().unwrap();
    assert_eq!(uses.len(), 2);
    let first = &uses[0];
    assert_eq!(
        (&first["step"], &first["call"], &first["tool"]),
        (&json!("s1"), &json!("t1"), &json!("now"))
    );
    assert_eq!(first["arguments"], json!({"timezone": "Asia/Tokyo"}));
    assert_eq!(
        (&first["decision"], &first["by"], &first["ok"]),
        (&json!("allow"), &json!("policy"), &json!(true))
    );
    let output = first["output"].as_str().unwrap();
    assert!(output.contains("JST"), "{output}");
    assert!(first["duration_ms"].is_u64());
    assert_eq!(uses[1]["ok"], false);

    let text = program.run(&["runs", "show", &run]).exits(0).stdout;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let step = lines
        .iter()
        .position(|line| line.starts_with("1. Find the time"))
        .unwrap();
    assert!(
        lines[step + 1].starts_with(r#"now {"timezone":"Asia/Tokyo"} (ok, "#),
        "{text}"
    );
    assert!(
        lines[step + 2].starts_with(r#"now {"timezone":"Nowhere/`Land`"} (failed, "#),
        "{text}"
    );
    assert_eq!(lines[step + 3], "It is late.", "{text}");

    let document = program.run(&["runs", "export", &run]).exits(0).stdout;
    let (_, from) = document.split_once("### 1. Find the time").unwrap();
    let (own, _) = from.split_once("### 2. Say it").unwrap();
    let (_, own) = own.split_once("Evidence:").unwrap();
    assert!(
        own.contains(r#"` now {"timezone":"Asia/Tokyo"} `: ok in "#),
        "{own}"
    );
    assert!(own.contains("JST"), "{own}");
    assert!(
        own.contains(r#"`` now {"timezone":"Nowhere/`Land`"} ``: failed"#),
        "{own}"
    );

    let found = program
        .run(&["runs", "search", "--json", "JST"])
        .exits(0)
        .json();
    assert_eq!(found[0]["run"], run.as_str());
    assert!(found[0]["snippet"].as_str().unwrap().contains("**JST**"));
}

/// Of a step that used tools very often the first uses are shown, and how many there are.
#[test]
fn many_uses_of_tools_are_counted() {
    let zone = |n: usize| json!({"timezone": format!("UTC{n}")});
    let script = (0..8).fold(Script::happy(&["Find the times"]), |script, n| {
        let reply = Reply::call("now", zone(n * 3));
        let reply = reply
            .and_call("now", zone(n * 3 + 1))
            .and_call("now", zone(n * 3 + 2));
        script.once(Kind::Executor, reply)
    });
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    program
        .run(&["run", "--yes", "--tools", "now", "The times"])
        .exits(0);
    let run = newest_run(&program);
    let uses = program
        .run(&["runs", "show", &run, "--json"])
        .exits(0)
        .json();
    let all = uses["tool_uses"].as_array().unwrap().len();
    assert!(all > 20, "{all}");
    let text = program.run(&["runs", "show", &run]).exits(0).stdout;
    let wanted = format!("… {} more use", all - 20);
    assert!(text.contains(&wanted), "{wanted}: {text}");
}

#[test]
fn the_list_shows_threads_and_can_be_of_one() {
    let (_server, program) = happy();
    program.run(&["run", "--yes", "Alone"]).exits(0);
    let plain = program.run(&["runs", "list"]).exits(0).stdout;
    assert!(!plain.contains("THREAD"), "where there is none: {plain}");
    for (thread, task) in [("garden", "Sow"), ("garden", "Reap"), ("house", "Paint")] {
        program
            .run(&["run", "--yes", "--thread", thread, task])
            .exits(0);
    }
    let text = program.run(&["runs", "list"]).exits(0).stdout;
    let column = text.lines().next().unwrap().find("THREAD").unwrap();
    let threads: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line[column..].split(' ').next().unwrap())
        .collect();
    assert_eq!(threads, ["house", "garden", "garden", ""]);
    let all = program.run(&["runs", "list", "--json"]).exits(0).json();
    assert_eq!(
        (&all[0]["thread"], &all[3]["thread"]),
        (&json!("house"), &json!(null))
    );
    let some = ["runs", "list", "--thread", "garden", "--json"];
    let some = program.run(&some).exits(0).json();
    let tasks: Vec<&str> = some
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["task"].as_str().unwrap())
        .collect();
    assert_eq!(tasks, ["Reap", "Sow"]);
    let one = program
        .run(&["runs", "list", "--thread", "garden", "-n", "1"])
        .exits(0);
    assert!(one.stderr.contains("1 of 2"), "{}", one.stderr);
    let none = program.run(&["runs", "list", "--thread", "sea"]).exits(0);
    assert!(none.stdout.is_empty() && none.stderr.contains("no runs of thread `sea`"));
    let shown = program
        .run(&["runs", "show", &newest_run(&program)])
        .exits(0)
        .stdout;
    assert!(shown.contains("thread   house"), "{shown}");
}

#[test]
fn lists_and_searches_are_sifted_and_sorted() {
    let server = FakeOllama::start(Script::happy(&["Find the facts"]));
    let program = program_on(&server);
    for task in ["First task", "Second task"] {
        program.run(&["run", "--yes", task]).exits(0);
    }
    program.run(&["run", "Waiting task"]).exits(3);
    let tasks = |arguments: &[&str]| -> Vec<String> {
        let json = program
            .run(&[arguments, &["--json"]].concat())
            .exits(0)
            .json();
        let runs = json.as_array().unwrap().iter();
        runs.map(|run| run["task"].as_str().unwrap().to_owned())
            .collect()
    };
    for (arguments, wanted) in [
        (
            &["runs", "list", "--status", "completed"][..],
            &["Second task", "First task"][..],
        ),
        (
            &["runs", "list", "--status", "unfinished"],
            &["Waiting task"],
        ),
        (&["runs", "list", "--status", "given-up"], &[]),
        (
            &[
                "runs", "list", "--since", "1h", "--sort", "oldest", "-n", "2",
            ],
            &["First task", "Second task"],
        ),
        (
            &[
                "runs",
                "search",
                "task",
                "--status",
                "completed",
                "--sort",
                "newest",
            ],
            &["Second task", "First task"],
        ),
        (&["runs", "search", "waiting", "--status", "failed"], &[]),
    ] {
        assert_eq!(tasks(arguments), wanted, "{arguments:?}");
    }
    let ran = program
        .run(&["runs", "search", "task", "--limit", "1"])
        .exits(0);
    assert!(ran.stderr.contains("1 of 3"), "{}", ran.stderr);
    let none = program
        .run(&["runs", "list", "--status", "failed"])
        .exits(0);
    assert!(none.stderr.contains("no such runs"), "{}", none.stderr);
    let wrong = program
        .run(&["runs", "list", "--since", "tomorrow"])
        .exits(2);
    assert!(
        wrong.stderr.contains("such as 2026-11-20"),
        "{}",
        wrong.stderr
    );
    program.run(&["runs", "list", "--status", "lost"]).exits(2);
}

/// The demo model takes what was asked and answered earlier in a thread for no result of the task at hand.
#[test]
fn the_demo_answers_each_task_of_a_thread_by_itself() {
    let program = Program::new().with("PLANWRIGHT_MODEL", "demo");
    for task in ["Compare 100 m and 300 feet", "Compare 5 kg and 12 pounds"] {
        let ran = program
            .run(&["run", "--yes", "--thread", "garden", task])
            .exits(0);
        assert!(!ran.stdout.contains("asked:"), "{}", ran.stdout);
    }
    let shown = program.run(&["runs", "list", "--json"]).exits(0).json();
    assert_eq!(shown[1]["thread"], "garden");
}
