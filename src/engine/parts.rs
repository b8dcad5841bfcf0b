//! Texts of any length in parts that fit into a prompt.

use crate::domain::context::estimate;
use crate::domain::ids::StepId;

/// How much of a piece of a result the next one repeats, in bytes.
const OVERLAP: usize = 160;

/// The texts in parts that fit into `portion` tokens: several short ones in one part, a long one in several.
pub(super) fn in_parts(texts: &[(StepId, String)], portion: u32) -> Vec<Vec<(StepId, String)>> {
    let mut parts: Vec<Vec<(StepId, String)>> = Vec::new();
    let mut filled = portion;
    for (step, text) in texts {
        for piece in pieces(text, portion) {
            let tokens = estimate(&piece).saturating_add(16);
            let fits = filled.saturating_add(tokens) <= portion;
            if let Some(last) = parts.last_mut().filter(|_| fits) {
                last.push((step.clone(), piece));
            } else {
                parts.push(vec![(step.clone(), piece)]);
                filled = 0;
            }
            filled = filled.saturating_add(tokens);
        }
    }
    parts
}

/// The text in pieces of at most `tokens`, cut at line ends or spaces where there are any. Each begins with the last words
/// of the one before, so that what stands across a cut is whole in one of them.
fn pieces(text: &str, tokens: u32) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.trim().is_empty() {
        let end = fitting(rest, tokens);
        let cut = if end == rest.len() {
            end
        } else {
            good_cut(rest, end)
        };
        pieces.push(rest.get(..cut).unwrap_or_default().to_owned());
        if cut == rest.len() {
            break;
        }
        let back = floor(rest, cut - OVERLAP.min(cut / 4)).max(1);
        let words = rest.get(back..cut).unwrap_or_default();
        let space = words.find(char::is_whitespace).map_or(back, |at| back + at);
        rest = rest.get(space..).unwrap_or_default();
    }
    pieces
}

/// How many bytes of the text have at most `tokens`; at least one character.
fn fitting(text: &str, tokens: u32) -> usize {
    if estimate(text) <= tokens {
        return text.len();
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let mut end = floor(text, text.len().min(tokens as usize * 4));
    while end > first && estimate(text.get(..end).unwrap_or_default()) > tokens {
        end = floor(text, end * 9 / 10);
    }
    end.max(first)
}

/// The end of a line in the last quarter of the first `end` bytes, or else a space there, or else `end`.
fn good_cut(text: &str, end: usize) -> usize {
    let head = text.get(..end).unwrap_or_default();
    let late = |at: &usize| *at > end / 4 * 3;
    let line = head.rfind('\n').filter(late);
    let cut = line.or_else(|| head.rfind(' ').filter(late));
    cut.map_or(end, |at| at + 1)
}

/// The nearest place before this byte, or here, where a character begins.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::pieces;
    use crate::domain::context::estimate;

    #[test]
    fn pieces_are_all_of_the_text_and_none_is_too_large() {
        for text in [
            "line of text\n".repeat(500),
            "x".repeat(5_000),
            "漢字".repeat(700),
            (0..2_000)
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .join(" "),
        ] {
            let all = pieces(&text, 300);
            assert!(all.len() > 3 && all.iter().all(|piece| estimate(piece) <= 300));
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let windows = places.windows(40);
            // The fact of a line or so, wherever it stands, is whole in a piece.
            let mut at = 0;
            for window in windows {
                let fact = &text[window[0]..window[39]];
                at = (at..all.len())
                    .find(|&at| all[at].contains(fact))
                    .expect("it is there");
            }
        }
        assert!(pieces(" ", 10).is_empty());
    }
}
