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
const LEAST_PASTED: usize = 8;
/// The least characters before an enter, each at the heels of the one before, that may be a piece of a paste.
const LEAST_HURRIED: usize = 4;
/// How soon after a key the next one is at its heels: nobody types like that.
const HURRIED: Duration = Duration::from_millis(30);
/// How long after one piece of a paste another one belongs to it.
const SAME_PASTE: Duration = Duration::from_millis(100);

/// Tells pastes from typing where the terminal does not: text of several lines that comes in one moment, or in pieces at the
/// heels of each other. An enter that may stand between two pieces waits for a moment.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    /// The terminal marks its pastes.
    marked: bool,
    /// When the last piece of a paste came.
    pasted: Option<Instant>,
    /// The last piece ended with a carriage return.
    after_return: bool,
    /// How many characters came at the heels of each other, and when the last one did.
    hurried: usize,
    typed: Option<Instant>,
    /// An enter that waits, and until when.
    held: Option<(Event, Instant)>,
}

impl Bursts {
    /// What came in one moment, with keys that are a paste made one.
    pub(super) fn sift(&mut self, mut events: Vec<Event>, now: Instant) -> Vec<Event> {
        self.marked |= events.iter().any(|event| matches!(event, Event::Paste(_)));
        let presses = events.iter().filter(|event| !is_release(event));
        let text: Option<String> = presses.map(typed).collect();
        let text = text.filter(|text| !text.is_empty() && !self.marked);
        let held = self.held.take().map(|(enter, _)| enter);
        let Some(text) = text else {
            return held.into_iter().chain(events).collect();
        };
        let within = |since: Option<Instant>, time| {
            since.is_some_and(|since| now.duration_since(since) < time)
        };
        let hurried =
            self.hurried >= LEAST_HURRIED && within(self.typed, HURRIED) && goes_on(&text);
        let goes_on = within(self.pasted, SAME_PASTE);
        if held.is_some() || goes_on || hurried || is_pasted(&text) {
            let broken = held.is_some() || goes_on && self.after_return;
            // The rest of a line end whose first character came before.
            let rest = text.strip_prefix('\n').filter(|_| broken).unwrap_or(&text);
            let line_end = if held.is_some() { "\n" } else { "" };
            self.after_return = text.ends_with('\r');
            self.pasted = Some(now);
            self.hurried = 0;
            return vec![Event::Paste(format!("{line_end}{rest}"))];
        }
        let line = text.trim_end_matches(LINE_ENDS);
        let before = if line.is_empty() { SAME_PASTE } else { HURRIED };
        if !within(self.typed, before) {
            self.hurried = 0;
        }
        self.hurried += line.chars().count();
        self.typed = Some(now);
        let is_enter = |event: &Event| !is_release(event) && typed(event) == Some('\r');
        if self.hurried >= LEAST_HURRIED
            && text.ends_with('\r')
            && let Some(at) = events.iter().rposition(is_enter)
        {
            self.held = Some((events.remove(at), now + SAME_PASTE));
        }
        events
    }

    /// Until when an enter waits; none where none does.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.as_ref().map(|(_, until)| *until)
    }

    /// The enter after which nothing more came.
    pub(super) fn release(&mut self, now: Instant) -> Option<Event> {
        let over = self.held.take_if(|(_, until)| *until <= now);
        over.map(|(enter, _)| enter)
    }
}

const LINE_ENDS: [char; 2] = ['\r', '\n'];

fn is_release(event: &Event) -> bool {
    matches!(event, Event::Key(key) if key.kind == KeyEventKind::Release)
}

/// Whether text that came in one moment is a paste: a line end stands inside of it, and not only where somebody would
/// press enter.
fn is_pasted(text: &str) -> bool {
    // Nobody types both characters of such a line end.
    text.contains("\r\n") || goes_on(text) && text.chars().count() >= LEAST_PASTED
}

