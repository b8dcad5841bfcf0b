//! What goes wrong with a store.

use std::fmt;
use std::path::Path;

use crate::domain::event::EventRecord;
use crate::domain::ids::RunId;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such run.
    #[error("there is no run `{0}`")]
    NoSuchRun(String),
    /// More than one run starts so.
    #[error("`{prefix}` could be any of: {candidates}")]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Short names of the runs, at most five.
        candidates: String,
    },
    /// Another process works on it.
    #[error("run {0} is being worked on by another process")]
    Busy(String),
    /// Someone else wrote to the run.
    #[error("run {run}: record {seq} is not the next one; another process may have written to it")]
    OutOfOrder {
        /// The run.
        run: RunId,
        /// The record that was refused.
        seq: u64,
    },
    /// The file was written by a later version.
    #[error(
        "{path} has schema version {found}; this planwright knows versions up to {known} and leaves it alone"
    )]
    Newer {
        /// The database.
        path: String,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A record cannot be read.
    #[error("run {run}: record {seq} cannot be read: {reason}")]
    Unreadable {
        /// The run.
        run: String,
        /// The record.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk or the database failed.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What went wrong.
        reason: String,
    },
}

impl StoreError {
    pub(super) fn out_of_order(record: &EventRecord) -> Self {
        Self::OutOfOrder {
            run: record.run.clone(),
            seq: record.seq,
        }
    }

    pub(super) fn io(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Io {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchRun(_) => Some("`planwright runs list` shows the runs there are"),
            Self::Ambiguous { .. } => Some("give more characters of its name"),
            Self::Busy(_) => Some("wait until it is done, or stop it in the other window"),
            Self::OutOfOrder { .. } => Some("`planwright resume` goes on from what is stored"),
            Self::Newer { .. } => {
                Some("install a newer planwright, or set PLANWRIGHT_HOME to another folder")
            }
            Self::Unreadable { .. } | Self::Io { .. } => {
                Some("`planwright doctor` checks the store")
            }
        }
    }
}
