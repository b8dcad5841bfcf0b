//! The secrets of a process, and text without them: everything that becomes a record, a delta or a transcript passes here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::domain::event::{Delta, DeltaKind, NoticeLevel, RunEvent};
use crate::domain::redact::{LEAST, MARK, Redactor};
use crate::store::CallTranscript;

/// The secrets of a process: values that were learnt, and tokens by their form. Clones share what they learn.
#[derive(Clone, Default)]
pub struct Masking(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    redactor: Arc<Redactor>,
}

impl Masking {
    /// From now on this value is masked wherever it stands; one that is too short to be told from ordinary text is not.
    pub fn learn(&self, value: &str) {
        let value = value.trim();
        let mut known = self.lock();
        if value.len() >= LEAST && known.values.insert(value.to_owned()) {
            known.redactor = Arc::new(Redactor::new(known.values.iter().cloned().collect()));
        }
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.redactor().mask(text).into_owned()
    }

    /// The event without secrets in any of its texts.
    pub(super) fn event(&self, event: RunEvent) -> RunEvent {
        let redactor = self.redactor();
        let Ok(text) = serde_json::to_string(&event) else {
            return event;
        };
        if !redactor.suspects(&text) {
            return event;
        }
        let masked = serde_json::to_value(&event).and_then(|mut value| {
            in_texts(&mut value, &redactor);
            serde_json::from_value(value)
        });
        masked.unwrap_or_else(|_| RunEvent::Notice {
            level: NoticeLevel::Error,
            text: "something happened that cannot be told without a secret".to_owned(),
        })
    }

    /// The transcript of a call without secrets.
    pub(super) fn transcript(&self, call: &CallTranscript) -> CallTranscript {
        let redactor = self.redactor();
        let masked = |text: &str| redactor.mask(text).into_owned();
        CallTranscript {
            call: call.call.clone(),
            request: masked(&call.request),
            reply: masked(&call.reply),
            thinking: masked(&call.thinking),
        }
    }

    pub(super) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.lock().redactor)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something in these arguments was masked: they are no longer what was meant.
pub(super) fn is_masked(arguments: &Value) -> bool {
    arguments.to_string().contains(MARK)
}

fn in_texts(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(masked) = redactor.mask(text) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| in_texts(item, redactor)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| in_texts(field, redactor)),
        _ => {}
    }
}

/// The ends of streams that may be the beginning of a secret, by call and kind.
#[derive(Default)]
pub(super) struct Held(Mutex<BTreeMap<String, Vec<Delta>>>);

impl Held {
    /// What may be shown now that this has come; none where it has to wait.
    pub(super) fn pass(&self, mut delta: Delta, redactor: &Redactor) -> Option<Delta> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = all.entry(delta.call.clone()).or_default();
        if delta.kind == DeltaKind::Restart {
            held.clear();
            delta.text = redactor.mask(&delta.text).into_owned();
            return Some(delta);
        }
        let before = held.iter().position(|held| held.kind == delta.kind);
        let before = before
            .map(|at| held.swap_remove(at).text)
            .unwrap_or_default();
        let text = before + &delta.text;
        let (shown, waits) = redactor.mask_start(&text);
        if waits > 0 {
            held.push(Delta {
                text: text[text.len() - waits..].to_owned(),
                ..delta.clone()
            });
        }
        delta.text = shown;
        Some(delta).filter(|delta| !delta.text.is_empty())
    }

    /// What is left of a call that has ended.
    pub(super) fn rest(&self, call: &str, redactor: &Redactor) -> Vec<Delta> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = all.remove(call).unwrap_or_default().into_iter();
        held.map(|delta| Delta {
            text: redactor.mask(&delta.text).into_owned(),
            ..delta
        })
        .collect()
    }
}
