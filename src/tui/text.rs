//! Text that grows while it is shown: sanitized at the door, wrapped once, drawn by the window.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use ratatui::text::Line;

use super::markdown::{Kind, Look, OpenFence};
use super::table::{self, Table};
use super::wrap;
use crate::domain::sanitize::{self, BlockStream};

mod draw;
mod held;
mod links;

use held::Held;

/// Append-only text with a light Markdown look.
///
/// Rows are counted from 0 over the whole text wrapped to a width. Wrapping is kept per width and carried on from the
/// last rows when text is added, so a token costs the same in a short text and in a long one; a window costs what it
/// shows.
#[derive(Debug, Clone)]
pub struct FlowText {
    clean: BlockStream,
    text: Held,
    /// The lines of `text`; the last one still grows. Never empty.
    lines: Vec<SourceLine>,
    /// The fence before the last line.
    open: Option<OpenFence>,
    tables: Vec<Table>,
    /// The first of the lines before the last one that may be a table.
    rows_since: Option<usize>,
    color: bool,
    look: Look,
    wrapped: RefCell<Wrapped>,
}

#[derive(Debug, Clone, Copy)]
struct SourceLine {
    start: usize,
    kind: Kind,
}

/// One row on screen.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// What it shows of the text: from where on, and how much.
    start: usize,
    len: u32,
    /// The source line it belongs to.
    line: u32,
    /// Which row of a line of a table it is.
    part: u32,
}

impl Row {
    /// A long text has millions of rows: each is no larger than it has to be.
    fn new(shown: Range<usize>, line: usize, part: usize) -> Self {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            start: shown.start,
            len: small(shown.len()),
            line: small(line),
            part: small(part),
        }
    }

    fn end(&self) -> usize {
        self.start + self.len as usize
    }

    fn line(&self) -> usize {
        self.line as usize
    }
}

/// The rows of the text at one width, as far as it had come when last asked.
#[derive(Debug, Clone, Default)]
struct Wrapped {
    width: u16,
    rows: Vec<Row>,
    /// The last line that has rows, as it was then; it may have grown since.
    last: Option<(usize, Kind)>,
    /// How much of the text was wrapped.
    len: usize,
}

impl Default for FlowText {
    fn default() -> Self {
        Self::new()
    }
}

impl FlowText {
    /// No text, in colour.
    pub fn new() -> Self {
        Self {
            clean: BlockStream::default(),
            text: Held::default(),
            lines: vec![SourceLine {
                start: 0,
                kind: Kind::Prose { hang: 0 },
            }],
            open: None,
            tables: Vec::new(),
            rows_since: None,
            color: true,
            look: Look::default(),
            wrapped: RefCell::default(),
        }
    }

    /// The same with or without colours; without, modifiers alone tell code apart.
    #[must_use]
    pub fn with_color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// An untrusted text that is no prose, read as it is or as the diff that it is.
    pub(super) fn verbatim(text: String, color: bool) -> Self {
        Self::looked(Look::of(&text), text, color)
    }

    /// An untrusted text to read word by word, whatever it looks like.
    pub(super) fn words(text: String, color: bool) -> Self {
        Self::looked(Look::Words, text, color)
    }

    /// An untrusted text that is shown as it is, whatever it looks like.
    pub(super) fn literal(text: String, color: bool) -> Self {
        Self::looked(Look::Verbatim, text, color)
    }

    fn looked(look: Look, text: String, color: bool) -> Self {
        let mut flow = Self {
            look,
            ..Self::new().with_color(color)
        };
        flow.set(text);
        flow
    }

    /// Appends untrusted text. What it says is the same however it is cut into pieces; an escape sequence that is not
    /// complete yet is held back.
    pub fn push(&mut self, piece: &str) {
        let before = self.text.len();
        self.clean.push(piece, self.text.own());
        self.split(before);
    }

