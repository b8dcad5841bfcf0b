//! What can be said on the command line, and what comes back where it is wrong.

use crate::program::Program;

/// The help of a command, and of every command below it.
fn every_help(program: &Program, path: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let mut arguments = path.to_vec();
    arguments.push("--help".to_owned());
    let help = program.run(&arguments).exits(0).stdout;
    let below: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    found.push((path.to_vec(), help));
    for name in below {
        let mut path = path.to_vec();
        path.push(name);
        every_help(program, &path, found);
    }
}

#[test]
fn every_help_ends_with_two_or_three_examples() {
    let program = Program::new();
    let mut found = Vec::new();
    every_help(&program, &[], &mut found);
    let names: Vec<String> = found.iter().map(|(path, _)| path.join(" ")).collect();
    for name in [
        "",
        "run",
        "resume",
        "runs list",
        "runs show",
        "runs search",
        "runs export",
        "runs fork",
        "runs diff",
        "runs delete",
        "runs restore",
        "recipes list",
        "recipes show",
        "recipes save",
        "recipes check",
        "models list",
        "models show",
        "models pull",
        "config path",
        "config init",
        "config show",
        "doctor",
        "demo",
        "completions",
        "man",
    ] {
        assert!(
            names.iter().any(|n| n == name),
            "no command `{name}`: {names:?}"
        );
    }
    for (path, help) in &found {
        let (_, examples) = help
            .rsplit_once("Examples:\n")
            .unwrap_or_else(|| panic!("no examples for {path:?}:\n{help}"));
        let lines: Vec<&str> = examples.lines().filter(|l| !l.trim().is_empty()).collect();
        assert!((2..=3).contains(&lines.len()), "{path:?}: {lines:?}");
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("  ") && line.contains("planwright")),
            "{path:?}: {lines:?}"
        );
    }
}

#[test]
fn flags_whose_feature_is_not_there_are_unknown() {
    let program = Program::new();
    let ran = program.run(&["run", "task", "--agent", "x"]).exits(2);
    assert!(ran.stderr.contains("unexpected argument"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn wrong_usage_exits_with_two_and_says_why_on_standard_error_only() {
    let program = Program::new();
    let cases: [(&[&str], &str); 12] = [
        (&["run", "two", "words"], "quote a task"),
        (&["runs", "fork", "3f9a"], "--at"),
        (&["run"], "TASK"),
        (&["run", "t", "--stream"], "--json"),
        (
            &["run", "t", "--plan-only", "--output", "x"],
            "cannot be used with",
        ),
        (&["run", "t", "--max-steps", "0"], "from 1 to 500"),
        (&["run", "t", "--timeout", "soon"], "--timeout"),
        (&["runs", "show"], "RUN"),
        (&["runs", "list", "--limit", "0"], "a number from 1"),
        (&["completions", "tcsh"], "tcsh"),
        (&["a task", "runs", "list"], "quote a task"),
        (&["docter"], "did you mean `doctor`"),
    ];
    for (arguments, word) in cases {
        let ran = program.run(arguments).exits(2);
        assert!(ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn version_and_completions_and_man_need_no_home() {
    let program = Program::new().with("PLANWRIGHT_HOME", "/nowhere/at/all");
    let version = program.run(&["--version"]).exits(0).stdout;
    assert_eq!(
        version,
        format!("planwright {}\n", env!("CARGO_PKG_VERSION"))
    );
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = program.run(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("planwright"), "{shell}");
        assert!(
            script.contains("plan-only"),
            "{shell} knows the flags of `run`"
        );
        assert!(
            script.contains("recipes") && script.contains("no-run"),
            "{shell}"
        );
    }
    let man = program.run(&["man"]).exits(0).stdout;
    assert!(man.starts_with(".ie"), "roff: {}", &man[..40]);
    for word in [
        "PLANWRIGHT RUN",
        "PLANWRIGHT RUNS EXPORT",
        "PLANWRIGHT RUNS FORK",
        "PLANWRIGHT RECIPES SAVE",
        "\\-\\-recipe",
        "PLANWRIGHT DOCTOR",
        "EXIT CODES",
        "ENVIRONMENT",
        "EXAMPLES",
        "OLLAMA_HOST",
        "\\-\\-plan\\-only",
    ] {
        assert!(man.contains(word), "the man page has no {word}");
    }
}

#[test]
fn model_and_server_may_stand_before_and_after_a_command() {
    let program = Program::new();
    for arguments in [
        ["--model", "demo", "config", "show", "--json"],
        ["config", "show", "--json", "--model", "demo"],
    ] {
        let shown = program.run(&arguments).exits(0).stdout;
        assert!(shown.contains("demo"), "{shown}");
    }
}
