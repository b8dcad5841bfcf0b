//! Reckoning with dates: what lies between two, what comes after one, what day of the week it is. What has a date in it is
//! answered here or not at all: taken for arithmetic, 2026-03-01 is 2022.

use jiff::civil::Date;
use jiff::{Span, ToSpan, Unit};
use regex_lite::{Captures, Regex};

/// What is said of a question with a date that is none of those known here.
const FORMS: &str = "with dates only this is known: `2026-03-01 + 90 days`, `2 weeks before 2026-03-01`, `days between 2024-02-28 and 2026-03-01` (or weeks, months, years), `weekday of 2026-12-24`; dates are written like these, or are today, tomorrow or yesterday";

/// The answer to a question about dates; none where there is no date in it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn answer(expression: &str, today: Date) -> Option<Result<String, String>> {
    let (text, has_date) = spaced(&expression.to_lowercase())?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let named = ["today", "tomorrow", "yesterday"];
    let has_date = has_date || words.iter().any(|word| named.contains(word));
    let date = |word: &str| date(word, today);
    Some(match words.as_slice() {
        ["weekday", "of", day] | ["weekday", day] | ["day", "of", "week", day] => {
            date(day).map(|day| day.strftime("%A").to_string())
        }
        [unit_word, "between", from, "and", to] | [unit_word, "from", from, "to" | "until", to]
            if unit(unit_word).is_some() =>
        {
            span_in(date(from), date(to), unit(unit_word))
        }
        _ if !has_date => return None,
        [later, "-", earlier] if is_date(earlier) => {
            span_in(date(earlier), date(later), Some(Unit::Day))
        }
        [later, "-", earlier, "in" | "to", unit_word] if is_date(earlier) => {
            span_in(date(earlier), date(later), unit(unit_word))
        }
        [amount, unit, "after" | "from", day] => moved(date(day), &["+", amount, unit]),
        [amount, unit, "before", day] => moved(date(day), &["-", amount, unit]),
        [day, steps @ ..] => moved(date(day), steps),
        [] => return None,
    })
}

/// The words of a text with white space around dates, signs and units; brackets are left out. And whether it has a date.
fn spaced(text: &str) -> Option<(String, bool)> {
    let dates = Regex::new(r"\b([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\b").ok()?;
    let units = Regex::new(r"\b([0-9]+)([a-z]+)\b").ok()?;
    let has_date = dates.is_match(text);
    // The signs within dates are put aside while the others get their space.
    let text = dates.replace_all(text, |found: &Captures<'_>| {
        format!(" {}~{:0>2}~{:0>2} ", &found[1], &found[2], &found[3])
    });
    let text = text.replace('+', " + ").replace(['-', '−'], " - ");
    let text = units.replace_all(&text, "$1 $2");
    let text = text.replace(['(', ')', '?'], " ").replace('~', "-");
    Some((text, has_date))
}

fn is_date(word: &str) -> bool {
    let shape = word.as_bytes();
    matches!(word, "today" | "tomorrow" | "yesterday")
        || (shape.len() == 10 && shape[4] == b'-' && shape[7] == b'-')
}

fn date(word: &str, today: Date) -> Result<Date, String> {
    let wrong = || {
        format!(
            "`{}` is no date; {FORMS}",
            word.chars().take(40).collect::<String>()
        )
    };
    match word {
        "today" => Ok(today),
        "tomorrow" => today.tomorrow().map_err(|_| wrong()),
        "yesterday" => today.yesterday().map_err(|_| wrong()),
        word if is_date(word) => word.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word.trim_end_matches(',') {
        "day" | "days" | "d" => Unit::Day,
        "week" | "weeks" => Unit::Week,
        "month" | "months" => Unit::Month,
        "year" | "years" => Unit::Year,
        _ => return None,
    })
}

/// A date moved by `+ 90 days - 1 month` and so on.
fn moved(start: Result<Date, String>, mut steps: &[&str]) -> Result<String, String> {
    let mut day = start?;
    while let [sign @ ("+" | "-"), amount, unit_word, more @ ..] = steps {
        let amount: i64 = amount
            .parse()
            .map_err(|_| format!("`{amount}` is no whole number; {FORMS}"))?;
        let amount = if *sign == "-" { -amount } else { amount };
        let span = match unit(unit_word) {
            Some(Unit::Day) => Span::new().try_days(amount),
            Some(Unit::Week) => Span::new().try_weeks(amount),
            Some(Unit::Month) => Span::new().try_months(amount),
            Some(_) => Span::new().try_years(amount),
            None => return Err(format!("`{unit_word}` is no unit of dates; {FORMS}")),
        };
        let next = span.and_then(|span| day.checked_add(span));
        day = next.map_err(|_| BEYOND.to_owned())?;
        steps = more;
    }
    if steps.is_empty() {
        Ok(day.strftime("%Y-%m-%d (%A)").to_string())
    } else {
        Err(FORMS.to_owned())
    }
}

