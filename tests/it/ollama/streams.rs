//! Replies that are well, however they arrive.

use std::collections::BTreeSet;

use planwright::domain::chat::{StopReason, Usage};
use proptest::prelude::*;
use serde_json::json;

use super::{client, hear, hear_reply, request};
use crate::support::{FakeOllama, Reply, Script, Wire};

const MIXED: &str = "café 😀 日本\n\"quoted\\\" \u{7} end";

#[tokio::test]
async fn text_metrics_and_reason_arrive() {
    let heard = hear_reply(Reply::text(MIXED).eval_count(9).load_ms(1234)).await;
    assert_eq!(heard.content, MIXED);
    let usage = Usage {
        prompt_tokens: Some(3),
        output_tokens: Some(9),
        load_ms: Some(1234),
    };
    assert_eq!(heard.end, Some(Ok((StopReason::Stop, usage))));
}

#[tokio::test]
async fn a_reply_may_be_cut_at_every_byte() {
    let whole = Reply::text(MIXED).token_chars(100);
    let cut = whole.clone();
    let script =
        Script::new().by(move |seen| cut.clone().wire(Wire::At(BTreeSet::from([seen.nth + 1]))));
    let server = FakeOllama::start(script);
    let client = client(&server);
    // More cuts than the body has bytes do no harm.
    for at in 1..420 {
        let heard = hear(&client, request("hello")).await;
        assert_eq!(heard.content, MIXED, "cut at {at}");
    }
    for size in [1, 2, 3, 5] {
        let heard = hear_reply(whole.clone().wire(Wire::Every(size))).await;
        assert_eq!(heard.content, MIXED, "pieces of {size}");
    }
}

#[tokio::test]
async fn lines_may_arrive_all_at_once() {
    let heard = hear_reply(Reply::text(MIXED).token_chars(1).wire(Wire::Whole)).await;
    assert_eq!(heard.content, MIXED);
}

#[tokio::test]
async fn a_very_long_line_of_wide_characters_survives() {
    let long: String = "日本語の長い行。"
        .chars()
        .cycle()
        .take(256 * 1024 / 3)
        .collect();
    let reply = Reply::text(&long).token_chars(usize::MAX).wire(Wire::Whole);
    let heard = hear_reply(reply).await;
    assert!(
        heard.content == long,
        "{} bytes arrived",
        heard.content.len()
    );
    assert!(heard.end.is_some_and(|end| end.is_ok()));
}

#[tokio::test]
async fn the_last_line_needs_no_line_feed() {
    for reply in [Reply::text("all"), Reply::text("all").close_delimited()] {
        let heard = hear_reply(reply.without_last_newline()).await;
        assert_eq!(heard.content, "all");
        assert!(heard.end.is_some_and(|end| end.is_ok()));
    }
}

#[tokio::test]
async fn metrics_may_be_absent() {
    let heard = hear_reply(Reply::text("x").without_metrics()).await;
    assert_eq!(heard.usage(), Usage::default());
}

#[tokio::test]
async fn a_reply_at_its_length_limit_says_so() {
    let heard = hear_reply(Reply::text("cut o").done_reason("length")).await;
    assert!(matches!(heard.end, Some(Ok((StopReason::Length, _)))));
}

#[tokio::test]
async fn a_line_that_only_says_loaded_is_passed_over() {
    let heard = hear_reply(Reply::text("after it").load_line_first()).await;
    assert_eq!(heard.content, "after it");
}

#[tokio::test]
async fn unknown_and_empty_fields_do_no_harm() {
    let reply = Reply::text("fine")
        .thinking("hm")
        .null_content()
        .extra_fields();
    let heard = hear_reply(reply).await;
    assert_eq!((&*heard.content, &*heard.thinking), ("fine", "hm"));
}

#[tokio::test]
async fn lines_of_other_servers_are_understood() {
    let heard = hear_reply(Reply::lines(vec![
        json!({"message": {"role": "robot", "content": "a"}, "error": null}),
        json!({"message": {"content": "b", "tool_calls": []}, "done": false, "eval_count": -1}),
        json!({"done": true, "eval_count": 1.5}),
    ]))
    .await;
    assert_eq!(heard.content, "ab");
    assert_eq!(heard.usage(), Usage::default());
}

#[tokio::test]
async fn thinking_is_told_from_the_answer_in_its_field_and_in_tags() {
    let heard = hear_reply(Reply::text("answer").thinking("hmm 日本")).await;
    assert_eq!((&*heard.content, &*heard.thinking), ("answer", "hmm 日本"));
    for token_chars in [1, 3, 100] {
        let tagged = Reply::text("<think>\nhmm\n</think>\n\nanswer").token_chars(token_chars);
        let heard = hear_reply(tagged).await;
        assert_eq!((&*heard.content, &*heard.thinking), ("answer", "\nhmm\n"));
    }
    let heard = hear_reply(Reply::text("<think>never done").done_reason("length")).await;
    assert_eq!((&*heard.content, &*heard.thinking), ("", "never done"));
    let heard = hear_reply(Reply::text("</think>answer")).await;
    assert_eq!((&*heard.content, &*heard.thinking), ("answer", ""));
}

#[tokio::test]
async fn a_finished_call_leaves_its_connection_for_the_next_one() {
    let server = FakeOllama::start(Script::always(Reply::text("again")));
    let client = client(&server);
    for _ in 0..3 {
        assert_eq!(hear(&client, request("hello")).await.content, "again");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.cancelled(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn chunking_changes_nothing(
        text in "[ -~é日😀\n\"\\\\]{0,80}",
        cuts in proptest::collection::btree_set(1_usize..900, 0..30),
        token_chars in 1_usize..9,
    ) {
        let reply = Reply::text(&text).token_chars(token_chars).wire(Wire::At(cuts));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let heard = runtime.block_on(hear_reply(reply));
        prop_assert!(heard.end.is_some_and(|end| end.is_ok()));
        prop_assert_eq!(heard.content, text);
    }
}
