//! The server's life: start, stop, go down, come back; and what a test may ask it.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::api;
use super::connection::Connection;
use super::observed::Shared;
use super::script::Script;
use super::seen::{ChatSeen, Kind, Recorded};

enum Control {
    Down,
    Up,
}

/// A model server on a loopback port. Dropping it closes everything.
pub(crate) struct FakeOllama {
    shared: Arc<Shared>,
    address: SocketAddr,
    prefix: String,
    control: Option<UnboundedSender<(Control, mpsc::Sender<()>)>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeOllama {
    /// Listens on a free port and serves in a thread of its own, until dropped.
    pub(crate) fn start(script: Script) -> Self {
        let prefix = script.prefix.clone();
        let shared = Arc::new(Shared::new(script));
        let (control, orders) = unbounded_channel();
        let (ready, address) = mpsc::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for the server");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("a bound listener");
                ready.send(address).expect("the test waits for it");
                run(listener, address, served, orders).await;
            });
        });
        Self {
            shared,
            address: address.recv().expect("the server starts"),
            prefix,
            control: Some(control),
            thread: Some(thread),
        }
    }

    /// The base URL, with the script's prefix and without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.clone()
    }

    pub(crate) fn chat_requests(&self) -> Vec<ChatSeen> {
        self.shared.lock().chats.clone()
    }

    /// The kinds of all chat requests, in the order of arrival.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        self.shared
            .lock()
            .chats
            .iter()
            .map(ChatSeen::kind)
            .collect()
    }

    /// Over all chat requests: the characters of their messages, and how many of these the server had seen as the
    /// beginning of an earlier request to the same model.
    pub(crate) fn prefix_stats(&self) -> (usize, usize) {
        let inner = self.shared.lock();
        let chats = inner.chats.iter();
        chats.fold((0, 0), |(total, seen), chat| {
            (
                total + chat.transcript().chars().count(),
                seen + chat.shared_prefix,
            )
        })
    }

    /// How often a model had to be loaded anew because a request asked for another context length.
    pub(crate) fn reloads(&self) -> usize {
        self.shared.lock().reloads
    }

    /// Every chat request that was answered, with how long that took, waiting for a slot left out.
    pub(crate) fn timings(&self) -> Vec<(ChatSeen, Duration)> {
        let inner = self.shared.lock();
        let spans = inner.spans.iter();
        let timing = |&(nth, began, ended): &(usize, Instant, Instant)| {
            (inner.chats[nth].clone(), ended - began)
        };
        spans.map(timing).collect()
    }

    /// The most chat requests that were answered at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.lock().most_at_work
    }

    /// How many connections clients have made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// Replies during which the client closed the connection.
    pub(crate) fn cancelled(&self) -> usize {
        self.shared.counts().cancelled
    }

    /// Waits until that many replies were cancelled; says whether it came to that.
    pub(crate) async fn wait_cancelled(&self, replies: usize, within: Duration) -> bool {
        let goal = self
            .shared
            .reach(within, |counts| counts.cancelled >= replies);
        goal.await
    }

    /// Waits until that many chat requests have arrived; says whether it came to that.
    pub(crate) async fn wait_chats(&self, chats: usize, within: Duration) -> bool {
        let goal = self.shared.reach(within, |counts| counts.chats >= chats);
        goal.await
    }

    /// Waits until that many replies were sent to their end; says whether it came to that.
    pub(crate) async fn wait_served(&self, replies: usize, within: Duration) -> bool {
        let goal = self.shared.reach(within, |counts| counts.served >= replies);
        goal.await
    }

    /// As [`FakeOllama::wait_chats`], for tests without a runtime.
    pub(crate) fn wait_chats_blocking(&self, chats: usize, within: Duration) -> bool {
        block_on(self.wait_chats(chats, within))
    }

    /// As [`FakeOllama::wait_cancelled`], for tests without a runtime.
    pub(crate) fn wait_cancelled_blocking(&self, replies: usize, within: Duration) -> bool {
        block_on(self.wait_cancelled(replies, within))
    }

    /// Closes every connection and refuses new ones; returns when that is so.
    pub(crate) fn go_down(&self) {
        self.order(Control::Down);
    }

    /// Listens again on the same port.
    pub(crate) fn come_back(&self) {
        self.order(Control::Up);
    }

    fn order(&self, order: Control) {
        let (done, wait) = mpsc::channel();
        let control = self.control.as_ref().expect("set until dropped");
        control.send((order, done)).expect("the server runs");
        wait.recv().expect("the server obeys");
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime to wait in");
    runtime.block_on(work)
}

async fn run(
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut orders: UnboundedReceiver<(Control, mpsc::Sender<()>)>,
) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept(listener.as_ref()) => {
                if let Some(connection) = accepted {
                    let shared = Arc::clone(&shared);
                    connections.spawn(async move { api::serve(&shared, connection).await });
                }
            }
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                match order {
                    Control::Down => {
                        listener = None;
                        connections.shutdown().await;
                    }
                    Control::Up => {
                        let bound = TcpListener::bind(address).await;
                        listener = Some(bound.expect("the port is still free"));
                    }
                }
                let _ = done.send(());
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The next connection; waits for ever while the server is down.
async fn accept(listener: Option<&TcpListener>) -> Option<Connection> {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    let (stream, _) = listener.accept().await.ok()?;
    Connection::new(stream).ok()
}
