//! Floor 1: where runs are kept. This file holds the port; every other file here is one adapter or a part of one.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::event::{EventRecord, Recalled};
use crate::domain::ids::RunId;
use crate::domain::speed::Speed;
use crate::domain::state::RunStatus;

mod calls;
mod claim;
mod error;
mod listing;
pub mod memory;
mod migrations;
mod open;
mod pages;
mod projection;
mod rows;
mod speeds;
pub mod sqlite;
mod threads;

pub use error::StoreError;
pub use listing::{Ending, Order, RunPage, RunQuery};

/// Keeps the records of runs. Calls block; each is short and bounded by the adapter's busy timeout (5 s).
pub trait Checkpointer: Send + Sync {
    /// Makes the record durable before it returns.
    ///
    /// # Errors
    /// [`StoreError::OutOfOrder`] unless `record.seq` follows the run's newest record, [`StoreError::NoSuchRun`] where
    /// the run is in the trash; nothing is written then.
    fn append(&self, record: &EventRecord) -> Result<(), StoreError>;

    /// Makes these records of one run durable before it returns, one after the other. A store with transactions writes all
    /// of them or none.
    ///
    /// # Errors
    /// As for [`Checkpointer::append`], at the first record that is refused.
    fn append_all(&self, records: &[EventRecord]) -> Result<(), StoreError> {
        records.iter().try_for_each(|record| self.append(record))
    }

    /// All records of a run, in order.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`] where there is none, or it is in the trash.
    fn load(&self, run: &RunId) -> Result<Vec<EventRecord>, StoreError> {
        self.load_after(run, 0)
    }

    /// The records of a run that follow on the one of this number, in order.
    ///
    /// # Errors
    /// As for [`Checkpointer::load`].
    fn load_after(&self, run: &RunId, seq: u64) -> Result<Vec<EventRecord>, StoreError>;

    /// One record of a run; none where there is none of this number.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn record(&self, run: &RunId, seq: u64) -> Result<Option<EventRecord>, StoreError> {
        let after = self.load_after(run, seq.saturating_sub(1))?;
        Ok(after.into_iter().find(|record| record.seq == seq))
    }

    /// Whether another process has written to the store since this was last asked. A store that no other process can
    /// reach never says so.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// A part of a list of runs, and how many runs the whole list has.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn page(&self, query: &RunQuery) -> Result<RunPage, StoreError>;

    /// The line that stands for a run.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`] where there is none, or it is in the trash.
    fn summary(&self, run: &RunId) -> Result<RunSummary, StoreError>;

    /// Runs, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn list(&self, limit: usize) -> Result<Vec<RunSummary>, StoreError> {
        let page = self.page(&RunQuery {
            limit,
            ..RunQuery::default()
        })?;
        Ok(page.hits.into_iter().map(|hit| hit.summary).collect())
    }

    /// How many runs there are.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn count(&self) -> Result<usize, StoreError>;

    /// The one run whose name starts with `prefix`, in upper or lower case; a whole name wins over longer ones.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`], also for an empty prefix, or [`StoreError::Ambiguous`].
    fn find(&self, prefix: &str) -> Result<RunId, StoreError>;

    /// As [`Checkpointer::find`], among the runs in the trash.
    ///
    /// # Errors
    /// As there.
    fn find_trashed(&self, prefix: &str) -> Result<RunId, StoreError>;

    /// Puts a run in the trash: it is no longer listed, found or searched, until [`Checkpointer::restore`]. What has
    /// been in the trash for 30 days is erased when the store is opened.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`]; [`StoreError::Busy`] while a process works on it.
    fn delete(&self, run: &RunId) -> Result<(), StoreError>;

    /// Takes a run out of the trash again.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`] where the trash has none of that name.
    fn restore(&self, run: &RunId) -> Result<(), StoreError>;

    /// Erases a run, in the trash or not, with everything kept about it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`]; [`StoreError::Busy`] while a process works on it.
    fn erase(&self, run: &RunId) -> Result<(), StoreError>;

    /// Claims a run for this process until the claim is dropped or the process ends, however it ends.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another claim is held, in this process or another one.
    fn claim(&self, run: &RunId) -> Result<RunClaim, StoreError>;

    /// Keeps the exact request and the raw reply of a model call, for inspection; each text up to 1 MiB, what is
    /// beyond is cut off and the cut marked. The newest transcript of a call replaces an older one.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`] where the run has no record yet.
    fn keep_call(&self, run: &RunId, call: &CallTranscript) -> Result<(), StoreError>;

    /// The exact request and raw reply of one model call.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn call(&self, run: &RunId, call: &str) -> Result<Option<CallTranscript>, StoreError>;

    /// What the newest completed runs of a thread, at most `limit` of them, were asked and answered; oldest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn thread(&self, thread: &str, limit: usize) -> Result<Vec<Recalled>, StoreError>;

    /// How fast a model was in the calls of the newest 20 runs that used it, the trash included; none where none of them
    /// tells anything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn speed(&self, model: &str) -> Result<Option<Speed>, StoreError>;

    /// Looks the store over, for `doctor`. Reads everything: slow where there is much.
    ///
    /// # Errors
    /// Where the store cannot be read at all; damage that is found is no error but in [`StoreHealth::problems`].
    fn check(&self) -> Result<StoreHealth, StoreError>;
}

