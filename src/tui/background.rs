//! Whether a terminal's background is light or dark, asked of the terminal itself (OSC 11).

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::terminal::{with_tty, write};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest wait for the rest of an answer that has begun.
const REST: Duration = Duration::from_millis(50);
/// How late an answer may come and still be known as one.
const LATE: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes.
const MOST: usize = 256;

/// What a terminal said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// That its background is light, or that it is not.
    Light(bool),
    /// Nothing about it.
    Nothing,
    /// Nothing so far: it may still answer.
    Later,
}

/// Asks once. Must be called in raw mode, while nothing else reads keys: what is typed meanwhile is lost.
pub(super) fn ask() -> Said {
    // Every terminal answers the second question, so that one that does not know the first costs no wait.
    let asked = write(b"\x1b]11;?\x1b\\\x1b[c");
    let mut answer = Vec::new();
    let read = asked.and_then(|()| read(&mut answer));
    match luminance(&answer) {
        Some(light) => Said::Light(light > 0.5),
        None if read.is_ok() && is_whole(&answer) => Said::Nothing,
        // Whatever else came: the answer may still do so.
        None => Said::Later,
    }
}

/// What comes within the time, up to the end of the second answer. What has begun in time may end later.
fn read(answer: &mut Vec<u8>) -> io::Result<()> {
    let mut until = Instant::now() + PATIENCE;
    while answer.len() < MOST && !is_whole(answer) {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec {
            tv_sec: 0,
            tv_nsec: left.subsec_nanos().into(),
        };
        let read = with_tty(|tty| {
            let mut wanted = [PollFd::new(&tty, PollFlags::IN)];
            match poll(&mut wanted, Some(&left)) {
                Ok(0) => return Ok(None),
                // A signal came first.
                Err(rustix::io::Errno::INTR) => return Ok(Some(0)),
                polled => polled?,
            };
            let mut bytes = [0; 64];
            let count = rustix::io::read(tty, &mut bytes)?;
            answer.extend_from_slice(&bytes[..count]);
            Ok(Some(count))
        })?;
        match read {
            None => break,
            Some(0) => {}
            Some(_) => until = until.max(Instant::now() + REST),
        }
    }
    Ok(())
}

/// An answer that comes late, over a slow line: among the keys, as which it must not be taken.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Until when it may come.
    until: Option<Instant>,
    /// What has come of it.
    begun: Option<String>,
}

impl Late {
    /// An answer may still come.
    pub(super) fn expect(&mut self, now: Instant) {
        (self.until, self.begun) = (Some(now + LATE), None);
    }

    /// Takes the answer out of these events, and what it says.
    pub(super) fn sift(&mut self, events: &mut Vec<Event>, now: Instant) -> Option<bool> {
        if self.until.is_none_or(|until| now > until) {
            (self.until, self.begun) = (None, None);
            return None;
        }
        let mut light = None;
        events.retain(|event| {
            let Event::Key(key) = event else {
                return true;
            };
            let (held, code) = (key.modifiers, key.code);
            // The bell ends it as well, and looks like a key.
            let ends = matches!(
                (code, held),
                (KeyCode::Char('\\'), KeyModifiers::ALT)
                    | (KeyCode::Char('g'), KeyModifiers::CONTROL)
            );
            let plain = (held - KeyModifiers::SHIFT).is_empty();
            match (&mut self.begun, code) {
                (None, KeyCode::Char(']')) if held == KeyModifiers::ALT => {
                    self.begun = Some("]".to_owned());
                    false
                }
                // Another one may follow, where it was asked for again meanwhile.
                (begun @ Some(_), _) if ends => {
                    let text = begun.take().unwrap_or_default();
                    light = luminance(format!("{text}\x1b").as_bytes()).or(light);
                    false
                }
                (begun @ Some(_), KeyCode::Char(c)) if plain => {
                    let text = begun.get_or_insert_default();
                    text.push(c);
                    let goes_on = is_answer(text);
                    if !goes_on {
                        // It was a key, and so is this one.
                        *begun = None;
                    }
                    !goes_on
                }
                _ => true,
            }
        });
        light.map(|light| light > 0.5)
    }
}

