//! Tells thinking that a server left in the text, between `<think>` and `</think>`, from the answer while it streams.
//!
//! A tag counts where nothing but white space stands before it in the reply or, in plain text, on its line: a sentence
//! that merely mentions `<think>` stays what it is. Thinking without an end lasts to the end of the reply. A `</think>`
//! that opens the reply is dropped; one after other text stays in it, since that text has been passed on already.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A piece of the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Of the answer.
    Content(String),
    /// Of the thinking.
    Thinking(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Only white space so far.
    Beginning,
    /// Only white space since the thinking ended; it belongs to neither.
    AfterThinking,
    /// Only white space on this line.
    LineStart,
    Text,
    Thinking,
}

/// Splits a reply that arrives in pieces. Holds back no more than white space and what may become a tag.
#[derive(Debug)]
pub(super) struct Splitter {
    place: Place,
    held: String,
    at_every_line: bool,
}

impl Splitter {
    /// With `at_every_line`, thinking may begin on any line; without, as for JSON, only at the beginning.
    pub(super) fn new(at_every_line: bool) -> Self {
        Self {
            place: Place::Beginning,
            held: String::new(),
            at_every_line,
        }
    }

    /// Takes the next text and gives what can be told of it.
    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.held.push_str(text);
        let mut pieces = Vec::new();
        while self.advance(&mut pieces) {}
        pieces
    }

    /// What was held back, at the end of the reply.
    pub(super) fn finish(&mut self) -> Option<Piece> {
        let held = std::mem::take(&mut self.held);
        match self.place {
            Place::Thinking => Some(Piece::Thinking(held)),
            Place::AfterThinking => Some(Piece::Content(held.trim_start().to_owned())),
            Place::Beginning | Place::LineStart | Place::Text => Some(Piece::Content(held)),
        }
        .filter(|piece| !matches!(piece, Piece::Content(text) | Piece::Thinking(text) if text.is_empty()))
    }

    /// One step; says whether there may be another one.
    fn advance(&mut self, pieces: &mut Vec<Piece>) -> bool {
        match self.place {
            Place::Thinking => self.think(pieces),
            Place::Text => self.read(pieces),
            Place::Beginning | Place::AfterThinking | Place::LineStart => self.look(pieces),
        }
    }

    /// Looks for a tag behind white space.
    fn look(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let text = self.held.trim_start();
        let skipped = self.held.len() - text.len();
        let close_counts = self.place == Place::Beginning;
        if text.starts_with(OPEN) {
            self.held.drain(..skipped + OPEN.len());
            self.place = Place::Thinking;
            return true;
        }
        if close_counts && text.starts_with(CLOSE) {
            self.held.drain(..skipped + CLOSE.len());
            self.place = Place::AfterThinking;
            return true;
        }
        if OPEN.starts_with(text) || (close_counts && CLOSE.starts_with(text)) {
            return false;
        }
        if self.place == Place::AfterThinking {
            self.held.drain(..skipped);
        } else if skipped > 0 {
            let space = self.held.drain(..skipped).collect();
            pieces.push(Piece::Content(space));
        }
        self.place = Place::Text;
        true
    }

    /// Passes text on, up to the end of its line.
    fn read(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let line_end = self.held.find('\n').filter(|_| self.at_every_line);
        let end = line_end.map_or(self.held.len(), |at| at + 1);
        if end > 0 {
            let text = self.held.drain(..end).collect();
            pieces.push(Piece::Content(text));
        }
        if line_end.is_some() {
            self.place = Place::LineStart;
        }
        line_end.is_some()
    }

    /// Passes thinking on, up to its end.
    fn think(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let close = self.held.find(CLOSE);
        let end = close.unwrap_or_else(|| self.held.len() - begun(&self.held));
        if end > 0 {
            pieces.push(Piece::Thinking(self.held.drain(..end).collect()));
        }
        if close.is_some() {
            self.held.drain(..CLOSE.len());
            self.place = Place::AfterThinking;
        }
        close.is_some()
    }
}

/// How many bytes at the end of `text` may be the beginning of [`CLOSE`].
fn begun(text: &str) -> usize {
    let lengths = (1..CLOSE.len()).rev();
    let mut begun = lengths.filter(|&length| text.ends_with(&CLOSE[..length]));
    begun.next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Piece, Splitter};

    /// What comes out as content and as thinking.
    fn split<'a>(
        at_every_line: bool,
        pieces: impl IntoIterator<Item = &'a str>,
    ) -> (String, String) {
        let mut splitter = Splitter::new(at_every_line);
        let mut all: Vec<Piece> = Vec::new();
        for piece in pieces {
            all.extend(splitter.push(piece));
        }
        all.extend(splitter.finish());
        let (mut content, mut thinking) = (String::new(), String::new());
        for piece in all {
            match piece {
                Piece::Content(text) => content += &text,
                Piece::Thinking(text) => thinking += &text,
            }
        }
        (content, thinking)
    }

    #[test]
    fn thinking_and_answer_are_told_apart() {
        for (reply, content, thinking) in [
            ("plain", "plain", ""),
            ("<think>a</think>b", "b", "a"),
            ("\n <think>a\n</think>\n\nb\nc", "b\nc", "a\n"),
            ("<think></think>b", "b", ""),
            ("<think>cut off </thi", "", "cut off </thi"),
            ("</think>b", "b", ""),
            ("<think>a</think><think>b</think>c", "c", "ab"),
            ("one\n<think>b</think>two", "one\ntwo", "b"),
            (
                "the tag `<think>` opens it",
                "the tag `<think>` opens it",
                "",
            ),
            ("a</think>b", "a</think>b", ""),
            ("<thinking>", "<thinking>", ""),
            ("  <thi", "  <thi", ""),
            ("<think>日本</think>語", "語", "日本"),
            (" \n", " \n", ""),
        ] {
            let expected = (content.to_owned(), thinking.to_owned());
            assert_eq!(split(true, [reply]), expected, "{reply:?}");
        }
    }

    #[test]
    fn in_json_thinking_stands_only_at_the_beginning() {
        let json = "{\"a\":\n<think>\n}";
        assert_eq!(split(false, [json]), (json.to_owned(), String::new()));
        let both = split(false, ["<think>x</think>", json]);
        assert_eq!(both, (json.to_owned(), "x".to_owned()));
    }

    #[test]
    fn text_is_passed_on_as_it_comes() {
        let mut splitter = Splitter::new(true);
        let content = |text: &str| vec![Piece::Content(text.to_owned())];
        assert_eq!(splitter.push("He"), content("He"));
        assert_eq!(splitter.push(" <"), content(" <"));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            parts in proptest::collection::vec(
                prop::sample::select(vec!["<think>", "</think>", "\n", " ", "a", "日", "<", "</th", "ink>"]), 0..10),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
            at_every_line: bool,
        ) {
            let text = parts.concat();
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut.get(&places)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]);
            prop_assert_eq!(split(at_every_line, pieces), split(at_every_line, [text.as_str()]));
        }
    }
}
