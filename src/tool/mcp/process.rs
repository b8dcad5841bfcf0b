//! The program of a server: started in a process group of its own, its standard error kept out of the terminal, ended
//! with all that it started.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::AsyncReadExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;

use super::words;

/// The last bytes of standard error that are kept.
const TAIL: usize = 4 * 1024;
/// How long a server that was asked to end is waited for before it is killed.
const GRACE: Duration = Duration::from_millis(400);
/// How long the end of a server whose output ended is waited for, to say how it ended.
const LAST_MOMENT: Duration = Duration::from_millis(300);

/// A program at work; dropping it ends it and all that it started.
#[derive(Debug)]
pub(super) struct Process {
    group: Pid,
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// How it ended, once it did.
    ended: watch::Receiver<Option<String>>,
}

/// Starts the program.
///
/// # Errors
/// Why it cannot be started, one sentence.
pub(super) fn start(
    command: &[String],
    env: &BTreeMap<OsString, OsString>,
    folder: &Path,
) -> Result<(Process, ChildStdin, ChildStdout), String> {
    let (program, arguments) = command.split_first().ok_or("its command is empty")?;
    let failed = |why: String| format!("`{}` cannot be started: {why}", words(program));
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(env)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(group), (Some(stdin), Some(stdout), Some(stderr))) = (group, pipes) else {
        return Err(failed("it has no pipes".to_owned()));
    };
    let tail = Arc::default();
    tokio::spawn(drain(stderr, Arc::clone(&tail)));
    let (tell, ended) = watch::channel(None);
    let name = words(program);
    tokio::spawn(async move {
        let how = match child.wait().await {
            Ok(status) => format!("it ended ({status})"),
            Err(error) => format!("it cannot be waited for: {error}"),
        };
        log::info!("MCP server `{name}`: {how}");
        // What it left behind, now: later, the number may be that of another group.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = tell.send(Some(how));
    });
    log::info!("MCP server `{}` is started", words(program));
    let process = Process { group, tail, ended };
    Ok((process, stdin, stdout))
}

/// Reads standard error to its end, so that the server never waits for it, and keeps the end.
async fn drain(mut stderr: ChildStderr, tail: Arc<Mutex<VecDeque<u8>>>) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut bytes).await {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&bytes[..read]);
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
}

impl Process {
    /// How it ended and what it last said on standard error, in one sentence; waits a moment for a program that is about
    /// to end.
    pub(super) async fn epitaph(&self) -> String {
        let mut ended = self.ended.clone();
        let how = tokio::time::timeout(LAST_MOMENT, ended.wait_for(Option::is_some)).await;
        let how = match how {
            Ok(Ok(how)) => how.clone().unwrap_or_default(),
            _ => "it closed its output".to_owned(),
        };
        let last = self.last_words();
        if last.is_empty() {
            return how;
        }
        format!("{how}; its last words: {last}")
    }

    /// The end of what it said on standard error, in one line.
    pub(super) fn last_words(&self) -> String {
        let tail: Vec<u8> = {
            let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.iter().copied().collect()
        };
        let text = String::from_utf8_lossy(&tail);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.len().saturating_sub(3);
        words(&lines[last..].join(" / "))
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Whether its first process has ended, without taking that from whoever waits for it.
    fn has_stopped(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.group), look), Ok(None))
    }
}

impl Drop for Process {
    /// Does not count on a runtime that may be gone: asks the whole group to end, waits a moment, then kills what is left
    /// of it. A process that left its group is out of reach; it sees the end of its input.
    fn drop(&mut self) {
        let asked = Instant::now();
        if self.is_over() || kill_process_group(self.group, Signal::TERM).is_err() {
            return;
        }
        while asked.elapsed() < GRACE && !self.has_stopped() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}
