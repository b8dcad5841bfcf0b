//! The Ollama adapter against a server that does everything a real one has been seen to do.

use std::time::Duration;

use futures_util::StreamExt;
use planwright::domain::chat::{ChatChunk, ChatRequest, Message, ReplyFormat, Role, Speaker};
use planwright::domain::chat::{StopReason, Usage};
use planwright::model::ollama::{OllamaOptions, OllamaServer};
use planwright::model::{ChatModel, ModelError};

use crate::support::{FakeOllama, Reply, Script};

mod admin;
mod faults;
mod requests;
mod server;
mod streams;

/// Longer than anything here takes, much shorter than a hang.
const PATIENCE: Duration = Duration::from_secs(20);

fn options(url: &str) -> OllamaOptions {
    OllamaOptions {
        base_url: url.to_owned(),
        keep_alive: "10m".to_owned(),
        connect_timeout: Duration::from_secs(5),
        first_token_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(10),
    }
}

fn client(server: &FakeOllama) -> OllamaServer {
    OllamaServer::new(options(&server.url())).unwrap()
}

fn request(text: &str) -> ChatRequest {
    ChatRequest {
        role: Role::Executor,
        messages: vec![
            Message::new(Speaker::System, "rules"),
            Message::new(Speaker::User, text),
        ],
        format: ReplyFormat::Text,
        temperature: 0.2,
        num_ctx: 4096,
        num_predict: 256,
        think: false,
        tools: Vec::new(),
    }
}

/// A reply as a reader sees it.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    content: String,
    thinking: String,
    calls: Vec<planwright::domain::chat::ToolCall>,
    end: Option<Result<(StopReason, Usage), ModelError>>,
}

impl Heard {
    fn error(self) -> ModelError {
        match self.end {
            Some(Err(error)) => error,
            other => panic!("no error but {other:?}"),
        }
    }

    fn usage(&self) -> Usage {
        match &self.end {
            Some(Ok((_, usage))) => *usage,
            other => panic!("not done but {other:?}"),
        }
    }
}

/// Asks and listens to the end. Whatever happens: exactly one end, and nothing after it.
async fn hear(client: &OllamaServer, request: ChatRequest) -> Heard {
    let mut stream = client.model("tiny:1b").stream(request);
    let mut heard = Heard::default();
    let listen = async {
        while let Some(item) = stream.next().await {
            assert_eq!(heard.end, None, "something follows the end: {item:?}");
            match item {
                Ok(ChatChunk::Content(text)) => heard.content += &text,
                Ok(ChatChunk::Thinking(text)) => heard.thinking += &text,
                Ok(ChatChunk::ToolCall(call)) => heard.calls.push(call),
                Ok(ChatChunk::Done(reason, usage)) => heard.end = Some(Ok((reason, usage))),
                Err(error) => heard.end = Some(Err(error)),
            }
        }
    };
    let listened = tokio::time::timeout(PATIENCE, listen).await;
    listened.expect("the reply comes to an end");
    assert!(heard.end.is_some(), "the stream has no end");
    heard
}

/// Starts a server that always gives this reply, and hears it once.
async fn hear_reply(reply: Reply) -> Heard {
    let server = FakeOllama::start(Script::always(reply));
    hear(&client(&server), request("hello")).await
}
