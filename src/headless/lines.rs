//! The interface as lines, for a screen reader or a terminal that cannot paint: one task after the other, everything that
//! happens on a line of its own, every question answered in words, and nothing approved by an empty line.

use super::out::{Stdout, tell};
use super::run::{self, NewRun, Options};
use super::{Exit, Failure, ask, finish};
use crate::session::Session;

const TASK: &str = "Task (empty to leave):";

/// Asks for tasks and works on each until there is none.
///
/// # Errors
/// Where standard output fails, or nobody can be asked.
pub async fn lines(
    session: &Session,
    first: Option<String>,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    if !ask::is_possible() {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask on; `planwright run TASK` works without one",
        ));
    }
    tell("planwright: each line is said once, nothing is painted");
    let mut given = first;
    loop {
        let task = match given.take() {
            Some(task) => task,
            None => match task().await {
                Some(task) if task == "-" => continue,
                Some(task) if !task.is_empty() => task,
                _ => return Ok(Exit::Done),
            },
        };
        let new = NewRun {
            task,
            recipe: None,
            mode_given: false,
            plan: None,
            plan_only: false,
            thread: None,
        };
        let options = Options {
            results: true,
            ..Options::default()
        };
        match run::run(session, new, options, stdout).await {
            Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
            Ok(_) => {}
            Err(Failure::PipeClosed) => return Err(Failure::PipeClosed),
            Err(failure) => {
                finish(Err(failure));
            }
        }
    }
}

/// Reads a line on a thread that may block; a signal ends the waiting.
async fn task() -> Option<String> {
    let read = tokio::task::spawn_blocking(|| ask::read_line(TASK));
    let interrupted = super::signals::interruptible(async { Ok(read.await.ok().flatten()) }).await;
    interrupted.ok().flatten()
}
