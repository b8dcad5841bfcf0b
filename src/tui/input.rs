//! What the terminal sends, as messages for the core.

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};

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

    #[test]
    fn pastes_are_bounded_and_end_their_lines_one_way() {
        assert_eq!(pasted("a\r\nb\rc\n".to_owned()), "a\nb\nc\n");
        let long = format!("x{}", "é".repeat(MAX_PASTE));
        assert_eq!(pasted(long).len(), MAX_PASTE - 1);
    }
}
