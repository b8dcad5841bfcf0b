//! What of the interface is neither a run nor a screen of its own.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::tui::effect::Effect;

/// Stopping or leaving, put off for a moment.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tui) struct Departure {
    pub(in crate::tui) effect: Effect,
    pub(in crate::tui) since: Timestamp,
}

/// What a run is read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Opening {
    /// To be written to this file.
    Export(PathBuf),
    /// To be replayed.
    Replay,
    /// For its task to be run again.
    Rerun,
}

/// What the screen shows under any overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Screen {
    Home,
    /// The run at work here.
    Live,
    /// The run opened to read.
    Opened,
}

/// A sentence for the person, for some seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Message {
    pub(in crate::tui) text: String,
    pub(in crate::tui) is_error: bool,
    pub(in crate::tui) since: Timestamp,
}
