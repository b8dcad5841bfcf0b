//! What the server has seen and done so far, shared between its thread and the test.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::reply::Reply;
use super::script::{FakeModel, Script};
use super::seen::{ChatSeen, Recorded};

/// Numbers that tests wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: usize,
    pub(super) chats: usize,
    /// Replies during which the client went away.
    pub(super) cancelled: usize,
    /// Replies that were sent to their end, also one that is a fault.
    pub(super) served: usize,
}

/// Everything behind one lock; it is never held across an await.
pub(super) struct Inner {
    pub(super) script: Script,
    pub(super) requests: Vec<Recorded>,
    pub(super) chats: Vec<ChatSeen>,
    /// Model → the context length that it is loaded with.
    pub(super) loaded: HashMap<String, u64>,
    /// How often a model was loaded anew because its context length changed.
    pub(super) reloads: usize,
    pub(super) chats_at_work: usize,
    pub(super) most_at_work: usize,
    pub(super) connections: usize,
    /// When each chat request was worked on: its place in `chats`, from when, until when.
    pub(super) spans: Vec<(usize, Instant, Instant)>,
}

pub(super) struct Shared {
    inner: Mutex<Inner>,
    counts: watch::Sender<Counts>,
    /// What can be worked on at the same time.
    pub(super) slots: Semaphore,
}

impl Shared {
    pub(super) fn new(script: Script) -> Self {
        Self {
            slots: Semaphore::new(script.slots),
            inner: Mutex::new(Inner {
                script,
                requests: Vec::new(),
                chats: Vec::new(),
                loaded: HashMap::new(),
                reloads: 0,
                chats_at_work: 0,
                most_at_work: 0,
                connections: 0,
                spans: Vec::new(),
            }),
            counts: watch::Sender::new(Counts::default()),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.counts.send_modify(change);
    }

    /// Waits in real time until the numbers are so; says whether they got there.
    pub(super) async fn reach(&self, within: Duration, goal: impl FnMut(&Counts) -> bool) -> bool {
        let mut counts = self.counts.subscribe();
        let reached = counts.wait_for(goal);
        tokio::time::timeout(within, reached).await.is_ok()
    }
}

impl Inner {
    /// Takes a chat request down and finds the reply to it.
    pub(super) fn chat(&mut self, mut seen: ChatSeen) -> (ChatSeen, Reply) {
        let kind = seen.kind();
        seen.nth = self.chats.len();
        seen.nth_of_kind = self.chats.iter().filter(|chat| chat.kind() == kind).count();
        let transcript = seen.transcript();
        let earlier = self.chats.iter().filter(|chat| chat.model == seen.model);
        let shared = earlier.map(|chat| common_prefix(&transcript, &chat.transcript()));
        seen.shared_prefix = shared.max().unwrap_or(0);
        self.chats.push(seen.clone());
        let context = seen.num_ctx.unwrap_or(4096);
        let before = self.loaded.insert(seen.model.clone(), context);
        if before.is_some_and(|before| before != context) {
            self.reloads += 1;
        }
        let reply = self.script.reply(&seen);
        (seen, reply)
    }

    pub(super) fn install(&mut self, name: &str) {
        if self.script.model(name).is_none() {
            self.script.models.push(FakeModel::new(name));
        }
    }
}

/// In characters.
fn common_prefix(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs.take_while(|(a, b)| a == b).count()
}

#[test]
fn a_shared_prefix_is_counted_in_characters() {
    assert_eq!(common_prefix("日本x", "日本y"), 2);
    assert_eq!(common_prefix("", "a"), 0);
}
