//! A server over streamable HTTP on loopback, in threads of its own, that answers with JSON or with events and forgets
//! its sessions when it is told to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Json,
    Events,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) verb: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Value,
}

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    session: usize,
    /// What every request is answered with instead, as it goes over the wire.
    instead: Option<String>,
    key: Option<String>,
}

#[derive(Clone)]
pub(super) struct HttpServer {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

impl HttpServer {
    pub(super) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, manner, &state));
            }
        });
        Self { url, state }
    }

    /// Asks for this key from now on.
    pub(super) fn wants_key(&self, key: &str) {
        self.state.lock().unwrap().key = Some(key.to_owned());
    }

    /// Answers everything with these bytes from now on.
    pub(super) fn answers(&self, wire: &str) {
        self.state.lock().unwrap().instead = Some(wire.to_owned());
    }

    /// Forgets its session.
    pub(super) fn forgets(&self) {
        self.state.lock().unwrap().session += 1;
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }

    /// How often a method of the protocol was asked for.
    pub(super) fn count(&self, method: &str) -> usize {
        let heard = self.heard();
        heard
            .iter()
            .filter(|heard| heard.body["method"] == method)
            .count()
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
    let verb = line.split(' ').next()?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Heard {
        verb,
        headers,
        body,
    })
}

fn serve(mut stream: &TcpStream, manner: Manner, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let (instead, session, key) = {
            let mut state = state.lock().unwrap();
            state.heard.push(request.clone());
            (
                state.instead.clone(),
                format!("session-{}", state.session),
                state.key.clone(),
            )
        };
        let body = &request.body;
        let is_first = body["method"] == "initialize";
        let status = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let wire = if let Some(wire) = instead {
            wire
        } else if key.is_some_and(|key| {
            request.headers.get("authorization") != Some(&format!("Bearer {key}"))
        }) {
            status("401 Unauthorized")
        } else if !is_first && request.headers.get("mcp-session-id") != Some(&session) {
            status("404 Not Found")
        } else if request.verb != "POST" {
            status("405 Method Not Allowed")
        } else if body["id"].is_null() {
            status("202 Accepted")
        } else {
            if body["params"]["name"] == "slow" {
                thread::sleep(Duration::from_millis(1500));
            }
            let answer = json!({"jsonrpc": "2.0", "id": body["id"], "result": result(body)});
            answered(manner, &answer, &session)
        };
        if stream.write_all(wire.as_bytes()).is_err() {
            return;
        }
    }
}

fn answered(manner: Manner, answer: &Value, session: &str) -> String {
    let (kind, body) = match manner {
        Manner::Json => ("application/json", answer.to_string()),
        Manner::Events => {
            let note = json!({"jsonrpc": "2.0", "method": "notifications/message",
                "params": {"level": "info", "data": "at work"}});
            let events = format!(": hello\n\nevent: message\ndata: {note}\n\ndata: {answer}\n\n");
            ("text/event-stream; charset=utf-8", events)
        }
    };
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nmcp-session-id: {session}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn result(body: &Value) -> Value {
    let tool = |name| json!({"name": name, "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}});
    match body["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": body["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "web", "version": "2"},
        }),
        "tools/list" => json!({"tools": [tool("echo"), tool("slow")]}),
        _ => {
            json!({"content": [{"type": "text", "text": body["params"]["arguments"].to_string()}]})
        }
    }
}
