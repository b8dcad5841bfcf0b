//! `config`, and what a wrong configuration does to the other commands.

use crate::program::Program;

#[test]
fn the_example_is_written_once_and_is_what_is_in_force() {
    let program = Program::new();
    let path = program.run(&["config", "path"]).exits(0).stdout;
    assert_eq!(
        path.trim(),
        program.home().join("config.toml").to_str().unwrap()
    );
    let before = program.run(&["config", "show", "--json"]).exits(0).json();
    program.run(&["config", "init"]).exits(0);
    let written = std::fs::read_to_string(path.trim()).unwrap();
    assert!(
        written.contains('#') && written.contains("num_ctx"),
        "{written}"
    );
    let again = program.run(&["config", "init"]).exits(2);
    assert!(
        again.stderr.contains("is there already"),
        "{}",
        again.stderr
    );
    assert_eq!(std::fs::read_to_string(path.trim()).unwrap(), written);
    let after = program.run(&["config", "show", "--json"]).exits(0).json();
    let values = |shown: &serde_json::Value| -> Vec<(String, serde_json::Value)> {
        let settings = shown.as_object().unwrap().iter();
        settings
            .map(|(key, setting)| (key.clone(), setting["value"].clone()))
            .collect()
    };
    assert_eq!(values(&before), values(&after));
}

#[test]
fn every_setting_says_where_it_comes_from() {
    let program = Program::new()
        .with("OLLAMA_HOST", "10.0.0.7")
        .with("PLANWRIGHT_MAX_STEPS", "7");
    program.file("config.toml", "max_iterations = 5\n");
    let shown = program
        .run(&["config", "show", "--json", "--model", "demo"])
        .exits(0)
        .json();
    let origin = |key: &str| {
        shown[key]["origin"]
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {shown}"))
    };
    assert!(origin("model").contains("--model"));
    assert!(origin("max_iterations").contains("config.toml"));
    assert!(origin("max_steps").contains("PLANWRIGHT_MAX_STEPS"));
    assert!(origin("base_url").contains("OLLAMA_HOST"));
    assert_eq!(origin("approval"), "default");
    assert_eq!(shown["max_iterations"]["value"], 5);
    assert_eq!(shown["base_url"]["value"], "http://10.0.0.7:11434");
    let text = program.run(&["config", "show"]).exits(0).stdout;
    assert!(text.contains("max_iterations"), "{text}");
}

#[test]
fn a_wrong_configuration_exits_with_two_and_names_the_place() {
    let program = Program::new();
    program.file("config.toml", "# settings\nmax_stepps = 3\n");
    for arguments in [
        &["run", "--model", "demo", "t"][..],
        &["resume"],
        &["runs", "list"],
        &["models", "list"],
        &["config", "show"],
    ] {
        let ran = program.run(arguments).exits(2);
        assert!(
            ran.stderr.contains("config.toml"),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("line 2"),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("`max_steps`"),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
    program.file("config.toml", "max_steps = \"many\"\n");
    let ran = program.run(&["config", "show"]).exits(2);
    assert!(
        ran.stderr.contains("line 1") && ran.stderr.contains("max_steps"),
        "{}",
        ran.stderr
    );
    program.run(&["config", "path"]).exits(0);
}
