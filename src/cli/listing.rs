//! Which runs `runs list` and `runs search` list, and in which order.

use clap::{Args, ValueEnum};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::nested::at_least_one;
use crate::store::{Ending, Order, RunQuery};

/// Which runs are listed, and in which order.
#[derive(Debug, Args)]
pub struct ListingArgs {
    /// Print one line of JSON instead
    #[arg(long)]
    pub json: bool,
    /// How many at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50, value_parser = at_least_one)]
    limit: usize,
    /// Only those of this conversation
    #[arg(long, value_name = "ID")]
    thread: Option<String>,
    /// Only those that ended so, or have not ended
    #[arg(long, value_enum, value_name = "STATUS")]
    status: Option<Status>,
    /// Only those that began since then: a day such as 2026-11-20, or a time ago such as 7d or 12h
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
    /// In this order
    #[arg(long, value_enum, value_name = "ORDER")]
    sort: Option<Sort>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    /// With an answer
    Completed,
    /// With an error
    Failed,
    /// Not yet: at work, waiting, paused or interrupted
    Unfinished,
    /// Its plan was rejected, or it was stopped for good
    GivenUp,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Newest first
    Newest,
    /// Oldest first
    Oldest,
    /// The longest at work first
    Longest,
    /// Those with the most steps first
    Steps,
}

impl ListingArgs {
    /// What a store is asked for, with these words to search for.
    pub fn query(&self, words: String) -> RunQuery {
        RunQuery {
            words,
            thread: self.thread.clone(),
            ending: match self.status {
                None => Ending::Any,
                Some(Status::Completed) => Ending::Completed,
                Some(Status::Failed) => Ending::Failed,
                Some(Status::Unfinished) => Ending::Open,
                Some(Status::GivenUp) => Ending::GivenUp,
            },
            since: self.since,
            order: match self.sort {
                None => Order::Given,
                Some(Sort::Newest) => Order::Newest,
                Some(Sort::Oldest) => Order::Oldest,
                Some(Sort::Longest) => Order::Longest,
                Some(Sort::Steps) => Order::MostSteps,
            },
            from: 0,
            limit: self.limit,
        }
    }
}

/// A moment of the past: the beginning of a day where the person is, or so long ago.
fn since(text: &str) -> Result<Timestamp, String> {
    since_at(text, &Zoned::now())
}

fn since_at(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let wrong =
        || "a day of the past such as 2026-11-20, or a time such as 7d, 12h or 2 weeks".to_owned();
    let zone: TimeZone = now.time_zone().clone();
    let text = text.trim();
    let at = if let Ok(at) = text.parse::<Timestamp>() {
        Ok(at.to_zoned(zone))
    } else if let Ok(time) = text.parse::<DateTime>() {
        time.to_zoned(zone)
    } else {
        let long = text.strip_suffix("ago").unwrap_or(text).trim();
        let span: Span = long.parse().map_err(|_| wrong())?;
        now.checked_sub(span)
    };
    let at = at.map_err(|_| wrong())?;
    if at > *now {
        return Err(wrong());
    }
    Ok(at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_or_a_time_ago_is_a_moment_of_the_past() {
        let now: Zoned = "2026-11-27T12:00:00+01:00[Europe/Oslo]".parse().unwrap();
        let at = |text: &str| since_at(text, &now).map(|at| at.to_string());
        assert_eq!(at("2026-11-20").as_deref(), Ok("2026-11-19T23:00:00Z"));
        assert_eq!(
            at("2026-11-20T18:00").as_deref(),
            Ok("2026-11-20T17:00:00Z")
        );
        assert_eq!(
            at("2026-11-20 18:00:00Z").as_deref(),
            Ok("2026-11-20T18:00:00Z")
        );
        assert_eq!(at("7d ago").as_deref(), Ok("2026-11-20T11:00:00Z"));
        assert_eq!(at("7d").as_deref(), Ok("2026-11-20T11:00:00Z"));
        assert_eq!(at(" 12h ").as_deref(), Ok("2026-11-26T23:00:00Z"));
        assert_eq!(at("2 weeks").as_deref(), Ok("2026-11-13T11:00:00Z"));
        for wrong in [
            "",
            "yesterday",
            "2026-12-01",
            "-7d",
            "7",
            "99999999y",
            "2026-02-30",
        ] {
            assert!(at(wrong).is_err(), "{wrong}: {:?}", at(wrong));
        }
    }
}
