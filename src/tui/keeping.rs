//! What is typed, kept while it is typed: a process that is killed loses a second of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::session::{Drafts, Session};

/// How long after a key what is typed is kept.
const REST: Duration = Duration::from_secs(1);

/// What was kept last, and when it is to be looked at again.
pub(super) struct Keeping {
    /// False where nothing is kept.
    on: bool,
    kept: Drafts,
    due: Option<Instant>,
    /// How many times something was kept.
    count: u64,
    /// The newest of them that is written: what comes late is not.
    written: Arc<Mutex<u64>>,
}

impl Keeping {
    pub(super) fn new(on: bool) -> Self {
        Self {
            on,
            kept: Drafts::default(),
            due: None,
            count: 0,
            written: Arc::default(),
        }
    }

    /// A key was pressed.
    pub(super) fn typed(&mut self, now: Instant) {
        if self.on {
            self.due.get_or_insert(now + REST);
        }
    }

    /// When it is to be looked at again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is to be looked at by now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Keeps this in the background, if it is anything new.
    pub(super) fn keep(&mut self, session: &Session, drafts: Drafts) {
        if let Some(write) = self.write(session, drafts) {
            tokio::task::spawn_blocking(write);
        }
    }

    /// Keeps this before it returns.
    pub(super) fn keep_now(&mut self, session: &Session, drafts: Drafts) {
        if let Some(write) = self.write(session, drafts) {
            write();
        }
    }

    fn write(&mut self, session: &Session, drafts: Drafts) -> Option<impl FnOnce() + use<>> {
        self.due = None;
        if !self.on || drafts == self.kept {
            return None;
        }
        self.kept = drafts.clone();
        self.count += 1;
        let (session, count, written) = (session.clone(), self.count, Arc::clone(&self.written));
        Some(move || {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            if *written < count {
                *written = count;
                if let Err(error) = session.keep_drafts(&drafts) {
                    log::warn!("what is typed cannot be kept: {error}");
                }
            }
        })
    }
}
