//! What a row is made of: graphemes, told apart without a search where most texts have them, and where a row may end
//! between two of them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

#[derive(Clone, Copy)]
pub(super) struct Grapheme {
    pub(super) len: usize,
    pub(super) width: usize,
    pub(super) first: char,
    /// White space at which a row may end.
    pub(super) space: bool,
}

/// The graphemes of a text, one after the other.
pub(super) struct Walk<'a> {
    rest: &'a str,
    /// The first character of the rest, and whether it stands alone.
    next: Option<(char, bool)>,
}

impl<'a> Walk<'a> {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call for each character is felt in long texts, and small builds inline little"
    )]
    pub(super) fn of(rest: &'a str) -> Self {
        let first = rest.chars().next();
        Self {
            rest,
            next: first.map(|c| (c, stands_alone(c))),
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call for each character is felt in long texts, and small builds inline little"
    )]
    pub(super) fn take(&mut self) -> Option<Grapheme> {
        let (first, alone) = self.next?;
        let mut len = first.len_utf8();
        let mut after = Self::of(&self.rest[len..]);
        let width = if alone && after.next.is_none_or(|(_, alone)| alone) {
            width_alone(first)
        } else {
            let cluster = self.rest.graphemes(true).next()?;
            len = cluster.len();
            after = Self::of(&self.rest[len..]);
            cluster.width()
        };
        *self = after;
        Some(Grapheme {
            len,
            width,
            first,
            space: len == first.len_utf8() && is_space(first),
        })
    }
}

/// Whether a character is one by itself beside others like it, as most are in most texts: letters of Europe, of Chinese and
/// Japanese, syllables of Korean. What may join another one is looked at closely.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
fn stands_alone(c: char) -> bool {
    matches!(c, '\0'..='\u{7f}')
        || is_ideograph(c)
        || matches!(c,
            '\u{3001}'..='\u{3029}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30ff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{ff01}'..='\u{ff5e}'
            | '\u{a1}'..='\u{a8}'
            | '\u{ab}'..='\u{ac}'
            | '\u{b0}'..='\u{2ff}'
            | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{52f}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{203b}'
            | '\u{20a0}'..='\u{20bf}'
            | '\u{2200}'..='\u{22ff}'
            | '\u{2500}'..='\u{257f}'
        )
}

/// Columns of a character that [`stands_alone`].
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
fn width_alone(c: char) -> usize {
    match c {
        ' '..='~' | '\u{80}'..='\u{2fff}' => 1,
        '\0'..='\u{7f}' => 0,
        _ => 2,
    }
}

/// No-break spaces are none.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}')
}

/// Whether a row may end between two graphemes: beside a wide one, except where the punctuation of Chinese and
/// Japanese forbids it.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
pub(super) fn may_part(before: Grapheme, after: Grapheme) -> bool {
    !before.space
        && (before.width > 1 || after.width > 1)
        && !is_never_first(after.first)
        && !is_never_last(before.first)
}

/// Closing punctuation, small kana, marks of repetition and of length.
fn is_never_first(c: char) -> bool {
    matches!(
        c,
        '、' | '。'
            | '，'
            | '．'
            | '・'
            | '：'
            | '；'
            | '？'
            | '！'
            | '゛'
            | '゜'
            | 'ー'
            | '’'
            | '”'
            | '）'
            | '〕'
            | '］'
            | '｝'
            | '〉'
            | '》'
            | '」'
            | '』'
            | '】'
            | '々'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
    )
}

/// Opening punctuation.
fn is_never_last(c: char) -> bool {
    matches!(
        c,
        '‘' | '“' | '（' | '〔' | '［' | '｛' | '〈' | '《' | '「' | '『' | '【'
    )
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Bytes of an ideograph, a kana or a syllable of Korean.
pub(super) const SIGN: usize = 3;

/// Whether it takes two columns and a row may end on both sides of it.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
pub(super) fn is_free(c: char) -> bool {
    is_ideograph(c)
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ac00}'..='\u{d7a3}')
            && !is_never_first(c)
}

/// [`is_free`] for bytes of UTF-8 that begin with a character.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call for each character is felt in long texts, and small builds inline little"
)]
pub(super) fn is_free_sign(bytes: &[u8]) -> bool {
    match *bytes {
        [0xe5..=0xe9 | 0xeb..=0xec, ..] | [0xe4, 0xb8..=0xff, _] => true,
        [first @ (0xe3 | 0xea | 0xed), second, third] => {
            let code = u32::from(first & 0xf) << 12
                | u32::from(second & 0x3f) << 6
                | u32::from(third & 0x3f);
            char::from_u32(code).is_some_and(is_free)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn the_width_of_what_stands_alone_is_known() {
        for c in ('\0'..=char::MAX).filter(|&c| stands_alone(c)) {
            assert_eq!(width_alone(c), c.width().unwrap_or(0), "{c:?}");
        }
    }

    #[test]
    fn a_free_sign_is_known_by_its_bytes() {
        for c in ('\0'..=char::MAX).filter(|c| c.len_utf8() == SIGN) {
            let mut bytes = [0; SIGN];
            c.encode_utf8(&mut bytes);
            assert_eq!(is_free_sign(&bytes), is_free(c), "{c:?}");
            let free =
                stands_alone(c) && width_alone(c) == 2 && !is_never_first(c) && !is_never_last(c);
            assert!(free || !is_free(c), "{c:?}");
        }
    }
}
