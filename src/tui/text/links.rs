//! Addresses in a text: what is shown is where they lead.

use std::ops::Range;

use super::{FlowText, SourceLine, hang};
use crate::tui::markdown::Kind;
use crate::tui::wrap::columns;

/// The longest line that is looked through, and the longest address, in bytes.
const MOST_BYTES: usize = 4096;

/// A part of an address on one row of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct TextLink {
    /// From the first row of the window.
    pub(in crate::tui) row: u16,
    pub(in crate::tui) column: u16,
    pub(in crate::tui) width: u16,
    /// All of it: printable ASCII, `http` or `https`.
    pub(in crate::tui) url: String,
}

impl FlowText {
    /// The addresses in a window of the text, row by row.
    pub(in crate::tui) fn links(&self, width: u16, top: usize, rows: u16) -> Vec<TextLink> {
        self.wrap(width);
        let wrapped = self.wrapped.borrow();
        let mut links = Vec::new();
        for (row, shown) in (0..rows).zip(wrapped.rows.iter().skip(top)) {
            let SourceLine { start, kind } = self.lines[shown.line()];
            let line = self.line(shown.line());
            if matches!(kind, Kind::Table(_)) || line.len() > MOST_BYTES {
                continue;
            }
            let indent = if shown.start > start {
                hang(kind, width)
            } else {
                0
            };
            for url in urls(line) {
                let from = (start + url.start).max(shown.start);
                let to = (start + url.end).min(shown.end());
                if from < to {
                    let before = indent + columns(&self.text[shown.start..from]);
                    links.push(TextLink {
                        row,
                        column: u16::try_from(before).unwrap_or(u16::MAX),
                        width: u16::try_from(to - from).unwrap_or(u16::MAX),
                        url: line[url].to_owned(),
                    });
                }
            }
        }
        links
    }
}

/// The addresses of a line: from `http://` or `https://` to what cannot be part of one, less the marks that end a sentence.
fn urls(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = line[at..].find("http") {
        let start = at + step;
        let rest = &line[start..];
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| rest.starts_with(scheme));
        let joined = line[..start].ends_with(|c: char| c.is_alphanumeric());
        let Some(scheme) = scheme.filter(|_| !joined) else {
            at = start + "http".len();
            continue;
        };
        let end = rest
            .find(|c: char| !c.is_ascii_graphic() || "<>\"`{}|\\^*".contains(c))
            .unwrap_or(rest.len());
        let url = without_marks(&rest[..end]);
        if url.len() > scheme.len()
            && url[scheme.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        {
            found.push(start..start + url.len());
        }
        at = start + end.max(scheme.len());
    }
    found
}

fn without_marks(url: &str) -> &str {
    let mut url = url;
    loop {
        let open = |open: char, close: char| {
            url.ends_with(close) && url.matches(close).count() > url.matches(open).count()
        };
        let ends = url.ends_with(['.', ',', ';', ':', '!', '?', '\'']);
        if !ends && !open('(', ')') && !open('[', ']') {
            return url;
        }
        url = &url[..url.len() - 1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_their_sentence_does() {
        let found = |line: &str| -> Vec<String> {
            urls(line)
                .into_iter()
                .map(|url| line[url].to_owned())
                .collect()
        };
        assert_eq!(
            found("see https://example.org/a_(b)?c=d#e, (http://h:80/x) and [t](https://t.org/)."),
            [
                "https://example.org/a_(b)?c=d#e",
                "http://h:80/x",
                "https://t.org/"
            ]
        );
        assert_eq!(
            found("`https://a.b/c` **https://d.e**"),
            ["https://a.b/c", "https://d.e"]
        );
        for none in [
            "http",
            "https://",
            "https://.",
            "xhttps://a.b",
            "ftp://a.b",
            "http:/a",
        ] {
            assert_eq!(found(none), [""; 0], "{none}");
        }
        assert_eq!(found("https://a.b/漢字"), ["https://a.b/"]);
    }

    #[test]
    fn the_parts_of_a_wrapped_address_lead_to_the_whole() {
        let mut text = FlowText::new();
        text.push("- see https://example.org/long/way for more\n");
        let links = text.links(20, 0, 10);
        assert!(links.len() > 1, "{links:?}");
        assert!(
            links
                .iter()
                .all(|link| link.url == "https://example.org/long/way")
        );
        let rows = text.window(20, 0, 10);
        for link in &links {
            let row = rows[usize::from(link.row)].to_string();
            let (from, to) = (
                usize::from(link.column),
                usize::from(link.column + link.width),
            );
            assert!(link.url.contains(&row[from..to]), "{row:?} {link:?}");
        }
    }
}
