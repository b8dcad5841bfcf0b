//! Reading quantities out of running text: a number, its magnitude, its unit, and what it is said to be of.

use super::label::label;
use super::number::Exact;
use super::units::{Dimension, Magnitude, Unit, magnitude};

/// The most quantities that are read from one task.
const MOST: usize = 12;
/// The most digits a number may have.
const MOST_DIGITS: usize = 24;

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Measure {
    /// Nothing is said.
    Plain,
    /// A unit of the table.
    Known(&'static Unit),
    /// Things, by the word that follows the number.
    Counted(String),
}

impl Measure {
    /// The kind of unit, where it is one that cannot be mixed with another.
    pub(super) fn dimension(&self) -> Option<Dimension> {
        match self {
            Self::Known(unit) => Some(unit.dimension),
            Self::Plain | Self::Counted(_) => None,
        }
    }

    /// The text after a number.
    pub(super) fn suffix(&self, one: bool) -> String {
        match self {
            Self::Plain => String::new(),
            Self::Known(unit) => format!(" {}", unit.shown(one)),
            Self::Counted(word) => format!(" {word}"),
        }
    }
}

/// One quantity of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quantity {
    /// What it is said to be of; empty where nothing is said.
    pub(super) label: String,
    /// As it stands in the task.
    pub(super) raw: String,
    /// In its own unit, magnitude included.
    pub(super) value: Exact,
    pub(super) magnitude: Option<Magnitude>,
    pub(super) measure: Measure,
    /// Whether the others are to be divided by it.
    pub(super) is_reference: bool,
}

impl Quantity {
    /// How it is spoken of.
    pub(super) fn name(&self) -> &str {
        if self.label.is_empty() {
            &self.raw
        } else {
            &self.label
        }
    }

    /// Name and amount, the amount once.
    pub(super) fn introduced(&self) -> String {
        if self.label.is_empty() {
            self.raw.clone()
        } else {
            format!("{} ({})", self.label, self.raw)
        }
    }
}

struct Found {
    quantity: Quantity,
    start: usize,
    end: usize,
    is_year: bool,
}

/// The quantities of a text in their order, at most twelve.
pub(super) fn quantities(text: &str) -> Vec<Quantity> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        let run = number_run(&text[start..]);
        at = start + run.len();
        let floor = found.last().map_or(0, |last| last.end);
        if let Some(next) = read(text, floor, start, run) {
            at = next.end.max(at);
            found.push(next);
        }
    }
    if found.iter().filter(|f| !f.is_year).count() >= 2 {
        found.retain(|f| !f.is_year);
    }
    found.truncate(MOST);
    let ends: Vec<(usize, usize)> = found.iter().map(|f| (f.start, f.end)).collect();
    let mut quantities: Vec<Quantity> = found.into_iter().map(|f| f.quantity).collect();
    for (index, quantity) in quantities.iter_mut().enumerate() {
        let from = if index == 0 { 0 } else { ends[index - 1].1 };
        let to = ends.get(index + 1).map_or(text.len(), |next| next.0);
        let (before, after) = (&text[from..ends[index].0], &text[ends[index].1..to]);
        quantity.is_reference = index > 0 && asks_to_divide_by(before);
        quantity.label = label(before, after);
    }
    settle_labels(&mut quantities);
    quantities
}

/// The digits at the start of `text`, with the separators between them and the parts of a date, time or range.
fn number_run(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || is_separator(*c) || matches!(c, '-' | '/' | ':')))
        .map_or(text.len(), |(end, _)| end);
    text[..end].trim_end_matches(|c: char| !c.is_ascii_digit())
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | '\'' | '\u{2019}' | '\u{a0}' | '\u{2009}' | '\u{202f}'
    )
}

