//! Which runs the history lists, and in which order.

use jiff::{SignedDuration, Timestamp};

use crate::store::{Ending, Order, RunQuery};

/// How long ago runs may have begun to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Since {
    #[default]
    Ever,
    Days(i64),
}

/// What is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) struct Sieve {
    pub(in crate::tui) ending: Ending,
    pub(in crate::tui) since: Since,
    pub(in crate::tui) order: Order,
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

    /// Another order; that of a search, which is best first, can be newest first as well.
    pub(in crate::tui) fn next_order(&mut self, searches: bool) {
        self.order = match self.order {
            Order::Given if searches => Order::Newest,
            Order::Given | Order::Newest => Order::Oldest,
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
            Order::Newest => "  sort:newest",
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

    /// A part of the list of the runs with these words, as a store is asked for it.
    pub(in crate::tui) fn query(
        self,
        words: String,
        now: Timestamp,
        from: usize,
        limit: usize,
    ) -> RunQuery {
        let since = match self.since {
            Since::Ever => None,
            Since::Days(days) => now.checked_sub(SignedDuration::from_hours(days * 24)).ok(),
        };
        RunQuery {
            words,
            thread: None,
            ending: self.ending,
            since,
            order: self.order,
            from,
            limit,
        }
    }
}
