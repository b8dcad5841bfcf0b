//! The last look at a frame before it leaves for the terminal.

use ratatui::buffer::Buffer;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::sanitize;

/// Whatever reached a cell: no control or bidi character leaves for the terminal, and nothing of which terminals disagree
/// how many columns it takes. What one of them draws wider than it was laid out would stay where nothing overwrites it.
pub(super) fn scrub(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.len() == 1 && !symbol.as_bytes()[0].is_ascii_control() {
            continue;
        }
        if symbol.contains('\n') || sanitize::block(symbol) != symbol {
            cell.set_symbol(" ");
        } else if let Some(steady) = steady(symbol) {
            cell.set_symbol(&steady);
        }
    }
}

/// What stands for a cluster whose width is not that of its characters one by one, as terminals count that know no
/// clusters: a flag by its letters, any other by its first character. None where there is nothing to disagree about.
fn steady(cluster: &str) -> Option<String> {
    let width = cluster.width();
    let letters: String = cluster.chars().map_while(letter).collect();
    let one_by_one: usize = cluster.chars().filter_map(UnicodeWidthChar::width).sum();
    let mut steady = match letters.is_empty() {
        false => letters,
        true if one_by_one == width => return None,
        true => cluster.chars().take(1).collect(),
    };
    if steady.width() > width {
        steady.clear();
    }
    let missing = width - steady.width();
    steady.extend(std::iter::repeat_n(' ', missing));
    Some(steady)
}

/// The letter that a regional indicator stands for; two of them are a flag.
fn letter(c: char) -> Option<char> {
    let place = u32::from(c)
        .checked_sub(0x1f1e6)
        .filter(|place| *place < 26)?;
    char::from_u32(u32::from('A') + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_disagree_about_is_drawn_as_wide_as_it_was_laid_out() {
        for (cluster, drawn) in [
            ("🇳🇴", Some("NO")),
            ("👩\u{200d}👩\u{200d}👧", Some("👩")),
            ("👍🏽", Some("👍")),
            ("❤\u{fe0f}", Some("❤ ")),
            ("1\u{fe0f}\u{20e3}", Some("1 ")),
            ("⌚\u{fe0e}", Some(" ")),
            ("e\u{301}", None),
            ("日", None),
            ("👩", None),
            ("각", None),
            ("क्ष", None),
            ("─", None),
        ] {
            assert_eq!(steady(cluster).as_deref(), drawn, "{cluster:?}");
            assert_eq!(
                drawn.unwrap_or(cluster).width(),
                cluster.width(),
                "{cluster:?}"
            );
        }
    }
}
