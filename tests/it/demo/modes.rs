//! The demo in every mode, and with tools, from outside: as a person tries it.

use planwright::domain::chat::{ChatRequest, Effect, Message, Role, Speaker, ToolSpec};
use serde_json::{Value, json};

use super::talk::{HONESTY, has, request, speak};
use crate::program::Program;

const COMPARE: &str = "Compare the heights of Mount Everest, 8,849 m, and K2, 8,611 m";
const LIST: &str = "Sort the list and name the duplicates: pear, apple, fig, apple";

/// Runs the demo and shows the state it ended in.
fn run(program: &Program, mode: &str, task: &str, flags: &[&str]) -> Value {
    let mut arguments = vec!["run", "--yes", "--model", "demo", "--mode", mode, task];
    arguments.extend(flags);
    program.run(&arguments).exits(0);
    let runs = program.run(&["runs", "list", "--json"]).exits(0).json();
    let newest = runs[0]["run"].as_str().unwrap();
    let state = program
        .run(&["runs", "show", newest, "--json"])
        .exits(0)
        .json();
    assert!(state["incomplete"].is_null(), "{mode}: {state}");
    state
}

fn program() -> Program {
    Program::new().with("PLANWRIGHT_DEMO_INSTANT", "1")
}

#[test]
fn every_mode_answers_what_the_script_can_do() {
    let program = program();
    for mode in ["plan-execute", "react", "rewoo", "direct", "auto"] {
        for (task, words) in [(COMPARE, ["238 m", "K2"]), (LIST, ["apple", "fig"])] {
            let state = run(&program, mode, task, &["--no-tools"]);
            let answer = state["response"].as_str().unwrap();
            for word in words {
                assert!(answer.contains(word), "{mode}: no `{word}` in {answer}");
            }
            assert!(!answer.contains("cannot"), "{mode}: {answer}");
            let steps = state["plan"].as_array().unwrap();
            let failed = steps.iter().find(|step| step["status"] != "done");
            assert_eq!(failed, None, "{mode}");
            let is_right = match mode {
                "react" => steps.len() == 1,
                "direct" => steps.is_empty(),
                "rewoo" => steps.iter().all(|step| step["input"] == task) && steps.len() > 1,
                _ => true,
            };
            assert!(is_right, "{mode}: {steps:?}");
            if mode != "react" {
                assert!(answer.ends_with(HONESTY), "{mode}: {answer}");
            }
        }
    }
}

#[test]
fn auto_chooses_what_fits_and_says_why() {
    let program = program();
    for (task, mode) in [
        (COMPARE, "plan-execute"),
        (LIST, "rewoo"),
        ("Write a poem about the sea", "direct"),
    ] {
        let state = run(&program, "auto", task, &["--no-tools"]);
        assert_eq!(state["mode"], mode, "{task}");
        assert!(state["mode_reason"].as_str().unwrap().len() > 10);
    }
}

/// Where a step is offered a tool that it has use for, the demo uses it, once.
#[test]
fn a_step_that_asks_for_the_time_uses_a_tool_once() {
    let program = program();
    for mode in ["plan-execute", "react"] {
        let state = run(&program, mode, "What time is it?", &["--tools", "now"]);
        let uses = state["tool_uses"].as_array().unwrap();
        assert_eq!(uses.len(), 1, "{mode}: {state}");
        assert_eq!(
            (&uses[0]["tool"], &uses[0]["ok"]),
            (&"now".into(), &true.into())
        );
        let said = uses[0]["output"].as_str().unwrap();
        let answer = state["response"].as_str().unwrap();
        assert!(answer.contains(said), "{mode}: {said} is not in {answer}");
    }
    let state = run(&program, "plan-execute", COMPARE, &["--tools", "now"]);
    assert_eq!(
        state["tool_uses"].as_array().unwrap().len(),
        0,
        "no use for it: {state}"
    );
    let arguments = [
        "run",
        "--yes",
        "--model",
        "demo",
        "--no-tools",
        "What time is it?",
    ];
    let without = program.run(&arguments).exits(0).stdout;
    assert!(without.contains("ollama pull"), "{without}");
}

/// A step of a comparison, as the executor is asked for it.
fn subtracting() -> ChatRequest {
    let document = format!(
        "# Task\n<task>\n{COMPARE}\n</task>\n# Now: step s2\nStep: Subtract the smaller amount from the larger one\n\
         Reply with its result only."
    );
    request(Role::Executor, &document)
}

fn offered(mut request: ChatRequest, name: &str, natively: bool) -> ChatRequest {
    if natively {
        request.tools = vec![ToolSpec {
            name: name.to_owned(),
            description: "A tool.".to_owned(),
            parameters: json!({"type": "object"}),
            effect: Effect::ReadOnly,
        }];
    } else {
        let told = include_str!("../../../assets/prompts/tools_as_text.md");
        let told = told.replace("{{tools}}", &format!("- {name}(expression): A tool."));
        request.messages.last_mut().unwrap().content.push_str(&told);
    }
    request
}

/// Arithmetic is checked with `calculate`, whichever way that is offered, and never without an offer or a second time.
#[test]
fn arithmetic_is_checked_with_a_tool_that_is_offered() {
    let plain = speak(subtracting()).0;
    has(&plain, "238 m");
    for natively in [true, false] {
        let asked = offered(subtracting(), "calculate", natively);
        let call: Value = serde_json::from_str(&speak(asked.clone()).0).unwrap();
        assert_eq!(
            call,
            json!({"name": "calculate", "arguments": {"expression": "8849 - 8611"}})
        );

        let mut over = asked.clone();
        let told = include_str!("../../../assets/prompts/no_more_tools.md");
        if !natively {
            over.messages.push(Message::new(
                Speaker::User,
                told.replace("{{why}}", "all are used"),
            ));
            assert_eq!(speak(over).0, plain);
        }

        let mut answered = asked;
        answered
            .messages
            .push(Message::new(Speaker::Assistant, call.to_string()));
        let output = "<result tool=\"calculate\" call=\"t1\">\n8849 - 8611 = 238\n</result>";
        let speaker = if natively {
            Speaker::Tool
        } else {
            Speaker::User
        };
        answered.messages.push(Message::new(speaker, output));
        let result = speak(answered).0;
        has(&result, &plain);
        has(
            &result,
            "Checked with `calculate`: 8849 - 8611 gives 8849 - 8611 = 238",
        );

        assert_eq!(speak(offered(subtracting(), "now", natively)).0, plain);
    }
}

/// A sum that a person asks for is calculated where there is the tool for it, and said not to be done where there is none.
#[test]
fn a_sum_of_a_persons_own_is_calculated() {
    let ask = |step: &str| {
        let document = format!(
            "# Task\n<task>\nHelp\n</task>\n# Now: step s1\nStep: {step}\nReply with its result only."
        );
        request(Role::Executor, &document)
    };
    let reply = speak(offered(ask("What is (17 + 3) × 2?"), "calculate", false)).0;
    let call: Value = serde_json::from_str(&reply).unwrap();
    assert_eq!(call["arguments"]["expression"], "(17 + 3) * 2");
    assert!(speak(ask("What is (17 + 3) × 2?")).0.starts_with("CANNOT:"));
    let unasked = offered(ask("Write about version 1 / 2"), "calculate", false);
    assert!(speak(unasked).0.starts_with("CANNOT:"));
}
