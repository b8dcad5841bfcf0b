//! Reckoning with dates: what lies between two, what comes after one, what day of the week it is.

use jiff::civil::Date;
use jiff::{Span, ToSpan, Unit};

/// The answer to a question about dates; none where it is none.
///
/// # Errors
/// What is wrong with it.
pub(super) fn answer(expression: &str, today: Date) -> Option<Result<String, String>> {
    let text = expression.to_lowercase();
    let text = text.trim().trim_end_matches('?').trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Some(rest) = text
        .strip_prefix("weekday of ")
        .or_else(|| text.strip_prefix("weekday "))
    {
        return Some(date(rest, today).map(|date| date.strftime("%A").to_string()));
    }
    if let Some((unit, rest)) = between(text) {
        let (from, to) = rest;
        return Some(date(from, today).and_then(|from| {
            let to = date(to, today)?;
            span_in(from, to, unit)
        }));
    }
    // `DATE - DATE`
    if let [from, "-", to] = words.as_slice()
        && let (Ok(later), Ok(earlier)) = (date(from, today), date(to, today))
    {
        return Some(span_in(earlier, later, Unit::Day));
    }
    // `DATE + 90 days - 1 month`
    let start = date(words.first()?, today).ok()?;
    if words.len() == 1 {
        return Some(Ok(start.strftime("%Y-%m-%d (%A)").to_string()));
    }
    let mut result = start;
    let mut rest = &words[1..];
    while let [sign, amount, unit, more @ ..] = rest {
        let amount: i64 = match amount.parse() {
            Ok(amount) => amount,
            Err(_) => {
                return Some(Err(format!(
                    "`{amount}` is no whole number of days, weeks, months or years"
                )));
            }
        };
        let amount = match *sign {
            "+" => amount,
            "-" => -amount,
            _ => {
                return Some(Err(
                    "after a date comes `+` or `-`, a number and a unit".to_owned()
                ));
            }
        };
        let moved = span(amount, unit).and_then(|span| {
            result
                .checked_add(span)
                .map_err(|_| "this is beyond the calendar".to_owned())
        });
        match moved {
            Ok(date) => result = date,
            Err(why) => return Some(Err(why)),
        }
        rest = more;
    }
    if !rest.is_empty() {
        return Some(Err(
            "after a date comes `+` or `-`, a number and a unit, such as `+ 90 days`".to_owned(),
        ));
    }
    Some(Ok(result.strftime("%Y-%m-%d (%A)").to_string()))
}

/// `UNIT between DATE and DATE`, `UNIT from DATE to DATE`.
fn between(text: &str) -> Option<(Unit, (&str, &str))> {
    let (unit, rest) = text.split_once(' ')?;
    let unit = match unit.trim_end_matches('s') {
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        _ => return None,
    };
    let rest = rest.trim();
    let parts = match (rest.strip_prefix("between "), rest.strip_prefix("from ")) {
        (Some(rest), _) => rest.split_once(" and "),
        (_, Some(rest)) => rest
            .split_once(" to ")
            .or_else(|| rest.split_once(" until ")),
        _ => None,
    };
    Some((unit, parts?))
}

fn date(text: &str, today: Date) -> Result<Date, String> {
    let wrong = || {
        format!(
            "`{}` is no date; write it as 2026-03-01",
            text.chars().take(40).collect::<String>()
        )
    };
    match text.trim() {
        "today" => Ok(today),
        "tomorrow" => today.tomorrow().map_err(|_| wrong()),
        "yesterday" => today.yesterday().map_err(|_| wrong()),
        // Only whole dates: `2026` is a number.
        text if text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' => {
            text.parse().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

fn span(amount: i64, unit: &str) -> Result<Span, String> {
    let made = match unit.trim_end_matches(',').trim_end_matches('s') {
        "day" => Span::new().try_days(amount),
        "week" => Span::new().try_weeks(amount),
        "month" => Span::new().try_months(amount),
        "year" => Span::new().try_years(amount),
        _ => {
            return Err(format!(
                "`{unit}` is no unit of dates: days, weeks, months or years"
            ));
        }
    };
    made.map_err(|_| "this is beyond the calendar".to_owned())
}

fn span_in(from: Date, to: Date, unit: Unit) -> Result<String, String> {
    let beyond = |_| "this is beyond the calendar".to_owned();
    let days = from.until((Unit::Day, to)).map_err(beyond)?.get_days();
    if unit == Unit::Day {
        return Ok(format!("{days} days"));
    }
    let span = from.until((unit, to)).map_err(beyond)?;
    let (whole, name) = match unit {
        Unit::Week => (i64::from(span.get_weeks()), "weeks"),
        Unit::Month => (i64::from(span.get_months()), "months"),
        _ => (i64::from(span.get_years()), "years"),
    };
    let reached = match unit {
        Unit::Week => from.checked_add(whole.weeks()),
        Unit::Month => from.checked_add(whole.months()),
        _ => from.checked_add(whole.years()),
    };
    let left = reached
        .and_then(|at| at.until((Unit::Day, to)))
        .map_err(beyond)?
        .get_days();
    Ok(match left {
        0 => format!("{whole} {name}"),
        left => format!("{whole} {name} and {left} days ({days} days in all)"),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::answer;

    #[test]
    fn dates_are_reckoned_with() {
        let today = date(2026, 11, 26);
        for (question, wanted) in [
            ("2026-03-01 + 90 days", "2026-05-30 (Saturday)"),
            ("2024-01-31 + 1 month", "2024-02-29 (Thursday)"),
            ("today - 2 weeks", "2026-11-12 (Thursday)"),
            ("2026-12-24 + 1 year - 1 day", "2027-12-23 (Thursday)"),
            ("days between 2024-02-28 and 2026-03-01", "732 days"),
            ("days from 2026-03-01 to 2024-02-28", "-732 days"),
            (
                "weeks between 2026-01-01 and 2026-02-01",
                "4 weeks and 3 days (31 days in all)",
            ),
            (
                "months between 2026-01-31 and 2026-03-01",
                "1 months and 1 days (29 days in all)",
            ),
            ("2026-03-01 - 2026-02-01", "28 days"),
            ("weekday of 2026-12-24", "Thursday"),
            ("tomorrow", "2026-11-27 (Friday)"),
        ] {
            assert_eq!(
                answer(question, today),
                Some(Ok(wanted.to_owned())),
                "{question}"
            );
        }
        for question in [
            "2 + 3",
            "2026 - 3",
            "5 km to miles",
            "days",
            "a between b and c",
        ] {
            assert_eq!(answer(question, today), None, "{question}");
        }
        for question in [
            "2026-03-01 + many days",
            "2026-03-01 + 3 parsecs",
            "2026-03-01 * 3 days",
            "weekday of 2026-02-30",
            "2026-03-01 + 999999999 years",
            "2026-03-01 + 3",
        ] {
            assert!(
                answer(question, today).is_some_and(|answer| answer.is_err()),
                "{question}"
            );
        }
    }
}
