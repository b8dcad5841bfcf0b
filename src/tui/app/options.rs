//! How the interface opens.

use jiff::tz::TimeZone;

use crate::config::Overrides;
use crate::domain::event::ApprovalPolicy;
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;

/// How the interface opens.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Start this task at once.
    pub task: Option<String>,
    /// How it looks and what it takes of the terminal.
    pub look: Look,
    /// Which key does what.
    pub keymap: Keymap,
    /// Nothing is kept: the store is memory.
    pub in_memory: bool,
    /// When a person is asked about a plan, for runs started here.
    pub approval: ApprovalPolicy,
    /// What the command line sets: it holds over settings that are changed meanwhile.
    pub overrides: Overrides,
    /// Where dates are shown for; the system's own when none.
    pub time_zone: Option<TimeZone>,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            task: None,
            look: Look::default(),
            keymap: Keymap::default(),
            in_memory: false,
            approval: ApprovalPolicy::First,
            overrides: Overrides::default(),
            time_zone: None,
        }
    }
}
