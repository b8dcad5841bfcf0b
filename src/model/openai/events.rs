//! Server-sent events: bytes in, the data of whole events out, wherever the network cut them.

use crate::model::ModelError;
use crate::model::http::malformed;
use crate::model::ndjson::Lines;

/// The longest event; its lines are bounded by themselves.
const MAX_EVENT: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// Its data, or a line that is no part of an event: some servers answer with a plain document.
    Data(String),
    /// The data of an event that is named `error`.
    Error(String),
}

/// Collects lines until an event is whole.
#[derive(Debug, Default)]
pub(super) struct Events {
    lines: Lines,
    data: Option<String>,
    is_error: bool,
    begun: bool,
}

impl Events {
    /// Takes what came from the network.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next whole event, if there is one.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] where it is longer than 16 MiB, whole or not, or is not UTF-8.
    pub(super) fn next_event(&mut self) -> Result<Option<Event>, ModelError> {
        while let Some(line) = self.lines.next_line()? {
            if let Some(event) = self.line(&line)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// The last event, where the stream ended without an empty line after it. Call it when [`Events::next_event`] has no
    /// more.
    ///
    /// # Errors
    /// As [`Events::next_event`].
    pub(super) fn last_event(&mut self) -> Result<Option<Event>, ModelError> {
        if let Some(line) = self.lines.last_line()? {
            self.line(&line)?;
        }
        Ok(self.dispatch())
    }

    fn line(&mut self, line: &str) -> Result<Option<Event>, ModelError> {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.trim_start_matches('\u{feff}')
        };
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add(value)?,
            // An older llama.cpp names the field so, not the event.
            "error" => {
                self.is_error = true;
                self.add(value)?;
            }
            "event" => self.is_error |= value.trim() == "error",
            // A comment, with which servers say that they are still there.
            "" | "id" | "retry" => {}
            _ => self.add(line)?,
        }
        Ok(None)
    }

    fn add(&mut self, text: &str) -> Result<(), ModelError> {
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(text);
            }
            None => self.data = Some(text.to_owned()),
        }
        if self
            .data
            .as_ref()
            .is_some_and(|data| data.len() > MAX_EVENT)
        {
            return Err(malformed("an event longer than 16 MiB"));
        }
        Ok(())
    }

    fn dispatch(&mut self) -> Option<Event> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = self.data.take()?;
        Some(if is_error {
            Event::Error(data)
        } else {
            Event::Data(data)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Event, Events};

    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
        let (mut reader, mut events) = (Events::default(), Vec::new());
        for piece in pieces {
            reader.push(piece);
            while let Some(event) = reader.next_event().unwrap() {
                events.push(event);
            }
        }
        events.extend(reader.last_event().unwrap());
        events
    }

    fn data(text: &str) -> Event {
        Event::Data(text.to_owned())
    }

    #[test]
    fn events_end_with_an_empty_line() {
        let text = "\u{feff}: hello\ndata: {\"a\":\"日\"}\r\n\r\nid: 1\nretry: 5\ndata:b\n\n\n: ping\n\ndata: c\ndata: d";
        let expected = [data("{\"a\":\"日\"}"), data("b"), data("c\nd")];
        assert_eq!(events([text.as_bytes()]), expected);
    }

    #[test]
    fn errors_are_named_in_two_ways() {
        let error = |text: &str| Event::Error(text.to_owned());
        let text = "event: error\ndata: x\n\nerror: y\n\ndata: z\n\n";
        let expected = [error("x"), error("y"), data("z")];
        assert_eq!(events([text.as_bytes()]), expected);
    }

    #[test]
    fn a_plain_document_is_one_event() {
        let text = "{\n  \"a\": \"b: c\"\n}\n";
        let expected = [data("{\n  \"a\": \"b: c\"\n}")];
        assert_eq!(events([text.as_bytes()]), expected);
    }

    proptest! {
        #[test]
        fn every_split_gives_the_same_events(
            text in "(data: ?\\PC{0,8}|:\\PC{0,4}|\n|\r\n){0,8}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(events(pieces), events([bytes]));
        }
    }
}
