//! The one boundary that untrusted text crosses on its way to a terminal.
//!
//! Four modes: [`block`] and [`line`](line()) drop what a terminal would act upon, [`visible`] shows it, [`json`] escapes it.
//! [`BlockStream`] is [`block`] for text that arrives in pieces.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use super::plain::plain_len;

/// Columns between tab stops.
const TAB: usize = 4;
/// The longest string sequence (OSC, DCS, SOS, PM, APC) that is dropped whole, in bytes.
const MAX_STRING: usize = 4096;
/// The longest control sequence (CSI) that is dropped whole, in bytes.
const MAX_CSI: usize = 128;

const ESC: char = '\u{1b}';

/// Text of several lines: keeps line feeds, expands tabs to the next multiple of 4, drops escape sequences whole and
/// every other control, bidi and invisible character.
///
/// `\r\n`, a lone `\r`, U+2028 and U+2029 become `\n`. Joiners (U+200C, U+200D) and variation selectors stay: emoji
/// and scripts need them. Of a sequence that does not end within its line and 4 KiB, only the
/// introducer goes: what follows is shown, so that one stray byte cannot hide the rest of a text.
pub fn block(text: &str) -> Cow<'_, str> {
    let mut clean = fit_len(text);
    while text.as_bytes().get(clean) == Some(&b'\n') {
        clean += 1;
        clean += fit_len(&text[clean..]);
    }
    if clean == text.len() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut stream = BlockStream::default();
    stream.take(&text[..clean], &mut out);
    let left = stream.take(&text[clean..], &mut out);
    stream.give_up(&text[text.len() - left..], &mut out);
    Cow::Owned(out)
}

/// Text for one line: as [`block`], with every run of white space and line breaks made one space, and none at the ends.
pub fn line(text: &str) -> Cow<'_, str> {
    match block(text) {
        Cow::Borrowed(clean) => one_line(clean),
        Cow::Owned(clean) => Cow::Owned(one_line(&clean).into_owned()),
    }
}

/// Text whose hidden characters a person must see: each control, bidi and invisible character as `\x1b` or
/// `\u{202e}`, the common ones as `\n`, `\r` and `\t`.
pub fn visible(text: &str) -> Cow<'_, str> {
    replace(
        text,
        |c| is_unfit(c) || is_joiner(c),
        |c, out| {
            let code = u32::from(c);
            // Writing to a string cannot fail.
            let _ = match c {
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                _ if code <= 0xff && c != '\u{ad}' => write!(out, "\\x{code:02x}"),
                _ => write!(out, "\\u{{{code:x}}}"),
            };
        },
    )
}

/// JSON text with each such character inside its strings as `\u…`, so that no terminal ever receives one raw.
///
/// Takes what a serializer wrote: C0 controls in strings are escaped already, and the others can stand in strings
/// only. What comes out parses to the same value.
pub fn json(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        let control = !c.is_ascii_control() && is_unfit(c) || c == '\u{7f}';
        control || is_joiner(c) || is_variation_selector(c)
    };
    replace(text, hidden, |c, out| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// [`block`] for text that arrives in pieces: however it is cut, what comes out is the same.
#[derive(Debug, Clone, Default)]
pub struct BlockStream {
    /// The beginning of a sequence whose end has not arrived; at most [`MAX_STRING`] bytes.
    held: String,
    /// Where in its line the output stands, for tabs.
    column: usize,
    /// The last character was `\r`: a `\n` that follows is part of the same line break.
    after_cr: bool,
}

impl BlockStream {
    /// Takes the next piece in and appends to `out` what may be shown of it. An escape sequence that the piece cuts
    /// off is held back until the next piece decides about it.
    pub fn push(&mut self, piece: &str, out: &mut String) {
        if self.held.is_empty() {
            let left = self.take(piece, out);
            self.held.push_str(&piece[piece.len() - left..]);
        } else {
            let mut text = std::mem::take(&mut self.held);
            text.push_str(piece);
            let left = self.take(&text, out);
            self.held.push_str(&text[text.len() - left..]);
        }
    }

    /// Appends the clean form of `text` to `out`; says how many bytes at its end are the beginning of a sequence.
    fn take(&mut self, text: &str, out: &mut String) -> usize {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after_cr = std::mem::take(&mut self.after_cr);
            let used = match c {
                ESC | '\u{80}'..='\u{9f}' => match sequence(rest) {
                    Some(len) => len,
                    None => return rest.len(),
                },
                '\n' if after_cr => 1,
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                    out.push('\n');
                    self.column = 0;
                    self.after_cr = c == '\r';
                    c.len_utf8()
                }
                '\t' => {
                    let spaces = TAB - self.column % TAB;
                    out.extend(std::iter::repeat_n(' ', spaces));
                    self.column += spaces;
                    1
                }
                _ if is_unfit(c) => c.len_utf8(),
                _ => {
                    let end = fit_len(rest);
                    out.push_str(&rest[..end]);
                    self.column += width(&rest[..end]);
                    end
                }
            };
            rest = &rest[used..];
        }
        0
    }

    /// Appends what may be shown of `text`, whose first sequence will never end.
    fn give_up(&mut self, text: &str, out: &mut String) {
        let mut left = text;
        while !left.is_empty() {
            left = &left[introducer(left)..];
            let after = self.take(left, out);
            left = &left[left.len() - after..];
        }
    }
}

