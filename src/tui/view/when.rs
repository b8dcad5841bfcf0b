//! Times and durations as a person reads them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// `0.4s`, `12.4s`, `1:42`, `2:03:10`.
pub(super) fn took(ms: u64) -> String {
    let tenths = ms.saturating_add(50) / 100;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    clock(tenths * 100)
}

/// `00:07`, `01:42`, `2:03:10`.
pub(super) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// Milliseconds from one moment to another, 0 where the clock went back.
pub(super) fn between(from: Timestamp, to: Timestamp) -> u64 {
    let passed: SignedDuration = to.duration_since(from);
    u64::try_from(passed.as_millis()).unwrap_or(0)
}

/// `2026-11-20 14:02` where the person is.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// `950`, `12.3k`, `4.5M` for counts of tokens.
pub(super) fn count(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{}.{}k", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{}M", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}
