//! Where the words of a text are kept.

use std::ops::Deref;
use std::sync::Arc;

/// A text of its own, or one that others hold, too.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    own: String,
    /// In the place of its own.
    shared: Option<Arc<str>>,
}

impl Held {
    /// What others hold, too.
    pub(super) fn shared(text: &Arc<str>) -> Self {
        Self {
            own: String::new(),
            shared: Some(Arc::clone(text)),
        }
    }

    /// To add to it.
    pub(super) fn own(&mut self) -> &mut String {
        if let Some(shared) = self.shared.take() {
            self.own = shared.to_string();
        }
        &mut self.own
    }
}

impl From<String> for Held {
    fn from(own: String) -> Self {
        Self { own, shared: None }
    }
}

impl Deref for Held {
    type Target = str;

    fn deref(&self) -> &str {
        self.shared.as_deref().unwrap_or(&self.own)
    }
}
