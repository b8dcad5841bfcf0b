//! Everything the screen is drawn from.

use jiff::Timestamp;

use super::effect::Clock;

/// The state of the terminal interface. Changed by [`super::update::update`] alone.
pub struct App {
    /// The time as the event loop knows it; set before every update and every frame.
    pub now: Timestamp,
}

/// How the interface opens.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// Start this task at once.
    pub task: Option<String>,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// No spinner.
    pub reduced_motion: bool,
    /// Use colours.
    pub color: bool,
    /// Nothing is kept: the store is memory.
    pub in_memory: bool,
}

impl App {
    /// The app as it opens, and nothing asked of the world yet.
    pub fn new(options: &AppOptions, now: Timestamp) -> Self {
        let _ = options;
        Self { now }
    }

    /// How often it wants to be told the time.
    pub fn clock(&self) -> Clock {
        Clock::Still
    }

    /// The title for the terminal window.
    pub fn title(&self) -> String {
        "planwright".to_owned()
    }
}
