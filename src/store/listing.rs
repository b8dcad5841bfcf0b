//! Which runs are listed, and in which order: what is asked of a store, and what it answers.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{RunSummary, SearchHit};
use crate::domain::state::RunStatus;

/// How runs must have ended to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// In any way, or not at all.
    #[default]
    Any,
    /// With an answer.
    Completed,
    /// With an error.
    Failed,
    /// Not yet: they can be gone on with, and did not fail.
    Open,
    /// A person rejected the plan or stopped the run.
    GivenUp,
}

impl Ending {
    /// Where runs that ended so stand; none for any.
    pub(super) fn statuses(self) -> &'static [RunStatus] {
        match self {
            Self::Any => &[],
            Self::Completed => &[RunStatus::Completed],
            Self::Failed => &[RunStatus::Failed],
            Self::GivenUp => &[RunStatus::Rejected, RunStatus::Cancelled],
            Self::Open => &[
                RunStatus::Running,
                RunStatus::Waiting,
                RunStatus::Paused,
                RunStatus::Interrupted,
            ],
        }
    }

    fn admits(self, status: RunStatus) -> bool {
        self == Self::Any || self.statuses().contains(&status)
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Newest first; of a search, best first.
    #[default]
    Given,
    /// Newest first, of a search as well.
    Newest,
    /// Oldest first.
    Oldest,
    /// The longest at work first.
    Longest,
    /// Those with the most steps first.
    MostSteps,
}

/// Which runs to list; the trash is never listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunQuery {
    /// Words to search for: runs whose task, steps, results, tool outputs (of each the first 16 KiB, of all the newest
    /// 256 KiB) or answer contain all of them, the last one as a prefix. Plain words: no query language, every character is
    /// taken literally. Empty for all runs; text without a word in it finds nothing.
    pub words: String,
    /// The thread they belong to; none for any.
    pub thread: Option<String>,
    /// How they ended.
    pub ending: Ending,
    /// The earliest time at which they began; none for any.
    pub since: Option<Timestamp>,
    /// In which order.
    pub order: Order,
    /// How many of them to leave out at the beginning.
    pub from: usize,
    /// The most to list.
    pub limit: usize,
}

/// A part of a list of runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunPage {
    /// The runs from [`RunQuery::from`] on; with an empty snippet where nothing was searched for.
    pub hits: Vec<SearchHit>,
    /// How many runs the whole list has.
    pub total: usize,
}

impl RunQuery {
    /// Whether this run is listed, but for the words.
    fn admits(&self, run: &RunSummary) -> bool {
        self.ending.admits(run.status)
            && self.since.is_none_or(|since| run.started_at >= since)
            && (self.thread.is_none() || self.thread == run.thread)
    }

    /// The page of these hits, which are in the given order.
    pub(super) fn page_of(&self, mut hits: Vec<SearchHit>) -> RunPage {
        hits.retain(|hit| self.admits(&hit.summary));
        match self.order {
            Order::Given => {}
            Order::Newest => hits.sort_by_key(|hit| Reverse(hit.summary.started_at)),
            Order::Oldest => hits.sort_by_key(|hit| hit.summary.started_at),
            Order::Longest => hits.sort_by_key(|hit| Reverse(hit.summary.duration_ms)),
            Order::MostSteps => hits.sort_by_key(|hit| Reverse(hit.summary.steps)),
        }
        let total = hits.len();
        let rows = hits.into_iter().skip(self.from).take(self.limit);
        RunPage {
            hits: rows.collect(),
            total,
        }
    }
}
