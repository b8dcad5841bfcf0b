//! A text being typed: one line or several, by whole characters as a person sees them.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyModifiers};
use tui_textarea::{CursorMove, CursorRenderMode, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;

use super::action::Action;
use crate::domain::sanitize;

mod click;

/// The most that a field of several lines holds, in bytes: wrapping a longer text anew at every key would be felt.
const LIMIT: usize = 128 * 1024;
/// The most that a field of one line holds: more than the longest step.
const LINE_LIMIT: usize = 16 * 1024;

/// Text with a cursor.
pub(super) struct Field {
    area: TextArea<'static>,
    lines: Lines,
}

/// How many lines a field may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Many,
}

impl Field {
    /// A field with this text and the cursor at its end.
    pub(super) fn new(lines: Lines, text: &str) -> Self {
        let mut area = TextArea::default();
        area.set_cursor_render_mode(CursorRenderMode::Hidden);
        area.set_cursor_line_style(ratatui::style::Style::default());
        area.set_undo_coalescing(true);
        if lines == Lines::Many {
            area.set_wrap_mode(WrapMode::Word);
        }
        let mut field = Self { area, lines };
        field.insert(text);
        field
    }

    /// What is typed so far.
    pub(super) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// The widget; the cursor is where it says after it was drawn.
    pub(super) fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// Puts another text in the place of this one. The old one comes back with undo. False, and nothing is changed,
    /// where the new one is too long.
    pub(super) fn replace(&mut self, text: &str) -> bool {
        if self.safe(text).len() >= self.limit() {
            return false;
        }
        self.area.select_all();
        self.area.cut();
        self.area.cancel_selection();
        self.insert(text)
    }

    /// How much it holds at most, in bytes, line breaks included.
    fn limit(&self) -> usize {
        match self.lines {
            Lines::One => LINE_LIMIT,
            Lines::Many => LIMIT,
        }
    }

    /// Untrusted text as it may stand in this field.
    fn safe<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.lines {
            Lines::One => sanitize::line(text),
            Lines::Many => sanitize::block(text),
        }
    }

    /// Puts text in at the cursor, made safe; in a field of one line every line break is a space. False where it was
    /// too long to be taken whole.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let safe = self.safe(text);
        let held: usize = self.area.lines().iter().map(|line| line.len() + 1).sum();
        let room = self.limit().saturating_sub(held);
        let mut end = safe.len().min(room);
        while !safe.is_char_boundary(end) {
            end -= 1;
        }
        if end > 0 {
            self.area.insert_str(&safe[..end]);
        }
        end == safe.len()
    }

    /// Takes a key that the keymap gives no meaning as typing. False where it is none.
    pub(super) fn type_key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> bool {
        match code {
            KeyCode::Char(c) if modifiers.is_empty() => {
                let mut buffer = [0; 4];
                if !sanitize::block(c.encode_utf8(&mut buffer)).is_empty() {
                    self.area.insert_char(c);
                }
                true
            }
            _ => false,
        }
    }

    /// The beginning of a file's name before the cursor, after an `@` that no letter stands before.
    pub(super) fn begun(&self) -> Option<String> {
        let (before, _) = self.around();
        let word = before
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default();
        let begun = word.trim_start_matches(['(', '"', '`', '\'']);
        begun.strip_prefix('@').map(str::to_owned)
    }

    /// Puts a name in the place of its beginning and the `@`; one with spaces in quotes. False where it was too long.
    pub(super) fn complete(&mut self, name: &str) -> bool {
        let Some(begun) = self.begun() else {
            return false;
        };
        for _ in 0..=begun.chars().count() {
            self.area.delete_char();
        }
        if name.contains(char::is_whitespace) {
            self.insert(&format!("\"{name}\""))
        } else {
            self.insert(name)
        }
    }

    /// Carries out an edit. False where nothing changed, not even the cursor.
    pub(super) fn edit(&mut self, action: Action) -> bool {
        let before = self.area.cursor();
        let changed = match action {
            Action::Newline if self.lines == Lines::Many => {
                self.area.insert_newline();
                true
            }
            Action::Left => self.step(false),
            Action::Right => self.step(true),
            Action::Up => self.go(CursorMove::Up),
            Action::Down => self.go(CursorMove::Down),
            Action::WordLeft => self.go(CursorMove::WordBack),
            Action::WordRight => self.go(CursorMove::WordForward),
            Action::LineStart => self.go(CursorMove::Head),
            Action::LineEnd => self.go(CursorMove::End),
            Action::Backspace => self.delete_back(),
            Action::Delete => self.delete_forward(),
            Action::DeleteWordBack => self.area.delete_word(),
            Action::DeleteWordForward => self.area.delete_next_word(),
            Action::DeleteToStart => self.area.delete_line_by_head(),
            Action::DeleteToEnd => self.area.delete_line_by_end(),
            Action::PutBack => self.area.paste(),
            Action::UndoText => self.area.undo(),
            Action::RedoText => self.area.redo(),
            _ => false,
        };
        changed || self.area.cursor() != before
    }

    fn go(&mut self, to: CursorMove) -> bool {
        self.area.move_cursor(to);
        false
    }

    /// The line the cursor is in, split there.
    fn around(&self) -> (String, String) {
        let (row, column) = self.area.cursor();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let at = line
            .char_indices()
            .nth(column)
            .map_or(line.len(), |(at, _)| at);
        (line[..at].to_owned(), line[at..].to_owned())
    }

    /// How many code points the character before or after the cursor has; at an end of the line, the line break.
    fn neighbour(&self, forward: bool) -> usize {
        let (before, after) = self.around();
        let cluster = if forward {
            after.graphemes(true).next()
        } else {
            before.graphemes(true).next_back()
        };
        cluster.map_or(1, |text| text.chars().count())
    }

    fn step(&mut self, forward: bool) -> bool {
        let to = if forward {
            CursorMove::Forward
        } else {
            CursorMove::Back
        };
        for _ in 0..self.neighbour(forward) {
            self.area.move_cursor(to);
        }
        false
    }

    fn delete_back(&mut self) -> bool {
        match self.neighbour(false) {
            1 => self.area.delete_char(),
            several => {
                self.step(false);
                self.delete_without_yank(several)
            }
        }
    }

    fn delete_forward(&mut self) -> bool {
        match self.neighbour(true) {
            1 => self.area.delete_next_char(),
            several => self.delete_without_yank(several),
        }
    }

    fn delete_without_yank(&mut self, chars: usize) -> bool {
        let kept = self.area.yank_text();
        let changed = self.area.delete_str(chars);
        self.area.set_yank_text(kept);
        changed
    }
}