fn read(text: &str, floor: usize, start: usize, run: &str) -> Option<Found> {
    let (digits, mut exponent) = number(run)?;
    let before = &text[floor..start];
    let (before, negative) = sign(before);
    let (before, money) = match Unit::of_prefix(before.trim_end_matches(' ')) {
        Some((unit, symbol)) => {
            let before = before.trim_end_matches(' ');
            (&before[..before.len() - symbol.len()], Some(unit))
        }
        None => (before, None),
    };
    let (before, negative) = if negative || money.is_none() {
        (before, negative)
    } else {
        sign(before)
    };
    let stands_alone = !before.ends_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '#' | '-' | '.' | ',' | ':' | '/' | '$')
    });
    if !stands_alone {
        return None;
    }
    let mut end = start + run.len();
    if let Some((power, length)) = scientific(&text[end..]) {
        exponent += power;
        end += length;
    }
    let tail = tail(&text[end..], money)?;
    end += tail.length;
    let scale = exponent + tail.magnitude.map_or(0, |m| m.exponent);
    let value = Exact::scaled(if negative { -digits } else { digits }, scale)?;
    let is_year = matches!(tail.measure, Measure::Plain)
        && tail.magnitude.is_none()
        && run.len() == 4
        && run.bytes().all(|b| b.is_ascii_digit())
        && (1800..=2100).contains(&digits);
    let from = floor + before.len();
    Some(Found {
        quantity: Quantity {
            label: String::new(),
            raw: text[from..end]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            value,
            magnitude: tail.magnitude,
            measure: tail.measure,
            is_reference: false,
        },
        start: from,
        end,
        is_year,
    })
}

/// The digits of a number and the power of ten they stand at. Both `1,234.5` and `1.234,5` are understood; a single comma
/// before exactly three digits separates thousands, a single point never does.
fn number(run: &str) -> Option<(i128, i32)> {
    if run.contains(['-', '/', ':']) {
        return None;
    }
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let groups: Vec<&str> = run.split(is_separator).collect();
    let separators: Vec<char> = run.chars().filter(|c| is_separator(*c)).collect();
    let places = match (separators.last(), separators.len()) {
        (None, _) => 0,
        (Some(&last), count) => {
            let (fraction, whole) = groups.split_last()?;
            let alike = separators.iter().all(|c| *c == separators[0]);
            let decimal = match (last, alike, count) {
                ('.', true, 1) => true,
                (',', true, 1) => fraction.len() != 3 || whole[0].len() > 3 || whole[0] == "0",
                ('.' | ',', false, _) => separators[..count - 1].iter().all(|c| *c != last),
                _ => false,
            };
            let grouped = if decimal { whole } else { &groups };
            let well_grouped = grouped.len() == 1
                || (grouped[0].len() <= 3 && grouped[1..].iter().all(|g| g.len() == 3));
            if !well_grouped {
                return None;
            }
            if decimal { fraction.len() } else { 0 }
        }
    };
    Some((digits.parse().ok()?, -i32::try_from(places).ok()?))
}

/// Takes a sign off the end of what stands before a number.
fn sign(before: &str) -> (&str, bool) {
    for (mark, negative) in [('-', true), ('\u{2212}', true), ('+', false)] {
        if let Some(rest) = before.strip_suffix(mark)
            && rest
                .chars()
                .next_back()
                .is_none_or(|c| c.is_whitespace() || c == '(')
        {
            return (rest, negative);
        }
    }
    (before, false)
}

