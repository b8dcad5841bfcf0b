//! What the terminal sends, as messages for the core.

use std::time::Duration;

use crossterm::event::KeyModifiers;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEventKind};
use tokio::time::Instant;

use super::effect::{Msg, Pointer, Press};

/// The longest paste, in bytes.
const MAX_PASTE: usize = 1 << 20;

/// What an event means to the core; nothing for those it does not know.
pub(super) fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Paste(text) => Some(Msg::Paste(pasted(text))),
        Event::Resize(columns, rows) => Some(Msg::Resize(columns, rows)),
        Event::FocusGained => Some(Msg::Focus(true)),
        Event::FocusLost => Some(Msg::Focus(false)),
        Event::Mouse(mouse) => {
            let press = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Press::Click,
                MouseEventKind::Drag(MouseButton::Left) => Press::Drag,
                MouseEventKind::Up(MouseButton::Left) => Press::Release,
                MouseEventKind::ScrollUp => Press::Up,
                MouseEventKind::ScrollDown => Press::Down,
                _ => return None,
            };
            let (column, row) = (mouse.column, mouse.row);
            Some(Msg::Mouse(Pointer { press, column, row }))
        }
    }
}

/// The least characters that make keys which come all at once a paste: nobody types that many in one moment.
const LEAST_PASTED: usize = 12;
/// How long after one piece of a paste another one belongs to it.
const SAME_PASTE: Duration = Duration::from_millis(30);

/// Tells pastes from typing where the terminal does not: text of several lines that comes in one moment.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    /// The terminal marks its pastes.
    marked: bool,
    /// When the last piece of a paste came.
    last: Option<Instant>,
}

impl Bursts {
    /// What came in one moment, with keys that are a paste made one.
    pub(super) fn sift(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        self.marked |= events.iter().any(|event| matches!(event, Event::Paste(_)));
        if self.marked {
            return events;
        }
        let text: Option<String> = events
            .iter()
            .filter(|event| !is_release(event))
            .map(typed)
            .collect();
        let goes_on = self
            .last
            .take()
            .is_some_and(|last| now.duration_since(last) < SAME_PASTE);
        match text {
            Some(text) if goes_on || is_pasted(&text) => {
                self.last = Some(now);
                vec![Event::Paste(text)]
            }
            _ => events,
        }
    }
}

fn is_release(event: &Event) -> bool {
    matches!(event, Event::Key(key) if key.kind == KeyEventKind::Release)
}

/// Whether text that came in one moment is a paste: a line end stands inside of it, and not only where somebody would
/// press enter.
fn is_pasted(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n') && text.chars().count() >= LEAST_PASTED
}

/// The character that a key types; line ends and tabs as pastes send them.
fn typed(event: &Event) -> Option<char> {
    let Event::Key(KeyEvent {
        code, modifiers, ..
    }) = event
    else {
        return None;
    };
    match code {
        KeyCode::Char('j') if *modifiers == KeyModifiers::CONTROL => Some('\n'),
        KeyCode::Enter if modifiers.is_empty() => Some('\n'),
        KeyCode::Tab if modifiers.is_empty() => Some('\t'),
        KeyCode::Char(c) if KeyModifiers::SHIFT.contains(*modifiers) => Some(*c),
        _ => None,
    }
}

fn pasted(mut text: String) -> String {
    if text.len() > MAX_PASTE {
        let end = (0..=MAX_PASTE).rev().find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Event> {
        let key = |c| match c {
            '\r' => KeyCode::Enter,
            c => KeyCode::Char(c),
        };
        let event = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        text.chars().map(|c| event(key(c))).collect()
    }

    #[test]
    fn lines_that_come_at_once_are_a_paste_and_what_is_typed_is_not() {
        let now = Instant::now();
        let mut bursts = Bursts::default();
        let several = "first line\rsecond\r";
        assert_eq!(
            bursts.sift(keys(several), now),
            [Event::Paste("first line\nsecond\n".to_owned())]
        );
        // The next piece of it, and then a key by itself.
        let rest = bursts.sift(keys("third\r"), now + SAME_PASTE / 2);
        assert_eq!(rest, [Event::Paste("third\n".to_owned())]);
        let later = now + SAME_PASTE * 2;
        for typed in ["a line that was typed ahead\r", "j\rj", "x"] {
            assert_eq!(bursts.sift(keys(typed), later), keys(typed), "{typed:?}");
        }
        // A terminal that marks its pastes is believed.
        let paste = vec![Event::Paste("x".to_owned())];
        assert_eq!(bursts.sift(paste.clone(), later), paste);
        assert_eq!(bursts.sift(keys(several), later), keys(several));
    }

    #[test]
    fn pastes_are_bounded_and_end_their_lines_one_way() {
        assert_eq!(pasted("a\r\nb\rc\n".to_owned()), "a\nb\nc\n");
        let long = format!("x{}", "é".repeat(MAX_PASTE));
        assert_eq!(pasted(long).len(), MAX_PASTE - 1);
    }
}
