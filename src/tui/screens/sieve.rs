//! Which runs the history lists, and in which order.

use jiff::{SignedDuration, Timestamp};

use crate::domain::state::RunStatus;
use crate::store::RunSummary;

/// How runs must have ended to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Ending {
    #[default]
    Any,
    Completed,
    Failed,
    /// They can be gone on with, and did not fail.
    Open,
    GivenUp,
}

/// How long ago runs may have begun to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Since {
    #[default]
    Ever,
    Days(i64),
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Order {
    /// As the store or the search gives them: newest first, or best first.
    #[default]
    Given,
    Oldest,
    Longest,
    MostSteps,
}

/// What is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) struct Sieve {
    pub(in crate::tui) ending: Ending,
    pub(in crate::tui) since: Since,
    pub(in crate::tui) order: Order,
}

impl Ending {
    fn admits(self, status: RunStatus) -> bool {
        match self {
            Self::Any => true,
            Self::Completed => status == RunStatus::Completed,
            Self::Failed => status == RunStatus::Failed,
            Self::GivenUp => matches!(status, RunStatus::Rejected | RunStatus::Cancelled),
            Self::Open => matches!(
                status,
                RunStatus::Running
                    | RunStatus::Waiting
                    | RunStatus::Paused
                    | RunStatus::Interrupted
            ),
        }
    }
}

impl Sieve {
    pub(in crate::tui) fn next_ending(&mut self) {
        self.ending = match self.ending {
            Ending::Any => Ending::Completed,
            Ending::Completed => Ending::Failed,
            Ending::Failed => Ending::Open,
            Ending::Open => Ending::GivenUp,
            Ending::GivenUp => Ending::Any,
        };
    }

    pub(in crate::tui) fn next_since(&mut self) {
        self.since = match self.since {
            Since::Ever => Since::Days(1),
            Since::Days(1) => Since::Days(7),
            Since::Days(7) => Since::Days(30),
            Since::Days(30) => Since::Days(90),
            Since::Days(_) => Since::Ever,
        };
    }

    pub(in crate::tui) fn next_order(&mut self) {
        self.order = match self.order {
            Order::Given => Order::Oldest,
            Order::Oldest => Order::Longest,
            Order::Longest => Order::MostSteps,
            Order::MostSteps => Order::Given,
        };
    }

    /// What is in force beside the whole list in its own order, in a few words.
    pub(in crate::tui) fn words(self) -> String {
        let ending = match self.ending {
            Ending::Any => "",
            Ending::Completed => "  status:completed",
            Ending::Failed => "  status:failed",
            Ending::Open => "  status:unfinished",
            Ending::GivenUp => "  status:given-up",
        };
        let since = match self.since {
            Since::Ever => String::new(),
            Since::Days(days) => format!("  since:{days}d"),
        };
        let order = match self.order {
            Order::Given => "",
            Order::Oldest => "  sort:oldest",
            Order::Longest => "  sort:longest",
            Order::MostSteps => "  sort:steps",
        };
        format!("{ending}{since}{order}")
    }

    /// Whether runs are left out.
    pub(in crate::tui) fn leaves_out(self) -> bool {
        (self.ending, self.since) != (Ending::Any, Since::Ever)
    }

    /// The places of the runs to list, in order.
    pub(in crate::tui) fn places<'a>(
        self,
        runs: impl Iterator<Item = &'a RunSummary>,
        now: Timestamp,
    ) -> Vec<usize> {
        let from = match self.since {
            Since::Ever => None,
            Since::Days(days) => now.checked_sub(SignedDuration::from_hours(days * 24)).ok(),
        };
        let mut kept: Vec<(usize, &RunSummary)> = runs
            .enumerate()
            .filter(|(_, run)| self.ending.admits(run.status))
            .filter(|(_, run)| from.is_none_or(|from| run.started_at >= from))
            .collect();
        match self.order {
            Order::Given => {}
            Order::Oldest => kept.sort_by_key(|(_, run)| run.started_at),
            Order::Longest => kept.sort_by_key(|(_, run)| std::cmp::Reverse(run.duration_ms)),
            Order::MostSteps => kept.sort_by_key(|(_, run)| std::cmp::Reverse(run.steps)),
        }
        kept.into_iter().map(|(place, _)| place).collect()
    }
}
