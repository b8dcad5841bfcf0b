//! Replies that are not well: each fault has its own error, at once, and nothing that was cut off passes for an answer.

use std::time::Duration;

use futures_util::StreamExt;
use planwright::domain::chat::ReplyFormat;
use planwright::model::ollama::{OllamaOptions, OllamaServer};
use planwright::model::{ChatModel, ModelError, Phase};
use serde_json::json;

use super::{PATIENCE, client, hear, hear_reply, options, request};
use crate::support::{FakeOllama, Overflow, Reply, Script};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn every_fault_says_what_can_be_done_about_it() {
    for (reply, remedy) in [
        (Reply::status(500, "out of memory"), "too little memory"),
        (Reply::status(429, "slow down"), "max_parallel"),
        (Reply::status(418, "a teapot"), "planwright doctor"),
        (Reply::raw("this is no JSON\n"), "planwright doctor"),
        (Reply::text("some words here").end_after(1), "log"),
        (Reply::text("some words here").error_after(1, "kv"), "log"),
    ] {
        let heard = hear_reply(reply.clone()).await;
        let hint = heard.error().hint().unwrap_or_default();
        assert!(hint.contains(remedy), "{reply:?}: {hint}");
    }
}

#[tokio::test]
async fn an_error_in_mid_stream_is_reported_bounded() {
    let long = format!("kv cache \u{1b}[31mfull{}", "x".repeat(900));
    let heard = hear_reply(Reply::text("some words here").error_after(2, &long)).await;
    assert_eq!(heard.content, "some wor");
    let ModelError::Reported { message } = heard.error() else {
        panic!("another error");
    };
    assert!(message.starts_with("kv cache fullxxx"), "{message}");
    assert!(message.chars().count() <= 501);
}

#[tokio::test]
async fn a_stream_without_done_was_cut_off() {
    for tokens in [0, 2] {
        for reply in [
            Reply::text("some words here").end_after(tokens),
            Reply::text("some words here")
                .end_after(tokens)
                .close_delimited(),
            Reply::text("some words here").reset_after(tokens),
        ] {
            let heard = hear_reply(reply.clone()).await;
            // What a reset overtakes may be lost.
            assert!("some wor".starts_with(&heard.content));
            let error = heard.error();
            assert!(
                matches!(error, ModelError::Interrupted { .. }),
                "{error:?} for {reply:?}"
            );
            assert!(error.is_transient());
            assert!(error.to_string().len() < 100, "{error}");
        }
    }
}

