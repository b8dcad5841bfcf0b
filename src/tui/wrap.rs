//! Where a row of text ends: by words, by display width, never inside a grapheme that fits.

use unicode_width::UnicodeWidthStr;

use crate::domain::plain::plain_len;

mod grapheme;

use grapheme::{Grapheme, SIGN, Walk, is_free, is_free_sign, may_part};

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
    match whole(line.as_bytes(), width) {
        Some(end) => Cut {
            end,
            next: line.len(),
        },
        None => cut_by_words(line, width, Run::at),
    }
}

/// Where the words of a line end that fits as a whole and needs no close look, as most lines do.
fn whole(line: &[u8], width: usize) -> Option<usize> {
    if line.len() <= width && is_plain(line) {
        return Some(words_end(line));
    }
    let signs = line.len() <= width / 2 * SIGN && line.len().is_multiple_of(SIGN);
    (signs && line.chunks_exact(SIGN).all(is_free_sign)).then_some(line.len())
}

/// The same with a way to find runs of characters that need no close look; there may always be none.
fn cut_by_words(line: &str, width: usize, run_at: fn(&str, Grapheme, usize) -> Run) -> Cut {
    let mut walk = Walk::of(line);
    let mut at = 0;
    let mut column = 0;
    // The end of the last word or wide character that fits, and where the row after it would begin.
    let mut place: Option<Cut> = None;
    // Where the last word ends, as far as it has come.
    let mut shown = 0;
    let mut before: Option<Grapheme> = None;
    while let Some(mut grapheme) = walk.take() {
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
        let run = run_at(&line[at..], grapheme, width.saturating_sub(column));
        if run.len > 0 {
            if let Some(cut) = run.place {
                place = Some(Cut {
                    end: if cut.end > 0 { at + cut.end } else { shown },
                    next: at + cut.next,
                });
            }
            if run.shown > 0 {
                shown = at + run.shown;
            }
            column += run.columns;
            at += run.len;
            grapheme.space = run.shown < run.len;
            walk = Walk::of(&line[at..]);
        }
        before = Some(grapheme);
    }
    Cut {
        end: shown,
        next: at,
    }
}

/// Characters that fit and need no close look: most of most texts.
#[derive(Default)]
struct Run {
    len: usize,
    columns: usize,
    /// Where what is no space ends; 0 where there is nothing else.
    shown: usize,
    /// The last place where a row may end, from the beginning of the run; nothing is shown before an `end` of 0.
    place: Option<Cut>,
}

impl Run {
    /// What follows a grapheme of its kind and fits into `room` columns. What comes after it could join its last
    /// character: that one is left out.
    fn at(text: &str, before: Grapheme, room: usize) -> Self {
        let bytes = text.as_bytes();
        match before.first {
            ' '..='~' if before.len == 1 => {
                let len = plain_len(&bytes[..bytes.len().min(room + 1)]).saturating_sub(1);
                let run = &bytes[..len];
                let space = run.iter().rposition(|&byte| byte == b' ');
                Self {
                    len,
                    columns: len,
                    shown: words_end(run),
                    place: space.map(|at| Cut {
                        end: words_end(&run[..at]),
                        next: at + 1,
                    }),
                }
            }
            _ if before.width == 2 && before.len == SIGN && is_free(before.first) => {
                let mut rest = bytes;
                let mut count = 0;
                while count <= room / 2
                    && let Some((sign, after)) = rest.split_at_checked(SIGN)
                    && is_free_sign(sign)
                {
                    rest = after;
                    count += 1;
                }
                let count = count.saturating_sub(1_usize);
                let len = count * SIGN;
                // A row may end before each of them.
                let last = len.checked_sub(SIGN);
                Self {
                    len,
                    columns: count * 2,
                    shown: len,
                    place: last.map(|at| Cut { end: at, next: at }),
                }
            }
            _ => Self::default(),
        }
    }
}

/// Where the spaces at the end begin.
fn words_end(text: &[u8]) -> usize {
    let last = text.iter().rposition(|&byte| byte != b' ');
    last.map_or(0, |at| at + 1)
}

/// Columns that a line takes as it is drawn: each cluster by itself. In one piece it may count for less, where letters
/// of Arabic are joined.
pub(super) fn columns(line: &str) -> usize {
    if is_plain(line.as_bytes()) {
        return line.len();
    }
    let mut walk = Walk::of(line);
    std::iter::from_fn(|| walk.take())
        .map(|grapheme| grapheme.width)
        .sum()
}

/// Whether all of it is ASCII that takes one column.
fn is_plain(bytes: &[u8]) -> bool {
    plain_len(bytes) == bytes.len()
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
    let mut walk = Walk::of(line);
    let mut at = 0;
    let mut column = 0;
    while let Some(grapheme) = walk.take() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    proptest! {
        #[test]
        fn runs_are_cut_as_one_by_one(
            line in prop_oneof![
                "[a-c ]{0,40}",
                "[ab ]{0,9}[日本のカッー가 ]{0,5}[ab ]{0,9}\\PC{0,3}[日本 ]{0,5}[ab ]{0,9}",
                "[a ]{0,12}[a \u{301}\u{65e5}\t]{0,4}[a ]{0,12}",
                "[a 日本語\u{4e00}\u{9fff}\u{301}、「\u{4dff}\u{a000}]{0,12}[\u{4e00}-\u{9fff}]{0,12}[\u{fe00} 日。]{0,3}",
            ],
            text in "[\\x00-\\x7f\u{80}-\u{530}\u{2000}-\u{2300}\u{2500}-\u{2580}\u{3000}-\u{3100}\u{4e00}-\u{4e10}\u{ac00}-\u{ac10}\u{1100}-\u{11ff}\u{fe0f}\u{200d}\u{1f468}\u{1f1e6}-\u{1f1ea}]{0,12}",
            width in 0usize..14,
        ) {
            prop_assert_eq!(by_words(&line, width), cut_by_words(&line, width, |_, _, _| Run::default()));
            prop_assert_eq!(hard(&line, width), any_hard(&line, width));
            // A line end never stands in a line.
            let text = text.replace('\n', "");
            let mut walk = Walk::of(&text);
            for cluster in text.graphemes(true) {
                let found = walk.take().unwrap();
                prop_assert!(found.len == cluster.len(), "{:?} {:?}", text, cluster);
                prop_assert!(found.width == cluster.width() || cluster.contains(char::is_control), "{:?} {:?}", text, cluster);
            }
        }
    }
}
