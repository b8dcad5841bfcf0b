//! Everything that can go wrong in a call: what was cut off is never an answer, and every error says what it is.

use std::time::Duration;

use planwright::domain::chat::ReplyFormat;
use planwright::model::openai::OpenAiServer;
use planwright::model::{ChatModel, ModelError, Phase};
use serde_json::json;

use super::{Heard, access, hear, hear_from, options, request, server};
use crate::support::openai::{Answer, FakeOpenAi, delta, deltas, finish};

#[track_caller]
fn interrupted(heard: &Heard) {
    let cut = matches!(heard.error, Some(ModelError::Interrupted { .. }));
    assert!(cut && heard.done.is_none(), "{heard:?}");
}

#[tokio::test]
async fn a_stream_that_ends_early_is_no_answer_wherever_it_ends() {
    let mut events = deltas("content", "Grüße aus 日本.");
    events.push(finish("stop"));
    let whole = Answer::events(&events);
    let last = whole.len() - format!("data: {}\n\n", finish("stop")).len();
    for at in (0..=last + 20).step_by(7) {
        interrupted(&hear(whole.clone().cut_at(at)).await);
        interrupted(&hear(whole.clone().early_at(at)).await);
    }
    let unfinished = Answer::events(&deltas("content", "Half an ans")).then("data: [DONE]\n\n");
    interrupted(&hear(unfinished).await);
}

#[tokio::test]
async fn an_error_in_mid_stream_is_told_in_the_servers_words() {
    let begun = Answer::events(&deltas("content", "Half"));
    for said in [
        "data: {\"error\": {\"message\": \"out of memory\", \"code\": 500}}\n\n",
        "data: {\"error\": \"out of memory\"}\n\n",
        "event: error\ndata: {\"message\": \"out of memory\"}\n\n",
        "error: {\"code\": 500, \"message\": \"out of memory\"}\n\n",
        "data: {\"object\": \"error\", \"message\": \"out of memory\"}\n\n",
    ] {
        let heard = hear(begun.clone().then(said).then("data: [DONE]\n\n")).await;
        let expected = ModelError::Reported {
            message: "out of memory".to_owned(),
        };
        assert_eq!(
            (heard.content.as_str(), heard.error),
            ("Half", Some(expected)),
            "{said}"
        );
    }
    let filtered = [&deltas("content", "Half")[..], &[finish("content_filter")]].concat();
    let heard = hear(Answer::events(&filtered)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Malformed { .. })),
        "{heard:?}"
    );
    let heard = hear(begun.then("data: {nonsense\n\n")).await;
    assert!(
        matches!(heard.error, Some(ModelError::Malformed { .. })),
        "{heard:?}"
    );
}

#[tokio::test]
async fn refusals_carry_their_status() {
    let busy = Answer::status(429, "slow down").header("Retry-After", "7");
    let heard = hear(busy).await;
    let expected = ModelError::Status {
        status: 429,
        message: "slow down".to_owned(),
        retry_after: Some(Duration::from_secs(7)),
    };
    assert_eq!(heard.error, Some(expected));
    let heard = hear(Answer::status(500, "\u{1b}[31mboom")).await;
    let error = heard.error.unwrap();
    assert!(
        error.is_transient() && !error.to_string().contains('\u{1b}'),
        "{error}"
    );
    for gone in ["The model `big` does not exist.", "model 'big' not found"] {
        let error = hear(Answer::status(404, gone)).await.error.unwrap();
        assert_eq!(
            error.to_string(),
            "the provider `cluster` has no model `big`"
        );
        assert!(error.is_unusable());
    }
}

