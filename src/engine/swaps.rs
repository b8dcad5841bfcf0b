//! Notices when two models of a run push each other out of a server's memory: each turn then waits for a model to load.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::domain::event::ModelCall;

/// A model that is in memory already is found in less, in milliseconds.
const LOADING: u64 = 500;

/// The calls so far, as far as they matter.
#[derive(Default)]
pub(super) struct Swaps {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    models: BTreeSet<String>,
    last: Option<String>,
    told: bool,
}

impl Swaps {
    /// Takes note of a call; gives the warning, once a run: a model that had answered before was loaded anew after another
    /// one had its turn.
    pub(super) fn observe(&self, call: &ModelCall) -> Option<String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.last.replace(call.model.clone());
        let known = !seen.models.insert(call.model.clone());
        let load_ms = call.load_ms.filter(|&load_ms| load_ms >= LOADING)?;
        let other = before.filter(|other| known && *other != call.model)?;
        if std::mem::replace(&mut seen.told, true) {
            return None;
        }
        let (seconds, tenths) = (load_ms / 1_000, load_ms % 1_000 / 100);
        Some(format!(
            "`{}` was loaded anew in {seconds}.{tenths} s after `{other}` had taken its place: give both roles one model, or let the server keep both (OLLAMA_MAX_LOADED_MODELS)",
            call.model
        ))
    }
}
