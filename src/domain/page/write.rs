//! The one way onto the page.

use crate::domain::sanitize;

/// A page that is being written.
#[derive(Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// Markup of the program's own.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Anything else: it is text there, whatever it looks like.
    pub(super) fn text(&mut self, untrusted: &str) -> &mut Self {
        self.out.push_str(&text(untrusted));
        self
    }

    /// An element with a text in it.
    pub(super) fn element(&mut self, name: &'static str, untrusted: &str) -> &mut Self {
        self.raw("<").raw(name).raw(">").text(untrusted);
        self.raw("</").raw(name).raw(">\n")
    }

    pub(super) fn done(self) -> String {
        self.out
    }
}

/// Untrusted text as HTML has it, in elements and in attributes in quotes; without control and bidi characters.
pub(super) fn text(untrusted: &str) -> String {
    let clean = sanitize::block(untrusted);
    let mut out = String::with_capacity(clean.len() + clean.len() / 8);
    for c in clean.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
