//! Numbers, dates and tables for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(super) use crate::domain::bytes::bytes;
pub(super) use crate::domain::timeline::duration;

/// So many of something: `1 step`, `2 steps`.
pub(super) fn plural(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// A number with its thousands parted: `12,340`.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A point in time where the person is: `2026-11-23 01:17`.
pub(super) fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// Cuts a line to this many columns, with `…` where something is missing.
pub(super) fn cut(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in line.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Rows in aligned columns two spaces apart; the last column is cut so that no line is wider than `columns`.
pub(super) fn table(header: &[&str], rows: &[Vec<String>], columns: Option<usize>) -> String {
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let last = header.len().saturating_sub(1);
    let widths: Vec<usize> = (0..last)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let before: usize = widths.iter().map(|width| width + 2).sum();
    let room = columns.map_or(200, |columns| columns.saturating_sub(before).max(10));
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(
                ' ',
                width.saturating_sub(cell.width()) + 2,
            ));
        }
        if let Some(cell) = row.get(last) {
            line.push_str(&cut(cell, room));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{bytes, cut, duration, table};

    #[test]
    fn spans_of_time_use_the_unit_that_fits() {
        let shown = [
            0, 999, 1_000, 4_149, 59_999, 60_000, 125_400, 3_600_000, 7_325_000,
        ]
        .map(duration);
        assert_eq!(
            shown,
            [
                "0 ms", "999 ms", "1.0 s", "4.1 s", "59.9 s", "1 m 00 s", "2 m 05 s", "1 h 00 m",
                "2 h 02 m"
            ]
        );
    }

    #[test]
    fn amounts_use_the_unit_that_fits() {
        let shown = [0, 999, 1_000, 4_700_000_000, u64::MAX].map(bytes);
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 kB", "4.7 GB", "18446744073.7 GB"]
        );
    }

    #[test]
    fn a_cut_line_is_never_wider_than_asked_for() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn columns_stand_below_each_other_and_the_last_is_cut() {
        let rows = [
            vec![
                "日".to_owned(),
                "x".to_owned(),
                "long enough to be cut".to_owned(),
            ],
            vec!["abc".to_owned(), String::new(), String::new()],
        ];
        let text = table(&["A", "B", "C"], &rows, Some(20));
        assert_eq!(text, "A    B  C\n日   x  long enough…\nabc\n");
    }
}
