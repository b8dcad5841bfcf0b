//! Over streamable HTTP.

use std::time::Duration;

use planwright::domain::chat::Effect;
use planwright::domain::policy::{Permission, Policy};
use planwright::tool::ToolError;
use planwright::tool::mcp::{McpOptions, McpServer, Way};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::http_server::{HttpServer, Manner};
use super::{call, call_tool, list, options, text, tools, until};

fn at(server: &HttpServer, key: Option<&str>) -> McpOptions {
    let key = key.map(|key| {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).unwrap();
        value.set_sensitive(true);
        value
    });
    options(Way::Http {
        url: server.url.clone(),
        authorization: key,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_listed_and_called_with_json_and_with_events() {
    for manner in [Manner::Json, Manner::Events] {
        let web = HttpServer::start(manner);
        let server = McpServer::new(at(&web, None));
        let listing = list(&server).await.unwrap();
        assert_eq!(
            (listing.about.name.as_str(), listing.tools.len()),
            ("web", 2)
        );
        assert_eq!(
            call(&server, "s__echo", text("hi")).await.unwrap(),
            r#"{"text":"hi"}"#
        );
        assert_eq!(web.count("initialize"), 1, "{manner:?}");
        let calls = web.heard();
        let last = calls
            .iter()
            .find(|heard| heard.body["method"] == "tools/call")
            .unwrap();
        assert_eq!(last.headers["mcp-session-id"], "session-0");
        assert!(last.headers.contains_key("mcp-protocol-version"));
        drop((server, listing));
        until("the session is ended", || {
            web.heard().iter().any(|heard| heard.verb == "DELETE")
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_about_the_network_even_where_the_server_is_trusted() {
    let web = HttpServer::start(Manner::Json);
    let server = McpServer::new(McpOptions {
        trust_annotations: true,
        ..at(&web, None)
    });
    let reach = tools(&server).await["s__echo"].reach(&Value::Null);
    assert_eq!((reach.effect, reach.network), (Effect::ReadOnly, true));
    assert_eq!(reach.host.as_deref(), Some("127.0.0.1"));
    assert_eq!(
        Policy::default().decide("s__echo", &reach).0,
        Permission::Ask
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_session_is_made_anew_within_the_call() {
    let web = HttpServer::start(Manner::Events);
    let server = McpServer::new(at(&web, None));
    let tools = tools(&server).await;
    web.forgets();
    assert!(call_tool(&tools["s__echo"], text("x")).await.is_ok());
    assert_eq!(web.count("initialize"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_sent_and_never_told() {
    let web = HttpServer::start(Manner::Json);
    web.wants_key("sk-right");
    assert!(
        list(&McpServer::new(at(&web, Some("sk-right"))))
            .await
            .is_ok()
    );
    let wrong = McpServer::new(at(&web, Some("sk-wrong")));
    let why = list(&wrong).await.err().unwrap();
    assert_eq!(
        why,
        "cannot be used: it answered 401 Unauthorized: it does not take the key"
    );
    assert!(!format!("{:?}", wrong.options()).contains("sk-wrong"));
    let why = list(&McpServer::new(at(&web, None))).await.err().unwrap();
    assert!(
        why.contains("it wants a key; say where it is with `api_key_env`"),
        "{why}"
    );
    web.answers("HTTP/1.1 500 Oh\r\ncontent-length: 20\r\n\r\nno such key sk-wrong");
    let why = list(&wrong).await.err().unwrap();
    assert!(why.ends_with("no such key …"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_mcp_server_is_told_apart() {
    for (wire, expected) in [
        (
            "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "redirects are not followed",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
            "it answered with text/html, not JSON or events",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "it answered with JSON that is no message",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\n\r\n\u{1b}[31mno",
            "it answered 404 Not Found: no",
        ),
    ] {
        let web = HttpServer::start(Manner::Json);
        web.answers(wire);
        let why = list(&McpServer::new(at(&web, None))).await.err().unwrap();
        assert!(why.contains(expected), "{why}");
    }
    let nobody = options(Way::Http {
        url: "http://127.0.0.1:1/mcp".to_owned(),
        authorization: None,
    });
    let why = list(&McpServer::new(nobody)).await.err().unwrap();
    assert!(why.contains("it cannot be reached"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_bounded_in_size_and_time() {
    let web = HttpServer::start(Manner::Json);
    let server = McpServer::new(McpOptions {
        timeout: Duration::from_millis(300),
        ..at(&web, None)
    });
    let tools = tools(&server).await;
    assert_eq!(
        call_tool(&tools["s__slow"], json!({})).await,
        Err(ToolError::TimedOut(Duration::from_millis(300)))
    );
    until("it is told", || web.count("notifications/cancelled") == 1).await;
    for kind in ["application/json", "text/event-stream"] {
        let body = format!("data: {}", "x".repeat(9 * 1024 * 1024));
        web.answers(&format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let patient = McpServer::new(at(&web, None));
        let why = list(&patient).await.err().unwrap();
        assert!(why.contains("more than 8 MiB"), "{kind}: {why}");
    }
}
