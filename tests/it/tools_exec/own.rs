//! A person's own tools, from the config file to what they do.

use std::fs;

use planwright::config::{Config, ConfigError, Overrides, Sources};
use planwright::domain::chat::Effect;
use planwright::domain::policy::{Permission, Policy};
use planwright::tool::command::{CommandOptions, CommandTool};
use planwright::tool::{Tool, ToolError};
use serde_json::json;

use super::place::Place;

fn load(file: &str) -> Result<Config, ConfigError> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.toml"), file).unwrap();
    let mut sources = Sources {
        overrides: Overrides::default(),
        ..Sources::default()
    };
    let path = home.path().to_str().unwrap().to_owned();
    sources.env.insert("PLANWRIGHT_HOME".to_owned(), path);
    Config::load(&sources).map(|loaded| loaded.config)
}

fn tool(place: &Place, file: &str) -> CommandTool {
    let config = load(file).unwrap();
    let [own] = &config.tools.commands[..] else {
        panic!("{:?}", config.tools.commands);
    };
    let own = own.clone();
    let options = CommandOptions {
        name: own.name,
        description: own.description,
        parameters: own.parameters,
        command: own.command,
        folder: own.folder,
        timeout: own.timeout,
        effect: own.effect,
        network: own.network,
        env: own.env,
        pass_env: own.pass_env,
    };
    CommandTool::new(place.sandbox.clone(), options).unwrap()
}

const GREET: &str = r#"
[[tools.command]]
name = "greet"
description = "Greets."
command = ["printf", "<%s>", "--", "hello {who}", "{often}"]
[tools.command.parameters]
who = { type = "string", description = "Whom" }
often = "integer?"
"#;

