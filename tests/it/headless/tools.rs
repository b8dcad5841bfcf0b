//! Tools without the terminal interface: listed, tried by hand, chosen for a run, asked about on a terminal.

use serde_json::{Value, json};

use super::terminal::OnTerminal;
use super::{newest_run, program_on};
use crate::program::Program;
use crate::support::{FakeOllama, Kind, Reply, Script};

const STEPS: [&str; 2] = ["Find the facts", "Compare the facts"];

const ASK_ABOUT_NOW: &str = "[[tools.rule]]\npermission = \"ask\"\ntool = \"now\"\n";

/// A server whose model asks for the time in its first step, and the program with this config.
fn asking(config: &str) -> (FakeOllama, Program) {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::call("now", json!({"timezone": "Europe/Berlin"})),
    );
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    std::fs::write(program.home().join("config.toml"), config).expect("it can be written");
    (server, program)
}

fn tools_of(server: &FakeOllama) -> Vec<String> {
    let chats = server.chat_requests().into_iter();
    let mut steps = chats.filter(|seen| seen.job() == Kind::Executor);
    let body = steps
        .next()
        .map(|seen| seen.body.clone())
        .unwrap_or_default();
    let tools = body["tools"].as_array().cloned().unwrap_or_default();
    tools
        .iter()
        .filter_map(|tool| tool["function"]["name"].as_str().map(str::to_owned))
        .collect()
}

fn records(program: &Program) -> Vec<Value> {
    program
        .run(&["runs", "show", &newest_run(program), "--events"])
        .exits(0)
        .json_lines()
}

#[test]
fn tools_are_listed_with_what_the_rules_say_of_them() {
    let work = tempfile::tempdir().expect("a folder");
    let folder = work.path().to_string_lossy();
    let program = Program::new().with("PLANWRIGHT_TOOLS_WORKSPACE", folder);
    let listed = program.run(&["tools", "list"]).exits(0).stdout;
    assert!(
        listed.lines().any(|line| line.starts_with("now ")
            && line.contains("read-only")
            && line.contains("allow")),
        "{listed}"
    );
    for name in ["run_command", "write_file", "edit_file", "fetch_url"] {
        let row = listed
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        assert!(row.contains(" ask "), "{row}");
    }
    std::fs::write(program.home().join("config.toml"), ASK_ABOUT_NOW).expect("it can be written");
    let all = program.run(&["tools", "list", "--json"]).exits(0).json();
    let now = all
        .as_array()
        .and_then(|all| all.iter().find(|tool| tool["name"] == "now"))
        .expect("it is there");
    assert_eq!(
        (&now["permission"], &now["enabled"], &now["effect"]),
        (&json!("ask"), &json!(true), &json!("read_only"))
    );
    assert_eq!(
        now["parameters"]["properties"]["timezone"]["type"],
        json!(["string", "null"])
    );
}

