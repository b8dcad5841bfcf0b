//! The terminal: entering, drawing, leaving. The only user of raw mode and the only writer to the screen.

use std::io::{self, IsTerminal as _, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

use super::TuiError;
use crate::domain::sanitize;

/// The longest text offered to the clipboard, in bytes: about what terminals take.
pub(super) const MAX_COPY: usize = 74_000;

/// A terminal that was taken, until it is left: by [`Screen::leave`], by dropping, or by a panic on the thread that
/// took it. Everything taken is given back in reverse, once.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Buffer>>,
    output: Buffer,
    modes: Arc<Modes>,
    title: String,
    /// The end of what was written last, to tell frames in which nothing changed.
    written: Vec<u8>,
    previous_hook: Option<Arc<Hook>>,
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

impl Screen {
    /// Takes the terminal. Panics of other threads go to `report` as one line instead of onto the screen.
    ///
    /// # Errors
    /// Where standard output is no terminal that can draw; nothing was taken then.
    pub(super) fn enter(report: impl Fn(String) + Send + Sync + 'static) -> Result<Self, TuiError> {
        if !io::stdout().is_terminal() {
            return Err(TuiError::NoTerminal);
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Err(TuiError::Dumb);
        }
        let modes = Arc::new(Modes {
            taken: AtomicBool::new(false),
            before: Mutex::new(None),
            keyboard: speaks_keyboard_protocol(|name| std::env::var(name).ok()),
        });
        let previous_hook = hook(&modes, report);
        let output = Buffer::default();
        let screen = Self {
            terminal: Terminal::new(CrosstermBackend::new(output.clone()))?,
            output,
            modes,
            title: String::new(),
            written: Vec::new(),
            previous_hook: Some(previous_hook),
        };
        screen.modes.take()?;
        Ok(screen)
    }

    /// Draws one frame and writes it in one piece; writes nothing where nothing changed.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn draw(
        &mut self,
        title: &str,
        view: impl FnOnce(&mut Frame<'_>),
    ) -> io::Result<()> {
        if title != self.title {
            queue!(self.output, SetTitle(sanitize::line(title)))?;
            title.clone_into(&mut self.title);
        }
        self.terminal.draw(view)?;
        let frame = self.output.take();
        // Nothing but the cursor, put where it was left.
        if self.written.ends_with(&frame) {
            return Ok(());
        }
        let mut all = Vec::with_capacity(frame.len() + 16);
        queue!(all, BeginSynchronizedUpdate)?;
        all.extend_from_slice(&frame);
        queue!(all, EndSynchronizedUpdate)?;
        write(&all)?;
        self.written = frame;
        Ok(())
    }

    /// Forgets what is on the screen: the next frame clears it and draws every cell.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.written.clear();
        self.title.clear();
        // Not `clear`: it asks the terminal for the cursor and waits for the answer.
        self.terminal.resize(size.into())
    }

    /// Offers text to the terminal's clipboard (OSC 52); whether it arrives is not known.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn copy(&self, text: &str) -> io::Result<()> {
        if !self.modes.taken.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut all = Vec::new();
        queue!(
            all,
            CopyToClipboard::to_clipboard_from(sanitize::block(text).as_bytes())
        )?;
        write(&all)
    }

    /// Gives the terminal back, until [`Screen::retake`].
    ///
    /// # Errors
    /// Where the terminal is gone; as much as can be is undone even so.
    pub(super) fn leave(&self) -> io::Result<()> {
        self.modes.leave()
    }

    /// Takes the terminal again after [`Screen::leave`]. Where another program had it in between and left it in a
    /// mess, `mend` puts it first to where it was before that program, so that leaving gives back what was found.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn retake(&mut self, mend: bool) -> io::Result<()> {
        if mend {
            self.modes.mend();
        }
        self.modes.take()?;
        self.redraw()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is no-one left to tell about an error.
        let _ = self.modes.leave();
        if let Some(previous) = self.previous_hook.take()
            && !thread::panicking()
        {
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

/// What was taken of the terminal.
struct Modes {
    taken: AtomicBool,
    /// The terminal's settings before the last time it was taken.
    before: Mutex<Option<Termios>>,
    /// Whether the keyboard protocol is asked for.
    keyboard: bool,
}

impl Modes {
    fn take(&self) -> io::Result<()> {
        if self.taken.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let taken = with_tty(|tty| tcgetattr(tty)).and_then(|before| {
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            enable_raw_mode()?;
            let mut all = Vec::new();
            // Keep the window's title (XTWINOPS 22).
            all.extend_from_slice(b"\x1b[22;0t");
            queue!(all, EnterAlternateScreen)?;
            if self.keyboard {
                let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
                queue!(all, PushKeyboardEnhancementFlags(flags))?;
            }
            queue!(all, EnableBracketedPaste, EnableFocusChange)?;
            write(&all)
        });
        if taken.is_err() {
            // The first error is the one to tell.
            let _ = self.leave();
        }
        taken
    }

    fn leave(&self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let mut all = Vec::new();
        queue!(
            all,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste
        )?;
        if self.keyboard {
            queue!(all, PopKeyboardEnhancementFlags)?;
        }
        queue!(all, ResetColor, cursor::Show, LeaveAlternateScreen)?;
        all.extend_from_slice(b"\x1b[23;0t");
        let written = write(&all);
        // What was typed for the interface is not for the shell.
        let flushed = with_tty(|tty| tcflush(tty, QueueSelector::IFlush));
        let cooked = disable_raw_mode();
        self.mend();
        written.and(flushed).and(cooked)
    }

    /// Sets the terminal to where it was before it was taken.
    fn mend(&self) {
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

/// Hangs in a panic hook: a panic on this thread leaves the terminal before it is told as usual, one on another thread
/// is reported while the terminal is taken. Returns the hook there was.
fn hook(modes: &Arc<Modes>, report: impl Fn(String) + Send + Sync + 'static) -> Arc<Hook> {
    let previous: Arc<Hook> = Arc::from(panic::take_hook());
    let ours = thread::current().id();
    let (modes, then) = (Arc::clone(modes), Arc::clone(&previous));
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == ours {
            let _ = modes.leave();
        } else if modes.taken.load(Ordering::SeqCst) {
            report(info.to_string());
            return;
        }
        then(info);
    }));
    previous
}

/// The terminal that keys come from: standard input, else the controlling terminal.
fn with_tty<T>(
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

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Collects a frame, so that it is written in one piece: the backend flushes several times a frame.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
