//! The screen: taking it, drawing on it, giving it back. The only writer to the terminal; [`super::terminal`] says what is taken of it.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate, SetTitle};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

use super::TuiError;
use super::announce::{Announce, Progress};
use super::links::{Link, Links};
use super::look::Look;
use super::terminal::{Modes, write};
use crate::domain::sanitize;

/// The longest text offered to the clipboard, in bytes: about what terminals take.
pub(super) const MAX_COPY: usize = 74_000;

/// A terminal that was taken, until it is left: by [`Screen::leave`], by dropping, or by a panic on the thread that
/// took it. Everything taken is given back in reverse, once.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Buffer>>,
    output: Buffer,
    modes: Arc<Modes>,
    announce: Announce,
    title: String,
    progress: Progress,
    links: Links,
    /// The end of what was written last, to tell frames in which nothing changed.
    written: Vec<u8>,
    previous_hook: Option<Arc<Hook>>,
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

impl Screen {
    /// Takes the terminal, and the mouse where it is asked for. Panics of other threads go to `report` as one line instead of onto the screen.
    ///
    /// # Errors
    /// Where standard output is no terminal that can draw; nothing was taken then.
    pub(super) fn enter(
        look: &Look,
        report: impl Fn(String) + Send + Sync + 'static,
    ) -> Result<Self, TuiError> {
        TuiError::check_terminal()?;
        let announce = look.announce;
        let modes = Arc::new(Modes::new(look.mouse).with_progress(announce.progress));
        let previous_hook = hook(&modes, report);
        let output = Buffer::default();
        let screen = Self {
            terminal: Terminal::new(CrosstermBackend::new(output.clone()))?,
            output,
            modes,
            announce,
            title: String::new(),
            progress: Progress::None,
            links: Links::default(),
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
        progress: Progress,
        view: impl FnOnce(&mut Frame<'_>) -> Vec<Link>,
    ) -> io::Result<()> {
        if self.announce.progress && progress != self.progress {
            self.output.write_all(progress.sequence().as_bytes())?;
            self.progress = progress;
        }
        if self.announce.title && title != self.title {
            queue!(self.output, SetTitle(sanitize::line(title)))?;
            title.clone_into(&mut self.title);
        }
        let mut links = Vec::new();
        let drawn = self.terminal.draw(|frame| links = view(frame))?;
        if self.announce.links {
            self.links.update(&mut self.output, drawn.buffer, links)?;
        }
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

    /// Has the terminal as this look wants it from now on.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn wear(&mut self, look: &Look) -> io::Result<()> {
        self.modes.change(look.mouse, look.announce.progress)?;
        if self.announce.title && !look.announce.title {
            self.modes.title_back()?;
        }
        self.announce = look.announce;
        self.redraw()
    }

    /// Forgets what is on the screen: the next frame clears it and draws every cell.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.written.clear();
        self.links.forget();
        self.title.clear();
        self.progress = Progress::None;
        // Not `clear`: it asks the terminal for the cursor and waits for the answer.
        self.terminal.resize(size.into())
    }

    /// Offers text to the terminal's clipboard (OSC 52); whether it arrives is not known.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn copy(&self, text: &str) -> io::Result<()> {
        if !self.modes.are_taken() {
            return Ok(());
        }
        let mut all = Vec::new();
        queue!(
            all,
            CopyToClipboard::to_clipboard_from(sanitize::block(text).as_bytes())
        )?;
        write(&all)
    }

