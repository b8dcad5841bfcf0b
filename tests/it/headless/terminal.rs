//! A terminal to run the program on.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::PATIENCE;
use crate::program::Program;

/// The program on a terminal of its own.
pub(super) struct OnTerminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    shown: String,
    _master: Box<dyn MasterPty + Send>,
}

impl OnTerminal {
    pub(super) fn start(program: &Program, arguments: &[&str], editor: &str) -> Self {
        let size = PtySize {
            rows: 40,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).unwrap();
        let template = program.command(arguments);
        let mut command = CommandBuilder::new(template.get_program());
        command.args(template.get_args());
        command.env_clear();
        for (name, value) in template.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command.env("EDITOR", editor);
        command.cwd(program.home());
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (send, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keyboard: pty.master.take_writer().unwrap(),
            screen,
            shown: String::new(),
            _master: pty.master,
        }
    }

    /// Waits until this is shown, after whatever was waited for before.
    #[track_caller]
    pub(super) fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("no `{text}` ({error}) in\n{}", self.shown),
            }
        }
    }

    /// Nothing is shown behind what was waited for, for a while.
    #[track_caller]
    pub(super) fn shows_nothing_more(&mut self) {
        while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(500)) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert_eq!(self.shown.trim(), "");
    }

    pub(super) fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end; the terminal is read on, so that nothing blocks on it.
    #[track_caller]
    pub(super) fn exits(mut self, code: u32) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert_eq!(status.exit_code(), code, "{}", self.shown);
    }
}
