//! Tasks from standard input, plans from files, answers into files.

use super::{happy, types};
use crate::program::Program;
use crate::support::Kind;

#[test]
fn a_task_may_come_from_standard_input() {
    let (_server, program) = happy();
    let ran = program
        .run_with_input(
            &["run", "--yes", "--json", "-"],
            "  Compare\nthem  \n".as_bytes(),
        )
        .exits(0);
    assert_eq!(ran.json_lines()[0]["task"], "Compare\nthem");
}

#[test]
fn a_task_that_is_none_exits_with_two() {
    let program = Program::new();
    let huge = vec![b'x'; 1024 * 1024 + 1];
    let cases: [(&[u8], &str); 4] = [
        (b"", "no task"),
        (b" \n\t\n", "no task"),
        (b"one\ntwo \xff three", "line 2"),
        (&huge, "1 MiB"),
    ];
    for (input, word) in cases {
        let ran = program
            .run_with_input(&["run", "--model", "demo", "-"], input)
            .exits(2);
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    program.run(&["run", "--model", "demo", "  "]).exits(2);
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    assert_eq!(runs, serde_json::json!([]), "nothing was started");
}

#[test]
fn a_plan_may_be_written_in_every_way_and_the_planner_is_not_called() {
    let plans = [
        "1. First\n2. Second\n",
        "# Plan\n\n- First\n- Second\n",
        "- [ ] First\n- [x] Second\n",
        r#"{"steps":["First","Second"]}"#,
        r#"{"steps":[{"id":"a","description":"First"},{"id":"b","description":"Second","depends_on":["a"]}]}"#,
    ];
    for plan in plans {
        let (server, program) = happy();
        let file = program.file("plan.txt", plan);
        let ran = program
            .run(&[
                "run",
                "--yes",
                "--json",
                "--plan",
                file.to_str().unwrap(),
                "task",
            ])
            .exits(0);
        let records = ran.json_lines();
        let proposed = &records[types(&records)
            .iter()
            .position(|t| *t == "plan_proposed")
            .unwrap()];
        assert_eq!(proposed["source"], "file");
        let texts: Vec<&str> = proposed["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["description"].as_str().unwrap())
            .collect();
        assert_eq!(texts, ["First", "Second"], "{plan}");
        assert!(!server.kinds().contains(&Kind::Planner), "{plan}");
    }
}

#[test]
fn a_plan_that_is_none_exits_with_two_and_names_the_file() {
    let program = Program::new();
    let large = vec![b'x'; 1024 * 1024 + 1];
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty.md", b"", "empty"),
        ("prose.md", b"\n\njust prose\n", "prose.md:3"),
        ("broken.json", b"{\"steps\":\n[\n", "broken.json:3"),
        ("bytes.md", b"1. a\n2. \xff\n", "line 2"),
        ("cycle.json", br#"{"steps":[{"id":"a","description":"A","depends_on":["b"]},{"id":"b","description":"B","depends_on":["a"]}]}"#, "plan"),
        ("large.md", &large, "1 MiB"),
    ];
    for (name, content, word) in cases {
        program.file(name, content);
        let ran = program
            .run(&["run", "--yes", "--model", "demo", "--plan", name, "t"])
            .exits(2);
        assert!(ran.stderr.contains(word), "{name}: {}", ran.stderr);
    }
    let missing = program
        .run(&["run", "--model", "demo", "--plan", "nowhere.md", "t"])
        .exits(2);
    assert!(missing.stderr.contains("nowhere.md"), "{}", missing.stderr);
    let long = "1. Step 1\n2. Step 2\n3. Step 3\n4. Step 4\n";
    program.file("long.md", long);
    let over = [
        "run",
        "--model",
        "demo",
        "--plan",
        "long.md",
        "--max-steps",
        "3",
        "--plan-only",
        "t",
    ];
    program.run(&over).exits(2);
    let within = [
        "run",
        "--model",
        "demo",
        "--plan",
        "long.md",
        "--max-steps",
        "4",
        "--plan-only",
        "t",
    ];
    program.run(&within).exits(0);
}

#[test]
fn the_answer_is_written_to_a_file_whole_or_not_at_all() {
    let (server, program) = happy();
    program.file("answer.md", "the old answer");
    let ran = program
        .run(&["run", "--yes", "--output", "answer.md", "task"])
        .exits(0);
    let written = std::fs::read_to_string(program.home().join("answer.md")).unwrap();
    assert_eq!(written, ran.stdout);
    let left: Vec<String> = std::fs::read_dir(program.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".planwright-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let before = server.chat_requests().len();
    let nowhere = program
        .run(&["run", "--yes", "--output", "no/such/answer.md", "task"])
        .exits(2);
    assert!(nowhere.stderr.contains("no/such"), "{}", nowhere.stderr);
    program
        .run(&["run", "--yes", "--output", ".", "task"])
        .exits(2);
    assert_eq!(
        server.chat_requests().len(),
        before,
        "found out before any work"
    );
}

#[cfg(unix)]
#[test]
fn a_link_and_a_device_stay_what_they_are() {
    let (_server, program) = happy();
    program.file("real.md", "old");
    std::os::unix::fs::symlink("real.md", program.home().join("link.md")).unwrap();
    let ran = program
        .run(&["run", "--yes", "--output", "link.md", "task"])
        .exits(0);
    assert!(program.home().join("link.md").is_symlink());
    let real = std::fs::read_to_string(program.home().join("real.md")).unwrap();
    assert_eq!(real, ran.stdout);
    program
        .run(&["run", "--yes", "--output", "/dev/null", "task"])
        .exits(0);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

/// A plan that cannot run is refused before anything does, and the file is named.
#[test]
fn a_plan_file_with_a_cycle_is_named() {
    let (server, program) = happy();
    for (name, text) in [
        (
            "plan.md",
            "1. Find a thing | after: 2\n2. Weigh it | after: 1\n",
        ),
        (
            "plan.json",
            r#"{"steps":[{"id":"a","description":"Find it","depends_on":["b"]},{"id":"b","description":"Weigh it","depends_on":["a"]}]}"#,
        ),
        (
            "unknown.json",
            r#"{"steps":[{"description":"Find it","depends_on":["z"]}]}"#,
        ),
    ] {
        let path = program.home().join(name);
        std::fs::write(&path, text).unwrap();
        let ran = program
            .run(&["run", "--yes", "--plan", path.to_str().unwrap(), "task"])
            .exits(2);
        assert!(
            ran.stderr.contains(name)
                && ran.stderr.contains("step 1")
                && ran.stderr.contains("depend"),
            "{}",
            ran.stderr
        );
    }
    assert!(server.chat_requests().is_empty());
}

/// The demo answers without a plan, too, and chooses a mode by what it can do.
#[test]
fn the_demo_answers_without_a_plan_and_says_which_mode_it_chose() {
    let program = crate::program::Program::new();
    let task = "Compare 5 km and 3 miles";
    let direct = program.run(&["run", "--yes", "--model", "demo", "--mode", "direct", task]);
    assert!(direct.exits(0).stdout.contains("5 km"));
    let auto = program.run(&["run", "--yes", "--model", "demo", "--mode", "auto", task]);
    let auto = auto.exits(0);
    assert!(
        auto.stderr.contains("mode plan-execute: a step may fail"),
        "{}",
        auto.stderr
    );
    assert!(auto.stdout.contains("5 km"));
}
