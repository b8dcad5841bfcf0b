//! What a `done_when` means where the program can hold a result against it by itself.
//!
//! One or more of these, joined by `and`; everything else is words, which a model may judge:
//!
//! | form | met when the result |
//! |---|---|
//! | `not empty` | has a character that is not white space |
//! | `number`, `number >= 3` | has a number in it; its first one compares so (`=`, `<`, `<=`, `>`, `>=`) |
//! | `json` | is JSON, alone or in a code fence |
//! | `contains "text"` | has this text in it, in upper or lower case |
//! | `matches /regex/` | has a match of this regular expression |
//! | `file exists PATH` | … and there is this file, below the workspace |
//! | `command ARGUMENTS… exits 0` | … and this command ends with this status |

use regex_lite::RegexBuilder;
use serde_json::Value;

/// The most bytes of a result that a regular expression is matched against, and of the expression itself.
const MOST_BYTES: (usize, usize) = (256 * 1024, 500);

/// One thing that must be so.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// There is a result.
    NotEmpty,
    /// There is a number in it, and its first one compares so.
    Number(Option<(Comparison, f64)>),
    /// It is JSON.
    Json,
    /// It has this text in it.
    Contains(String),
    /// It has a match of this regular expression.
    Matches(String),
    /// There is this file.
    FileExists(String),
    /// This command, a program and its arguments, ends with this status.
    Command(Vec<String>, i32),
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The checks in a `done_when`; none where it is words.
pub fn checks(done_when: &str) -> Option<Vec<Check>> {
    let parts = split(done_when.trim().trim_end_matches('.'));
    let checks: Option<Vec<Check>> = parts.iter().map(|part| check(part.trim())).collect();
    checks.filter(|checks| !checks.is_empty())
}

impl Check {
    /// What the result lacks, or none where it is met. [`Check::FileExists`] and [`Check::Command`] are not about the
    /// result: for them there is nothing to say here.
    pub fn gap(&self, result: &str) -> Option<String> {
        match self {
            Self::NotEmpty => result
                .trim()
                .is_empty()
                .then(|| "the result is empty".to_owned()),
            Self::Number(wanted) => number_gap(result, *wanted),
            Self::Json => (!is_json(result)).then(|| "the result is not JSON".to_owned()),
            Self::Contains(text) => (!result.to_lowercase().contains(&text.to_lowercase()))
                .then(|| format!("the result does not contain \"{text}\"")),
            Self::Matches(pattern) => matches_gap(result, pattern),
            Self::FileExists(_) | Self::Command(..) => None,
        }
    }
}

fn number_gap(result: &str, wanted: Option<(Comparison, f64)>) -> Option<String> {
    let Some(found) = first_number(result) else {
        return Some("there is no number in the result".to_owned());
    };
    let (comparison, bound) = wanted?;
    let (met, word) = match comparison {
        Comparison::Equal => (
            (found - bound).abs() <= f64::EPSILON * bound.abs().max(1.0),
            "=",
        ),
        Comparison::Less => (found < bound, "<"),
        Comparison::AtMost => (found <= bound, "<="),
        Comparison::More => (found > bound, ">"),
        Comparison::AtLeast => (found >= bound, ">="),
    };
    (!met).then(|| format!("the first number in the result is {found}, it must be {word} {bound}"))
}

/// The first number of a text; commas between groups of three digits belong to it.
fn first_number(text: &str) -> Option<f64> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, from) = text.split_at(start);
    let end = from
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(from.len());
    let digits: String = from[..end].trim_end_matches(['.', ',']).replace(',', "");
    let number: f64 = digits.parse().ok()?;
    let minus = before.ends_with(['-', '−']);
    Some(if minus { -number } else { number })
}

fn is_json(text: &str) -> bool {
    let text = text.trim();
    let inner = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"))
        .and_then(|rest| rest.trim_end().strip_suffix("```"));
    serde_json::from_str::<Value>(inner.unwrap_or(text).trim()).is_ok()
}

fn matches_gap(result: &str, pattern: &str) -> Option<String> {
    let mut end = result.len().min(MOST_BYTES.0);
    while !result.is_char_boundary(end) {
        end -= 1;
    }
    let met = expression(pattern).is_some_and(|regex| regex.is_match(&result[..end]));
    (!met).then(|| format!("the result does not match /{pattern}/"))
}

fn expression(pattern: &str) -> Option<regex_lite::Regex> {
    let mut builder = RegexBuilder::new(pattern);
    (pattern.len() <= MOST_BYTES.1)
        .then(|| builder.size_limit(1 << 20).build().ok())
        .flatten()
}

