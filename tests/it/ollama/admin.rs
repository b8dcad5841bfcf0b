//! What the server is and has, and pulling.

use std::time::Duration;

use futures_util::StreamExt;
use planwright::domain::chat::ModelInfo;
use planwright::model::ollama::{OllamaOptions, OllamaServer, PullProgress};
use planwright::model::{ChatModel, ModelError};
use serde_json::json;

use super::{PATIENCE, client, hear, options, request};
use crate::support::{FakeModel, FakeOllama, Reply, Script};

#[tokio::test]
async fn the_version_shows_that_someone_is_there() {
    let server = FakeOllama::start(Script::new().version("0.9.1"));
    assert_eq!(client(&server).version().await.unwrap(), "0.9.1");
    server.go_down();
    let error = client(&server).version().await.unwrap_err();
    assert!(error.to_string().ends_with("connection refused"), "{error}");
}

#[tokio::test]
async fn the_version_is_not_waited_for_long() {
    let hang = Reply::raw("").hang_before_headers();
    let server = FakeOllama::start(Script::new().admin("/api/version", hang));
    let client = OllamaServer::new(OllamaOptions {
        connect_timeout: Duration::from_millis(200),
        ..options(&server.url())
    });
    let error = client.unwrap().version().await.unwrap_err();
    assert!(error.to_string().contains("no answer within"), "{error}");
}