const BEYOND: &str = "this is beyond the calendar";

fn span_in(
    from: Result<Date, String>,
    to: Result<Date, String>,
    unit: Option<Unit>,
) -> Result<String, String> {
    let beyond = |_| BEYOND.to_owned();
    let (from, to) = (from?, to?);
    let unit = unit.ok_or(FORMS)?;
    let days = from.until((Unit::Day, to)).map_err(beyond)?.get_days();
    if unit == Unit::Day {
        return Ok(counted(days.into(), "day"));
    }
    let span = from.until((unit, to)).map_err(beyond)?;
    let (whole, name) = match unit {
        Unit::Week => (i64::from(span.get_weeks()), "week"),
        Unit::Month => (i64::from(span.get_months()), "month"),
        _ => (i64::from(span.get_years()), "year"),
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
    let whole = counted(whole, name);
    Ok(match left {
        0 => whole,
        left => format!(
            "{whole} and {} ({} in all)",
            counted(left.into(), "day"),
            counted(days.into(), "day")
        ),
    })
}

fn counted(count: i64, name: &str) -> String {
    let ending = if count.abs() == 1 { "" } else { "s" };
    format!("{count} {name}{ending}")
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
            ("2026-03-01+90days", "2026-05-30 (Saturday)"),
            ("2026-3-1 + 90d", "2026-05-30 (Saturday)"),
            ("90 days after 2026-03-01", "2026-05-30 (Saturday)"),
            ("2 weeks before today", "2026-11-12 (Thursday)"),
            ("2024-01-31 + 1 month", "2024-02-29 (Thursday)"),
            ("today - 2 weeks", "2026-11-12 (Thursday)"),
            ("2026-12-24 + 1 year - 1 day", "2027-12-23 (Thursday)"),
            ("days between 2024-02-28 and 2026-03-01", "732 days"),
            ("Days from 2026-03-01 to 2024-02-28?", "-732 days"),
            (
                "weeks between 2026-01-01 and 2026-02-01",
                "4 weeks and 3 days (31 days in all)",
            ),
            (
                "months between 2026-01-31 and 2026-03-01",
                "1 month and 1 day (29 days in all)",
            ),
            ("2026-03-01 - 2026-02-01", "28 days"),
            ("(2026-03-01) - (2026-02-28)", "1 day"),
            ("2026-03-01-2026-02-01", "28 days"),
            ("2026-03-01 - 2026-02-01 in weeks", "4 weeks"),
            ("weekday of 2026-12-24", "Thursday"),
            ("tomorrow", "2026-11-27 (Friday)"),
        ] {
            assert_eq!(
                answer(question, today),
                Some(Ok(wanted.to_owned())),
                "{question}"
            );
        }
    }

    #[test]
    fn what_has_no_date_is_left_to_arithmetic() {
        for question in [
            "2 + 3",
            "2026 - 3",
            "2026 - 3 - 1",
            "5 km to miles",
            "days",
            "3 days to hours",
            "a between b and c",
            "",
        ] {
            assert_eq!(answer(question, date(2026, 11, 26)), None, "{question}");
        }
    }

    #[test]
    fn what_has_a_date_is_never_taken_for_arithmetic() {
        for question in [
            "2026-03-01 + many days",
            "2026-03-01 + 3 parsecs",
            "2026-03-01 * 3 days",
            "weekday of 2026-02-30",
            "weekday of 24.12.2026",
            "2026-03-01 + 999999999 years",
            "2026-03-01 + 99999999999999999999 days",
            "2026-03-01 + 3",
            "2026-03-01 + 1.5 days",
            "(2026-03-01 - 2025-01-01) / 7",
            "2 * (2026-03-01)",
            "2026-03-01 - 2025-01-01 in parsecs",
            "2026-13-01",
            "2024-02-28 to 2026-03-01",
            "today * 2",
        ] {
            assert!(
                answer(question, date(2026, 11, 26)).is_some_and(|answer| answer.is_err()),
                "{question}"
            );
        }
    }
}
