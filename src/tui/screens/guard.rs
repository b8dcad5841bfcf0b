//! What comes up by itself under the hands of somebody who types for something else.

use jiff::{SignedDuration, Timestamp};

/// How long it must have been on screen, without a key pressed, before keys may decide about it.
const PAUSE: SignedDuration = SignedDuration::from_millis(400);

/// Since when a person can have read it.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::tui) struct Guard {
    /// When it was first drawn as it is now, or when a key was pressed too soon; none before it was drawn.
    since: Option<Timestamp>,
    /// The person brought it into view: keys pressed now are meant for it.
    expected: bool,
}

impl Guard {
    /// It was drawn.
    pub(in crate::tui) fn drawn(&mut self, now: Timestamp) {
        self.since.get_or_insert(now);
    }

    /// A key was pressed: whoever typed on when it came up has not read it yet.
    pub(in crate::tui) fn typed(&mut self, now: Timestamp) {
        if self.since.is_some() && self.is_sudden(now) {
            self.since = Some(now);
        }
    }

    /// What lay over it is gone, or its screen was opened: it must be drawn anew before anything is decided about it.
    pub(in crate::tui) fn uncovered(&mut self) {
        (self.since, self.expected) = (None, true);
    }

    /// Whether it can have been read, so that keys may decide about it.
    pub(in crate::tui) fn is_read(&self, now: Timestamp) -> bool {
        self.since
            .is_some_and(|since| now.duration_since(since) >= PAUSE)
    }

    /// Whether it came up by itself and cannot have been read.
    pub(in crate::tui) fn is_sudden(&self, now: Timestamp) -> bool {
        !self.expected && !self.is_read(now)
    }
}
