//! A text to read over everything else.

use crate::tui::text::FlowText;

/// A text, as it is.
pub(in crate::tui) struct Reading {
    pub(in crate::tui) title: String,
    pub(in crate::tui) text: FlowText,
    /// The first row on screen.
    pub(in crate::tui) top: usize,
    /// What is offered to the clipboard instead of the text.
    pub(in crate::tui) copied: Option<String>,
}

impl Reading {
    /// An untrusted text from its beginning; the title is the program's own.
    pub(in crate::tui) fn new(title: String, text: String, color: bool) -> Self {
        Self {
            title,
            text: FlowText::literal(text, color),
            top: 0,
            copied: None,
        }
    }
}
