//! Mistakes in the tables of providers: each names its place and the remedy, and no key is repeated.

use crate::program::Program;
use crate::support::openai::{FakeOpenAi, happy};

const FINE: &str = "kind = \"openai\"\nbase_url = \"http://h:1/v1\"\n";

/// What is said of a config file.
fn said(file: &str) -> String {
    let program = Program::new();
    let path = program.file("config.toml", file);
    let ran = program.run(&["config", "show"]).exits(2);
    let folder = format!("{}/", path.parent().unwrap().display());
    ran.stderr.replace(&folder, "")
}

#[test]
fn mistakes_name_their_place_and_the_remedy() {
    let table = |more: &str| format!("[providers.x]\n{FINE}{more}");
    for (file, expected) in [
        (
            table("slot = 2"),
            "error: config.toml line 4, column 1: `providers.x.slot` is no setting of a provider\nhint: the nearest known key is `slots`\n",
        ),
        (
            table("slots = 0"),
            "error: config.toml line 4, column 9: `providers.x.slots` must be a whole number from 1 to 64, not 0\n",
        ),
        (
            table("kind = 'vllm'").replacen("kind = \"openai\"\n", "", 1),
            "error: config.toml line 3, column 8: `providers.x.kind` must be `openai` or `ollama`, not `vllm`\n",
        ),
        (
            "[providers.x]\nkind = 'openai'".to_owned(),
            "error: config.toml line 1, column 12: `providers.x` lacks `base_url`: the address of its server, such as `http://127.0.0.1:8000/v1`\n",
        ),
        (
            "[providers.x]\nbase_url = 'http://h'".to_owned(),
            "error: config.toml line 1, column 12: `providers.x` lacks `kind`: ",
        ),
        (
            "[providers.x]\nkind = 'openai'\nbase_url = 'h:8000/v1'".to_owned(),
            "`providers.x.base_url` must be the address of a server such as `http://127.0.0.1:8000/v1`: it has to begin with `http://`",
        ),
        (
            "[providers.x]\nkind = 'openai'\nbase_url = 'https://u:sk-1@h'".to_owned(),
            "a user name or password is not taken in it",
        ),
        (
            table("api_key_env = 'A'\napi_key_file = 'b'"),
            "error: config.toml line 5, column 16: `providers.x.api_key_file` is one place for the key too many: one of `api_key_env`, `api_key_command` or `api_key_file`\n",
        ),
        (
            table("api_key_command = 'pass show x'"),
            "`providers.x.api_key_command` must be a list of texts: a program and its arguments",
        ),
        (
            "providers = 3".to_owned(),
            "`providers` must be a table: `[providers.NAME]`",
        ),
        (
            format!("[providers.ollama]\n{FINE}"),
            "`providers.ollama` is built in: `base_url` and `[ollama]` say",
        ),
        (
            format!("[providers.'a b']\n{FINE}"),
            "must have a name of at most 40 letters",
        ),
        (
            format!("[provider.x]\n{FINE}"),
            "there is no setting `provider`\nhint: the nearest known key is `providers`",
        ),
        (
            format!("default_provider = 'y'\n{}", table("")),
            "error: config.toml line 1, column 20: `default_provider` names the provider `y`, which the settings do not know\nhint: there is `ollama`, `x`;",
        ),
        (
            "planner_model = 'openai:gpt-oss'".to_owned(),
            "error: config.toml line 1, column 17: `planner_model` names the provider `openai`, which the settings do not know\nhint: add `[providers.openai]` with `kind` and `base_url` to config.toml",
        ),
        (
            format!(
                "{}[fallbacks]\nexecutor = ['a', 'clustr:meta/llama']\n",
                table("").replace(".x]", ".cluster]")
            ),
            "`fallbacks.executor` names the provider `clustr`, which the settings do not know\nhint: the nearest that there is is `cluster`\n",
        ),
        (
            "[fallbacks]\nexecuter = ['a']".to_owned(),
            "the nearest known key is `fallbacks.executor`",
        ),
        (
            "[fallbacks]\nexecutor = 'a'".to_owned(),
            "`fallbacks.executor` must be a list such as",
        ),
    ] {
        let said = said(&file);
        assert!(
            said.contains(expected),
            "{file}\n{said}\nis not\n{expected}"
        );
    }
}

#[test]
fn a_key_in_the_wrong_place_is_refused_and_not_repeated() {
    for line in [
        "api_key = \"sk-secret\"",
        "api_key_env = \"sk-secret\"",
        "api_key_env = [\"sk-secret\"]",
        "token = \"sk-secret\"",
    ] {
        let said = said(&format!("[providers.x]\n{FINE}{line}"));
        assert!(
            said.contains("config.toml line 4") && !said.contains("sk-secret"),
            "{said}"
        );
    }
    let literal = said(&format!("[providers.x]\n{FINE}api_key = \"sk-secret\""));
    assert!(
        literal.contains("hint: say where the key is with one of `api_key_env`"),
        "{literal}"
    );
}

