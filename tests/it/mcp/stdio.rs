//! Over standard input and output: what goes well, and every way in which a server can go wrong.

use std::fs;
use std::time::{Duration, Instant};

use planwright::domain::chat::Effect;
use planwright::tool::mcp::{McpOptions, McpServer};
use planwright::tool::{CallContext, ToolError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{PATIENCE, call, call_tool, list, scripted, server, stdio, text, tools, until};

fn failed(called: Result<String, ToolError>) -> String {
    match called {
        Err(ToolError::Failed(why)) => why,
        other => panic!("it did not fail: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_listed_and_called() {
    let server = server(&[]);
    let listing = list(&server).await.unwrap();
    assert_eq!(listing.about.name, "scripted");
    assert_eq!((listing.about.listed, listing.odd.len()), (14, 0));
    let read = listing
        .tools
        .iter()
        .find(|tool| tool.spec().name == "s__read")
        .unwrap();
    assert_eq!(read.source(), "s");
    assert_eq!(read.spec().description, "does read");
    assert_eq!(read.spec().parameters["properties"]["n"]["type"], "integer");
    // Its word that it only reads is not taken.
    let reach = read.reach(&Value::Null);
    assert_eq!((reach.effect, reach.outside), (Effect::Mutating, true));
    assert_eq!(
        call(&server, "s__echo", text("hello")).await.unwrap(),
        r#"{"text":"hello"}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_server_says_which_tools_only_read_and_stay_here() {
    let trusted = McpServer::new(McpOptions {
        trust_annotations: true,
        tools: vec!["re*".to_owned()],
        ..server(&[]).options().clone()
    });
    let tools = tools(&trusted).await;
    let reach = |name: &str| {
        let reach = tools[name].reach(&Value::Null);
        (reach.effect, reach.outside, reach.network)
    };
    assert_eq!(reach("s__read"), (Effect::ReadOnly, false, false));
    assert_eq!(reach("s__refuse"), (Effect::ReadOnly, false, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_told_in_the_words_of_the_server() {
    let server = server(&[]);
    assert_eq!(
        failed(call(&server, "s__fail", json!({})).await),
        "no such file"
    );
    assert_eq!(
        failed(call(&server, "s__refuse", json!({})).await),
        "the server `s` refused the call: not like that (error -32602)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_odd_tools() {
    let paged = server(&["--many", "50", "--pages", "7"]);
    assert_eq!(tools(&paged).await.len(), 50);
    let odd = list(&server(&["--odd"])).await.unwrap();
    let names: Vec<&str> = odd
        .tools
        .iter()
        .map(|tool| tool.spec().name.as_str())
        .collect();
    assert_eq!(names[0], "s__with_space_and_more");
    assert!(names[1].starts_with("s__a_b_"), "{names:?}");
    assert_eq!((names[2], names[4]), ("s__a_b", "s__twice"));
    assert!(names[3].ends_with("red_"), "{names:?}");
    assert_eq!(names.len(), 5);
    assert_eq!(odd.odd.len(), 3, "{:?}", odd.odd);
    assert!(
        odd.odd[0].contains("`twice` is listed twice"),
        "{:?}",
        odd.odd
    );
    assert!(
        odd.odd[1].contains("`no_schema` is left out"),
        "{:?}",
        odd.odd
    );
    // The server hears its own names.
    let server = server(&["--odd"]);
    assert!(call(&server, names[1], text("x")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_tools_are_cut_and_said_to_be() {
    let listing = list(&server(&["--many", "10000"])).await.unwrap();
    assert_eq!((listing.tools.len(), listing.about.listed), (128, 10_000));
    assert_eq!(
        listing.odd,
        ["it has 10000 tools, 128 are taken: choose with `tools` in `[mcp.s]`"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_too_long_is_called_off_and_the_server_is_told() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let slow = server(&["--log", &log.to_string_lossy()]);
    let hasty = McpServer::new(McpOptions {
        timeout: Duration::from_millis(200),
        ..slow.options().clone()
    });
    assert_eq!(
        call(&hasty, "s__slow", json!({"n": 60_000})).await,
        Err(ToolError::TimedOut(Duration::from_millis(200)))
    );
    let heard = || fs::read_to_string(&log).unwrap_or_default();
    until("it is told", || heard().contains("notifications/cancelled")).await;
    // The connection goes on.
    assert!(call(&hasty, "s__echo", text("x")).await.is_ok());
    assert_eq!(heard().matches("\"initialize\"").count(), 1, "{}", heard());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_returns_at_once() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let server = server(&["--log", &log.to_string_lossy()]);
    let slow = tools(&server).await.remove("s__slow").unwrap();
    let cancel = CancellationToken::new();
    let context = CallContext {
        reach: planwright::domain::policy::Reach::mutating(),
        cancel: cancel.clone(),
    };
    let begun = Instant::now();
    let called = slow.call(context, json!({"n": 60_000}));
    let heard = || fs::read_to_string(&log).unwrap_or_default();
    let stop = async {
        until("it is called", || heard().contains("tools/call")).await;
        cancel.cancel();
    };
    let (called, ()) = tokio::join!(called, stop);
    assert_eq!(called.map(|output| output.text), Err(ToolError::Cancelled));
    assert!(begun.elapsed() < PATIENCE / 2);
    until("it is told", || heard().contains("notifications/cancelled")).await;
    // A call that is dropped is called off, too.
    let before = heard().matches("notifications/cancelled").count();
    let dropped = call_tool(&slow, json!({"n": 60_000}));
    let _ = tokio::time::timeout(Duration::from_millis(100), dropped).await;
    until("it is told again", || {
        heard().matches("notifications/cancelled").count() > before
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_mid_call_is_an_error_and_the_next_call_starts_it_again() {
    let server = server(&[]);
    let tools = tools(&server).await;
    assert_eq!(
        failed(call_tool(&tools["s__crash"], json!({})).await),
        "the server `s` was lost during the call: it ended (exit status: 3); its last words: goodbye; \
         the next call starts it again"
    );
    assert!(call_tool(&tools["s__echo"], text("x")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_started_again_says_so() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("server");
    fs::copy(scripted(), &copy).unwrap();
    let server = McpServer::new(stdio(&[&copy.to_string_lossy()]));
    let tools = tools(&server).await;
    fs::remove_file(&copy).unwrap();
    failed(call_tool(&tools["s__crash"], json!({})).await);
    for _ in 0..2 {
        let why = failed(call_tool(&tools["s__echo"], text("x")).await);
        assert!(
            why.starts_with("the server `s` cannot be used: ") && why.contains("cannot be started"),
            "{why}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_gets_ready_is_given_up() {
    for (flags, expected) in [
        (
            &["--exit"][..],
            "cannot be used: it ended (exit status: 7); its last words: there is no licence",
        ),
        (
            &["--silent"],
            "cannot be used: it did not answer within 0.4 s",
        ),
        (
            &["--garbage"],
            "cannot be used: it did not answer within 0.4 s",
        ),
    ] {
        let hasty = McpServer::new(McpOptions {
            start_timeout: Duration::from_millis(400),
            ..server(flags).options().clone()
        });
        let why = list(&hasty).await.err().expect("it cannot be used");
        assert_eq!(why, expected);
    }
    let none = McpServer::new(stdio(&["/no/such/program"]));
    let why = list(&none).await.err().unwrap();
    assert!(
        why.contains("`/no/such/program` cannot be started"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_and_floods_are_passed_over() {
    let server = server(&[]);
    assert_eq!(
        call(&server, "s__noise", json!({})).await.unwrap(),
        "after noise"
    );
    assert_eq!(
        call(&server, "s__flood", json!({"n": 5_000}))
            .await
            .unwrap(),
        "after the flood"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_without_an_answer_and_an_endless_line_end_the_connection() {
    let server = server(&[]);
    let tools = tools(&server).await;
    for answers in [false, true] {
        let flood = json!({"n": 1_000_000_000, "answers": answers});
        let why = failed(call_tool(&tools["s__flood"], flood).await);
        assert!(
            why.contains("it sent 32 MiB that nobody asked for"),
            "{why}"
        );
    }
    let why = failed(call_tool(&tools["s__long"], json!({"n": 100})).await);
    assert!(
        why.contains("it sent a message of more than 8 MiB"),
        "{why}"
    );
    assert!(call_tool(&tools["s__echo"], text("x")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_asks_for_itself_is_refused() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let server = server(&["--log", &log.to_string_lossy()]);
    assert_eq!(call(&server, "s__ask", json!({})).await.unwrap(), "asked");
    let answers = || -> Vec<Value> {
        let heard = fs::read_to_string(&log).unwrap_or_default();
        let heard = heard
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        heard
            .filter(|line: &Value| line.get("method").is_none())
            .collect()
    };
    until("all three are answered", || answers().len() == 3).await;
    for answer in answers() {
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
    let heard = fs::read_to_string(&log).unwrap();
    assert!(heard.contains(r#""capabilities":{}"#), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gets_no_more_of_the_environment_than_it_is_given() {
    let names = call(&server(&[]), "s__env", json!({})).await.unwrap();
    assert_eq!(names, "PATH");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_no_longer_reads_is_started_again() {
    let hasty = McpServer::new(McpOptions {
        timeout: Duration::from_millis(200),
        ..server(&[]).options().clone()
    });
    let tools = tools(&hasty).await;
    let late = Err(ToolError::TimedOut(Duration::from_millis(200)));
    assert_eq!(call_tool(&tools["s__deaf"], json!({})).await, late);
    // More than a pipe holds.
    let long = text(&"x".repeat(300_000));
    assert_eq!(call_tool(&tools["s__echo"], long).await, late);
    let begun = Instant::now();
    while call_tool(&tools["s__echo"], text("x")).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "it is not started again");
    }
}

/// Whether a process is at work; one that waits to be buried is not.
fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status.rsplit(')').next().unwrap_or_default();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_with_all_that_it_started() {
    let stubborn = format!("trap '' TERM; exec '{}' --stay", scripted().display());
    for server in [server(&[]), McpServer::new(stdio(&["sh", "-c", &stubborn]))] {
        let tools = tools(&server).await;
        let pids = call_tool(&tools["s__children"], json!({})).await.unwrap();
        let pids: Vec<&str> = pids.split(' ').collect();
        assert!(pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
        drop(tools);
        drop(server);
        until("both have ended", || !pids.iter().any(|pid| is_alive(pid))).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crashed_server_left_behind_ends_too() {
    let server = server(&[]);
    let tools = tools(&server).await;
    let pids = call_tool(&tools["s__children"], json!({})).await.unwrap();
    failed(call_tool(&tools["s__crash"], json!({})).await);
    let child = pids.split(' ').nth(1).unwrap();
    until("the child has ended", || !is_alive(child)).await;
}
