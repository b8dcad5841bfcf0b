//! The output of a program, kept as it streams by: its beginning and its end, and how much was between.

use std::collections::VecDeque;

use crate::domain::sanitize;

/// The most bytes of the beginning that are kept,
const HEAD: usize = 24 * 1024;
/// and of the end. Tabs, of which each may become four spaces, make the text no longer than an output may be.
const TAIL: usize = 40 * 1024;

/// Keeps the beginning and the end of what is put in, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Capture {
    /// Takes the next piece in.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let room = HEAD - self.head.len();
        let (head, rest) = piece.split_at(room.min(piece.len()));
        self.head.extend_from_slice(head);
        // Of a piece that is longer than the end, only its own end can stay.
        let (gone, rest) = rest.split_at(rest.len().saturating_sub(TAIL));
        let over = (self.tail.len() + rest.len()).saturating_sub(TAIL);
        self.tail.drain(..over);
        self.tail.extend(rest);
        self.left_out += (gone.len() + over) as u64;
    }

    /// The text: what is no UTF-8 replaced, escape sequences and other controls left out. Where something is missing, cut at
    /// ends of lines, with a line that says how much.
    pub(super) fn text(&self) -> String {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        if self.left_out == 0 {
            let whole = [self.head.as_slice(), &tail].concat();
            return clean(&whole);
        }
        let newline = |byte: &u8| *byte == b'\n';
        let head_end = self
            .head
            .iter()
            .rposition(newline)
            .map_or(HEAD, |at| at + 1);
        let tail_start = tail.iter().position(newline).map_or(0, |at| at + 1);
        // A line that is as long as all that is kept is cut in its middle.
        let tail_start = if tail_start == tail.len() {
            0
        } else {
            tail_start
        };
        let left_out = self.left_out + (self.head.len() - head_end + tail_start) as u64;
        let (head, tail) = (clean(&self.head[..head_end]), clean(&tail[tail_start..]));
        let line_end = if head.ends_with('\n') { "" } else { "\n" };
        format!("{head}{line_end}[… {left_out} bytes left out here …]\n{tail}")
    }
}

fn clean(bytes: &[u8]) -> String {
    sanitize::block(&String::from_utf8_lossy(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Capture, HEAD, TAIL};

    #[test]
    fn what_fits_is_kept_whole_however_it_comes() {
        let mut capture = Capture::default();
        let text = "zeile äöü\n".repeat((HEAD + TAIL) / 20);
        for piece in text.as_bytes().chunks(7) {
            capture.push(piece);
        }
        assert_eq!(capture.text(), text);
    }

    #[test]
    fn of_a_flood_the_ends_are_kept_and_the_rest_is_counted() {
        let mut capture = Capture::default();
        capture.push(b"first\n");
        let line = b"y\n".repeat(1000);
        for _ in 0..5000 {
            capture.push(&line);
        }
        capture.push(b"last\n");
        let text = capture.text();
        assert!(text.starts_with("first\ny\n") && text.ends_with("y\nlast\n"));
        assert!(text.len() <= HEAD + TAIL + 100);
        let note = text.lines().find(|line| line.starts_with('[')).unwrap();
        let number: String = note.chars().filter(char::is_ascii_digit).collect();
        let kept = text.len() - note.len() - 1;
        assert_eq!(number.parse::<usize>().unwrap() + kept, 10_000_000 + 11);
    }

    #[test]
    fn one_endless_line_is_cut_within() {
        let mut capture = Capture::default();
        capture.push(&vec![b'x'; HEAD + TAIL + 5]);
        let text = capture.text();
        assert!(
            text.contains("x\n[… 5 bytes left out here …]\nx"),
            "{}",
            text.len()
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_left_out() {
        let mut capture = Capture::default();
        capture.push(b"\x1b[31mred\x1b[0m\x07 \xff");
        assert_eq!(capture.text(), "red \u{fffd}");
    }
}
