//! Bounds on one reply: a model that is stuck writes without end.

use super::ModelError;

/// Bound on the text of one reply, thinking included.
const MAX_TEXT: usize = 4 * 1024 * 1024;
/// White space in a row outside of JSON strings: indentation stays far below it, a model that is stuck does not.
const MAX_WHITE_SPACE: usize = 64;

/// What a reply has used of its bounds.
#[derive(Debug)]
pub(super) struct Bound {
    bytes: usize,
    white_space: Option<WhiteSpace>,
}

impl Bound {
    /// White space is bounded in JSON only.
    pub(super) fn new(json: bool) -> Self {
        Self {
            bytes: 0,
            white_space: json.then(WhiteSpace::default),
        }
    }

    /// Takes more of the reply: text of the answer, and bytes of anything else.
    ///
    /// # Errors
    /// [`ModelError::Runaway`] where a bound is passed.
    pub(super) fn take(&mut self, content: &str, others: usize) -> Result<(), ModelError> {
        self.bytes += content.len() + others;
        if self.bytes > MAX_TEXT {
            return Err(ModelError::Runaway {
                reason: "more than 4 MiB of text".to_owned(),
            });
        }
        let white_space = self.white_space.as_mut();
        if white_space.is_some_and(|white_space| white_space.runs_away(content)) {
            return Err(ModelError::Runaway {
                reason: "white space without end".to_owned(),
            });
        }
        Ok(())
    }
}

/// Counts white space outside of JSON strings.
#[derive(Debug, Default)]
struct WhiteSpace {
    in_string: bool,
    escaped: bool,
    run: usize,
}

impl WhiteSpace {
    fn runs_away(&mut self, text: &str) -> bool {
        text.chars().any(|c| {
            self.take(c);
            self.run > MAX_WHITE_SPACE
        })
    }

    fn take(&mut self, c: char) {
        if self.in_string {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                '"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        self.in_string = c == '"';
        self.run = if c.is_whitespace() { self.run + 1 } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::WhiteSpace;

    #[test]
    fn white_space_counts_outside_of_strings_only() {
        let runs_away = |text: &str| WhiteSpace::default().runs_away(text);
        let space = " ".repeat(65);
        assert!(runs_away(&format!("{{\"a\":1,{space}")));
        assert!(!runs_away(&format!("{{\"a\\\"{space}\":1,\n    \"b\"")));
        assert!(!runs_away(&" ".repeat(64)));
        let mut pieces = WhiteSpace::default();
        assert!(!pieces.runs_away(&space[..40]));
        assert!(pieces.runs_away(&space[..25]));
    }
}
