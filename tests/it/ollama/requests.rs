//! What is asked of the server.

use planwright::domain::chat::ReplyFormat;
use planwright::model::ChatModel;
use planwright::model::ollama::{OllamaOptions, OllamaServer};
use serde_json::{Value, json};

use super::{client, hear, options, request};
use crate::support::{FakeModel, FakeOllama, Reply, Script};

/// The body of the only chat request.
fn body(server: &FakeOllama) -> Value {
    let chats = server.chat_requests();
    assert_eq!(chats.len(), 1);
    chats[0].body.clone()
}

#[tokio::test]
async fn every_request_says_all_that_the_server_needs() {
    let server = FakeOllama::start(Script::always(Reply::text("x")));
    hear(&client(&server), request("hello")).await;
    let expected = json!({
        "model": "tiny:1b",
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "hello"}],
        "stream": true,
        "keep_alive": "10m",
        "options": {"temperature": 0.2, "num_ctx": 4096, "num_predict": 256, "seed": 42},
        "truncate": false,
        "shift": false,
    });
    assert_eq!(body(&server), expected);
    let seen = server.requests();
    let agent = seen.last().unwrap().header("user-agent").unwrap();
    assert_eq!(agent, concat!("planwright/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn the_shape_of_the_reply_is_asked_for() {
    let schema = json!({"type": "object", "properties": {"z": {}, "a": {}}, "required": ["z"]});
    for (format, expected) in [
        (ReplyFormat::Json, json!("json")),
        (ReplyFormat::Schema(schema.clone()), schema),
    ] {
        let server = FakeOllama::start(Script::always(Reply::text("{}")));
        let request = planwright::domain::chat::ChatRequest {
            format,
            ..request("hello")
        };
        hear(&client(&server), request).await;
        assert_eq!(body(&server)["format"].to_string(), expected.to_string());
    }
}

#[tokio::test]
async fn for_ever_is_a_number() {
    let server = FakeOllama::start(Script::always(Reply::text("x")));
    let client = OllamaServer::new(OllamaOptions {
        keep_alive: "-1".to_owned(),
        ..options(&server.url())
    });
    hear(&client.unwrap(), request("hello")).await;
    assert_eq!(body(&server)["keep_alive"], json!(-1));
}

#[tokio::test]
async fn thinking_is_switched_where_the_model_can() {
    for (capability, family, think, expected) in [
        ("tools", "llama", true, None),
        ("thinking", "qwen3", false, Some(json!(false))),
        ("thinking", "qwen3", true, Some(json!(true))),
        ("thinking", "gptoss", false, Some(json!("low"))),
        ("thinking", "gptoss", true, Some(json!("medium"))),
    ] {
        let model = FakeModel::new("tiny:1b").family(family);
        let model = model.capabilities(["completion", capability]);
        let server = FakeOllama::start(Script::always(Reply::text("x")).models([model]));
        let client = client(&server);
        for _ in 0..2 {
            let request = planwright::domain::chat::ChatRequest {
                think,
                ..request("hello")
            };
            assert_eq!(hear(&client, request).await.content, "x");
        }
        let chats = server.chat_requests();
        assert_eq!(chats[0].body.get("think"), expected.as_ref());
        assert_eq!(chats[1].body.get("think"), expected.as_ref());
        let shown = server.requests();
        let shown = shown.iter().filter(|request| request.path == "/api/show");
        assert_eq!(shown.count(), 1, "asked once");
    }
}

#[tokio::test]
async fn a_server_that_refuses_to_think_is_asked_without() {
    let refusal = Reply::status(400, "\"tiny:1b\" does not support thinking");
    let model = FakeModel::new("tiny:1b").capabilities(["completion", "thinking"]);
    let script = Script::always(Reply::text("plain"))
        .models([model])
        .next(refusal);
    let server = FakeOllama::start(script);
    let client = client(&server);
    assert_eq!(hear(&client, request("hello")).await.content, "plain");
    assert_eq!(hear(&client, request("hello")).await.content, "plain");
    let chats = server.chat_requests();
    let said: Vec<bool> = chats
        .iter()
        .map(|chat| chat.body.get("think").is_some())
        .collect();
    assert_eq!(said, [true, false, false]);
}

#[tokio::test]
async fn a_server_that_cannot_describe_is_used_all_the_same() {
    let script = Script::always(Reply::text("x")).admin("/api/show", Reply::status(500, "no"));
    let server = FakeOllama::start(script);
    assert_eq!(hear(&client(&server), request("hello")).await.content, "x");
}

#[tokio::test]
async fn a_path_before_the_api_is_kept() {
    for slash in ["", "/"] {
        let server = FakeOllama::start(Script::always(Reply::text("x")).prefix("/ollama"));
        let client = OllamaServer::new(options(&format!("{}{slash}", server.url()))).unwrap();
        assert_eq!(hear(&client, request("hello")).await.content, "x");
        assert!(client.model("tiny:1b").describe().await.is_ok());
        assert_eq!(client.models().await.unwrap().len(), 1);
        assert!(client.version().await.is_ok());
        assert_eq!(client.url(), server.url());
    }
}
