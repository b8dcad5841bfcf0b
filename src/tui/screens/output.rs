//! The text of one step, of the planner's work or of the answer.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::call::{Detail, Piece};
use super::subject::Subject;
use super::watch::{Extent, Watch};
use crate::domain::event::ModelCall;
use crate::tui::find::Found;
use crate::tui::text::FlowText;

/// A gap between two pieces that is none of their rate.
const STALL: SignedDuration = SignedDuration::from_secs(2);

/// How long pieces must have come before their rate is worth saying, in milliseconds.
const MEASURED_FOR: u64 = 1000;

/// A text that streams in, or has done so.
#[derive(Clone)]
pub(in crate::tui) struct Stream {
    pub(in crate::tui) thinking: FlowText,
    pub(in crate::tui) content: FlowText,
    /// What came of it, for a person; empty where the content itself is for a person.
    pub(in crate::tui) readable: FlowText,
    /// When the call was sent, while nothing of its reply is there.
    pub(in crate::tui) waiting_since: Option<Timestamp>,
    /// When its reply began and when the last piece of it came, and how many pieces there were.
    came: Option<(Timestamp, Timestamp, u64)>,
    /// Why it was sent again.
    pub(in crate::tui) again: Option<String>,
    /// The call it came from, once that has ended.
    pub(in crate::tui) call: Option<ModelCall>,
    color: bool,
}

impl Stream {
    pub(in crate::tui) fn new(color: bool) -> Self {
        Self {
            thinking: FlowText::new().with_color(color),
            content: FlowText::new().with_color(color),
            readable: FlowText::new().with_color(color),
            waiting_since: None,
            came: None,
            again: None,
            call: None,
            color,
        }
    }

    /// The call was sent, or sent again for this reason.
    pub(in crate::tui) fn restart(&mut self, reason: &str, now: Timestamp) {
        *self = Self::new(self.color);
        self.waiting_since = Some(now);
        self.again = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    }

    /// What there is to read: in the raw view the words of the model, else what came of them where that is known.
    pub(in crate::tui) fn face(&self, raw: bool) -> &FlowText {
        if self.readable.is_empty() || raw && !self.content.is_empty() {
            &self.content
        } else {
            &self.readable
        }
    }

    /// How many pieces come in a second, while they do; Ollama sends a token in each.
    pub(in crate::tui) fn rate(&self) -> Option<u64> {
        let (began, last, pieces) = self.came.filter(|_| self.call.is_none())?;
        let ms = u64::try_from(last.duration_since(began).as_millis()).ok()?;
        (ms >= MEASURED_FOR).then(|| (pieces - 1) * 1000 / ms)
    }

    /// Since when no piece has come of a reply that has begun and not ended.
    pub(in crate::tui) fn silent_since(&self) -> Option<Timestamp> {
        let (_, last, _) = self.came.filter(|_| self.call.is_none())?;
        Some(last)
    }

    pub(in crate::tui) fn push(&mut self, text: &str, thinking: bool, now: Timestamp) {
        self.waiting_since = None;
        let (mut began, last, pieces) = self.came.unwrap_or((now, now, 0));
        // A stall says nothing of how fast text comes when it does.
        let gap = now.duration_since(last);
        if gap >= STALL {
            began += gap;
        }
        self.came = Some((began, now, pieces + 1));
        if thinking {
            self.thinking.push(text);
        } else {
            self.content.push(text);
        }
    }

    /// What was recorded takes the place of what was streamed; after a failure both are worth reading.
    pub(in crate::tui) fn settle(&mut self, result: &Arc<str>, failed: bool) {
        (self.waiting_since, self.came) = (None, None);
        if failed && !self.content.is_empty() {
            self.content.push("\n\n");
            self.content.push(result);
        } else if self.content.text().trim() != result.trim() {
            self.content.share(result);
        } else {
            self.content.finish();
        }
    }
}

