//! Where a row of text ends: by words, by display width, never inside a grapheme that fits.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::plain::plain_len;

/// How one row was cut from its line, in bytes from the row's first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where what is shown ends.
    pub(super) end: usize,
    /// Where the next row begins; white space between the two is swallowed.
    pub(super) next: usize,
}

/// Cuts one row of at most `width` columns off the front of `line`, which holds no line feed: at white space or beside
/// a wide character, else at the last grapheme that fits. Takes at least one character of a `line` that has one.
pub(super) fn by_words(line: &str, width: usize) -> Cut {
    plain_by_words(line, width).unwrap_or_else(|| any_by_words(line, width))
}

/// [`by_words`] where the row and the character after it are plain ASCII, which is one column each: without looking at
/// every character, as long texts want it. None where it is something else.
fn plain_by_words(line: &str, width: usize) -> Option<Cut> {
    let bytes = line.as_bytes();
    let over = bytes.iter().skip(width).position(|&byte| byte != b' ');
    let Some(over) = over.map(|at| at + width) else {
        return is_plain(bytes).then(|| Cut {
            end: words_end(bytes),
            next: bytes.len(),
        });
    };
    // The last character that counts, and the one after it, which could join it.
    if over == 0 || !is_plain(&bytes[..bytes.len().min(over + 2)]) {
        return None;
    }
    let row = &bytes[..over];
    let space = row.iter().rposition(|&byte| byte == b' ');
    let cut = space.map(|at| (words_end(&row[..at]), at + 1));
    Some(match cut {
        Some((end, next)) if end > 0 => Cut { end, next },
        _ => Cut {
            end: if words_end(row) > 0 { over } else { 0 },
            next: over,
        },
    })
}

/// Where the spaces at the end begin.
fn words_end(text: &[u8]) -> usize {
    let last = text.iter().rposition(|&byte| byte != b' ');
    last.map_or(0, |at| at + 1)
}

/// Whether all of it is ASCII that takes one column.
fn is_plain(bytes: &[u8]) -> bool {
    plain_len(bytes) == bytes.len()
}

fn any_by_words(line: &str, width: usize) -> Cut {
    let mut at = 0;
    let mut column = 0;
    // The end of the last word or wide character that fits, and where the row after it would begin.
    let mut place: Option<Cut> = None;
    // Where the last word ends, as far as it has come.
    let mut shown = 0;
    let mut before: Option<Grapheme> = None;
    while let Some(grapheme) = first_grapheme(&line[at..]) {
        let after = at + grapheme.len;
        if grapheme.space {
            place = Some(Cut {
                end: shown,
                next: after,
            });
        } else {
            if before.is_some_and(|before| may_part(before, grapheme)) {
                place = Some(Cut { end: at, next: at });
            }
            if column + grapheme.width > width {
                return match place {
                    Some(cut) if cut.end > 0 => cut,
                    // Nothing but an indent, or one long word.
                    _ if at > 0 => Cut {
                        end: if shown > 0 { at } else { 0 },
                        next: at,
                    },
                    _ => inside_grapheme(&line[..after], width),
                };
            }
            shown = after;
        }
        column += grapheme.width;
        at = after;
        before = Some(grapheme);
    }
    Cut {
        end: shown,
        next: at,
    }
}

/// Cuts one row of at most `width` columns off the front of `line`, white space kept: how code is wrapped.
pub(super) fn hard(line: &str, width: usize) -> Cut {
    let bytes = line.as_bytes();
    if width > 0 && is_plain(&bytes[..bytes.len().min(width + 1)]) {
        let end = bytes.len().min(width);
        return Cut { end, next: end };
    }
    any_hard(line, width)
}