    /// Puts untrusted text in the place of all there was.
    pub fn set(&mut self, text: String) {
        let clean = match sanitize::block(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean),
        };
        self.hold(clean.unwrap_or(text).into());
    }

    /// [`FlowText::set`] of a text that others hold, too: it is not copied where it can be shown as it is.
    pub(super) fn share(&mut self, text: &Arc<str>) {
        let held = match sanitize::block(text) {
            Cow::Borrowed(_) => Held::shared(text),
            Cow::Owned(clean) => clean.into(),
        };
        self.hold(held);
    }

    fn hold(&mut self, text: Held) {
        *self = Self {
            text,
            look: self.look,
            ..Self::new().with_color(self.color)
        };
        self.split(0);
        self.finish();
    }

    /// Nothing more will come: a table at the end is whole.
    pub fn finish(&mut self) {
        let last = self.lines.len() - 1;
        let ends_with_row = table::is_row(self.line(last)) && self.is_plain(last);
        if let Some(first) = self.rows_since.take() {
            self.found_table(first, if ends_with_row { last + 1 } else { last });
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The sanitized text as it came, for copying and searching.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many rows it takes at `width` columns; 0 where either is nothing.
    pub fn height(&self, width: u16) -> usize {
        self.wrap(width);
        self.wrapped.borrow().rows.len()
    }

    /// At most `rows` rows from row `top` on, wrapped to `width` columns: fewer at the end, none beyond it.
    pub fn window(&self, width: u16, top: usize, rows: u16) -> Vec<Line<'static>> {
        self.window_marking(width, top, rows, None)
    }

    /// The row that shows this byte of the text; the last one for bytes beyond it.
    pub(super) fn row_of(&self, width: u16, byte: usize) -> usize {
        self.wrap(width);
        let wrapped = self.wrapped.borrow();
        let after = wrapped.rows.partition_point(|row| row.start <= byte);
        after.saturating_sub(1)
    }

    /// The byte of the text that a row begins with; the end of the text for rows beyond it.
    pub(super) fn byte_of(&self, width: u16, row: usize) -> usize {
        self.wrap(width);
        let wrapped = self.wrapped.borrow();
        wrapped
            .rows
            .get(row)
            .map_or(self.text.len(), |row| row.start)
    }

    /// Registers the lines in what was appended from byte `from` on.
    fn split(&mut self, from: usize) {
        let mut at = from;
        while let Some(step) = memchr::memchr(b'\n', &self.text.as_bytes()[at..]) {
            let end = at + step;
            if let Some(last) = self.lines.last_mut() {
                (last.kind, self.open) = self.look.classify(&self.text[last.start..end], self.open);
            }
            at = end + 1;
            self.line_ended(end);
            self.lines.push(SourceLine {
                start: at,
                kind: Kind::Verbatim,
            });
        }
        if let Some(last) = self.lines.last_mut() {
            last.kind = self.look.classify(&self.text[last.start..], self.open).0;
        }
    }

    /// Takes note of the line that ends at byte `end`: a table ends with the first line that is none of it.
    fn line_ended(&mut self, end: usize) {
        let last = self.lines.len() - 1;
        let is_row = self.is_plain(last) && table::is_row(&self.text[self.lines[last].start..end]);
        match self.rows_since {
            None if is_row => self.rows_since = Some(last),
            Some(first) if !is_row => {
                self.rows_since = None;
                self.found_table(first, last);
            }
            _ => {}
        }
    }

    /// Whether a line is prose as yet.
    fn is_plain(&self, line: usize) -> bool {
        matches!(self.lines[line].kind, Kind::Prose { .. })
    }

    /// The lines from `first` up to `end` become a table, if they are one.
    fn found_table(&mut self, first: usize, end: usize) {
        let lines = (first..end).map(|line| self.line(line));
        let Some(table) = Table::new(first, lines) else {
            return;
        };
        let number = u32::try_from(self.tables.len()).unwrap_or(u32::MAX);
        for line in &mut self.lines[first..end] {
            line.kind = Kind::Table(number);
        }
        self.tables.push(table);
        let before = first
            .checked_sub(1)
            .map(|line| (line, self.lines[line].kind));
        let wrapped = self.wrapped.get_mut();
        if wrapped.last.is_some_and(|(line, _)| line >= first) {
            let keep = wrapped.rows.partition_point(|row| row.line() < first);
            wrapped.rows.truncate(keep);
            (wrapped.last, wrapped.len) = (before, 0);
        }
    }

    /// The table that a line of this kind is in, and the widths of its columns; none where there is no room for them.
    fn table(&self, kind: Kind, width: u16) -> Option<(&Table, Vec<usize>)> {
        let Kind::Table(index) = kind else {
            return None;
        };
        let table = self.tables.get(index as usize)?;
        Some((table, table.fit(width)?))
    }

    /// A source line without its line feed.
    fn line(&self, index: usize) -> &str {
        let start = self.lines[index].start;
        let end = self
            .lines
            .get(index + 1)
            .map_or(self.text.len(), |next| next.start - 1);
        &self.text[start..end]
    }

    /// Brings the rows up to date.
    fn wrap(&self, width: u16) {
        let mut wrapped = self.wrapped.borrow_mut();
        if wrapped.width != width {
            *wrapped = Wrapped {
                width,
                ..Wrapped::default()
            };
        }
        if width == 0 || wrapped.len == self.text.len() {
            return;
        }
        let mut index = 0;
        if let Some((line, kind)) = wrapped.last {
            index = line;
            // What was added may join the last grapheme and with it change where the row ends that came before its word:
            // a word that has no place there takes at most two rows and its last grapheme, as no indent takes more than
            // half of them. All rows above stand.
            let first = wrapped.rows.partition_point(|row| row.line() < line);
            let keep = if self.lines[line].kind == kind && !matches!(kind, Kind::Table(_)) {
                wrapped.rows.len().saturating_sub(4).max(first)
            } else {
                first
            };
            let from = wrapped.rows.get(keep).map(|row| row.start);
            wrapped.rows.truncate(keep);
            let start = self.lines[line].start;
            self.wrap_line(
                line,
                from.map_or(0, |from| from - start),
                width,
                &mut wrapped.rows,
            );
            index += 1;
        }
        // As `str::lines` has it: nothing after a last line feed is no line.
        let count = self.lines.len() - usize::from(self.text.ends_with('\n'));
        for line in index..count {
            self.wrap_line(line, 0, width, &mut wrapped.rows);
        }
        wrapped.last = count
            .checked_sub(1)
            .map(|line| (line, self.lines[line].kind));
        wrapped.len = self.text.len();
    }

    /// Appends the rows of one source line from byte `from` of it on; an empty line has one.
    fn wrap_line(&self, index: usize, from: usize, width: u16, rows: &mut Vec<Row>) {
        let SourceLine { start, kind } = self.lines[index];
        let line = self.line(index);
        if let Some((_, widths)) = self.table(kind, width) {
            let end = start + line.len();
            let parts = 0..table::rows(line, &widths);
            rows.extend(parts.map(|part| Row::new(start..end, index, part)));
            return;
        }
        let mut at = from;
        loop {
            let room = usize::from(width) - if at > 0 { hang(kind, width) } else { 0 };
            let cut = match kind {
                Kind::Prose { .. } | Kind::Heading | Kind::Table(_) | Kind::Words => {
                    wrap::by_words(&line[at..], room)
                }
                _ => wrap::hard(&line[at..], room),
            };
            rows.push(Row::new(start + at..start + at + cut.end, index, 0));
            at += cut.next;
            if at >= line.len() {
                return;
            }
        }
    }
}

/// Columns by which the rows after a line's first one are indented: none where that would leave too little room.
fn hang(kind: Kind, width: u16) -> usize {
    match kind {
        Kind::Words if width > 40 => 2,
        Kind::Prose { hang } if u16::from(hang) * 2 <= width.saturating_sub(2) => hang.into(),
        _ => 0,
    }
}
