//! Newline-delimited JSON: bytes in, whole lines out, wherever the network cut them.

use super::ModelError;

/// The longest line that is read; Ollama's own longest carry one long tool call or a whole reply.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// Collects bytes until a line is whole. Only then is it read as text, so that a character cut by the network survives.
#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Where the line at work begins in `buffer`.
    start: usize,
    /// Up to where `buffer` holds no line feed of it.
    searched: usize,
}

impl Lines {
    /// Takes what came from the network.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line without its line end, if there is one.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] where it is longer than 16 MiB, whole or not, or is not UTF-8.
    pub(super) fn next_line(&mut self) -> Result<Option<String>, ModelError> {
        let found = self.buffer[self.searched..]
            .iter()
            .position(|&byte| byte == b'\n');
        let end = found.map_or(self.buffer.len(), |at| self.searched + at);
        self.searched = end;
        if end - self.start > MAX_LINE {
            return Err(ModelError::Malformed {
                reason: "a line longer than 16 MiB".to_owned(),
            });
        }
        if found.is_none() {
            return Ok(None);
        }
        let line = text(&self.buffer[self.start..end]);
        self.start = end + 1;
        self.searched = self.start;
        line.map(Some)
    }

    /// The last line, where the stream ended without a line feed after it. Call it when [`Lines::next_line`] has no more.
    ///
    /// # Errors
    /// As [`Lines::next_line`].
    pub(super) fn last_line(&mut self) -> Result<Option<String>, ModelError> {
        let rest = self.buffer.split_off(self.start);
        *self = Self::default();
        if rest.is_empty() {
            return Ok(None);
        }
        text(&rest).map(Some)
    }
}

fn text(line: &[u8]) -> Result<String, ModelError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match str::from_utf8(line) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(ModelError::Malformed {
            reason: "a line that is not UTF-8".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lines, MAX_LINE, ModelError};

    /// The lines of these pieces, read as they arrive.
    fn lines<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<String>, ModelError> {
        let (mut splitter, mut lines) = (Lines::default(), Vec::new());
        for piece in pieces {
            splitter.push(piece);
            while let Some(line) = splitter.next_line()? {
                lines.push(line);
            }
        }
        lines.extend(splitter.last_line()?);
        Ok(lines)
    }

    #[test]
    fn a_character_may_be_cut_anywhere() {
        let text = "{\"a\":\"日本😀\"}\r\n\n{\"b\":\"é\"}";
        for cut in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(cut);
            let expected = ["{\"a\":\"日本😀\"}", "", "{\"b\":\"é\"}"];
            assert_eq!(lines([one, two]).unwrap(), expected, "cut at {cut}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let read = lines([b"fine\n\xff\xfe\n".as_slice()]);
        assert!(matches!(read, Err(ModelError::Malformed { .. })));
        assert!(lines([b"\xe6\x97".as_slice()]).is_err());
    }

    #[test]
    fn a_line_has_a_longest_length() {
        let mut whole = vec![b'x'; MAX_LINE];
        assert_eq!(lines([whole.as_slice()]).unwrap()[0].len(), MAX_LINE);
        whole.push(b'x');
        assert!(lines([whole.as_slice()]).is_err());
        whole.push(b'\n');
        assert!(lines([whole.as_slice()]).is_err());
    }

    proptest! {
        #[test]
        fn every_split_gives_the_same_lines(
            text in "(\\PC{0,12}\n?){0,8}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            let read = lines(pieces).unwrap();
            prop_assert_eq!(&read, &lines([bytes]).unwrap());
            let mut expected: Vec<&str> = text.split('\n').collect();
            if expected.last() == Some(&"") {
                expected.pop();
            }
            prop_assert_eq!(read, expected);
        }
    }
}