impl Watch {
    /// What the output pane shows, one below the other: the calls of tools, thinking, the text.
    pub(in crate::tui) fn pieces(&self) -> Vec<Piece<'_>> {
        let raw = self.view.extent == Extent::Raw;
        let mut pieces = Vec::new();
        if !raw {
            self.call_pieces(&mut pieces);
        }
        let Some(stream) = self.streams.get(&self.subject()) else {
            return pieces;
        };
        let face = stream.face(raw);
        let thinking_shown =
            self.view.thinking || self.view.detail == Detail::Full || face.is_empty();
        if thinking_shown && !stream.thinking.is_empty() {
            pieces.push(Piece::Text(&stream.thinking, true));
        }
        if !face.is_empty() {
            pieces.push(Piece::Text(face, !raw && self.is_being_written()));
        }
        pieces
    }

    /// The text below all else, in which words are looked for, and how many rows stand above it.
    fn last_text(&self, width: u16) -> Option<(&FlowText, usize)> {
        let pieces = self.pieces();
        let (last, above) = pieces.split_last()?;
        let above = above.iter().map(|piece| piece.height(width)).sum();
        match last {
            Piece::Text(text, _) => Some((text, above)),
            _ => None,
        }
    }

    /// Whether there is a text to look for words in.
    pub(in crate::tui) fn has_text(&self) -> bool {
        matches!(self.pieces().last(), Some(Piece::Text(..)))
    }

    /// Whether what is read is the JSON of a plan or a decision, of which nothing has come yet.
    pub(in crate::tui) fn is_being_written(&self) -> bool {
        let subject = self.subject();
        matches!(subject, Subject::Planning | Subject::Deciding)
            && self
                .streams
                .get(&subject)
                .is_some_and(|stream| stream.readable.is_empty())
    }

    /// How many rows these texts take at this width.
    pub(in crate::tui) fn text_height(&self, width: u16) -> usize {
        self.pieces().iter().map(|piece| piece.height(width)).sum()
    }

    /// The first row on screen of a pane with this many columns and rows.
    pub(in crate::tui) fn text_top(&self, width: u16, rows: u16) -> usize {
        let end = self.text_height(width).saturating_sub(usize::from(rows));
        self.view.top.map_or(end, |top| top.min(end))
    }

    /// Scrolls by so many rows. At the end of a text that still grows, the end is followed from then on.
    pub(in crate::tui) fn scroll_text(&mut self, by: isize, width: u16, rows: u16) {
        let end = self.text_height(width).saturating_sub(usize::from(rows));
        let top = self.text_top(width, rows).saturating_add_signed(by);
        self.view.top = if top >= end && self.is_busy() {
            None
        } else {
            Some(top.min(end))
        };
    }

    /// The byte of the text below any thinking that the row `row` of the pane begins with.
    pub(in crate::tui) fn byte_at(&self, row: usize, width: u16) -> usize {
        let Some((text, above)) = self.last_text(width) else {
            return 0;
        };
        text.byte_of(width, row.saturating_sub(above))
    }

    /// Goes to the next match, or the one before, in the text below any thinking; says which of how many it is. None
    /// where there is none.
    pub(in crate::tui) fn go_to_match(
        &mut self,
        forward: bool,
        width: u16,
        rows: u16,
    ) -> Option<(usize, usize)> {
        let needle = self.view.needle.as_ref()?;
        let (text, above) = self.last_text(width)?;
        let Found { at, nth, all } = needle.next_in(text.text(), self.view.found, forward)?;
        let row = above + text.row_of(width, at);
        self.view.found = Some(at);
        self.view.pinned = Some(self.subject());
        self.view.top = Some(row.saturating_sub(usize::from(rows / 3)));
        Some((nth, all))
    }

    /// The text that `copy` and `export` take.
    pub(in crate::tui) fn selected_text(&self) -> Option<&str> {
        if self.has_chosen_call() {
            return self.call_text();
        }
        let subject = self.subject();
        let stream = self.streams.get(&subject);
        let text = stream.map(|stream| stream.face(self.view.extent == Extent::Raw).text());
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            return Some(text);
        }
        match subject {
            Subject::Step(id) => self.planned(&id).map(|p| p.step.description.as_str()),
            Subject::Answer => {
                let ended = self.state.response.as_ref().or(self.state.error.as_ref());
                ended.map(String::as_str)
            }
            Subject::Planning | Subject::Deciding => None,
        }
    }
}