#[tokio::test]
async fn something_that_is_no_model_server_is_told() {
    for page in [
        Reply::raw("<html>welcome</html>"),
        Reply::raw("{}"),
        Reply::raw("[]"),
    ] {
        let script = Script::new().admin("/api/version", page.clone());
        let script = script.admin("/api/tags", page.clone());
        let server = FakeOllama::start(script);
        for error in [
            client(&server).version().await.unwrap_err(),
            client(&server).models().await.unwrap_err(),
        ] {
            assert!(
                error.to_string().ends_with("is this an Ollama server?"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_has_a_longest_length() {
    let huge = format!("{{\"models\":[\"{}\"]}}", "x".repeat(9 * 1024 * 1024));
    let server = FakeOllama::start(Script::new().admin("/api/tags", Reply::raw(huge)));
    let error = client(&server).models().await.unwrap_err();
    assert!(error.to_string().contains("8 MiB"), "{error}");
}

#[tokio::test]
async fn models_come_newest_first_with_what_is_loaded() {
    let script = Script::always(Reply::text("x")).models([
        FakeModel::new("old:3b").modified_at("2025-01-01T00:00:00Z"),
        FakeModel::new("tiny:1b").modified_at("2026-08-01T12:00:00.5+02:00"),
        FakeModel::new("odd:1b").modified_at("yesterday"),
        FakeModel::new("bad\u{1b}[31m").modified_at("2026-01-01T00:00:00Z"),
    ]);
    let server = FakeOllama::start(script);
    let client = client(&server);
    hear(&client, request("hello")).await;
    let models = client.models().await.unwrap();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names[..2], ["tiny:1b", "old:3b"]);
    let tiny = &models[0];
    let loaded = tiny.loaded.as_ref().unwrap();
    assert_eq!(loaded.context, Some(4096));
    assert!(loaded.vram > 0 && loaded.expires_at.is_some());
    assert_eq!(models[1].loaded, None);
    assert_eq!(tiny.size, 1_321_098_329);
    assert_eq!(tiny.parameter_size.as_deref(), Some("1.2B"));
    assert_eq!(tiny.quantization.as_deref(), Some("Q4_K_M"));
    let at = tiny.modified_at.unwrap().to_string();
    assert_eq!(at, "2026-08-01T10:00:00.5Z");
}

#[tokio::test]
async fn a_model_is_taken_out_of_memory() {
    let server = FakeOllama::start(Script::always(Reply::text("x")));
    let client = client(&server);
    hear(&client, request("hello")).await;
    let loaded = async || client.models().await.unwrap()[0].loaded.is_some();
    assert!(loaded().await);
    client.unload("tiny:1b").await.unwrap();
    assert!(!loaded().await);
    let missing = client.unload("other:1b").await.unwrap_err();
    assert!(matches!(missing, ModelError::Missing { .. }), "{missing}");
}

#[tokio::test]
async fn a_server_without_ps_lists_its_models_all_the_same() {
    let page = Reply::raw("404 page not found").with_status(404);
    let server = FakeOllama::start(Script::new().admin("/api/ps", page));
    assert_eq!(client(&server).models().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_model_is_described() {
    let model = FakeModel::new("tiny:1b").context(40_960).family("qwen3");
    let model = model.capabilities(["completion", "tools", "thinking"]);
    let server = FakeOllama::start(Script::new().models([model]));
    let info = client(&server).model("tiny:1b").describe().await.unwrap();
    let expected = ModelInfo {
        capabilities: ["completion", "tools", "thinking"]
            .map(str::to_owned)
            .to_vec(),
        context_length: Some(40_960),
        family: Some("qwen3".to_owned()),
        parameter_size: Some("1.2B".to_owned()),
        quantization: Some("Q4_K_M".to_owned()),
    };
    assert_eq!(info, expected);
    let missing = client(&server).show("none").await.unwrap_err();
    let expected = ModelError::Missing {
        model: "none".to_owned(),
    };
    assert_eq!(missing, expected);
}

#[tokio::test]
async fn a_description_may_say_little() {
    let little = Reply::raw(json!({"model_info": {"x.context_length": 2048}}).to_string());
    let server = FakeOllama::start(Script::new().admin("/api/show", little));
    let info = client(&server).show("tiny:1b").await.unwrap();
    assert_eq!(info.context_length, Some(2048));
    assert!(info.capabilities.is_empty() && info.family.is_none());
}

/// All progress, and how it ended.
async fn pull(server: &FakeOllama, model: &str) -> (Vec<PullProgress>, Option<ModelError>) {
    let mut stream = client(server).pull(model);
    let mut progress = Vec::new();
    let listen = async {
        while let Some(item) = stream.next().await {
            match item {
                Ok(item) => progress.push(item),
                Err(error) => return Some(error),
            }
        }
        None
    };
    let end = tokio::time::timeout(PATIENCE, listen).await;
    let end = end.expect("the pull comes to an end");
    (progress, end)
}

#[tokio::test]
async fn a_pull_shows_its_progress_to_the_end() {
    let server = FakeOllama::start(Script::new());
    let (progress, error) = pull(&server, "new:2b").await;
    assert_eq!(error, None);
    let half = PullProgress {
        status: "pulling 74701a8c35f6".to_owned(),
        total: Some(1000),
        completed: Some(250),
    };
    assert!(progress.contains(&half));
    assert_eq!(progress.last().unwrap().status, "success");
    let models = client(&server).models().await.unwrap();
    assert!(models.iter().any(|model| model.name == "new:2b"));
}

#[tokio::test]
async fn a_pull_whose_end_is_lost_is_judged_by_the_list() {
    let lines = vec![
        json!({"status": "pulling manifest"}),
        json!({"status": "success"}),
    ];
    let reply = Reply::lines(lines).without_last_newline();
    let server = FakeOllama::start(Script::new().admin("/api/pull", reply));
    let (progress, error) = pull(&server, "tiny:1b").await;
    assert_eq!(
        (progress.last().unwrap().status.as_str(), error),
        ("success", None)
    );
    let (_, error) = pull(&server, "absent:1b").await;
    assert!(
        matches!(error, Some(ModelError::Interrupted { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_pull_that_fails_says_why() {
    let said = "pull model manifest: file does not exist";
    let reported = ModelError::Reported {
        message: said.to_owned(),
    };
    for reply in [
        Reply::lines(vec![
            json!({"status": "pulling manifest"}),
            json!({"error": said}),
        ]),
        Reply::status(500, said),
    ] {
        let server = FakeOllama::start(Script::new().admin("/api/pull", reply));
        let (_, error) = pull(&server, "none").await;
        assert_eq!(error.as_ref(), Some(&reported));
    }
    let server = FakeOllama::start(Script::new());
    server.go_down();
    let (_, error) = pull(&server, "none").await;
    assert!(
        matches!(error, Some(ModelError::Unreachable { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn dropping_a_pull_stops_it() {
    let lines = vec![json!({"status": "pulling"}), json!({"status": "pulling"})];
    let reply = Reply::lines(lines).token_delay(Duration::from_secs(60));
    let server = FakeOllama::start(Script::new().admin("/api/pull", reply));
    let mut stream = client(&server).pull("new:2b");
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(server.wait_cancelled(1, Duration::from_millis(500)).await);
}
