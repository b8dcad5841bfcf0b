//! Tables of Markdown: their cells put below each other. What stands there is what the model wrote; only the space between
//! the cells is ours.

use std::ops::Range;

use super::wrap;

/// The longest line that is looked at as one of a table, in bytes.
const MAX_LINE: usize = 4096;
/// The most columns and lines of a table; a larger one stays text.
const MOST: (usize, usize) = (32, 2000);
/// The least width of a column that is made narrower than its cells.
const NARROWEST: usize = 6;

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Middle,
    Right,
}

/// How wide the columns of a table want to be, and how they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Its first line, the one with the headings.
    pub(super) first: usize,
    columns: Vec<(usize, Align)>,
}

/// A piece of a row on screen.
pub(super) enum Piece {
    /// What stands between cells.
    Fill(String),
    /// A part of the line, in bytes.
    Text(Range<usize>),
}

/// Whether a line can be one of a table.
pub(super) fn is_row(line: &str) -> bool {
    let first = line.as_bytes().first();
    // The bytes that white space beyond ASCII begins with.
    let wide = |first: &u8| matches!(first, 0xc2 | 0xe1..=0xe3);
    let indented = first.is_some_and(|first| first.is_ascii_whitespace() || wide(first));
    first == Some(&b'|') && line.len() <= MAX_LINE
        || indented && line.len() <= MAX_LINE && line.trim_start().starts_with('|')
}

impl Table {
    /// The table of these lines, of which `first` is the number of the first one; none where they are none.
    pub(super) fn new<'t>(first: usize, lines: impl Iterator<Item = &'t str>) -> Option<Self> {
        let mut columns: Vec<(usize, Align)> = Vec::new();
        let mut count = 0;
        for (at, line) in lines.enumerate() {
            count = at + 1;
            let cells = cells(line);
            if cells.len() > MOST.0 || count > MOST.1 {
                return None;
            }
            if at == 1 {
                let aligns: Option<Vec<Align>> = cells
                    .iter()
                    .map(|cell| align(&line[cell.clone()]))
                    .collect();
                let aligns = aligns.filter(|aligns| aligns.len() == columns.len())?;
                for (column, align) in columns.iter_mut().zip(aligns) {
                    column.1 = align;
                }
                continue;
            }
            if columns.len() < cells.len() {
                columns.resize(cells.len(), (1, Align::Left));
            }
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.0 = column.0.max(wrap::columns(&line[cell]));
            }
        }
        (count > 1 && !columns.is_empty()).then_some(Self { first, columns })
    }

    /// The width of each column where the table has `width` columns of the screen; none where there is no room for it.
    pub(super) fn fit(&self, width: u16) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(width, _)| *width).collect();
        let room = usize::from(width).checked_sub(3 * widths.len() + 1)?;
        // The widest give way first.
        while widths.iter().sum::<usize>() > room {
            let (at, widest) = widths.iter().copied().enumerate().max_by_key(|(_, w)| *w)?;
            if widest <= NARROWEST {
                return None;
            }
            let over = widths.iter().sum::<usize>() - room;
            let next = widths.iter().copied().filter(|w| *w < widest).max();
            let floor = next.unwrap_or(0).max(NARROWEST);
            let alike = widths.iter().filter(|w| **w == widest).count();
            widths[at] -= over.div_ceil(alike).clamp(1, (widest - floor).max(1));
        }
        Some(widths)
    }

    /// One row on screen of a line, `part` counted from 0; `rule` is whether it is the line below the headings.
    pub(super) fn row(&self, line: &str, widths: &[usize], part: usize, rule: bool) -> Vec<Piece> {
        let mut pieces = vec![Piece::Fill("|".to_owned())];
        let mut cells = cells(line).into_iter();
        for (width, (_, align)) in widths.iter().zip(&self.columns) {
            if rule {
                pieces.push(Piece::Fill(ruled(*width, *align)));
                continue;
            }
            let cell = cells.next().unwrap_or(0..0);
            let cut = cuts(&line[cell.clone()], *width).nth(part);
            let shown = cut.map_or(0..0, |cut| cell.start + cut.start..cell.start + cut.end);
            let free = width.saturating_sub(wrap::columns(&line[shown.clone()]));
            let before = match align {
                Align::Left => 0,
                Align::Middle => free / 2,
                Align::Right => free,
            };
            pieces.push(Piece::Fill(" ".repeat(before + 1)));
            pieces.push(Piece::Text(shown));
            pieces.push(Piece::Fill(format!("{}|", " ".repeat(free - before + 1))));
        }
        pieces
    }
}

