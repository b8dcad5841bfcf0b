//! JSON-RPC over lines: one message a line, bounded in length. What is no answer and no request is passed over, but only
//! so much of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::RoleClient;
use rmcp::model::{JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::Mutex;

use super::why::Why;
use super::{MOST_MESSAGE, MOST_UNASKED, Shape};

/// The most requests of a server that wait for an answer; more are passed over.
const MOST_REQUESTS: usize = 16;

/// Standard input and output of a server.
pub(super) struct Lines {
    output: BufReader<ChildStdout>,
    /// The beginning of a line, kept when reading is interrupted.
    line: Vec<u8>,
    input: Arc<Mutex<Option<ChildStdin>>>,
    /// Bytes passed over since the last answer.
    unasked: usize,
    /// Own requests without an answer: whoever answers more often than asked has not answered.
    asked: Arc<AtomicUsize>,
    /// Requests of the server that wait for an answer.
    requests: Arc<AtomicUsize>,
    why: Why,
}

impl Lines {
    pub(super) fn new(input: ChildStdin, output: ChildStdout, why: Why) -> Self {
        Self {
            output: BufReader::with_capacity(64 * 1024, output),
            line: Vec::new(),
            input: Arc::new(Mutex::new(Some(input))),
            unasked: 0,
            asked: Arc::default(),
            requests: Arc::default(),
            why,
        }
    }

    /// Reads on to the end of a line; false at the end of all of them. Nothing is lost where the future is dropped.
    async fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let bytes = self.output.fill_buf().await?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            if self.line.len() + taken > MOST_MESSAGE {
                let most = MOST_MESSAGE / (1024 * 1024);
                return Err(io::Error::other(format!(
                    "it sent a message of more than {most} MiB"
                )));
            }
            self.line.extend_from_slice(&bytes[..taken]);
            self.output.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// What the line says, if anything that matters.
    fn message(&mut self) -> Option<ServerJsonRpcMessage> {
        // Most of a flood is told apart without being read.
        let message = match serde_json::from_slice(&self.line) {
            Ok(Shape { id: Some(_), .. }) => serde_json::from_slice(&self.line).ok(),
            _ => None,
        };
        let length = self.line.len();
        self.line.clear();
        // One long line is no reason to hold its room for ever.
        self.line.shrink_to(64 * 1024);
        match message {
            Some(answer @ (JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_)))
                if one_less(&self.asked) =>
            {
                self.unasked = 0;
                Some(answer)
            }
            Some(request @ JsonRpcMessage::Request(_)) => {
                self.unasked += length;
                let waiting = self.requests.fetch_add(1, Ordering::Relaxed);
                if waiting < MOST_REQUESTS {
                    return Some(request);
                }
                self.requests.fetch_sub(1, Ordering::Relaxed);
                None
            }
            // Notifications, answers to nothing, and noise.
            _ => {
                self.unasked += length;
                None
            }
        }
    }
}

impl Transport<RoleClient> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answers = matches!(item, JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_));
        let (input, requests) = (Arc::clone(&self.input), Arc::clone(&self.requests));
        if matches!(item, JsonRpcMessage::Request(_)) {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
        async move {
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            let sent = match input.lock().await.as_mut() {
                Some(input) => match input.write_all(&line).await {
                    Ok(()) => input.flush().await,
                    failed => failed,
                },
                None => Err(io::ErrorKind::NotConnected.into()),
            };
            if answers {
                requests.fetch_sub(1, Ordering::Relaxed);
            }
            sent
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let found = self.read_line().await;
            let given_up = match found {
                Ok(true) => {
                    if let Some(message) = self.message() {
                        return Some(message);
                    }
                    let most = MOST_UNASKED / (1024 * 1024);
                    (self.unasked > MOST_UNASKED).then(|| {
                        format!("it sent {most} MiB that nobody asked for and no answer among them")
                    })
                }
                Ok(false) => return None,
                Err(error) => Some(error.to_string()),
            };
            if let Some(reason) = given_up {
                self.why.give_up(reason);
                return None;
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.input.lock().await.take();
        Ok(())
    }
}

/// Counts down, if there is anything left to count.
fn one_less(count: &AtomicUsize) -> bool {
    let less = |count: usize| count.checked_sub(1);
    let counted = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    counted.is_ok()
}
