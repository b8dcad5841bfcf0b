//! What a reply is made of, wherever the network cuts it.

use planwright::domain::chat::{
    Effect, Message, ReplyFormat, Speaker, StopReason, ToolSpec, Usage,
};
use planwright::model::ChatModel;
use serde_json::json;

use super::{access, hear, hear_from, options, request, server};
use crate::support::openai::{Answer, FakeOpenAi, delta, deltas, finish, usage};

const COUNTS: Usage = Usage {
    prompt_tokens: Some(11),
    output_tokens: Some(7),
    load_ms: None,
};

#[tokio::test]
async fn a_character_may_be_cut_anywhere() {
    let text = "Grüße aus 日本 😀, in Stücken.";
    for every in [1, 2, 3, 5, 7, 64, 4096] {
        let heard = hear(Answer::text(text).every(every)).await;
        assert_eq!(heard.content, text, "{every} bytes a chunk: {heard:?}");
        assert_eq!(heard.done, Some((StopReason::Stop, COUNTS)));
    }
}

#[tokio::test]
async fn thinking_is_told_apart_in_three_ways() {
    for field in ["reasoning_content", "reasoning"] {
        let mut events = deltas(field, "Let me see.");
        events.extend(deltas("content", "Done."));
        events.extend([finish("stop"), usage()]);
        let heard = hear(Answer::events(&events).then("data: [DONE]\n\n")).await;
        assert_eq!(
            (heard.content.as_str(), heard.thinking.as_str()),
            ("Done.", "Let me see.")
        );
    }
    let heard = hear(Answer::text("<think>Let me see.</think>\nDone.")).await;
    assert_eq!(
        (heard.content.as_str(), heard.thinking.as_str()),
        ("Done.", "Let me see.")
    );
}

#[tokio::test]
async fn servers_differ_in_how_they_end() {
    let mut without = deltas("content", "Fine.");
    without.push(finish("stop"));
    // No token counts.
    let heard = hear(Answer::events(&without).then("data: [DONE]\n\n")).await;
    assert_eq!(heard.done, Some((StopReason::Stop, Usage::default())));
    // Not even the word at the end.
    let heard = hear(Answer::events(&without)).await;
    assert_eq!(
        (heard.content.as_str(), heard.done.is_some()),
        ("Fine.", true)
    );
    // Token counts with the last word, and then silence.
    let mut last = finish("length");
    last["usage"] = usage()["usage"].clone();
    let heard = hear(Answer::events(&[delta(&json!({"content": "Fi"})), last]).hang()).await;
    assert_eq!(heard.done, Some((StopReason::Length, COUNTS)));
    // One document in place of a stream.
    let whole = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Fine."}, "finish_reason": "stop"}]});
    let heard = hear(Answer::raw(format!("{whole:#}"))).await;
    assert_eq!(
        (heard.content.as_str(), heard.done.is_some()),
        ("Fine.", true)
    );
    // Comments that keep the connection open.
    let kept = Answer::raw(": waiting\n\n").then(&String::from_utf8_lossy(b"data: {\"choices\":[{\"delta\":{\"content\":\"Fine.\"},\"finish_reason\":\"stop\"}]}\r\n\r\n: more\r\n\r\ndata: [DONE]"));
    let heard = hear(kept).await;
    assert_eq!(
        (heard.content.as_str(), heard.done.is_some()),
        ("Fine.", true)
    );
}

#[tokio::test]
async fn tool_calls_are_put_together_from_pieces() {
    let events = [
        delta(&json!({"role": "assistant", "content": null})),
        delta(
            &json!({"tool_calls": [{"index": 0, "id": "a1", "type": "function", "function": {"name": "read_file", "arguments": ""}}]}),
        ),
        delta(&json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"path\": \"日"}}]})),
        delta(
            &json!({"tool_calls": [{"index": 1, "id": "b2", "type": "function", "function": {"name": "count", "arguments": "{}"}}]}),
        ),
        delta(&json!({"tool_calls": [{"index": 0, "function": {"arguments": "本.txt\"}"}}]})),
        finish("tool_calls"),
        usage(),
    ];
    let heard = hear(Answer::events(&events).then("data: [DONE]\n\n").every(3)).await;
    assert_eq!(heard.done, Some((StopReason::Stop, COUNTS)));
    let calls: Vec<_> = heard
        .tool_calls
        .into_iter()
        .map(|call| (call.id, call.name, call.arguments))
        .collect();
    let expected = [
        (
            Some("a1".to_owned()),
            "read_file".to_owned(),
            json!({"path": "日本.txt"}),
        ),
        (Some("b2".to_owned()), "count".to_owned(), json!({})),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn tools_and_their_results_go_over_the_wire() {
    let fake = FakeOpenAi::start(|_| Answer::text("ok"));
    let mut asked = Message::new(Speaker::Assistant, "");
    asked.tool_calls = vec![planwright::domain::chat::ToolCall {
        id: Some("a1".to_owned()),
        name: "count".to_owned(),
        arguments: json!({"text": "x"}),
    }];
    let answer = Message {
        answers: Some(asked.tool_calls[0].clone()),
        ..Message::new(Speaker::Tool, "1")
    };
    let mut request = request(ReplyFormat::Text);
    request.messages.extend([asked, answer]);
    request.tools = vec![ToolSpec {
        name: "count".to_owned(),
        description: "Counts.".to_owned(),
        parameters: json!({"type": "object"}),
        effect: Effect::ReadOnly,
    }];
    hear_from(&server(&fake), request).await;
    let body = &fake.chats()[0].body;
    assert_eq!(body["tools"][0]["function"]["name"], "count");
    assert_eq!(body["messages"][1]["tool_calls"][0]["id"], "a1");
    assert_eq!(body["messages"][2]["role"], "tool");
    assert_eq!(body["messages"][2]["tool_call_id"], "a1");
    assert_eq!(body["stream_options"]["include_usage"], true);
}

#[tokio::test]
async fn what_a_server_says_of_its_models_is_used() {
    let models = json!({"data": [
        {"id": "vllm", "max_model_len": 40_960},
        {"id": "router", "context_length": 131_072},
        {"id": "gguf", "meta": {"n_ctx_train": 4096}},
        {"id": "silent"},
    ]});
    let fake = FakeOpenAi::with(models, None, |_| Answer::text("ok"));
    let server = server(&fake);
    for (name, trained, used) in [
        ("vllm", Some(40_960), Some(32_768)),
        ("router", Some(131_072), Some(32_768)),
        ("gguf", Some(4096), Some(4096)),
        ("silent", None, None),
    ] {
        let model = server.model(name);
        let info = model.describe().await.unwrap();
        assert_eq!(info.context_length, trained, "{name}");
        assert_eq!(model.num_ctx(&info), used, "{name}");
        assert!(info.can("completion") && info.can("tools"), "{name}");
    }
    let mut own = options(&fake.url());
    (own.tools, own.num_ctx) = (false, Some(2048));
    let told = planwright::model::openai::OpenAiServer::new(own, access(None)).unwrap();
    let model = told.model("vllm");
    let info = model.describe().await.unwrap();
    assert!(!info.can("tools"));
    assert_eq!(model.num_ctx(&info), Some(2048));
}