/// How many rows on screen a line of a table with columns this wide takes.
pub(super) fn rows(line: &str, widths: &[usize]) -> usize {
    let cells = cells(line).into_iter().zip(widths);
    let rows = cells.map(|(cell, width)| cuts(&line[cell], *width).count());
    rows.max().unwrap_or(1).max(1)
}

/// The rule below the heading of a column, with what ends it.
fn ruled(width: usize, align: Align) -> String {
    let (left, right) = match align {
        Align::Left => ("-", "-"),
        Align::Middle => (":", ":"),
        Align::Right => ("-", ":"),
    };
    format!("{left}{}{right}|", "-".repeat(width))
}

/// The contents of the cells of a line, without the space around them.
fn cells(line: &str) -> Vec<Range<usize>> {
    let inner = line.trim();
    let offset = line.len() - line.trim_start().len();
    let bytes = inner.as_bytes();
    let mut cells = Vec::new();
    let mut start = usize::from(bytes.first() == Some(&b'|'));
    let (mut at, mut code) = (start, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'`' => code = !code,
            // A bar in code is no end of a cell, unless the code is never closed.
            b'|' if !code || !inner[at..].contains('`') => {
                cells.push(trimmed(inner, start..at, offset));
                start = at + 1;
                code = false;
            }
            _ => {}
        }
        at += 1;
    }
    if start < bytes.len() && !inner[start..].trim().is_empty() {
        cells.push(trimmed(inner, start..bytes.len(), offset));
    }
    cells
}

fn trimmed(line: &str, cell: Range<usize>, offset: usize) -> Range<usize> {
    let text = &line[cell.clone()];
    let start = offset + cell.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

/// How a column stands, where the cell is one of a rule: `---`, `:--`, `:-:`, `--:`.
fn align(cell: &str) -> Option<Align> {
    let bare = cell.trim_matches(':');
    if bare.is_empty() || bare.bytes().any(|byte| byte != b'-') {
        return None;
    }
    Some(match (cell.starts_with(':'), cell.ends_with(':')) {
        (true, true) => Align::Middle,
        (false, true) => Align::Right,
        _ => Align::Left,
    })
}

/// The rows of a cell at a width; an empty one has one.
fn cuts(cell: &str, width: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at?;
        let cut = wrap::by_words(&cell[start..], width.max(1));
        at = Some(start + cut.next).filter(|next| *next < cell.len() && cut.next > 0);
        Some(start..start + cut.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        cells(line).into_iter().map(|cell| &line[cell]).collect()
    }

    #[test]
    fn cells_end_at_bars_that_are_no_text() {
        assert_eq!(texts("| a | b |"), ["a", "b"]);
        assert_eq!(texts("  | a |b"), ["a", "b"]);
        assert_eq!(texts("| a \\| b | `c | d` |"), ["a \\| b", "`c | d`"]);
        assert_eq!(texts("| `a | b |"), ["`a", "b"]);
        assert_eq!(texts("|  |"), [""]);
        assert_eq!(texts("|"), Vec::<&str>::new());
        assert_eq!(texts("| a | \\"), ["a", "\\"]);
    }

    #[test]
    fn what_has_no_rule_is_no_table() {
        let table = |lines: &[&str]| Table::new(0, lines.iter().copied());
        assert!(table(&["| a | b |", "|---|---|", "| 1 | 2 |"]).is_some());
        assert!(table(&["| a | b |", "|---|"]).is_none());
        assert!(table(&["| a | b |", "| 1 | 2 |"]).is_none());
        assert!(table(&["| a | b |"]).is_none());
        assert!(table(&[]).is_none());
    }

    #[test]
    fn the_widest_column_gives_way() {
        let lines = [
            "| a | b |",
            "|---|---|",
            "| xxxxx | some words in a long cell |",
        ];
        let table = Table::new(0, lines.into_iter()).unwrap();
        assert_eq!(table.fit(80), Some(vec![5, 25]));
        assert_eq!(table.fit(30), Some(vec![5, 18]));
        assert_eq!(table.fit(18), Some(vec![5, 6]));
        assert_eq!(table.fit(17), None);
        assert_eq!(table.fit(0), None);
    }
}
