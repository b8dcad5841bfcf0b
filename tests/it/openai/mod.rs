//! Providers: servers that speak OpenAI's chat completions, their keys, and what happens when one cannot be used.

mod faults;
mod keys;
mod mistakes;
mod others;
mod runs;
mod streams;
mod switches;

use std::time::Duration;

use futures_util::StreamExt;
use planwright::domain::chat::{
    ChatChunk, ChatRequest, Message, ReplyFormat, Role, Speaker, StopReason, ToolCall, Usage,
};
use planwright::model::openai::{OpenAiOptions, OpenAiServer};
use planwright::model::{Access, ChatModel, ModelError, Secret};

use crate::support::openai::{Answer, FakeOpenAi};

fn options(url: &str) -> OpenAiOptions {
    OpenAiOptions {
        base_url: url.to_owned(),
        connect_timeout: Duration::from_secs(5),
        first_token_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(20),
        tools: true,
        num_ctx: None,
    }
}

fn access(key: Option<&str>) -> Access {
    Access {
        provider: "cluster".to_owned(),
        key: key.map(|key| Secret::new(key).unwrap()),
        key_place: "the variable CLUSTER_KEY of the environment".to_owned(),
    }
}

fn server(fake: &FakeOpenAi) -> OpenAiServer {
    OpenAiServer::new(options(&fake.url()), access(None)).unwrap()
}

fn request(format: ReplyFormat) -> ChatRequest {
    ChatRequest {
        role: Role::Executor,
        messages: vec![Message::new(Speaker::User, "Say it.")],
        format,
        temperature: 0.3,
        num_ctx: 8192,
        num_predict: 100,
        think: false,
        tools: Vec::new(),
    }
}

/// What came of a call.
#[derive(Debug, Default)]
struct Heard {
    content: String,
    thinking: String,
    tool_calls: Vec<ToolCall>,
    done: Option<(StopReason, Usage)>,
    error: Option<ModelError>,
}

async fn hear_from(server: &OpenAiServer, request: ChatRequest) -> Heard {
    let mut stream = server.model("big").stream(request);
    let mut heard = Heard::default();
    while let Some(chunk) = stream.next().await {
        assert!(
            heard.done.is_none() && heard.error.is_none(),
            "nothing follows the end"
        );
        match chunk {
            Ok(ChatChunk::Content(text)) => heard.content += &text,
            Ok(ChatChunk::Thinking(text)) => heard.thinking += &text,
            Ok(ChatChunk::ToolCall(call)) => heard.tool_calls.push(call),
            Ok(ChatChunk::Done(stop, usage)) => heard.done = Some((stop, usage)),
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

/// What a client hears of this answer.
async fn hear(answer: Answer) -> Heard {
    let fake = FakeOpenAi::start(move |_| answer.clone());
    hear_from(&server(&fake), request(ReplyFormat::Text)).await
}
