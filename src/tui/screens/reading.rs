//! A text to read over everything else.

use crate::tui::find::{Found, Needle};
use crate::tui::text::FlowText;

/// A text, as it is.
pub(in crate::tui) struct Reading {
    pub(in crate::tui) title: String,
    pub(in crate::tui) text: FlowText,
    /// The first row on screen.
    pub(in crate::tui) top: usize,
    /// The model call that it tells of.
    pub(in crate::tui) call: Option<String>,
    /// What is offered to the clipboard instead of the text.
    pub(in crate::tui) copied: Option<String>,
    /// What is looked for in it.
    pub(in crate::tui) needle: Option<Needle>,
    /// The byte at which it was found last.
    found: Option<usize>,
}

impl Reading {
    /// An untrusted text from its beginning; the title is the program's own.
    pub(in crate::tui) fn new(title: String, text: String, color: bool) -> Self {
        Self {
            title,
            text: FlowText::words(text, color),
            top: 0,
            call: None,
            copied: None,
            needle: None,
            found: None,
        }
    }

    /// From its end.
    #[must_use]
    pub(in crate::tui) fn at_end(mut self) -> Self {
        self.top = usize::MAX;
        self
    }

    /// Looks for these words from the first row on screen on; for none, what was looked for is forgotten.
    pub(in crate::tui) fn look_for(&mut self, words: &str, width: u16) {
        self.needle = Needle::new(words);
        self.found = self.text.byte_of(width, self.top).checked_sub(1);
    }

    /// Goes to the next place where the words stand, or the one before, in a box of this size; says which of how many it
    /// is. None where there is none.
    pub(in crate::tui) fn go_to_match(
        &mut self,
        forward: bool,
        width: u16,
        rows: u16,
    ) -> Option<(usize, usize)> {
        let needle = self.needle.as_ref()?;
        let Found { at, nth, all } = needle.next_in(self.text.text(), self.found, forward)?;
        self.found = Some(at);
        let row = self.text.row_of(width, at);
        self.top = row.saturating_sub(usize::from(rows / 3));
        Some((nth, all))
    }
}
