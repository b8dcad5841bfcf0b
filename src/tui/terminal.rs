//! What is taken of a terminal, and how it is given back. The only user of raw mode.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, queue};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

use super::announce::Progress;

/// Buttons, wheel and moves while a button is held (1002), as numbers of any size (1006); not every move, which would wake
/// us each time.
const MOUSE: &[u8] = b"\x1b[?1002h\x1b[?1006h";

/// What was taken of the terminal.
pub(super) struct Modes {
    taken: AtomicBool,
    /// The terminal's settings before the last time it was taken.
    before: Mutex<Option<Termios>>,
    /// Whether the keyboard protocol is asked for.
    keyboard: bool,
    /// Whether clicks and the wheel are asked for.
    mouse: AtomicBool,
    /// Whether a screen of its own is taken.
    screen: bool,
    /// Whether the taskbar shows progress.
    progress: AtomicBool,
}

impl Modes {
    /// Nothing taken yet.
    pub(super) fn new(mouse: bool) -> Self {
        Self {
            taken: AtomicBool::new(false),
            before: Mutex::new(None),
            keyboard: speaks_keyboard_protocol(|name| std::env::var(name).ok()),
            mouse: AtomicBool::new(mouse),
            screen: true,
            progress: AtomicBool::new(false),
        }
    }

    /// The same where the taskbar shows progress, which is taken away in the end.
    pub(super) fn with_progress(self, progress: bool) -> Self {
        Self {
            progress: AtomicBool::new(progress),
            ..self
        }
    }

    /// The same without a screen of its own: what is printed stays.
    pub(super) fn on_the_main_screen(self) -> Self {
        Self {
            screen: false,
            ..self
        }
    }

    /// Whether the terminal is taken.
    pub(super) fn are_taken(&self) -> bool {
        self.taken.load(Ordering::SeqCst)
    }

    /// Takes the terminal; where that fails, it is left again.
    pub(super) fn take(&self) -> io::Result<()> {
        if self.taken.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let taken = with_tty(|tty| tcgetattr(tty)).and_then(|before| {
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            enable_raw_mode()?;
            let mut all = Vec::new();
            // Keep the window's title (XTWINOPS 22).
            all.extend_from_slice(b"\x1b[22;0t");
            if self.screen {
                queue!(all, EnterAlternateScreen)?;
            }
            if self.keyboard {
                let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
                queue!(all, PushKeyboardEnhancementFlags(flags))?;
            }
            queue!(all, EnableBracketedPaste, EnableFocusChange)?;
            if self.mouse.load(Ordering::SeqCst) {
                all.extend_from_slice(MOUSE);
            }
            write(&all)
        });
        if taken.is_err() {
            // The first error is the one to tell.
            let _ = self.leave();
        }
        taken
    }

    /// Takes the mouse and the taskbar from now on, or gives them back.
    pub(super) fn change(&self, mouse: bool, progress: bool) -> io::Result<()> {
        let had_mouse = self.mouse.swap(mouse, Ordering::SeqCst);
        let had_progress = self.progress.swap(progress, Ordering::SeqCst);
        if !self.are_taken() {
            return Ok(());
        }
        let mut all = Vec::new();
        match (had_mouse, mouse) {
            (false, true) => all.extend_from_slice(MOUSE),
            (true, false) => queue!(all, DisableMouseCapture)?,
            _ => {}
        }
        if had_progress && !progress {
            all.extend_from_slice(Progress::None.sequence().as_bytes());
        }
        write(&all)
    }

    /// Gives the window the title back that it had, which is kept for the end still (XTWINOPS 23 and 22).
    pub(super) fn title_back(&self) -> io::Result<()> {
        if !self.are_taken() {
            return Ok(());
        }
        write(b"\x1b[23;0t\x1b[22;0t")
    }

    /// Gives everything back in reverse, once; as much as can be, even where the terminal is gone.
    pub(super) fn leave(&self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let mut all = Vec::new();
        Self::settle(&mut all)?;
        if self.progress.load(Ordering::SeqCst) {
            all.extend_from_slice(Progress::None.sequence().as_bytes());
        }
        if self.keyboard {
            queue!(all, PopKeyboardEnhancementFlags)?;
        }
        if self.screen {
            queue!(all, LeaveAlternateScreen)?;
        }
        all.extend_from_slice(b"\x1b[23;0t");
        let written = write(&all);
        // What was typed for the interface is not for the shell.
        let flushed = with_tty(|tty| tcflush(tty, QueueSelector::IFlush));
        let cooked = disable_raw_mode();
        self.restore_settings();
        written.and(flushed).and(cooked)
    }

    /// Everything off that can be switched off whether it is on or not.
    pub(super) fn settle(out: &mut Vec<u8>) -> io::Result<()> {
        queue!(
            out,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            ResetColor,
            cursor::Show
        )
    }

    /// Sets the terminal to where it was before it was taken.
    pub(super) fn restore_settings(&self) {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = &*before {
            let _ = with_tty(|tty| tcsetattr(tty, OptionalActions::Now, before));
        }
    }
}

/// Whether the terminal is one that is known to speak the keyboard protocol, by its name: asking it would cost a
/// silent terminal's time-out at every start.
fn speaks_keyboard_protocol(var: impl Fn(&str) -> Option<String>) -> bool {
    const TERMS: [&str; 6] = [
        "xterm-kitty",
        "xterm-ghostty",
        "foot",
        "alacritty",
        "wezterm",
        "rio",
    ];
    const PROGRAMS: [&str; 3] = ["WezTerm", "ghostty", "rio"];
    if var("TMUX").is_some() || var("STY").is_some() || var("ZELLIJ").is_some() {
        return false;
    }
    var("TERM").is_some_and(|term| TERMS.iter().any(|known| term.starts_with(known)))
        || var("TERM_PROGRAM").is_some_and(|name| PROGRAMS.contains(&name.as_str()))
}

/// The terminal that keys come from: standard input, else the controlling terminal.
pub(super) fn with_tty<T>(
    act: impl FnOnce(rustix::fd::BorrowedFd<'_>) -> rustix::io::Result<T>,
) -> io::Result<T> {
    use std::os::fd::AsFd as _;
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(act(stdin.as_fd())?);
    }
    let tty = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")?;
    Ok(act(tty.as_fd())?)
}

/// Writes to the screen in one piece.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyboard_protocol_is_for_terminals_known_to_speak_it() {
        let asked = |vars: &[(&str, &str)]| {
            speaks_keyboard_protocol(|name| {
                vars.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(asked(&[("TERM", "xterm-kitty")]));
        assert!(asked(&[
            ("TERM", "xterm-256color"),
            ("TERM_PROGRAM", "WezTerm")
        ]));
        assert!(!asked(&[("TERM", "xterm-256color")]));
        assert!(!asked(&[("TERM", "foot"), ("TMUX", "/tmp/tmux")]));
        assert!(!asked(&[]));
    }
}
