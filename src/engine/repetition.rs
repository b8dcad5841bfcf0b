//! Calls that bring nothing new: the same request, byte for byte, answered with the same reply, again and again.
//!
//! Bounds end such a loop too, but only when they are spent. Counted in this process alone, and anew after each word of a
//! person: a run that is resumed, or a step that a person has done again, may well ask the same.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::domain::chat::{Role, ToolCall};

/// How often the same reply to the same request is taken: the last time is one too many.
pub(super) const MOST: u32 = 3;

/// How many requests are remembered; beyond that all are forgotten.
const REMEMBERED: usize = 4_096;

/// What was asked, what was replied, and how often in a row that was the same.
#[derive(Default)]
pub(super) struct Repetitions {
    seen: Mutex<HashMap<u64, (u64, u32)>>,
}

impl Repetitions {
    /// Takes note of a call: `place` is whatever tells calls of the same words apart, such as the step. Whether the same
    /// reply has now come to the same request [`MOST`] times.
    ///
    /// Not counted is whoever follows others: the summarizer, the verifier, and the finalizer, who ends the run in any case.
    pub(super) fn note(
        &self,
        role: Role,
        place: impl Hash,
        request: &str,
        (text, calls): (&str, &[ToolCall]),
    ) -> bool {
        if matches!(role, Role::Summarizer | Role::Verifier | Role::Finalizer) {
            return false;
        }
        let asked = hash((role, place, request));
        // The names of calls are the server's own, and differ.
        let calls = calls
            .iter()
            .map(|call| (&call.name, call.arguments.to_string()));
        let replied = hash((text, calls.collect::<Vec<_>>()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        let (last, times) = seen.entry(asked).or_insert((replied, 0));
        *times = if *last == replied { *times + 1 } else { 1 };
        *last = replied;
        *times >= MOST
    }

    /// A person has said something: whatever is asked from here on is asked because of that.
    pub(super) fn forget(&self) {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{Repetitions, Role};

    #[test]
    fn only_the_same_reply_to_the_same_request_in_a_row_counts() {
        let seen = Repetitions::default();
        let note = |role, place: &str, request, text| seen.note(role, place, request, (text, &[]));
        let planner = Role::Planner;
        assert!(!note(planner, "", "q", "a"));
        assert!(!note(planner, "", "q", "a"));
        assert!(!note(planner, "", "q", "b"), "another reply");
        assert!(!note(planner, "", "q", "a"), "and counted anew");
        assert!(!note(planner, "s1", "q", "a"), "another place");
        assert!(!note(Role::Executor, "", "q", "a"), "another role");
        assert!(!note(planner, "", "q", "a"));
        assert!(note(planner, "", "q", "a"), "three in a row");
        seen.forget();
        assert!(!note(planner, "", "q", "a"));
        for _ in 0..5 {
            assert!(!note(Role::Summarizer, "", "q", "a"));
        }
    }
}
