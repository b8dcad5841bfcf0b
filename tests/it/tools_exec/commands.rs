//! `run_command` as a model and a person see it.

use std::fs;

use planwright::domain::chat::Effect;
use planwright::tool::{Tool, ToolError};
use serde_json::json;

use super::place::Place;

#[tokio::test]
async fn a_program_runs_in_the_workspace_and_its_end_is_told() {
    let place = Place::new();
    let text = place
        .bash("pwd; cat readme.txt; echo oops >&2; exit 3")
        .await;
    let (how, output) = text.split_once("\n\n").unwrap();
    assert!(how.starts_with("exit status 3 after "), "{how}");
    let pwd = place.path("home/work");
    assert_eq!(output, format!("{}\nhellooops", pwd.display()));
    let text = place.bash("kill -SEGV $$").await;
    assert!(
        text.starts_with("ended by signal 11 (SIGSEGV) after"),
        "{text}"
    );
    assert!(text.ends_with("(no output)"), "{text}");
}

#[tokio::test]
async fn output_keeps_the_order_in_which_it_was_written() {
    let place = Place::new();
    let text = place
        .bash("for i in 1 2 3 4; do echo out$i; echo err$i >&2; done")
        .await;
    let order = "out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4";
    assert!(text.ends_with(order), "{text}");
}

#[tokio::test]
async fn a_line_is_split_into_words_and_shell_syntax_is_refused() {
    let place = Place::new();
    let line = place.call(json!({"command": "printf '%s-' 'a b' c"})).await;
    assert!(line.unwrap().text.ends_with("a b-c-"));
    let refused = place
        .call(json!({"command": "cat readme.txt | wc -l"}))
        .await;
    let Err(ToolError::BadArguments(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("`|` is for a shell"), "{text}");
    for empty in [json!(""), json!([]), json!([""]), json!({"a": 1})] {
        let refused = place.call(json!({"command": empty})).await;
        assert!(
            matches!(refused, Err(ToolError::BadArguments(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn words_are_never_looked_at_by_a_shell() {
    let place = Place::new();
    let words = json!({"command": ["printf", "%s\n", "$(touch made)", "; touch made", "*"]});
    let text = place.call(words).await.unwrap().text;
    assert!(text.ends_with("$(touch made)\n; touch made\n*"), "{text}");
    assert!(!place.path("home/work/made").exists());
}

#[tokio::test]
async fn a_folder_is_within_the_workspace_whatever_it_is_called() {
    let place = Place::new();
    std::os::unix::fs::symlink(place.path("home"), place.path("home/work/up")).unwrap();
    let pwd = json!({"command": ["pwd"], "folder": "sub"});
    assert!(
        place
            .call(pwd)
            .await
            .unwrap()
            .text
            .ends_with("/home/work/sub")
    );
    for outside in ["..", "up", "/", "sub/../.."] {
        let refused = place
            .call(json!({"command": ["pwd"], "folder": outside}))
            .await;
        assert!(
            matches!(refused, Err(ToolError::Refused(_))),
            "{outside}: {refused:?}"
        );
    }
    for none in ["nowhere", "readme.txt"] {
        let refused = place
            .call(json!({"command": ["pwd"], "folder": none}))
            .await;
        assert!(
            matches!(refused, Err(ToolError::BadArguments(_))),
            "{none}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_program_is_said_to_be_none() {
    let place = Place::new();
    fs::write(place.path("home/work/ls"), "#!/bin/sh\necho planted\n").unwrap();
    for (words, expected) in [
        (
            json!(["no-such-program-here"]),
            "there is no program `no-such-program-here`",
        ),
        (
            json!(["./readme.txt"]),
            "there is no program `./readme.txt`",
        ),
        (
            json!(["A=1", "ls"]),
            "variables are set with the program `env`",
        ),
    ] {
        let error = place.call(json!({"command": words})).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let text = place.call(json!({"command": ["ls"]})).await.unwrap().text;
    assert!(!text.contains("planted"), "{text}");
}

#[tokio::test]
async fn rules_and_people_see_exactly_what_would_run() {
    let place = Place::new();
    let tool = place.tool(false);
    let given =
        json!({"command": ["sh", "-c", "echo \u{1b}[2J\u{202e}"], "folder": "sub", "timeout": 7});
    let reach = tool.reach(&given);
    assert_eq!(reach.command, ["sh", "-c", "echo \u{1b}[2J\u{202e}"]);
    assert_eq!(reach.paths, ["sub"]);
    assert_eq!(reach.effect, Effect::Mutating);
    assert_eq!(reach.network, !place.sandbox.contains_network());
    assert_eq!(reach.outside, !place.sandbox.contains_files());
    let preview = tool.preview(&given).await.unwrap();
    assert!(
        preview.contains(r#"run: sh -c "echo \u001b[2J\u202e""#),
        "{preview}"
    );
    assert!(!preview.contains('\u{1b}') && !preview.contains('\u{202e}'));
    for part in ["/home/work/sub", "at most 7 s", "program: /"] {
        assert!(preview.contains(part), "{part}: {preview}");
    }
    assert!(place.tool(true).reach(&given).network);
    let full = tool.reach(&json!({"command": ["/usr/bin/env"]}));
    assert_eq!(
        full.command,
        ["env"],
        "a rule for `env` holds for its path, too"
    );
    // A folder that is not there yet makes no call harmless.
    let later = tool.reach(&json!({"command": ["ls"], "folder": "later"}));
    assert_eq!(later.effect, Effect::Mutating);
}

#[tokio::test]
async fn a_flood_is_bounded_and_does_not_stop_the_program() {
    let place = Place::new();
    let text = place
        .bash("echo first; yes | head -c 30000000; echo last")
        .await;
    assert!(
        text.contains("\n\nfirst\ny\n") && text.ends_with("y\nlast"),
        "{}",
        text.len()
    );
    assert!(text.contains("bytes left out here"), "{}", text.len());
    assert!(text.len() < 100_000, "{}", text.len());
}