#[tokio::test]
async fn a_line_that_breaks_off_was_cut_off() {
    let line = |text: &str, done: bool| {
        format!("{}\n", json!({"message": {"content": text}, "done": done}))
    };
    let body = format!("{}{}", line("café 😀", false), line("", true));
    let whole = body.trim_end().len();
    for length in 0..whole {
        let reply = Reply::raw(&body.as_bytes()[..length]).close_delimited();
        let error = hear_reply(reply).await.error();
        assert!(
            matches!(error, ModelError::Interrupted { .. }),
            "{error:?} after {length} bytes"
        );
    }
    let reply = Reply::raw(&body.as_bytes()[..whole]).close_delimited();
    assert_eq!(hear_reply(reply).await.content, "café 😀");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_headers_was_interrupted() {
    let error = hear_reply(Reply::text("x").reset_before_headers())
        .await
        .error();
    assert!(matches!(error, ModelError::Interrupted { .. }), "{error:?}");
}

#[tokio::test]
async fn http_errors_keep_their_status_and_words() {
    for status in [400, 403, 408, 429, 500, 502, 503, 504] {
        let error = hear_reply(Reply::status(status, "so it is")).await.error();
        let expected = ModelError::Status {
            status,
            message: "so it is".to_owned(),
            retry_after: None,
        };
        assert_eq!(error, expected);
        assert_eq!(error.is_transient(), ![400, 403].contains(&status));
    }
    let page = Reply::raw("<html>\n\n  Bad\tGateway</html>").with_status(502);
    let error = hear_reply(page).await.error().to_string();
    assert!(error.contains("answered 502: <html>"), "{error}");
    let error = hear_reply(Reply::raw("").with_status(503))
        .await
        .error()
        .to_string();
    assert!(error.ends_with("503: Service Unavailable"), "{error}");
}

#[tokio::test]
async fn a_server_may_ask_to_be_left_alone_for_a_while() {
    for (asked, kept) in [(2, 2), (60, 60), (4000, 60)] {
        let error = hear_reply(Reply::status(429, "slow down").retry_after(asked))
            .await
            .error();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(kept)));
    }
    let dated = Reply::status(503, "busy").header("Retry-After", "Fri, 21 Aug 2026 07:28:00 GMT");
    assert_eq!(hear_reply(dated).await.error().retry_after(), None);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let away = Reply::raw("")
        .with_status(302)
        .header("Location", "http://127.0.0.1:9/");
    let error = hear_reply(away).await.error();
    assert!(
        matches!(error, ModelError::Status { status: 302, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_missing_model_is_told_from_a_missing_page() {
    let server = FakeOllama::start(Script::new().models([]));
    let error = hear(&client(&server), request("hello")).await.error();
    let missing = ModelError::Missing {
        model: "tiny:1b".to_owned(),
    };
    assert_eq!(error, missing);
    for words in [
        "model 'tiny:1b' not found",
        "Model does not exist",
        "tiny:1b not found, try pulling it first",
    ] {
        assert_eq!(hear_reply(Reply::status(404, words)).await.error(), missing);
    }
    for page in [
        Reply::raw("404 page not found").with_status(404),
        Reply::status(404, "not found"),
    ] {
        let error = hear_reply(page).await.error();
        assert!(
            matches!(error, ModelError::Status { status: 404, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_malformed() {
    for garbage in ["<html>", "[1]", "\"text\"", "{\"message\":"] {
        let heard = hear_reply(Reply::text("some words").garbage_after(1, garbage)).await;
        assert_eq!(heard.content, "some");
        let error = heard.error();
        assert!(matches!(error, ModelError::Malformed { .. }), "{error:?}");
    }
    let heard = hear_reply(Reply::text("some words").garbage_after(1, b"\xff\xfe".as_slice()));
    assert!(matches!(heard.await.error(), ModelError::Malformed { .. }));
}

#[tokio::test]
async fn a_line_without_end_is_given_up() {
    let server = FakeOllama::start(Script::always(Reply::text("").endless_line_after(0)));
    let error = hear(&client(&server), request("hello")).await.error();
    assert!(error.to_string().contains("16 MiB"), "{error}");
    assert!(server.wait_cancelled(1, PATIENCE).await);
}

#[tokio::test]
async fn a_reply_without_end_is_given_up() {
    let text = "on and on ".repeat(10_000);
    let server = FakeOllama::start(Script::always(Reply::text("").endless_text_after(0, &text)));
    let error = hear(&client(&server), request("hello")).await.error();
    assert!(matches!(error, ModelError::Runaway { .. }), "{error:?}");
    assert!(server.wait_cancelled(1, PATIENCE).await);
}

#[tokio::test]
async fn white_space_without_end_is_given_up_in_json() {
    let script = Script::always(Reply::text("{\"a\": 1,").endless_whitespace_after(9));
    let server = FakeOllama::start(script);
    let mut json = request("hello");
    json.format = ReplyFormat::Json;
    let error = hear(&client(&server), json).await.error();
    assert!(matches!(error, ModelError::Runaway { .. }), "{error:?}");
    assert!(server.wait_cancelled(1, PATIENCE).await);
}

#[tokio::test]
async fn a_prompt_that_the_server_cut_is_no_basis_for_an_answer() {
    let script = Script::always(Reply::text("beside the point")).overflow(Overflow::CutSilently);
    let server = FakeOllama::start(script);
    let error = hear(&client(&server), request(&"word ".repeat(4096)))
        .await
        .error();
    assert!(
        error.to_string().contains("cut the prompt to 2048 tokens"),
        "{error}"
    );
    let modern = FakeOllama::start(Script::always(Reply::text("never said")));
    let error = hear(&client(&modern), request(&"word ".repeat(4096)))
        .await
        .error();
    assert!(
        matches!(error, ModelError::Status { status: 400, .. }),
        "{error:?}"
    );
}

fn impatient(server: &FakeOllama, first_token: Duration, idle: Duration) -> OllamaServer {
    OllamaServer::new(OllamaOptions {
        first_token_timeout: first_token,
        idle_timeout: idle,
        ..options(&server.url())
    })
    .unwrap()
}

#[tokio::test]
async fn silence_is_bounded_before_the_first_token_and_between_tokens() {
    let reply = Reply::text("some words here");
    for (reply, phase) in [
        (reply.clone().hang_before_headers(), Phase::FirstToken),
        (reply.clone().hang_after(0), Phase::FirstToken),
        (
            reply.clone().load_line_first().hang_after(0),
            Phase::FirstToken,
        ),
        (reply.clone().hang_after(2), Phase::NextToken),
    ] {
        let server = FakeOllama::start(Script::always(reply));
        let client = match phase {
            Phase::FirstToken => impatient(&server, SHORT, PATIENCE),
            Phase::NextToken => impatient(&server, PATIENCE, SHORT),
        };
        let error = hear(&client, request("hello")).await.error();
        assert_eq!(
            error,
            ModelError::Silent {
                phase,
                after: SHORT
            }
        );
        assert!(server.wait_cancelled(1, PATIENCE).await);
    }
}

#[tokio::test]
async fn a_slow_reply_is_no_silent_one() {
    let slow = Reply::text("some words that take their time")
        .first_delay(SHORT)
        .token_delay(Duration::from_millis(40));
    let server = FakeOllama::start(Script::always(slow));
    let client = impatient(&server, PATIENCE, SHORT);
    let heard = hear(&client, request("hello")).await;
    assert_eq!(heard.content, "some words that take their time");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_at_once() {
    for reply in [
        Reply::text("some words here").hang_after(1),
        Reply::text("some words here").token_delay(Duration::from_secs(5)),
    ] {
        let server = FakeOllama::start(Script::always(reply));
        let mut stream = client(&server).model("tiny:1b").stream(request("hello"));
        stream.next().await.unwrap().unwrap();
        drop(stream);
        assert!(server.wait_cancelled(1, Duration::from_millis(500)).await);
    }
}

#[tokio::test]
async fn dropping_the_stream_before_the_headers_closes_the_connection_too() {
    let script = Script::always(Reply::text("").hang_before_headers());
    let server = FakeOllama::start(script);
    let mut stream = client(&server).model("tiny:1b").stream(request("hello"));
    tokio::select! {
        _ = stream.next() => panic!("the server says nothing"),
        arrived = server.wait_chats(1, PATIENCE) => assert!(arrived),
    }
    drop(stream);
    assert!(server.wait_cancelled(1, Duration::from_millis(500)).await);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_may_come_back() {
    let server = FakeOllama::start(Script::always(Reply::text("here again")));
    let client = client(&server);
    assert_eq!(hear(&client, request("hello")).await.content, "here again");
    server.go_down();
    // The first call may still meet the connection that the server has just closed.
    let error = hear(&client, request("hello")).await.error();
    assert!(error.is_transient(), "{error:?}");
    let error = hear(&client, request("hello")).await.error();
    let expected = ModelError::Unreachable {
        url: server.url(),
        reason: "connection refused".to_owned(),
    };
    assert_eq!(error, expected);
    assert!(error.is_unusable());
    server.come_back();
    assert_eq!(hear(&client, request("hello")).await.content, "here again");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_found() {
    let client = OllamaServer::new(options("http://user:secret@nowhere.invalid:11434")).unwrap();
    let error = hear(&client, request("hello")).await.error().to_string();
    let expected = "cannot reach the model server at http://nowhere.invalid:11434: name not found";
    assert_eq!(error, expected);
}
