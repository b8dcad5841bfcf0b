//! The one place that writes to standard output and standard error. Everything passes through the sanitizer here.

use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

use super::{Exit, Failure};
use crate::domain::sanitize;

/// Standard output. What fits no reader is no error of ours: a closed pipe ends the program quietly.
pub struct Stdout {
    to: Box<dyn Write + Send>,
}

impl Stdout {
    /// This process's standard output.
    pub fn of_process() -> Self {
        Self {
            to: Box::new(io::stdout()),
        }
    }

    /// Text for a person: sanitized, ended with a line feed, flushed.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let safe = sanitize::block(text);
        self.line(safe.trim_end_matches('\n'))
    }

    /// One line of JSON without a raw control character in it, flushed.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(&json_line(value)?)
    }

    /// What the program itself makes, such as a completion script, as it is.
    pub fn own(
        &mut self,
        make: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Exit, Failure> {
        let mut bytes = Vec::new();
        make(&mut bytes)
            .map_err(|error| Failure::new(Exit::Failed, format!("cannot be made: {error}")))?;
        self.bytes(&bytes).map(|()| Exit::Done)
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        self.bytes(&bytes)
    }

    /// One write for the whole, so that no reader sees half a line.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.to
            .write_all(bytes)
            .and_then(|()| self.to.flush())
            .map_err(|error| match error.kind() {
                ErrorKind::BrokenPipe => Failure::PipeClosed,
                _ => Failure::new(
                    Exit::Failed,
                    format!("standard output cannot be written: {error}"),
                ),
            })
    }
}

/// A value as one line of JSON without a raw control character in it.
pub(super) fn json_line(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map(|text| sanitize::json(&text).into_owned())
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot be written as JSON: {error}")))
}

/// Writes a line to standard error; that it cannot be written is no-one's to know.
pub fn tell(text: impl fmt::Display) {
    let text = text.to_string();
    let safe = sanitize::block(&text);
    let _ = writeln!(io::stderr().lock(), "{}", safe.trim_end_matches('\n'));
}

/// Writes a question to standard error and leaves the cursor behind it.
pub(super) fn ask(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{} ", sanitize::line(text).trim_end());
    let _ = stderr.flush();
}

/// Draws over the current line of the terminal on standard error. `text` is one line.
pub(super) fn redraw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r{}\x1b[K", sanitize::block(text));
    let _ = stderr.flush();
}

/// Says on standard error what went wrong and what to do about it.
pub fn complain(error: &str, hint: Option<&str>) {
    tell(format_args!("error: {error}"));
    if let Some(hint) = hint {
        tell(format_args!("hint: {hint}"));
    }
}

/// Says on standard error what is not as it should be.
pub fn warn(text: &str) {
    tell(format_args!("warning: {text}"));
}

/// Columns of the terminal on standard output; none where it is not one.
pub(super) fn stdout_columns() -> Option<usize> {
    io::stdout().is_terminal().then(columns)
}

/// Columns of the terminal that is there; 80 where that is not known.
pub(super) fn columns() -> usize {
    crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns.max(20)))
}