#[tokio::test]
async fn a_refused_key_names_where_it_comes_from_and_is_never_shown() {
    let fake = FakeOpenAi::with(json!({"data": []}), Some("sk-right"), |_| {
        Answer::text("ok")
    });
    let wrong = OpenAiServer::new(options(&fake.url()), access(Some("sk-wrong-1234"))).unwrap();
    for error in [
        hear_from(&wrong, request(ReplyFormat::Text))
            .await
            .error
            .unwrap(),
        wrong.model("big").describe().await.unwrap_err(),
    ] {
        assert!(error.is_unusable(), "{error}");
        let all = format!("{error} {error:?} {:?}", error.hint());
        assert!(!all.contains("1234"), "{all}");
        assert!(
            error
                .to_string()
                .contains("it answered 401: Incorrect API key"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("the variable CLUSTER_KEY"));
    }
    let error = server(&fake).model("big").describe().await.unwrap_err();
    assert!(error.hint().unwrap().contains("`api_key_env`"), "{error}");
    assert!(!format!("{wrong:?}").contains("1234"));
}

#[tokio::test]
async fn models_that_are_not_there_and_lists_that_are_not_there_differ() {
    let fake = FakeOpenAi::start(|_| Answer::text("ok"));
    let error = server(&fake).model("small").describe().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the provider `cluster` has no model `small`"
    );
    let base = fake.url().trim_end_matches("/v1").to_owned();
    let astray = OpenAiServer::new(options(&base), access(None)).unwrap();
    let info = astray.model("small").describe().await.unwrap();
    assert!(
        info.can("completion"),
        "a server without a list may still have it"
    );
    let error = hear_from(&astray, request(ReplyFormat::Text))
        .await
        .error
        .unwrap();
    assert!(error.to_string().contains("is `/v1` missing?"), "{error}");
    let url = fake.url();
    drop(fake);
    let away = OpenAiServer::new(options(&url), access(None)).unwrap();
    let error = away.model("big").describe().await.unwrap_err();
    assert!(matches!(error, ModelError::Away { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("[providers.cluster]"));
}

#[tokio::test]
async fn silence_is_bounded_and_comments_do_not_count() {
    let quick = |fake: &FakeOpenAi| {
        let mut options = options(&fake.url());
        options.first_token_timeout = Duration::from_millis(200);
        options.idle_timeout = Duration::from_millis(150);
        OpenAiServer::new(options, access(None)).unwrap()
    };
    let text = || request(ReplyFormat::Text);
    let begun = Answer::events(&deltas("content", "Half")).hang();
    for (answer, phase) in [
        (Answer::raw(": still here\n\n").hang(), Phase::FirstToken),
        (begun, Phase::NextToken),
    ] {
        let fake = FakeOpenAi::start(move |_| answer.clone());
        let heard = hear_from(&quick(&fake), text()).await;
        let silent = matches!(&heard.error, Some(ModelError::Silent { phase: found, .. }) if *found == phase);
        assert!(silent, "{heard:?}");
    }
}

#[tokio::test]
async fn a_model_that_runs_away_is_stopped() {
    let piece = delta(&json!({"content": "x".repeat(1024 * 1024)}));
    let heard = hear(Answer::events(&vec![piece; 5]).every(65_536)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Runaway { .. })),
        "{:?}",
        heard.error
    );
    let blank = FakeOpenAi::start(|_| Answer::text(&format!("{{\"a\":{}", " ".repeat(300))));
    let heard = hear_from(&server(&blank), request(ReplyFormat::Json)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Runaway { .. })),
        "{:?}",
        heard.error
    );
    let flood = FakeOpenAi::start(|_| Answer::raw(vec![b'x'; 17 * 1024 * 1024]).every(1 << 20));
    let heard = hear_from(&server(&flood), request(ReplyFormat::Text)).await;
    assert!(
        matches!(heard.error, Some(ModelError::Malformed { .. })),
        "{:?}",
        heard.error
    );
}

#[tokio::test]
async fn words_that_a_server_refuses_are_left_out_from_then_on() {
    let fake = FakeOpenAi::start(|asked| {
        if asked.body.get("stream_options").is_some() {
            return Answer::status(400, "Unknown field: stream_options");
        }
        if asked.body.get("max_tokens").is_some() {
            return Answer::status(400, "Use 'max_completion_tokens' instead of 'max_tokens'.");
        }
        Answer::text("ok")
    });
    let server = server(&fake);
    for chats in [3, 4] {
        let heard = hear_from(&server, request(ReplyFormat::Text)).await;
        assert_eq!(heard.content, "ok");
        assert_eq!(fake.chats().len(), chats);
    }
    assert_eq!(fake.chats()[3].body["max_completion_tokens"], 100);
}
