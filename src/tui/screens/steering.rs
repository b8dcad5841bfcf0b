//! The line below a run at work in which it is steered.

use crate::domain::ids::RunId;
use crate::tui::field::{Field, Lines};

/// What is typed there.
pub(in crate::tui) struct Steering {
    pub(in crate::tui) field: Field,
    /// The run that it is for; none before anything was typed.
    pub(in crate::tui) run: Option<RunId>,
    /// Whether it has the keyboard. It keeps it when the run ends: what somebody types is never taken for commands.
    pub(in crate::tui) typing: bool,
}

impl Default for Steering {
    fn default() -> Self {
        Self {
            field: Field::new(Lines::Many, ""),
            run: None,
            typing: false,
        }
    }
}

impl Steering {
    /// Takes what is typed out of it and gives the keyboard back.
    pub(in crate::tui) fn take(&mut self) -> String {
        let text = self.field.text().trim().to_owned();
        *self = Self::default();
        text
    }
}
