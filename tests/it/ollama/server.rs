//! The test server itself: what other tests rest on.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{FakeOllama, Kind, Reply, Script};

const SOON: Duration = Duration::from_secs(5);

fn chat(now: &str) -> Value {
    json!({
        "model": "tiny:1b", "stream": true, "options": {"num_ctx": 4096, "num_predict": 100},
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": now}],
    })
}

async fn post(server: &FakeOllama, body: &Value) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/chat", server.url());
    client.post(url).json(body).send().await.unwrap()
}

/// The contents of all lines, joined.
async fn said(server: &FakeOllama, body: &Value) -> String {
    let text = post(server, body).await.text().await.unwrap();
    let lines = text.lines().map(serde_json::from_str::<Value>);
    let mut said = String::new();
    for line in lines {
        said += line.unwrap()["message"]["content"].as_str().unwrap();
    }
    said
}

#[tokio::test]
async fn a_happy_script_answers_each_kind_and_keeps_what_it_saw() {
    let server = FakeOllama::start(Script::happy(&["boil water", "brew tea"]));
    let mut plan = chat("# Now: plan\nMake tea");
    plan["format"] = json!({"type": "object", "properties": {"steps": {}}});
    assert!(said(&server, &plan).await.contains("brew tea"));
    let second = said(&server, &chat("# Now: step\nbrew tea")).await;
    assert!(second.starts_with("Result of step 2:"), "{second}");
    let mut decide = chat("# Now: decide");
    decide["format"] =
        json!({"properties": {"decision": {"enum": ["replan", "respond"]}, "steps": {}}});
    assert!(said(&server, &decide).await.contains("\"respond\""));
    assert!(
        said(&server, &chat("# Now: answer"))
            .await
            .contains("answer")
    );
    let kinds = [
        Kind::Planner,
        Kind::Executor,
        Kind::Replanner,
        Kind::Finalizer,
    ];
    assert_eq!(server.kinds(), kinds);
    let (total, seen) = server.prefix_stats();
    assert!(seen >= 3 * "system\nrules\nuser\n# Now: ".len() && seen < total);
    assert_eq!(server.reloads(), 0);
}

#[tokio::test]
async fn one_shot_replies_come_first_and_the_last_of_a_queue_repeats() {
    let script = Script::new()
        .once(Kind::Executor, Reply::status(503, "busy"))
        .step(Reply::text("one"))
        .step(Reply::text("two"));
    let server = FakeOllama::start(script);
    let step = chat("# Now: step");
    assert_eq!(post(&server, &step).await.status(), 503);
    for expected in ["one", "two", "two"] {
        assert_eq!(said(&server, &step).await, expected);
    }
}

#[tokio::test]
async fn a_repair_is_told_from_the_job_that_it_repairs() {
    let script = Script::happy(&["boil water"]).once(Kind::Planner, Reply::text("hm"));
    let server = FakeOllama::start(script);
    let mut plan = chat("# Now: plan\nMake tea");
    assert_eq!(said(&server, &plan).await, "hm");
    let turns = plan["messages"].as_array_mut().unwrap();
    turns.push(json!({"role": "assistant", "content": "hm"}));
    turns.push(json!({"role": "user", "content": "That reply could not be used: no JSON."}));
    assert!(said(&server, &plan).await.contains("boil water"));
    assert_eq!(server.kinds(), [Kind::Planner, Kind::Repair]);
    assert_eq!(server.chat_requests()[1].job(), Kind::Planner);
}

#[tokio::test]
async fn a_client_that_goes_away_is_noticed() {
    let server = FakeOllama::start(Script::always(Reply::text("some words").hang_after(1)));
    let mut stream = post(&server, &chat("hello")).await.bytes_stream();
    stream.next().await.unwrap().unwrap();
    assert_eq!(server.cancelled(), 0);
    drop(stream);
    assert!(server.wait_cancelled(1, SOON).await);
}

#[tokio::test]
async fn a_server_that_is_down_refuses_and_comes_back_on_the_same_port() {
    let server = FakeOllama::start(Script::always(Reply::text("here")));
    let url = server.url();
    server.go_down();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = client.get(&url).send().await.unwrap_err();
    assert!(refused.is_connect());
    server.come_back();
    assert!(client.get(&url).send().await.unwrap().status().is_success());
}
