//! What came of a program, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;

use super::Finished;

impl Finished {
    /// For a model: how it ended, then what it wrote.
    pub(super) fn text(&self, timeout: Duration) -> String {
        let mut text = if self.late {
            let seconds = timeout.as_secs();
            format!("ended by force: its time of {seconds} s was up")
        } else {
            let how = self.status.map_or_else(|| "ended".to_owned(), ending);
            format!("{how} after {:.1} s", self.took.as_secs_f64())
        };
        if !self.late && self.left.found > 0 {
            let found = self.left.found;
            let (what, were) = if found == 1 {
                ("process", "was")
            } else {
                ("processes", "were")
            };
            text.push_str(&format!(
                "; {found} {what} that it left running {were} ended"
            ));
        }
        if !self.left.left.is_empty() {
            text.push_str(&format!(
                "; these processes could not be ended: {:?}",
                self.left.left
            ));
        }
        let output = self.output.trim_end();
        let output = if output.is_empty() {
            "(no output)"
        } else {
            output
        };
        format!("{text}\n\n{output}")
    }
}

fn ending(status: ExitStatus) -> String {
    if let Some(code) = status.code() {
        return format!("exit status {code}");
    }
    let number = status.signal().unwrap_or_default();
    let named = [
        (
            Signal::SYS,
            "SIGSYS: it is of a kind that cannot be contained, such as a 32-bit program",
        ),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL"),
        (Signal::FPE, "SIGFPE"),
    ];
    let name = named.iter().find(|(signal, _)| signal.as_raw() == number);
    let name = name.map_or_else(String::new, |(_, name)| format!(" ({name})"));
    format!("ended by signal {number}{name}")
}
