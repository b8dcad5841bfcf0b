//! A server that speaks OpenAI's chat completions: real HTTP/1.1 and server-sent events over a loopback socket, with the
//! faults that such servers have shown. A thread for each connection, so that a test of the built binary can use it too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::seen::{ChatSeen, Kind};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

impl Asked {
    /// Which job of the pattern it does.
    pub(crate) fn job(&self) -> Kind {
        ChatSeen::parse(&self.body).job()
    }
}

#[derive(Debug, Clone)]
enum Ending {
    Whole,
    /// The connection closes in the middle of the body.
    Cut,
    /// The body ends properly, but too early.
    Early,
    /// Nothing more comes.
    Hang,
}

/// What the server says.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Bytes of one HTTP chunk.
    every: usize,
    ending: Ending,
}

impl Answer {
    /// A body of these bytes.
    pub(crate) fn raw(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            every: usize::MAX,
            ending: Ending::Whole,
        }
    }

    /// These events, each a chunk of the stream.
    pub(crate) fn events(events: &[Value]) -> Self {
        let events = events.iter().map(|event| format!("data: {event}\n\n"));
        Self::raw(events.collect::<String>()).header("Content-Type", "text/event-stream")
    }

    /// A whole reply with this content, four characters a token, and token counts.
    pub(crate) fn text(content: &str) -> Self {
        let mut events = deltas("content", content);
        events.push(finish("stop"));
        events.push(usage());
        Self::events(&events).then("data: [DONE]\n\n")
    }

    /// A whole reply with this JSON.
    #[allow(clippy::needless_pass_by_value, reason = "called with `json!`")]
    pub(crate) fn json(content: Value) -> Self {
        Self::text(&content.to_string())
    }

    /// An HTTP error.
    pub(crate) fn status(status: u16, message: &str) -> Self {
        let error = json!({"error": {"message": message, "type": "error", "code": status}});
        Self {
            status,
            ..Self::raw(error.to_string())
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// These bytes after the others.
    pub(crate) fn then(mut self, bytes: &str) -> Self {
        self.body.extend_from_slice(bytes.as_bytes());
        self
    }

    /// So many bytes in each chunk, wherever that falls.
    pub(crate) fn every(mut self, bytes: usize) -> Self {
        self.every = bytes.max(1);
        self
    }

    /// Only so many bytes of the body, and then the connection closes.
    pub(crate) fn cut_at(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self.ending = Ending::Cut;
        self
    }

    /// Only so many bytes of the body, and then its proper end.
    pub(crate) fn early_at(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self.ending = Ending::Early;
        self
    }

    /// Nothing more after the body.
    pub(crate) fn hang(mut self) -> Self {
        self.ending = Ending::Hang;
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }
}

/// A delta for every four characters of a text.
pub(crate) fn deltas(field: &str, text: &str) -> Vec<Value> {
    let chars: Vec<char> = text.chars().collect();
    let pieces = chars.chunks(4).map(String::from_iter);
    pieces
        .map(|piece| delta(&json!({ field: piece })))
        .collect()
}

/// One delta.
pub(crate) fn delta(delta: &Value) -> Value {
    json!({"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

/// The event that says how the reply ended.
pub(crate) fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// The event with the token counts.
pub(crate) fn usage() -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}})
}

type Handler = Box<dyn Fn(&Asked) -> Answer + Send + Sync>;

struct Shared {
    models: Value,
    key: Option<String>,
    handler: Handler,
    asked: Mutex<Vec<Asked>>,
    closed: AtomicBool,
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let given = asked.authorization.as_deref().unwrap_or("no key");
        let wanted = self.key.as_ref().map(|key| format!("Bearer {key}"));
        if wanted.is_some_and(|wanted| wanted != given) {
            // Some servers repeat what they were sent.
            return Answer::status(401, &format!("Incorrect API key provided: {given}"));
        }
        match asked.path.as_str() {
            "/v1/chat/completions" => (self.handler)(asked),
            "/v1/models" => Answer::raw(self.models.to_string()),
            _ => Answer {
                status: 404,
                ..Answer::raw("{\"detail\":\"Not Found\"}")
            },
        }
    }
}