#[test]
fn an_unknown_provider_on_the_command_line_ends_with_two() {
    let program = Program::new();
    for arguments in [
        &["run", "--yes", "--model", "openai:gpt", "x"][..],
        &["run", "--yes", "--fallback", "planner=openai:gpt", "x"],
        &["models", "show", "openai:gpt"],
    ] {
        let ran = program.run(arguments).exits(2);
        assert!(
            ran.stderr
                .contains("`openai`, which the settings do not know"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("hint: add `[providers.openai]`"),
            "{}",
            ran.stderr
        );
    }
    let wrong = program.run(&["run", "--fallback", "cook=x", "y"]).exits(2);
    assert!(
        wrong.stderr.contains("there is no role `cook`"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn names_with_tags_are_no_providers() {
    let program = Program::new().with("OLLAMA_HOST", "127.0.0.1:1");
    for name in ["llama3.1:8b", "hf.co/a/b:Q4_K_M", "localhost:5000/a/b:1"] {
        let ran = program
            .run(&["run", "--yes", "--model", name, "x"])
            .exits(4);
        assert!(
            ran.stderr.contains("cannot reach the model server"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn what_is_set_is_shown_and_a_command_without_its_arguments() {
    let program = Program::new();
    let table = "api_key_command = [\"pass\", \"show\", \"hidden\"]\nslots = 8\nnum_ctx = 4096\ntools = false";
    program.file(
        "config.toml",
        format!("[providers.x]\n{FINE}{table}\n[fallbacks]\nplanner = [\"x:a\", \"b\"]"),
    );
    let text = program.run(&["config", "show"]).exits(0).stdout;
    for word in [
        "providers.x.base_url",
        "\"pass …\"",
        "providers.x.slots",
        "fallbacks.planner",
        "[\"x:a\", \"b\"]",
    ] {
        assert!(text.contains(word), "no {word} in\n{text}");
    }
    assert!(!text.contains("hidden"), "{text}");
    let json = program.run(&["config", "show", "--json"]).exits(0).json();
    assert_eq!(json["providers.x.slots"]["value"], 8);
    assert_eq!(json["fallbacks.planner"]["value"][1], "b");
}

#[test]
fn the_commented_example_of_a_provider_is_one() {
    let example = planwright::config::example();
    let from = example.find("# [providers.cluster]").unwrap();
    let table: Vec<&str> = example[from..]
        .lines()
        .map(|line| line.trim_start_matches("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .filter(|line| !line.contains("api_key_command") && !line.contains("api_key_file"))
        .collect();
    let table = table.join("\n");
    let program = Program::new();
    program.file("config.toml", &table);
    let shown = program.run(&["config", "show"]).exits(0).stdout;
    assert!(
        shown.contains("providers.cluster.idle_timeout"),
        "{table}\n{shown}"
    );
}

#[test]
fn every_config_of_the_guides_is_one() {
    let guides = [
        include_str!("../../../docs/scaling.md"),
        include_str!("../../../README.md"),
    ];
    for guide in guides {
        let blocks: Vec<&str> = guide
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .filter(|block| block.contains("[providers."))
            .collect();
        assert!(!blocks.is_empty());
        for block in blocks {
            let program = Program::new();
            program.file("config.toml", block);
            let shown = program.run(&["config", "show"]).exits(0).stdout;
            assert!(shown.contains("providers.cluster.api_key_env"), "{shown}");
        }
    }
}

#[test]
fn the_config_of_the_scaling_guide_works() {
    let guide = include_str!("../../../docs/scaling.md");
    let block = guide.split("```toml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let models = serde_json::json!({"data": [{"id": "qwen3-32b", "max_model_len": 32_768}]});
    let server = FakeOpenAi::with(models, Some("sk-1"), |asked| happy(&["One", "Two"], asked));
    let url = "http://cluster.example:8000/v1";
    assert!(block.contains(url));
    let program = Program::new()
        .with("CLUSTER_API_KEY", "sk-1")
        .with("OLLAMA_HOST", "127.0.0.1:1");
    program.file("config.toml", block.replace(url, &server.url()));
    let records = program
        .run(&["run", "--yes", "--json", "Compare"])
        .exits(0)
        .json_lines();
    assert_eq!(records[0]["limits"]["max_parallel"], 16);
    assert_eq!(records[0]["models"]["executor"], "cluster:qwen3-32b");
    assert_eq!(records[0]["models"]["fallbacks"]["planner"][0], "llama3.2");
    drop(server);
    let ran = program.run(&["run", "--yes", "Compare"]).exits(4);
    assert!(
        ran.stderr
            .contains("the planner cannot fall back on `llama3.2`"),
        "{}",
        ran.stderr
    );
}