/// How many runs a speed is measured on: a machine that was made faster shows it soon.
const MEASURED_RUNS: usize = 20;

/// What [`Checkpointer::check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// The version of the schema; 0 where there is none, as in memory.
    pub schema_version: i64,
    /// How many runs there are, the trash left out.
    pub runs: usize,
    /// How many runs are in the trash.
    pub trashed: usize,
    /// What the store takes on disk, in bytes; 0 in memory.
    pub bytes: u64,
    /// What is damaged, in the database's words, at most ten lines; empty where all is well.
    pub problems: Vec<String>,
}

/// Proof that this process alone works on a run; dropping it gives the run free.
pub struct RunClaim {
    _held: Box<dyn Send + Sync>,
}

impl RunClaim {
    /// Wraps whatever an adapter holds.
    pub fn new(held: impl Send + Sync + 'static) -> Self {
        Self {
            _held: Box::new(held),
        }
    }
}

/// One line of a list of runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// What was asked for.
    pub task: String,
    /// Where it stands. A run whose record says *running* but that no process has claimed is *interrupted*.
    #[serde(serialize_with = "status_word")]
    pub status: RunStatus,
    /// When it started; a fork, when it was made.
    #[serde(serialize_with = "rfc3339_ms")]
    pub started_at: Timestamp,
    /// Milliseconds at work.
    pub duration_ms: u64,
    /// Steps of the plan in force.
    pub steps: u64,
    /// The executor's model.
    pub model: String,
    /// How many of those steps are done.
    pub steps_finished: u64,
    /// How many times the replanner made a new plan.
    pub replans: u64,
    /// The conversation that it belongs to.
    pub thread: Option<String>,
    /// The run that it began as a copy of.
    pub forked_from: Option<RunId>,
}

/// One run that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchHit {
    /// The run.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// Text around the first match, one line, matches between `**`.
    pub snippet: String,
}

/// The exact text of one model call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallTranscript {
    /// As in `model_called`.
    pub call: String,
    /// The request as it went over the wire, as JSON text.
    pub request: String,
    /// What came back: the answer's text.
    pub reply: String,
    /// What came back as thinking.
    pub thinking: String,
}

impl CallTranscript {
    const MAX_TEXT: usize = 1024 * 1024;

    /// The transcript with each text cut to what a store keeps.
    fn capped(&self) -> Self {
        let cap = |text: &str| {
            if text.len() <= Self::MAX_TEXT {
                return text.to_owned();
            }
            let boundary = (0..=Self::MAX_TEXT).rfind(|at| text.is_char_boundary(*at));
            let (kept, rest) = text.split_at(boundary.unwrap_or(0));
            format!("{kept}\n[… {} bytes left out]", rest.len())
        };
        Self {
            call: self.call.clone(),
            request: cap(&self.request),
            reply: cap(&self.reply),
            thinking: cap(&self.thinking),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn status_word<S: serde::Serializer>(status: &RunStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.word())
}

fn rfc3339_ms<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}