#[tokio::test]
async fn a_value_stays_one_word() {
    let place = Place::new();
    let tool = tool(&place, GREET);
    assert_eq!(tool.source(), "command");
    assert_eq!(
        tool.spec().parameters,
        json!({"type": "object", "required": ["who"], "properties": {
            "who": {"type": "string", "description": "Whom"}, "often": {"type": "integer"}}})
    );
    let given = json!({"who": "a b; $(touch made) 'x' {often}", "often": 3});
    let preview = tool.preview(&given).await.unwrap();
    assert!(
        preview.contains(r#""hello a b; $(touch made) 'x' {often}" 3"#),
        "{preview}"
    );
    let text = place.use_tool(&tool, given).await.unwrap().text;
    assert!(
        text.ends_with("<hello a b; $(touch made) 'x' {often}><3>"),
        "{text}"
    );
    let text = place
        .use_tool(&tool, json!({"who": "b"}))
        .await
        .unwrap()
        .text;
    assert!(text.ends_with("<hello b>"), "{text}");
    assert!(!place.path("home/work/made").exists());
}

#[tokio::test]
async fn a_value_is_no_option() {
    let place = Place::new();
    let file = r#"
[[tools.command]]
name = "show"
description = "Shows."
command = ["cat", "{file}"]
parameters = { file = "string" }
"#;
    let tool = tool(&place, file);
    let refused = place.use_tool(&tool, json!({"file": "--help"})).await;
    assert!(matches!(&refused, Err(ToolError::BadArguments(text)) if text.contains("`file`")));
    let text = place
        .use_tool(&tool, json!({"file": "readme.txt"}))
        .await
        .unwrap()
        .text;
    assert!(text.ends_with("hello"), "{text}");
}

#[tokio::test]
async fn what_only_reads_cannot_write_and_folders_and_variables_count() {
    let place = Place::new();
    let notes = place.path("notes");
    fs::create_dir_all(&notes).unwrap();
    fs::write(notes.join("a"), "a-note").unwrap();
    let file = format!(
        r#"
[[tools.command]]
name = "notes"
description = "Reads notes."
command = ["bash", "-c", "cat a; echo $FIXED $CLUSTER_API_KEY; echo x > b; echo x > {}/c"]
effect = "read-only"
folder = "{}"
env = {{ FIXED = "fixed-value" }}
pass_env = ["CLUSTER_API_KEY"]
"#,
        place.path("home/work").display(),
        notes.display()
    );
    let tool = tool(&place, &file);
    let reach = tool.reach(&json!({}));
    assert_eq!((reach.effect, reach.outside), (Effect::ReadOnly, true));
    assert_eq!(Policy::default().decide("notes", &reach).0, Permission::Ask);
    let text = place.use_tool(&tool, json!({})).await.unwrap().text;
    assert!(text.contains("a-notefixed-value sk-secret-4711"), "{text}");
    let written = notes.join("b").exists() || place.path("home/work/c").exists();
    assert_eq!(written, !place.contains_files(), "{text}");
}

#[tokio::test]
async fn its_time_is_bounded() {
    let place = Place::new();
    let file = "[[tools.command]]\nname = 'slow'\ndescription = 'x'\ncommand = ['sleep', '60']\ntimeout = 1";
    let ended = place.use_tool(&tool(&place, file), json!({})).await;
    assert!(
        ended
            .unwrap_err()
            .to_string()
            .contains("its time of 1 s was up")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_mistake_names_its_line_and_what_would_be_right() {
    let table = |rest: &str| format!("[[tools.command]]\nname = 'a'\ndescription = 'd'\n{rest}");
    for (file, expected) in [
        (
            "[tools.command]\nname = 'a'".to_owned(),
            "line 1, column 1: `tools.command` must be tables: `[[tools.command]]`",
        ),
        (
            "tools.command = [3]".to_owned(),
            "line 1, column 18: `tools.command[0]` must be a table",
        ),
        (
            table(""),
            "line 1, column 1: `tools.command[0]` lacks `command`: the program and its arguments",
        ),
        (
            table("command = []"),
            "line 4, column 11: `tools.command[0].command` names no program",
        ),
        (
            table("command = ['', 'x']"),
            "line 4, column 11: `tools.command[0].command` names no program",
        ),
        (
            table("command = 'ls -l'"),
            "line 4, column 11: `tools.command[0].command` must be a list of texts",
        ),
        (
            table("command = ['p', '{x}']"),
            "line 4, column 11: `tools.command[0].command` has a place `{x}`, but there is no parameter `x`",
        ),
        (
            table("command = ['p', '{x}']\nparameters = { x = 'text' }"),
            "line 5, column 14: `tools.command[0].parameters` gives `x` a type that no word of a command can hold: one of `string`",
        ),
        (
            table("command = ['p', '{x}']\nparameters = { x = 3 }"),
            "line 5, column 14: `tools.command[0].parameters` has `x` without a type",
        ),
        (
            table("command = ['p']\nparameters = { x = 'string' }"),
            "does not use the parameter `x`: put `{x}` where its value belongs",
        ),
        (
            table(
                "command = ['p', '{x}']\n[tools.command.parameters]\ntype = 'object'\nrequired = ['y']\nproperties.x.type = 'string'",
            ),
            "requires \"y\", which is no parameter",
        ),
        (
            table("command = ['sh', '-c', '{x}']\nparameters = { x = 'string' }"),
            "would let a model write programs",
        ),
        (
            table("comand = ['p']"),
            "line 4, column 1: `tools.command[0].comand` is no setting of a command",
        ),
        (
            table("command = ['p']\ntimeout = 0"),
            "line 5, column 11: `tools.command[0].timeout` must be a whole number",
        ),
        (
            table("command = ['p']\neffect = 'none'"),
            "`tools.command[0].effect` must be `read-only` or `mutating`",
        ),
        (
            table("command = ['p']\nenv = { 'A B' = 'x' }"),
            "`tools.command[0].env` must hold names of variables",
        ),
        (
            "[[tools.command]]\nname = 'a b'".to_owned(),
            "line 2, column 8: `tools.command[0].name` must be a letter, then letters",
        ),
        (
            "[[tools.command]]\nname = 'a__b'".to_owned(),
            "must not hold `__`",
        ),
        (
            format!("{0}\n{0}", table("command = ['p']")),
            "line 5, column 1: `tools.command[1]` has the name `a`, which another one above has",
        ),
        (
            "tools.private_hosts = ['http://x/']".to_owned(),
            "must hold hosts such as `wiki.lan`",
        ),
        (
            "tools.readable = ['x']".to_owned(),
            "must hold absolute paths",
        ),
        (
            "[tools.search]\nbase_url = 'http://x'".to_owned(),
            "`tools.search` lacks `provider`: one of `searxng`, `brave`",
        ),
        (
            "[tools.search]\nprovider = 'searxng'".to_owned(),
            "`tools.search` lacks `base_url`",
        ),
        (
            "[tools.search]\nprovider = 'brave'".to_owned(),
            "`tools.search` lacks the key that `brave` asks for",
        ),
        (
            "[tools.search]\nprovider = 'brave'\napi_key = 'secret-4711'".to_owned(),
            "line 3, column 11: `tools.search.api_key` would be a key",
        ),
        (
            "[tools.search]\nprovider = 'brave'\napi_key_env = 'A'\napi_key_file = 'b'".to_owned(),
            "is one place for the key too many",
        ),
        (
            "[tools.search]\nprovidr = 'brave'".to_owned(),
            "`tools.search.providr` is no setting of the search",
        ),
    ] {
        let error = load(&file).unwrap_err().to_string();
        assert!(error.contains(expected), "{file}\n{error}");
        assert!(error.contains("config.toml line "), "{error}");
        assert!(!error.contains("secret-4711"), "{error}");
    }
}

#[test]
fn the_example_shows_tools_that_can_be_read() {
    let text: String = planwright::config::example()
        .lines()
        .skip_while(|line| *line != "# [[tools.command]]")
        .take_while(|line| !line.contains("More providers"))
        .filter_map(|line| Some(format!("{}\n", line.strip_prefix("# ")?)))
        .filter(|line| {
            let begins = |c: char| c.is_ascii_lowercase() || c == '[';
            line.starts_with(begins) && line.contains(['=', '['])
        })
        .collect();
    let config = load(&text).unwrap();
    let names: Vec<&str> = config
        .tools
        .commands
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    assert_eq!(names, ["weather", "search_notes"], "{text}");
    assert!(config.tools.search.is_some(), "{text}");
}
