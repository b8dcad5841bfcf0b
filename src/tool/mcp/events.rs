//! The events of an answer over streamable HTTP: bounded in size, and in how many nobody asked for.

use futures_util::stream::{BoxStream, StreamExt};
use reqwest::Response;
use rmcp::transport::streamable_http_client::SseError;
use sse_stream::{Sse, SseStream};

use super::http::{HttpFault, innermost, too_long_text};
use super::why::Why;
use super::{MOST_MESSAGE, MOST_UNASKED, Shape};

pub(super) type Events = BoxStream<'static, Result<Sse, SseError>>;

/// The events of an answer; notifications are emptied, and too many of them end the stream.
pub(super) fn events(response: Response, why: &Why) -> Events {
    let mut size = EventSize::default();
    let (too_long, too_much) = (why.clone(), why.clone());
    let bytes = response.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|error| {
            HttpFault(format!(
                "the connection broke: {}",
                innermost(&error.without_url())
            ))
        })?;
        if size.passes(&chunk, MOST_MESSAGE) {
            Ok(chunk)
        } else {
            let text = too_long_text();
            too_long.give_up(text.clone());
            Err(HttpFault(text))
        }
    });
    let (mut unasked, mut answered) = (0, false);
    let events = SseStream::from_bytes_stream(bytes).map(move |event| {
        let mut event = event?;
        let data = event.data.as_deref().unwrap_or_default();
        let shape = serde_json::from_str(data);
        let answers = matches!(
            shape,
            Ok(Shape {
                method: None,
                id: Some(_),
            })
        );
        // A stream holds the answer to one request; what else looks like one was not asked for.
        if answers && !std::mem::replace(&mut answered, true) {
            unasked = 0;
            return Ok(event);
        }
        unasked += data.len();
        if unasked > MOST_UNASKED {
            let most = MOST_UNASKED / (1024 * 1024);
            let text = format!("it sent {most} MiB that nobody asked for");
            too_much.give_up(text.clone());
            return Err(SseError::Body(Box::new(HttpFault(text))));
        }
        if let Ok(Shape { id: None, .. }) = shape {
            event.data = None;
        }
        Ok(event)
    });
    events.boxed()
}

/// Counts the bytes of an event, which ends with an empty line.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    at_line_start: bool,
}

impl EventSize {
    /// Whether no event has more than `most` bytes so far.
    fn passes(&mut self, chunk: &[u8], most: usize) -> bool {
        for &byte in chunk {
            match byte {
                b'\n' if self.at_line_start => self.bytes = 0,
                b'\n' => self.at_line_start = true,
                b'\r' => {}
                _ => self.at_line_start = false,
            }
            self.bytes += 1;
            if self.bytes > most {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::EventSize;

    #[test]
    fn an_event_is_bounded_however_it_is_cut() {
        let mut size = EventSize::default();
        assert!(size.passes(b"data: aaaa\n\ndata: bbbb\r\n\r\n", 16));
        assert!(size.passes(b"data: c", 16));
        assert!(size.passes(b"cccccc", 16));
        assert!(!size.passes(b"cccc", 16));
    }
}
