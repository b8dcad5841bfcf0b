//! The built binary in a terminal: a PTY on one side, a terminal emulator on the other.
#![allow(
    dead_code,
    reason = "a tool box: not every tool is in use at every time"
)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};

/// How long anything on a busy machine may take before a test calls it missing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A program in a terminal.
pub(crate) struct Pty {
    pid: u32,
    killer: Box<dyn ChildKiller + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open until the program has ended, so that the terminal's settings outlive it.
    slave: Option<Box<dyn SlavePty + Send>>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Seen>,
    /// The terminal's settings before the program and, once it has ended, after it.
    settings: (String, Option<String>),
}

#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// All was read that will ever be written.
    ended: bool,
    exit: Option<ExitStatus>,
}

/// How a program is started.
pub(crate) struct Launch {
    command: CommandBuilder,
    columns: u16,
    rows: u16,
}

impl Launch {
    /// `planwright` at 80x24, with `home` for everything it keeps and nothing of this process' environment but `PATH`.
    pub(crate) fn planwright(home: &Path) -> Self {
        Self::program(env!("CARGO_BIN_EXE_planwright"), home)
    }

    /// Any other program likewise.
    pub(crate) fn program(program: &str, home: &Path) -> Self {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.cwd(home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home);
        command.env("PLANWRIGHT_HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        Self {
            command,
            columns: 80,
            rows: 24,
        }
    }

    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    pub(crate) fn start(self) -> Pty {
        let pair = native_pty_system()
            .openpty(size(self.columns, self.rows))
            .expect("a PTY");
        let before = termios(&*pair.master);
        let mut output = pair.master.try_clone_reader().expect("the PTY's output");
        let keys = pair.master.take_writer().expect("the PTY's input");
        let seen = Arc::new(Seen::default());
        seen.lock().parser = vt100::Parser::new(cells(self.rows), cells(self.columns), 0);
        let mut child = pair.slave.spawn_command(self.command).expect("the program");
        let (pid, killer) = (child.process_id().expect("a process"), child.clone_killer());
        let waiter = Arc::clone(&seen);
        thread::spawn(move || {
            let exit = child.wait().expect("the program's end");
            waiter.lock().exit = Some(exit);
            waiter.changed.notify_all();
        });
        let writer = Arc::clone(&seen);
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(read @ 1..) = output.read(&mut chunk) {
                let mut state = writer.lock();
                state.parser.process(&chunk[..read]);
                state.bytes.extend_from_slice(&chunk[..read]);
                writer.changed.notify_all();
            }
            writer.lock().ended = true;
            writer.changed.notify_all();
        });
        Pty {
            pid,
            killer,
            master: pair.master,
            slave: Some(pair.slave),
            keys,
            seen,
            settings: (before, None),
        }
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Pty {
    /// Waits until the screen is as asked.
    ///
    /// # Panics
    /// With what is on screen, where it is not within [`PATIENCE`].
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        self.wait_until(what, |state| is_so(state.parser.screen()));
    }

    /// Waits until `text` stands on the screen.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the program has written `bytes` after the first `from`.
    #[track_caller]
    pub(crate) fn wait_for_bytes(&self, bytes: &[u8], from: usize) {
        let what = String::from_utf8_lossy(bytes).into_owned();
        self.wait_until(&what, |state| {
            state.bytes[from..]
                .windows(bytes.len())
                .any(|part| part == bytes)
        });
    }

    #[track_caller]
    fn wait_until(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        while !is_so(&state) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !(left.is_zero() || state.ended && state.exit.is_some()),
                "waited in vain for {what:?}; on screen:\n{}",
                state.parser.screen().contents()
            );
            state = self
                .seen
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
    }

    /// Waits for `quiet` without output, at most [`PATIENCE`]; what was written meanwhile, in bytes.
    pub(crate) fn settle(&self, quiet: Duration) -> usize {
        let start = Instant::now();
        let mut state = self.seen.lock();
        let first = state.bytes.len();
        let mut len = first;
        let mut since = Instant::now();
        loop {
            let left = quiet.saturating_sub(since.elapsed());
            if left.is_zero() || start.elapsed() > PATIENCE {
                return len - first;
            }
            state = self
                .seen
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
            if state.bytes.len() != len {
                len = state.bytes.len();
                since = Instant::now();
            }
        }
    }

    /// What is on the screen.
    pub(crate) fn screen_text(&self) -> String {
        self.seen.lock().parser.screen().contents()
    }

    /// How much the program has written, in bytes.
    pub(crate) fn written(&self) -> usize {
        self.seen.lock().bytes.len()
    }

    /// Everything the program has written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().bytes.clone()
    }

    /// Presses keys: text, or what a terminal sends for a key.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the PTY's input");
        self.keys.flush().expect("the PTY's input");
    }

    /// Pastes text in brackets, as a terminal does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.type_keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Makes the window this large.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.seen
            .lock()
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        self.master
            .resize(size(columns, rows))
            .expect("another size");
    }

    /// Sends a signal by its name without `SIG`.
    pub(crate) fn kill(&self, signal: &str) {
        let done = Command::new("kill")
            .args(["-s", signal, &self.pid().to_string()])
            .status()
            .expect("kill");
        assert!(done.success());
    }

    /// The program's process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until the program has ended and its last words were read.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.wait_until("the end", |state| state.exit.is_some());
        self.settings.1 = Some(termios(&*self.master));
        // With nobody left to write, the reader comes to an end.
        self.slave = None;
        self.wait_until("the last words", |state| state.ended);
        self.seen.lock().exit.clone().expect("an exit status")
    }

    /// What is wrong with the terminal now that the program has ended: modes still set, settings changed.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mut wrong: Vec<String> = modes(&self.bytes())
            .into_iter()
            .map(|mode| format!("mode {mode} is still set"))
            .collect();
        let state = self.seen.lock();
        let screen = state.parser.screen();
        if screen.alternate_screen() {
            wrong.push("the alternate screen is shown".to_owned());
        }
        if screen.hide_cursor() {
            wrong.push("the cursor is hidden".to_owned());
        }
        let (before, after) = &self.settings;
        if after.as_ref() != Some(before) {
            wrong.push(format!("settings were {before}, are {after:?}"));
        }
        wrong
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        if self.seen.lock().exit.is_none() {
            let _ = self.killer.kill();
        }
    }
}

fn termios(master: &(dyn MasterPty + Send)) -> String {
    format!(
        "{:?}",
        master.get_termios().expect("the terminal's settings")
    )
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The private modes that were set and not reset, the keyboard protocol as `u`; the cursor, which is on at first, as
/// `25` where it is off.
fn modes(bytes: &[u8]) -> BTreeSet<String> {
    let mut set = BTreeSet::new();
    for sequence in bytes.split(|&byte| byte == 0x1b).skip(1) {
        let text = String::from_utf8_lossy(sequence);
        if text.starts_with("[>")
            && text[2..]
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .starts_with('u')
        {
            set.insert("u".to_owned());
        } else if text.starts_with("[<")
            && text[2..]
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .starts_with('u')
        {
            set.remove("u");
        }
        let Some(rest) = text.strip_prefix("[?") else {
            continue;
        };
        let Some(end) = rest.find(|c: char| !c.is_ascii_digit() && c != ';') else {
            continue;
        };
        for mode in rest[..end].split(';') {
            let on = match (&rest[end..=end], mode) {
                ("h", "25") => false,
                ("l", "25") | ("h", _) => true,
                ("l", _) => false,
                _ => continue,
            };
            if on {
                set.insert(mode.to_owned());
            } else {
                set.remove(mode);
            }
        }
    }
    set
}