fn any_hard(line: &str, width: usize) -> Cut {
    let mut at = 0;
    let mut column = 0;
    while let Some(grapheme) = first_grapheme(&line[at..]) {
        if column + grapheme.width > width {
            return if at > 0 {
                Cut { end: at, next: at }
            } else {
                inside_grapheme(&line[..grapheme.len], width)
            };
        }
        column += grapheme.width;
        at += grapheme.len;
    }
    Cut { end: at, next: at }
}

/// A cluster wider than a whole row is cut between its characters.
fn inside_grapheme(cluster: &str, width: usize) -> Cut {
    let mut end = 0;
    for c in cluster.chars() {
        let next = end + c.len_utf8();
        if end > 0 && cluster[..next].width() > width {
            break;
        }
        end = next;
    }
    Cut { end, next: end }
}

#[derive(Clone, Copy)]
struct Grapheme {
    len: usize,
    width: usize,
    first: char,
    /// White space at which a row may end.
    space: bool,
}

fn first_grapheme(text: &str) -> Option<Grapheme> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let (len, width) = if stands_alone(first) && chars.next().is_none_or(stands_alone) {
        let width = match first {
            ' '..='~' => 1,
            _ if is_ideograph(first) => 2,
            _ => first.width().unwrap_or(0),
        };
        (first.len_utf8(), width)
    } else {
        let cluster = text.graphemes(true).next()?;
        (cluster.len(), cluster.width())
    };
    Some(Grapheme {
        len,
        width,
        first,
        space: len == first.len_utf8() && is_space(first),
    })
}

/// Whether a character is one by itself beside others like it, as most are in most texts: letters of Europe, of Chinese and
/// Japanese, syllables of Korean. What may join another one is looked at closely.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\0'..='\u{7f}'
        | '\u{a1}'..='\u{a8}'
        | '\u{ab}'..='\u{ac}'
        | '\u{b0}'..='\u{2ff}'
        | '\u{370}'..='\u{482}'
        | '\u{48a}'..='\u{52f}'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30ff}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff01}'..='\u{ff5e}'
    )
}

/// No-break spaces are none.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}')
}

/// Whether a row may end between two graphemes: beside a wide one, except where the punctuation of Chinese and
/// Japanese forbids it.
fn may_part(before: Grapheme, after: Grapheme) -> bool {
    const NEVER_FIRST: &str =
        "、。，．・：；？！゛゜ー’”）〕］｝〉》」』】々ぁぃぅぇぉっゃゅょァィゥェォッャュョ";
    const NEVER_LAST: &str = "‘“（〔［｛〈《「『【";
    // Most characters are none of these, and need no search for them.
    let among = |set: &str, c: char| !is_ideograph(c) && set.contains(c);
    !before.space
        && (before.width > 1 || after.width > 1)
        && !among(NEVER_FIRST, after.first)
        && !among(NEVER_LAST, before.first)
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_text_is_cut_as_any_other(
            line in prop_oneof!["[a-c ]{0,40}", "[a ]{0,12}[a \u{301}\u{65e5}\t]{0,4}[a ]{0,12}"],
            text in "[\\x00-\\x7f\u{80}-\u{530}\u{3000}-\u{3100}\u{4e00}-\u{4e10}\u{ac00}-\u{ac10}\u{1100}-\u{11ff}\u{fe0f}\u{200d}\u{1f468}\u{1f1e6}-\u{1f1ea}]{0,12}",
            width in 0usize..14,
        ) {
            prop_assert_eq!(by_words(&line, width), any_by_words(&line, width));
            prop_assert_eq!(hard(&line, width), any_hard(&line, width));
            let mut rest = text.as_str();
            for cluster in text.graphemes(true) {
                let found = first_grapheme(rest).unwrap();
                // A line end never stands in a line.
                prop_assert!(found.len == cluster.len() || cluster == "\r\n", "{:?} {:?}", text, cluster);
                prop_assert!(found.width == cluster.width() || cluster.contains(char::is_control), "{:?} {:?}", text, cluster);
                rest = &rest[cluster.len()..];
            }
        }
    }
}