/// Whether there is more after a line end.
fn goes_on(text: &str) -> bool {
    text.trim_end_matches(LINE_ENDS).contains(LINE_ENDS)
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
        KeyCode::Enter if modifiers.is_empty() => Some('\r'),
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
            '\r' => (KeyCode::Enter, KeyModifiers::NONE),
            '\n' => (KeyCode::Char('j'), KeyModifiers::CONTROL),
            c => (KeyCode::Char(c), KeyModifiers::NONE),
        };
        let event = |(code, modifiers)| Event::Key(KeyEvent::new(code, modifiers));
        text.chars().map(|c| event(key(c))).collect()
    }

    /// What the program hears of pieces that come so many milliseconds after each other.
    fn heard(pieces: &[(u64, &str)]) -> String {
        let mut bursts = Bursts::default();
        let mut now = Instant::now();
        let mut heard = String::new();
        let mut hear = |event| match event {
            Event::Paste(text) => heard.push_str(&format!("[{}]", pasted(text))),
            event => heard.extend(typed(&event)),
        };
        for (pause, piece) in pieces {
            let then = now + Duration::from_millis(*pause);
            if let Some(due) = bursts.due().filter(|due| *due <= then) {
                bursts.release(due).into_iter().for_each(&mut hear);
            }
            now = then;
            bursts
                .sift(keys(piece), now)
                .into_iter()
                .for_each(&mut hear);
        }
        bursts
            .release(now + SAME_PASTE)
            .into_iter()
            .for_each(&mut hear);
        heard
    }

    #[test]
    fn lines_that_come_at_once_are_a_paste_and_what_is_typed_is_not() {
        for (pieces, expected) in [
            (&[(0, "first line\rsecond\r")][..], "[first line\nsecond\n]"),
            (&[(0, "first line\r\nsecond\r\n")], "[first line\nsecond\n]"),
            // What follows at its heels belongs to it; what comes later does not.
            (
                &[
                    (0, "first line\rsecond\r"),
                    (50, "third\r"),
                    (200, "j"),
                    (90, "\r"),
                ],
                "[first line\nsecond\n][third\n]j\r",
            ),
            (
                &[(0, "a line that was typed ahead\r")],
                "a line that was typed ahead\r",
            ),
            (&[(0, "j\rj")], "j\rj"),
        ] {
            assert_eq!(heard(pieces), expected);
        }
        // A terminal that marks its pastes is believed.
        let (now, mut bursts) = (Instant::now(), Bursts::default());
        let paste = vec![Event::Paste("x".to_owned())];
        assert_eq!(bursts.sift(paste.clone(), now), paste);
        let several = keys("first line\rsecond\r");
        assert_eq!(bursts.sift(several.clone(), now), several);
    }

    #[test]
    fn a_paste_in_pieces_is_one_and_nobody_has_to_type_slowly() {
        // A line end at the beginning is one, however an earlier paste ended.
        let two = [(0, "first line\rsecond\r"), (500, "\nthird line\rx")];
        assert_eq!(heard(&two), "[first line\nsecond\n][\nthird line\nx]");
        for pause in [1, 5, 20, 50, 80] {
            for lines in [
                &["first line\r", "second line\r", "third\r"][..],
                &["first line", "\r", "second line", "\r", "third", "\r"],
                &["first lin", "e\rsecond", " line\rthi", "rd\r"],
                &["first line\r\n", "second line\r", "\nthird\r\n"],
            ] {
                let pieces: Vec<_> = lines.iter().map(|line| (pause, *line)).collect();
                let heard = heard(&pieces).replace(['[', ']'], "");
                assert_eq!(
                    heard, "first line\nsecond line\nthird\n",
                    "{pause} {lines:?}"
                );
            }
        }
        let each: Vec<String> = "first line\rsecond".chars().map(String::from).collect();
        let slow: Vec<_> = each.iter().map(|c| (60, c.as_str())).collect();
        assert_eq!(heard(&slow), "first line\rsecond");
        let quick: Vec<_> = each.iter().map(|c| (20, c.as_str())).collect();
        assert_eq!(heard(&quick), "first line[\ns][e][c][o][n][d]");
        // Typed by hand, sent by a program, and a second task soon after.
        assert_eq!(heard(&[(0, "task"), (10, "\r"), (150, "j")]), "task\rj");
        assert_eq!(
            heard(&[
                (0, "a"),
                (90, "b"),
                (90, "c"),
                (90, "d"),
                (60, "\r"),
                (40, "j")
            ]),
            "abcd\rj"
        );
    }

    #[test]
    fn an_enter_that_waits_comes_before_what_is_no_text() {
        let (now, mut bursts) = (Instant::now(), Bursts::default());
        let task = keys("task\r");
        assert_eq!(bursts.sift(task.clone(), now), task[..4]);
        assert_eq!(bursts.release(now), None);
        let resized = Event::Resize(80, 24);
        assert_eq!(
            bursts.sift(vec![resized.clone()], now),
            [task[4].clone(), resized]
        );
        assert_eq!(bursts.due(), None);
    }

    #[test]
    fn pastes_are_bounded_and_end_their_lines_one_way() {
        assert_eq!(pasted("a\r\nb\rc\n".to_owned()), "a\nb\nc\n");
        let long = format!("x{}", "é".repeat(MAX_PASTE));
        assert_eq!(pasted(long).len(), MAX_PASTE - 1);
    }
}
