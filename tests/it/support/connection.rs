//! One connection: requests in, bytes out, and an eye on whether the client is still there.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;

use super::reply::Reply;
use super::wire::{Asked, Op};

/// Why a reply was not sent to its end.
pub(super) enum Broken {
    /// The client went away.
    ByClient,
    /// The reply says so.
    ByScript,
}

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Value,
}

pub(super) struct Connection {
    stream: TcpStream,
    /// What was read and not yet used.
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// The next request, or `None` where the client is done.
    pub(super) async fn request(&mut self) -> Option<Request> {
        let head_end = loop {
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end;
            }
            self.read_more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        self.buffer.drain(..head_end + 4);
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().unwrap_or(0));
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        let body: Vec<u8> = self.buffer.drain(..length).collect();
        Some(Request {
            method,
            path,
            headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        })
    }

    async fn read_more(&mut self) -> Option<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    /// Sends the reply. With `head_only` just its status line and headers.
    pub(super) async fn send(
        &mut self,
        reply: &Reply,
        asked: &Asked<'_>,
        head_only: bool,
    ) -> Result<(), Broken> {
        for op in &reply.before_headers {
            self.perform(op, false).await?;
        }
        let chunked = !reply.close_delimited;
        self.write(head(reply, chunked).as_bytes()).await?;
        if head_only {
            return Ok(());
        }
        for op in reply.ops(asked) {
            self.perform(&op, chunked).await?;
        }
        if chunked {
            return self.write(b"0\r\n\r\n").await;
        }
        Err(Broken::ByScript)
    }

    async fn perform(&mut self, op: &Op, chunked: bool) -> Result<(), Broken> {
        match op {
            Op::Write(bytes) => self.write_piece(bytes, chunked).await,
            Op::Pause(time) => self.pause(*time).await,
            Op::Hang => self.pause(Duration::from_secs(3600)).await,
            Op::Reset => {
                // The linger of zero turns the close that follows into a reset.
                let _ = self.stream.set_zero_linger();
                Err(Broken::ByScript)
            }
            Op::Flood(bytes) => loop {
                self.write_piece(bytes, chunked).await?;
            },
        }
    }

    async fn write_piece(&mut self, bytes: &[u8], chunked: bool) -> Result<(), Broken> {
        if !chunked {
            return self.write(bytes).await;
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.write(&chunk).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let (read, mut write) = self.stream.split();
        tokio::select! {
            written = write.write_all(bytes) => written.map_err(|_| Broken::ByClient),
            () = client_gone(read, &mut self.buffer) => Err(Broken::ByClient),
        }
    }

    async fn pause(&mut self, time: Duration) -> Result<(), Broken> {
        let (read, _write) = self.stream.split();
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = client_gone(read, &mut self.buffer) => Err(Broken::ByClient),
        }
    }
}

/// Ends when the client closes its side. What it sends meanwhile is kept for the next request.
async fn client_gone(mut read: ReadHalf<'_>, buffer: &mut Vec<u8>) {
    while let Ok(1..) = read.read_buf(buffer).await {}
}

fn head(reply: &Reply, chunked: bool) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    let mut header = |name: &str, value: &str| {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    };
    header("Content-Type", reply.content_type());
    if chunked {
        header("Transfer-Encoding", "chunked");
    } else {
        header("Connection", "close");
    }
    for (name, value) in &reply.headers {
        header(name, value);
    }
    head.push_str("\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        404 => "Not Found",
        408 => "Request Timeout",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
