//! Why a connection is of no more use, told by the transport that sees it to those who wait for an answer.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// The reason, once there is one; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Why {
    reason: Arc<OnceLock<String>>,
    there: CancellationToken,
}

impl Why {
    /// Gives the connection up; the first reason stays.
    pub(super) fn give_up(&self, reason: String) {
        let _ = self.reason.set(reason);
        self.there.cancel();
    }

    /// The reason, where the connection was given up.
    pub(super) fn get(&self) -> Option<String> {
        self.reason.get().cloned()
    }

    /// Waits until the connection is given up, and says why.
    pub(super) async fn given_up(&self) -> String {
        self.there.cancelled().await;
        self.get().unwrap_or_default()
    }
}