/// How many bytes the sequence takes at whose introducer `text` begins; none where the text ends before one can say.
fn sequence(text: &str) -> Option<usize> {
    let start = introducer(text);
    match kind(text)? {
        Kind::Control => Some(start),
        Kind::Short => short_sequence(text),
        Kind::Csi => csi(text, start),
        Kind::String => string_sequence(text, start),
    }
}

/// What an introducer begins.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Nothing: a C1 control that stands alone.
    Control,
    /// `ESC`, intermediates, one final character.
    Short,
    /// A control sequence: parameters, intermediates, one final character.
    Csi,
    /// Anything up to a terminator.
    String,
}

/// None where the text ends after `ESC`.
fn kind(text: &str) -> Option<Kind> {
    let mut chars = text.chars();
    let first = chars.next()?;
    Some(match first {
        '\u{9b}' => Kind::Csi,
        '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => Kind::String,
        ESC => match chars.next()? {
            '[' => Kind::Csi,
            // `ESC k` sets a title in screen and tmux.
            'P' | 'X' | ']' | '^' | '_' | 'k' => Kind::String,
            _ => Kind::Short,
        },
        _ => Kind::Control,
    })
}

/// How many bytes the introducer takes at which `text` begins.
fn introducer(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    match kind(text) {
        Some(Kind::Csi | Kind::String) if text.starts_with(ESC) => 2,
        _ => first,
    }
}

fn short_sequence(text: &str) -> Option<usize> {
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if at > MAX_CSI => return Some(1),
            0x20..=0x2f => {}
            0x30..=0x7e => return Some(at + 1),
            _ => return Some(1),
        }
    }
    None
}

fn csi(text: &str, start: usize) -> Option<usize> {
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if at >= MAX_CSI => return Some(start),
            0x20..=0x3f => {}
            0x40..=0x7e => return Some(at + 1),
            // Broken off by another character, which is looked at by itself.
            _ => return Some(at),
        }
    }
    None
}

fn string_sequence(text: &str, start: usize) -> Option<usize> {
    for (at, c) in text[start..].char_indices() {
        let at = start + at;
        if at >= MAX_STRING {
            return Some(start);
        }
        match c {
            '\u{07}' | '\u{9c}' => return Some(at + c.len_utf8()),
            ESC => {
                return match text[at + 1..].chars().next() {
                    Some('\\') => Some(at + 2),
                    Some(_) => Some(start),
                    None => None,
                };
            }
            // Cancelled, broken off by another control, or never meant to end: what stands there must not hide.
            '\n' | '\r' | '\u{18}' | '\u{1a}' | '\u{80}'..='\u{9f}' => return Some(start),
            _ => {}
        }
    }
    None
}

/// Whether no terminal should receive it: every control (line feed included), bidi and invisible format character
/// except joiners and variation selectors.
fn is_unfit(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{00}'..='\u{9f}' => true,
        _ => matches!(c,
            '\u{ad}'
            | '\u{034f}'
            | '\u{061c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
        ),
    }
}

/// Invisible, but part of emoji and of the spelling of some scripts.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Says how the character before it looks.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Bytes before the first character that is unfit.
fn fit_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut len = 0;
    loop {
        len += plain_len(&bytes[len..]);
        // Kana, ideographs, most of Korean: there is nothing unfit among them.
        while let Some([0xe4..=0xe9 | 0xeb..=0xec, ..] | [0xe3, 0x81..=0x83, ..]) =
            bytes.get(len..len + 3)
        {
            len += 3;
        }
        match bytes.get(len) {
            Some(b' '..=b'~') => continue,
            None | Some(0..=0x7f) => return len,
            Some(_) => {}
        }
        match text[len..].chars().next() {
            Some(c) if !is_unfit(c) => len += c.len_utf8(),
            _ => return len,
        }
    }
}

fn width(text: &str) -> usize {
    let plain = plain_len(text.as_bytes());
    let rest = text[plain..].chars();
    plain + rest.filter_map(UnicodeWidthChar::width).sum::<usize>()
}

fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let mut before = 'x';
    let even = text.chars().all(|c| {
        let fits = !c.is_whitespace() || c == ' ' && before != ' ';
        before = c;
        fits
    });
    if even {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    Cow::Owned(out)
}

fn replace(
    text: &str,
    hidden: impl Fn(char) -> bool,
    write: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            write(c, &mut out);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_fit_ends_where_it_would_one_by_one(
            text in "([a-z]{0,9}|[äж日かカ가、—]{0,4}|\\PC|[\u{ad}\u{200b}\u{202e}\u{3000}-\u{3200}\u{a900}-\u{ad00}\u{feff}\t\n]){0,8}",
        ) {
            prop_assert_eq!(fit_len(&text), text.find(is_unfit).unwrap_or(text.len()));
        }
    }

    #[test]
    fn no_character_passes_that_is_unfit() {
        for c in ('\0'..=char::MAX).filter(|&c| is_unfit(c)) {
            assert_eq!(fit_len(&format!("{c} and more")), 0, "{c:?}");
        }
    }
}
