//! Conversations: what a run is told of the earlier runs of its thread.

use super::SessionError;
use crate::domain::event::Recalled;
use crate::store::Checkpointer;

/// How many earlier runs are told of.
const MOST_RUNS: usize = 10;

/// The most characters of a task and of an answer that are told.
const MOST_CHARS: (usize, usize) = (500, 2_000);

/// The longest name of a thread, in characters.
const MOST_NAME: usize = 200;

/// Task and answer of the earlier runs of a thread, oldest first; nothing without one.
///
/// # Errors
/// Where the name is none, or the store cannot be read.
pub(super) fn recalled(
    store: &dyn Checkpointer,
    thread: Option<&str>,
) -> Result<Vec<Recalled>, SessionError> {
    let Some(thread) = thread else {
        return Ok(Vec::new());
    };
    let chars = thread.chars().count();
    if thread.trim().is_empty() || chars > MOST_NAME || thread.contains(char::is_control) {
        return Err(SessionError::Usage {
            error: format!("a thread cannot be named {thread:?}"),
            hint: Some(format!(
                "name it with 1 to {MOST_NAME} visible characters, for instance `--thread garden`"
            )),
        });
    }
    let mut found = store.thread(thread, MOST_RUNS)?;
    for entry in &mut found {
        entry.task = beginning(&entry.task, MOST_CHARS.0);
        entry.answer = beginning(&entry.answer, MOST_CHARS.1);
    }
    Ok(found)
}

fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} [… cut here …]", &text[..end]),
        None => text.to_owned(),
    }
}
