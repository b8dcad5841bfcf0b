//! What files were like when calls on them were shown to a person: what he saw is what is done.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::changes::changed;
use crate::tool::ToolError;

/// The most calls that are remembered: far more than a person is ever asked about at once.
const MOST: usize = 4_096;

type Mark = [u8; 32];

/// The calls that were shown, the oldest first, each with a mark of the text that its file had.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<VecDeque<(Mark, Mark)>>>);

impl Seen {
    /// Takes note of the text that a call was shown with; none where there was no file.
    pub(super) fn remember(&self, call: &Value, before: Option<&str>) {
        let call = of_call(call);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(known, _)| *known != call);
        if seen.len() >= MOST {
            seen.pop_front();
        }
        seen.push_back((call, of_text(before)));
    }

    /// Whether the text is still what the call was shown with, where it was shown; one that was not is decided on by
    /// rules alone. It counts for one call.
    ///
    /// # Errors
    /// Where it is another one.
    pub(super) fn check(&self, call: &Value, before: Option<&str>) -> Result<(), ToolError> {
        let call = of_call(call);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = seen.iter().position(|(known, _)| *known == call) else {
            return Ok(());
        };
        match seen.remove(at) {
            Some((_, text)) if text != of_text(before) => Err(changed()),
            _ => Ok(()),
        }
    }
}

fn of_call(call: &Value) -> Mark {
    Sha256::digest(call.to_string()).into()
}

fn of_text(text: Option<&str>) -> Mark {
    let mut mark = Sha256::new();
    mark.update([u8::from(text.is_some())]);
    mark.update(text.unwrap_or_default());
    mark.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MOST, Seen};

    #[test]
    fn only_a_text_that_was_shown_passes_and_only_once() {
        let seen = Seen::default();
        let call = json!({"path": "a"});
        assert!(seen.check(&call, Some("never shown")).is_ok());
        seen.remember(&call, Some("one"));
        assert!(seen.check(&call, Some("two")).is_err());
        seen.remember(&call, None);
        assert!(seen.check(&call, Some("")).is_err(), "there was no file");
        seen.remember(&call, Some("one"));
        seen.remember(&call, Some("two"));
        assert!(seen.check(&call, Some("two")).is_ok());
        for n in 0..2 * MOST {
            seen.remember(&json!({ "path": n }), Some("x"));
        }
        assert!(
            seen.check(&json!({"path": 2 * MOST - 1}), Some("y"))
                .is_err()
        );
        assert_eq!(seen.0.lock().unwrap().len(), MOST - 1);
    }
}