/// `e6` or `e-3` right after a number: the power and its length in bytes.
fn scientific(rest: &str) -> Option<(i32, usize)> {
    let exponent = rest.strip_prefix(['e', 'E'])?;
    let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 2 || unsigned[digits..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let length = rest.len() - unsigned.len() + digits;
    Some((rest[1..length].parse().ok()?, length))
}

struct Tail {
    magnitude: Option<Magnitude>,
    measure: Measure,
    length: usize,
}

/// Magnitude and unit after a number; none where what follows makes it part of a word, as in `4th` or `64-bit`.
fn tail(rest: &str, money: Option<&'static Unit>) -> Option<Tail> {
    let glued = rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
    let rest_word = rest.strip_prefix('-').unwrap_or(rest);
    let (first, mut used) = word(rest_word);
    used += rest.len() - rest_word.len();
    let in_money = money.is_some() || names_money(&rest[used..]);
    let magnitude = magnitude(first, in_money);
    let mut length = if magnitude.is_some() { used } else { 0 };
    let unit_at = if magnitude.is_some() {
        used
    } else {
        rest.len() - rest_word.len()
    };
    let (measure, unit_length) = match money {
        Some(unit) => (Measure::Known(unit), 0),
        None => measure(&rest[unit_at..], glued && magnitude.is_none()),
    };
    if unit_length > 0 {
        length = unit_at + unit_length;
    }
    if glued && length == 0 {
        return None;
    }
    Some(Tail {
        magnitude,
        measure,
        length,
    })
}

fn names_money(rest: &str) -> bool {
    let (next, _) = word(rest);
    Unit::named(next).is_some_and(|unit| matches!(unit.dimension, Dimension::Money(_)))
}

/// The unit at the start of `rest` and its length in bytes.
fn measure(rest: &str, glued: bool) -> (Measure, usize) {
    let (first, used) = word(rest);
    if first.is_empty() {
        return (Measure::Plain, 0);
    }
    let (second, more) = word(&rest[used..]);
    if !second.is_empty()
        && let Some(unit) = Unit::named(&format!("{first} {second}"))
    {
        return (Measure::Known(unit), used + more);
    }
    if let Some(unit) = Unit::named(first) {
        return (Measure::Known(unit), used);
    }
    let counts = !glued
        && (3..=24).contains(&first.len())
        && first.chars().all(|c| c.is_alphabetic() && c.is_lowercase())
        && !super::label::is_function_word(first);
    if counts {
        (Measure::Counted(first.to_owned()), used)
    } else {
        (Measure::Plain, 0)
    }
}

/// The next word on the same line and how many bytes it takes with the spaces before it.
fn word(rest: &str) -> (&str, usize) {
    let trimmed = rest.trim_start_matches([' ', '\u{a0}', '\u{2009}', '\u{202f}']);
    let end = trimmed
        .find(|c: char| c.is_whitespace() || ",;:()!?\"“”[]{}<>=*".contains(c))
        .unwrap_or(trimmed.len());
    let word = trimmed[..end].trim_end_matches(['.', '\'', '-']);
    (word, rest.len() - trimmed.len() + word.len())
}

fn asks_to_divide_by(before: &str) -> bool {
    let before = before.to_lowercase();
    let words: Vec<&str> = before
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !matches!(*w, "the" | "a" | "an"))
        .collect();
    match words.as_slice() {
        [rest @ .., "to"] => rest
            .iter()
            .any(|w| matches!(*w, "ratio" | "ratios" | "relative" | "proportion")),
        [rest @ .., "by"] => rest.iter().any(|w| w.starts_with("divid")),
        [.., "multiple" | "multiples" | "share" | "percentage", "of"] => true,
        _ => false,
    }
}

/// Makes the labels of one comparison alike: `heights of Everest` and `K2` become `Everest` and `K2`; a word that stands for
/// all of them, as in `the heights 3 m and 4 m`, is no label.
fn settle_labels(quantities: &mut [Quantity]) {
    let Some((first, others)) = quantities.split_first_mut() else {
        return;
    };
    let named = others
        .iter()
        .filter(|q| !q.is_reference && !q.label.is_empty())
        .count();
    if named == 0 && others.iter().any(|q| !q.is_reference) && first.label.ends_with('s') {
        first.label.clear();
    } else if named > 0
        && !others.iter().any(|q| q.label.contains(" of "))
        && let Some((_, name)) = first.label.split_once(" of ")
    {
        first.label = name.trim_start_matches("the ").to_owned();
    }
    for quantity in quantities.iter_mut().filter(|q| q.is_reference) {
        quantity.label.clear();
    }
}