/// A server on a loopback port. Dropping it refuses further connections and closes the ones there are.
pub(crate) struct FakeOpenAi {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl FakeOpenAi {
    /// Has the model `big` with a context of 8192 tokens, and answers chats by the request.
    pub(crate) fn start(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let models = json!({"object": "list", "data": [{"id": "big", "object": "model", "max_model_len": 8192}]});
        Self::with(models, None, handler)
    }

    /// Lists these models, and wants this key.
    pub(crate) fn with(
        models: Value,
        key: Option<&str>,
        handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let shared = Arc::new(Shared {
            models,
            key: key.map(str::to_owned),
            handler: Box::new(handler),
            asked: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if served.closed.load(Ordering::Relaxed) {
                    return;
                }
                let (served, Ok(stream)) = (Arc::clone(&served), stream) else {
                    continue;
                };
                std::thread::spawn(move || serve(&served, stream));
            }
        });
        Self {
            shared,
            address,
            thread: Some(thread),
        }
    }

    /// A run without trouble, as [`super::Script::happy`].
    pub(crate) fn happy(steps: &'static [&'static str]) -> Self {
        Self::start(move |asked| happy(steps, asked))
    }

    /// Up to where `/chat/completions` follows.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked().clone()
    }

    /// The jobs of all chats, in the order of arrival.
    pub(crate) fn jobs(&self) -> Vec<Kind> {
        self.chats().iter().map(Asked::job).collect()
    }

    pub(crate) fn chats(&self) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.path.ends_with("/chat/completions"));
        asked
    }
}

impl Drop for FakeOpenAi {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        // Wakes the thread up.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a model without trouble says.
pub(crate) fn happy(steps: &[&str], asked: &Asked) -> Answer {
    let seen = ChatSeen::parse(&asked.body);
    match seen.job() {
        Kind::Planner => {
            let steps: Vec<Value> = steps
                .iter()
                .map(|step| json!({"description": step}))
                .collect();
            Answer::json(json!({ "steps": steps }))
        }
        Kind::Executor => {
            let step = steps.iter().position(|step| seen.now().contains(step));
            Answer::text(&format!("Result of step {}.", step.map_or(0, |at| at + 1)))
        }
        Kind::Replanner => Answer::json(json!({"decision": "respond", "reason": "all is there"})),
        _ => Answer::text("The answer of the big model."),
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    let mut buffer = Vec::new();
    while let Some(asked) = request(shared, &mut stream, &mut buffer) {
        shared.asked().push(asked.clone());
        let answer = shared.answer(&asked);
        if send(shared, &mut stream, &answer).is_none() {
            return;
        }
    }
}

/// The next request; none where either side is done.
fn request(shared: &Shared, stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    let mut more = |buffer: &mut Vec<u8>| {
        let mut bytes = [0; 8192];
        loop {
            match stream.read(&mut bytes) {
                _ if shared.closed.load(Ordering::Relaxed) => return None,
                Ok(0) => return None,
                Ok(read) => {
                    buffer.extend_from_slice(&bytes[..read]);
                    return Some(());
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
                Err(_) => return None,
            }
        }
    };
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        more(buffer)?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap_or(0));
    while buffer.len() < length {
        more(buffer)?;
    }
    let body: Vec<u8> = buffer.drain(..length).collect();
    Some(Asked {
        method,
        path,
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

fn send(shared: &Shared, stream: &mut TcpStream, answer: &Answer) -> Option<()> {
    let mut head = format!(
        "HTTP/1.1 {} Said\r\nTransfer-Encoding: chunked\r\n",
        answer.status
    );
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    for piece in answer.body.chunks(answer.every) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).ok()?;
    }
    match answer.ending {
        Ending::Whole | Ending::Early => stream.write_all(b"0\r\n\r\n").ok(),
        Ending::Cut => None,
        Ending::Hang => {
            while !shared.closed.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(10));
            }
            None
        }
    }
}
