//! Whether a terminal's background is light or dark, asked of the terminal itself (OSC 11).

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::terminal::{with_tty, write};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest answer that is read, in bytes.
const MOST: usize = 256;

/// Asks once; none where the terminal does not answer in time. Must be called in raw mode, before anything else reads keys:
/// what is typed meanwhile is lost.
pub(super) fn is_light() -> Option<bool> {
    // Every terminal answers the second question, so that one that does not know the first costs no wait.
    write(b"\x1b]11;?\x1b\\\x1b[c").ok()?;
    let answer = read().ok()?;
    luminance(&answer).map(|luminance| luminance > 0.5)
}

/// What comes within the time, up to the end of the second answer.
fn read() -> io::Result<Vec<u8>> {
    let until = Instant::now() + PATIENCE;
    let mut answer = Vec::new();
    while answer.len() < MOST && !is_whole(&answer) {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec {
            tv_sec: 0,
            tv_nsec: left.subsec_nanos().into(),
        };
        let read = with_tty(|tty| {
            let mut wanted = [PollFd::new(&tty, PollFlags::IN)];
            if poll(&mut wanted, Some(&left))? == 0 {
                return Ok(0);
            }
            let mut bytes = [0; 64];
            let count = rustix::io::read(tty, &mut bytes)?;
            answer.extend_from_slice(&bytes[..count]);
            Ok(count)
        })?;
        if read == 0 {
            break;
        }
    }
    Ok(answer)
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
    use super::{is_whole, luminance};

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