    /// Calls a person who looks elsewhere.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn notify(&self, words: &str) -> io::Result<()> {
        if !self.modes.are_taken() {
            return Ok(());
        }
        write(&self.announce.notify.bytes(words))
    }

    /// Gives the terminal back, until [`Screen::retake`].
    ///
    /// # Errors
    /// Where the terminal is gone; as much as can be is undone even so.
    pub(super) fn leave(&self) -> io::Result<()> {
        self.modes.leave()
    }

    /// Undoes what another program may have left behind that had the terminal since [`Screen::leave`].
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn mend(&self) -> io::Result<()> {
        let mut all = Vec::new();
        Modes::settle(&mut all)?;
        self.modes.restore_settings();
        write(&all)
    }

    /// Takes the terminal again after [`Screen::leave`]. Where another program had it in between and left it in a
    /// mess, `mend` puts it first to where it was before that program, so that leaving gives back what was found.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn retake(&mut self, mend: bool) -> io::Result<()> {
        if mend {
            self.modes.restore_settings();
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

/// Hangs in a panic hook: a panic on this thread leaves the terminal before it is told as usual, one on another thread
/// is reported while the terminal is taken. Returns the hook there was.
fn hook(modes: &Arc<Modes>, report: impl Fn(String) + Send + Sync + 'static) -> Arc<Hook> {
    let previous: Arc<Hook> = Arc::from(panic::take_hook());
    let ours = thread::current().id();
    let (modes, then) = (Arc::clone(modes), Arc::clone(&previous));
    panic::set_hook(Box::new(move |info| {
        log::error!("a defect in planwright: {info}");
        if thread::current().id() == ours {
            let _ = modes.leave();
        } else if modes.are_taken() {
            report(info.to_string());
            return;
        }
        then(info);
    }));
    previous
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

    /// Set in the process that a test starts in a terminal: there it does what is to be watched.
    const IN_TERMINAL: &str = "PLANWRIGHT_TEST_IN_TERMINAL";

    /// Runs the test of this name once more, in a terminal: what it wrote, and whether its settings are as before.
    fn in_a_terminal(test: &str) -> (String, bool) {
        use portable_pty::{CommandBuilder, PtySize, native_pty_system};
        use std::io::Read as _;
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let settings = || format!("{:?}", pair.master.get_termios());
        let before = settings();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let test = format!("tui::surface::tests::{test}");
        command.args(["--exact", &test, "--nocapture", "--test-threads=1"]);
        command.env("TERM", "xterm-256color");
        command.env(IN_TERMINAL, "1");
        let mut output = pair.master.try_clone_reader().unwrap();
        let reader = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = output.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        pair.slave.spawn_command(command).unwrap().wait().unwrap();
        let same = settings() == before;
        drop(pair.slave);
        (reader.join().unwrap(), same)
    }

    #[test]
    fn a_panic_of_the_interface_is_told_after_the_terminal_was_left() {
        if std::env::var_os(IN_TERMINAL).is_some() {
            let mut look = Look::default();
            look.announce.progress = true;
            let mut screen = Screen::enter(&look, |_| {}).unwrap();
            screen
                .draw("title", Progress::Running(50), |_| Vec::new())
                .unwrap();
            screen
                .draw("title", Progress::Running(60), |_| panic!("drawn badly"))
                .unwrap();
        }
        let (seen, same) =
            in_a_terminal("a_panic_of_the_interface_is_told_after_the_terminal_was_left");
        assert!(same, "{seen:?}");
        let (left, told) = (seen.find("\x1b[?1049l"), seen.find("drawn badly"));
        assert!(left.is_some() && left < told, "{seen:?}");
        assert_eq!(seen.matches("\x1b[?1049l").count(), 1, "{seen:?}");
        let shown: Vec<&str> = seen.split("\x1b]9;4;").skip(1).collect();
        assert!(shown[0].starts_with("1;50"), "{seen:?}");
        assert!(
            shown[1..].iter().all(|at| at.starts_with("0;0")),
            "{seen:?}"
        );
        assert!(shown.len() > 1, "{seen:?}");
    }

    #[test]
    #[expect(
        clippy::print_stdout,
        reason = "what this test reads when it is run in a terminal"
    )]
    fn a_panic_beside_the_interface_leaves_the_screen_alone_and_is_reported() {
        if std::env::var_os(IN_TERMINAL).is_some() {
            let (report, reports) = std::sync::mpsc::channel();
            let screen = Screen::enter(&Look::default(), move |what| {
                report.send(what).unwrap();
            })
            .unwrap();
            thread::spawn(|| panic!("in a task")).join().unwrap_err();
            drop(screen);
            println!("reported: {}", reports.recv().unwrap());
            return;
        }
        let (seen, same) =
            in_a_terminal("a_panic_beside_the_interface_leaves_the_screen_alone_and_is_reported");
        assert!(same, "{seen:?}");
        let (left, told) = (seen.find("\x1b[?1049l"), seen.find("reported: panicked at"));
        assert!(left.is_some() && left < told, "{seen:?}");
        assert_eq!(seen.matches("in a task").count(), 1, "{seen:?}");
        assert!(seen.contains("test result: ok"), "{seen:?}");
    }
}