/// The parts between `and`s that stand outside of quotes and slashes.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut open = None;
    let mut before = "";
    for word in text.split(' ') {
        let last = parts.len() - 1;
        if open.is_none() && word.eq_ignore_ascii_case("and") {
            parts.push(String::new());
            continue;
        }
        let pattern = before.eq_ignore_ascii_case("matches");
        before = word;
        for c in word.chars() {
            open = match open {
                None if c == '"' || (c == '/' && pattern) => Some(c),
                Some(mark) if mark == c => None,
                open => open,
            };
        }
        if !parts[last].is_empty() {
            parts[last].push(' ');
        }
        parts[last].push_str(word);
    }
    parts
}

fn check(text: &str) -> Option<Check> {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "not empty" | "non-empty" | "nonempty" | "not blank" => return Some(Check::NotEmpty),
        "number" | "a number" => return Some(Check::Number(None)),
        "json" | "valid json" => return Some(Check::Json),
        _ => {}
    }
    let behind = |word: &str| lower.starts_with(word).then(|| text[word.len()..].trim());
    if let Some(rest) = behind("number ").or_else(|| behind("a number ")) {
        return comparison(rest).map(|wanted| Check::Number(Some(wanted)));
    }
    if let Some(rest) = behind("contains ") {
        let quoted = |mark: char| rest.strip_prefix(mark)?.strip_suffix(mark);
        let inner = quoted('"').or_else(|| quoted('\''))?;
        return (!inner.is_empty()).then(|| Check::Contains(inner.to_owned()));
    }
    if let Some(rest) = behind("matches ") {
        let pattern = rest.strip_prefix('/')?.strip_suffix('/')?;
        return expression(pattern).map(|_| Check::Matches(pattern.to_owned()));
    }
    if let Some(path) = behind("file exists ").or_else(|| behind("file ")?.strip_suffix(" exists"))
    {
        let path = path.trim().trim_matches('"');
        return (!path.is_empty() && !path.contains(' '))
            .then(|| Check::FileExists(path.to_owned()));
    }
    if let Some(rest) = behind("command ") {
        let (command, status) = rest.rsplit_once(" exits ")?;
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let status = status.trim().parse().ok()?;
        return (!words.is_empty()).then_some(Check::Command(words, status));
    }
    None
}

fn comparison(text: &str) -> Option<(Comparison, f64)> {
    let signs = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        ("==", Comparison::Equal),
        ("=", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::More),
    ];
    let (rest, sign) = signs
        .iter()
        .find_map(|(word, sign)| Some((text.strip_prefix(word)?, *sign)))?;
    let bound: f64 = rest.trim().replace(',', "").parse().ok()?;
    bound.is_finite().then_some((sign, bound))
}

#[cfg(test)]
mod tests {
    use super::{Check, checks};

    fn gap(done_when: &str, result: &str) -> Option<String> {
        let checks = checks(done_when).unwrap_or_else(|| panic!("{done_when} is no check"));
        checks.iter().find_map(|check| check.gap(result))
    }

    #[test]
    fn what_the_program_can_decide() {
        for (done_when, met, missed) in [
            ("not empty", "x", " \n"),
            ("number", "about 3.5 km", "none"),
            ("number >= 8,000", "8,849 m", "it is 7999.5 m"),
            ("number < 0", "-3 °C", "3 °C"),
            ("a number = 2", "2.", "1, 2"),
            ("JSON", "```json\n{\"a\": 1}\n```", "{a: 1}"),
            (
                "contains \"Rock and Roll\"",
                "it is rock AND roll",
                "rock or roll",
            ),
            ("matches /^\\d{4}-\\d{2}$/", "2024-05", "May 2024"),
            ("json and contains 'a'.", "[\"a\"]", "[\"b\"]"),
        ] {
            assert_eq!(gap(done_when, met), None, "{done_when}");
            assert!(gap(done_when, missed).is_some(), "{done_when}");
        }
    }

    #[test]
    fn everything_else_is_words() {
        for words in [
            "",
            "the figure is known",
            "contains the GDP of France",
            "number of inhabitants is known",
            "matches /(/",
            "file the report exists",
            "not empty and good",
            "command",
        ] {
            assert_eq!(checks(words), None, "{words}");
        }
    }

    #[test]
    fn what_is_outside_of_the_result_is_only_named() {
        assert_eq!(
            checks("file exists out/report.md and command cargo test --quiet exits 0"),
            Some(vec![
                Check::FileExists("out/report.md".to_owned()),
                Check::Command(["cargo", "test", "--quiet"].map(str::to_owned).to_vec(), 0),
            ])
        );
    }
}
