//! How the interface opens.

use jiff::tz::TimeZone;

use crate::config::Overrides;
use crate::domain::event::ApprovalPolicy;
use crate::tui::announce::Announce;
use crate::tui::keymap::Keymap;
use crate::tui::palette::Colors;

/// How the interface opens.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct AppOptions {
    /// Start this task at once.
    pub task: Option<String>,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// No spinner.
    pub reduced_motion: bool,
    /// Use colours.
    pub color: bool,
    /// Take clicks and the wheel of the mouse.
    pub mouse: bool,
    /// Which key does what.
    pub keymap: Keymap,
    /// What is said beside the screen.
    pub announce: Announce,
    /// The colours of the theme.
    pub colors: Colors,
    /// Instead of them, where the terminal says that its background is light, or dark.
    pub light_or_dark: Option<(Colors, Colors)>,
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
            ascii: false,
            reduced_motion: false,
            color: false,
            mouse: false,
            keymap: Keymap::default(),
            announce: Announce::default(),
            colors: Colors::default(),
            light_or_dark: None,
            in_memory: false,
            approval: ApprovalPolicy::First,
            overrides: Overrides::default(),
            time_zone: None,
        }
    }
}
