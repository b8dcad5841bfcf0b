//! Text that grows at its end, wrapped once.

use std::cell::RefCell;

use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::sanitize;

/// Append-only text with its wrapping cached.
#[derive(Debug, Default)]
pub struct FlowText {
    text: String,
    cache: RefCell<Option<(usize, Vec<String>)>>,
}

impl FlowText {
    /// No text.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with styles for markup or without.
    #[must_use]
    pub fn with_color(self, _color: bool) -> Self {
        self
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text as it came.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds text at the end.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.cache.take();
    }

    /// Puts another text in its place.
    pub fn set(&mut self, text: String) {
        self.text = text;
        self.cache.take();
    }

    /// How many rows it takes at this width.
    pub fn height(&self, width: u16) -> usize {
        self.with_rows(width, Vec::len)
    }

    /// The rows from `top` on, at most `rows` of them.
    pub fn window(&self, width: u16, top: usize, rows: u16) -> Vec<Line<'static>> {
        self.with_rows(width, |all| {
            all.iter()
                .skip(top)
                .take(usize::from(rows))
                .map(|row| Line::raw(row.clone()))
                .collect()
        })
    }

    fn with_rows<T>(&self, width: u16, read: impl FnOnce(&Vec<String>) -> T) -> T {
        let width = usize::from(width.max(1));
        let mut cache = self.cache.borrow_mut();
        if cache.as_ref().is_none_or(|(known, _)| *known != width) {
            *cache = Some((width, wrap(&sanitize::block(&self.text), width)));
        }
        read(cache.as_ref().map_or(&Vec::new(), |(_, rows)| rows))
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut row = String::new();
        let mut used = 0;
        for word in line.split_word_bounds() {
            if used + word.width() > width && used > 0 {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            for piece in word.graphemes(true) {
                if used + piece.width() > width && used > 0 {
                    rows.push(std::mem::take(&mut row));
                    used = 0;
                }
                row.push_str(piece);
                used += piece.width();
            }
        }
        rows.push(row);
    }
    rows
}