#[test]
fn a_tool_is_tried_by_hand() {
    let program = Program::new();
    let called = program
        .run(&["tools", "call", "now", r#"{"timezone":"Asia/Tokyo"}"#])
        .exits(0);
    assert!(called.stdout.contains("(UTC+09:00)"), "{}", called.stdout);
    for (arguments, exit, words) in [
        (
            &["now", "{\"timezone\":\"Atlantis\"}"][..],
            1,
            "there is no time zone of this name",
        ),
        (&["now", "{"], 2, "the arguments are no JSON"),
        (&["now", "{\"timezone\":{\"x\":1}}"], 1, "no time zone"),
        (&["nowhere"], 2, "there is no tool `nowhere`"),
        (&["ask_user", "{}"], 2, "`question` is missing"),
    ] {
        let arguments: Vec<&str> = ["tools", "call"].iter().chain(arguments).copied().collect();
        let ran = program.run(&arguments).exits(exit);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let rule = "[[tools.rule]]\npermission = \"deny\"\ntool = \"n*\"\n";
    std::fs::write(program.home().join("config.toml"), rule).expect("it can be written");
    let denied = program.run(&["tools", "call", "now"]).exits(2);
    assert!(denied.stderr.contains("rule: deny n*"), "{}", denied.stderr);
}

#[test]
fn a_run_uses_the_tools_it_is_given_and_no_others() {
    for (flags, wanted) in [
        (&["--tools", "now"][..], &["now"][..]),
        (&["--tools", "n*"], &["now"]),
        (&["--no-tools"], &[]),
    ] {
        let server = FakeOllama::start(Script::happy(&STEPS));
        let program = program_on(&server);
        let arguments: Vec<&str> = ["run", "--yes", "Compare"]
            .iter()
            .chain(flags)
            .copied()
            .collect();
        program.run(&arguments).exits(0);
        assert_eq!(tools_of(&server), wanted, "{flags:?}");
        let started = &records(&program)[0];
        let names = started["tools"]["names"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert_eq!(names.len(), wanted.len());
        if !wanted.is_empty() {
            assert!(
                started["tools"]["workspace"]
                    .as_str()
                    .is_some_and(|folder| folder.starts_with('/'))
            );
        }
    }
    // The home of the program is its workspace here, which holds its own files: what is said of that is said where it matters.
    for (tools, said) in [("now", false), ("now,run_*", true)] {
        let server = FakeOllama::start(Script::happy(&STEPS));
        let program = program_on(&server);
        program
            .run(&["run", "--yes", "Compare", "--tools", tools])
            .exits(0);
        let told = records(&program).iter().any(|record| {
            record["text"]
                .to_string()
                .contains("no tools that run programs")
        });
        assert_eq!(told, said, "{tools}");
    }
    let (server, program) = asking("");
    let ran = program
        .run(&["run", "--yes", "Compare", "--tools", "now,calcluate_it"])
        .exits(2);
    assert!(
        ran.stderr.contains("there is no tool `calcluate_it`"),
        "{}",
        ran.stderr
    );
    std::fs::write(
        program.home().join("plan.md"),
        "1. Look up the time | tool: clock\n2. Say it\n",
    )
    .expect("it can be written");
    let plan = program.home().join("plan.md");
    let plan = plan.to_str().expect("it is text");
    let ran = program
        .run(&["run", "--yes", "Compare", "--plan", plan])
        .exits(2);
    assert!(
        ran.stderr
            .contains("step 1 names the tool `clock`, which there is not"),
        "{}",
        ran.stderr
    );
    assert!(server.chat_requests().is_empty(), "nothing ran");
}

#[test]
fn a_call_is_records_and_lines_of_progress() {
    let (_server, program) = asking("");
    let ran = program.run(&["run", "--yes", "--json", "Compare"]).exits(0);
    let kinds: Vec<String> = ran
        .json_lines()
        .iter()
        .filter_map(|r| r["type"].as_str().map(str::to_owned))
        .filter(|kind| kind.starts_with("tool_"))
        .collect();
    assert_eq!(kinds, ["tool_called", "tool_decided", "tool_returned"]);
    let called = ran
        .json_lines()
        .into_iter()
        .find(|r| r["type"] == "tool_called")
        .expect("it was called");
    assert_eq!(
        (&called["call"], &called["tool"], &called["arguments"]),
        (
            &json!("t1"),
            &json!("now"),
            &json!({"timezone": "Europe/Berlin"})
        )
    );
    assert!(
        ran.stderr
            .contains("uses now {\"timezone\":\"Europe/Berlin\"}"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("now brought after"), "{}", ran.stderr);
}

#[test]
fn without_a_terminal_the_question_is_kept_and_yes_answers_it_later() {
    let (server, program) = asking(&format!("approval = \"never\"\n{ASK_ABOUT_NOW}"));
    let ran = program.run(&["run", "Compare"]).exits(3);
    assert!(
        ran.stderr.contains("the use of a tool waits for approval"),
        "{}",
        ran.stderr
    );
    assert!(!server.kinds().contains(&Kind::Finalizer));
    program.run(&["resume"]).exits(3);
    program.run(&["resume", "--yes"]).exits(0);
    let decided = records(&program)
        .into_iter()
        .find(|r| r["type"] == "tool_decided")
        .expect("it was decided");
    assert_eq!(
        (&decided["decision"], &decided["by"]),
        (&json!("allow"), &json!("policy"))
    );
}

/// A question that waits when a run is resumed is asked behind everything that the resumed step says.
#[test]
fn a_question_of_a_resumed_run_stands_last() {
    let (_server, program) = asking(&format!("approval = \"never\"\n{ASK_ABOUT_NOW}"));
    program.run(&["run", "Compare"]).exits(3);
    let mut terminal = OnTerminal::start(&program, &["resume"], "false");
    terminal.wait_for("(attempt 2)");
    terminal.wait_for("wants to use `now`");
    terminal.wait_for("no and say [w]hy:");
    terminal.shows_nothing_more();
    terminal.type_in("y\n");
    terminal.wait_for("The answer, drawn");
    terminal.exits(0);
}

#[test]
fn on_a_terminal_the_call_is_shown_and_a_bare_enter_is_a_no() {
    for (keys, decision, stored) in [
        ("\n", "deny", false),
        ("y\n", "allow", false),
        ("a\n", "allow", true),
    ] {
        let (_server, program) = asking(&format!("approval = \"never\"\n{ASK_ABOUT_NOW}"));
        let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
        terminal.wait_for("wants to use `now`");
        terminal.wait_for("timezone: Europe/Berlin");
        terminal.wait_for("Allow it?");
        terminal.type_in(keys);
        terminal.exits(0);
        let decided = records(&program)
            .into_iter()
            .find(|r| r["type"] == "tool_decided")
            .expect("it was decided");
        assert_eq!(
            (&decided["decision"], &decided["by"]),
            (&json!(decision), &json!("user")),
            "{keys:?}"
        );
        let config =
            std::fs::read_to_string(program.home().join("config.toml")).expect("it is there");
        assert_eq!(
            config.contains("permission = \"allow\"\ntool = \"now\""),
            stored,
            "{config}"
        );
    }
}

#[test]
fn keys_that_were_typed_before_the_question_answer_nothing() {
    let script = Script::happy(&STEPS).once(
        Kind::Executor,
        Reply::call("now", json!({})).first_delay(std::time::Duration::from_millis(700)),
    );
    let server = FakeOllama::start(script);
    let program = program_on(&server);
    std::fs::write(
        program.home().join("config.toml"),
        format!("approval = \"never\"\n{ASK_ABOUT_NOW}"),
    )
    .expect("it can be written");
    let mut terminal = OnTerminal::start(&program, &["run", "Compare"], "false");
    terminal.wait_for("Find the facts");
    terminal.type_in("y\ny\ny\n");
    terminal.wait_for("Allow it?");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!server.kinds().contains(&Kind::Finalizer));
    terminal.type_in("n\n");
    terminal.exits(0);
    let decided = records(&program)
        .into_iter()
        .find(|r| r["type"] == "tool_decided")
        .expect("it was decided");
    assert_eq!(decided["decision"], "deny");
}