/// Whether an answer can begin like this: `]11;rgb:` and figures.
fn is_answer(text: &str) -> bool {
    const HEAD: &str = "]11;rgb:";
    match text.strip_prefix(HEAD) {
        Some(figures) => {
            figures.len() <= 3 * 4 + 2 && figures.chars().all(|c| c.is_ascii_hexdigit() || c == '/')
        }
        None => HEAD.starts_with(text),
    }
}

/// Whether the answer to the second question is there: `ESC [ ? … c`.
fn is_whole(answer: &[u8]) -> bool {
    let start = answer.windows(3).position(|bytes| bytes == b"\x1b[?");
    start.is_some_and(|start| answer[start..].contains(&b'c'))
}

/// How light the answered colour is, from 0 to 1: `rgb:ffff/ffff/ffff`, with one to four digits each.
fn luminance(answer: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(answer);
    let (_, color) = text.split_once("]11;rgb:")?;
    let end = color.find(|c: char| !c.is_ascii_hexdigit() && c != '/')?;
    let mut parts = color[..end].split('/').map(|part| {
        let most = 16_u32
            .checked_pow(u32::try_from(part.len()).ok()?)?
            .checked_sub(1)?;
        let value = u32::from_str_radix(part, 16).ok()?;
        Some(f64::from(value) / f64::from(most))
    });
    let mut next = || parts.next().flatten();
    let (red, green, blue) = (next()?, next()?, next()?);
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::{LATE, Late, is_whole, luminance};

    /// Keys as they come of these characters; `<` stands for the Alt key with the next one, `^` for Ctrl.
    fn keys(text: &str) -> Vec<Event> {
        let mut held = KeyModifiers::NONE;
        let mut events = Vec::new();
        for c in text.chars() {
            match c {
                '<' => held = KeyModifiers::ALT,
                '^' => held = KeyModifiers::CONTROL,
                _ => {
                    events.push(Event::Key(KeyEvent::new(KeyCode::Char(c), held)));
                    held = KeyModifiers::NONE;
                }
            }
        }
        events
    }

    #[test]
    fn an_answer_that_comes_late_is_no_typing() {
        let now = Instant::now();
        for (text, light, left) in [
            ("ab<]11;rgb:ffff/ffff/ffff<\\cd", Some(true), "abcd"),
            ("<]11;rgb:0000/0000/0000^gx", Some(false), "x"),
            ("plain<xtext", None, "plain<xtext"),
            ("<]nothing of it<\\^g", None, "nothing of it<\\^g"),
            ("<]11;rgb:ffff and so on", None, " and so on"),
        ] {
            let mut late = Late::default();
            let mut untouched = keys(text);
            assert_eq!(late.sift(&mut untouched, now), None, "nothing is expected");
            assert_eq!(untouched, keys(text));
            late.expect(now);
            let mut events = keys(text);
            assert_eq!(late.sift(&mut events, now), light, "{text}");
            assert_eq!(events, keys(left), "{text}");
        }
        // In two pieces, and too late.
        let mut late = Late::default();
        late.expect(now);
        let mut first = keys("<]11;rgb:ff");
        assert_eq!(late.sift(&mut first, now), None);
        let mut second = keys("ff/ffff/ffff^gy");
        assert_eq!(late.sift(&mut second, now), Some(true));
        assert_eq!((first, second), (Vec::new(), keys("y")));
        late.expect(now);
        let mut events = keys("<]1");
        assert_eq!(
            late.sift(&mut events, now + LATE + Duration::from_secs(1)),
            None
        );
        assert_eq!(events, keys("<]1"));
    }

    #[test]
    fn answers_are_read_as_terminals_give_them() {
        let light = |answer: &str| luminance(answer.as_bytes()).map(|light| light > 0.5);
        assert_eq!(
            light("\x1b]11;rgb:ffff/fafa/f0f0\x1b\\\x1b[?62;c"),
            Some(true)
        );
        assert_eq!(light("\x1b]11;rgb:1e/1e/2e\x07"), Some(false));
        assert_eq!(light("\x1b[?1;2c"), None);
        assert_eq!(light("\x1b]11;rgb:zz/1/1\x07"), None);
        assert_eq!(light("\x1b]11;rgb:fffffffff/f/f\x07"), None);
        assert_eq!(light("\x1b]11;rgb:ff/ff\x07"), None);
        assert!(is_whole(b"x\x1b[?62;22c") && !is_whole(b"\x1b]11;rgb:cc/cc/cc"));
    }
}
