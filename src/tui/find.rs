//! Looking for words in a text that is being read, capitals or not.

use std::ops::Range;

/// What someone looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    words: String,
    /// In small letters, never empty.
    lower: Vec<char>,
}

/// One place of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The byte at which it begins.
    pub(super) at: usize,
    /// Which one it is, from 1.
    pub(super) nth: usize,
    /// How many there are.
    pub(super) all: usize,
}

impl Needle {
    /// The first place after the byte `at`, or the last one before it; after the last comes the first.
    pub(super) fn next_in(&self, text: &str, at: Option<usize>, forward: bool) -> Option<Found> {
        let places: Vec<usize> = self.matches(text).map(|found| found.start).collect();
        let last = places.len().checked_sub(1)?;
        let index = if forward {
            let next = places
                .iter()
                .position(|&place| at.is_none_or(|at| place > at));
            next.unwrap_or(0)
        } else {
            let before = places
                .iter()
                .rposition(|&place| at.is_some_and(|at| place < at));
            before.unwrap_or(last)
        };
        Some(Found {
            at: places[index],
            nth: index + 1,
            all: places.len(),
        })
    }

    /// None where nothing was typed.
    pub(super) fn new(words: &str) -> Option<Self> {
        let lower: Vec<char> = words.chars().flat_map(char::to_lowercase).collect();
        (!lower.is_empty()).then(|| Self {
            words: words.to_owned(),
            lower,
        })
    }

    /// As it was typed.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// More bytes than any match has.
    pub(super) fn reach(&self) -> usize {
        self.lower.len() * 4
    }

    /// Where it stands in `text`, in order and apart from each other.
    pub(super) fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let (start, end) = text[from..].char_indices().find_map(|(at, _)| {
                let start = from + at;
                self.ends(&text[start..]).map(|len| (start, start + len))
            })?;
            from = end;
            Some(start..end)
        })
    }

    /// How many bytes it takes at the very beginning of `text`, if it stands there.
    fn ends(&self, text: &str) -> Option<usize> {
        let mut wanted = self.lower.iter();
        let mut len = 0;
        for c in text.chars() {
            if wanted.as_slice().is_empty() {
                break;
            }
            for lower in c.to_lowercase() {
                if wanted.next() != Some(&lower) {
                    return None;
                }
            }
            len += c.len_utf8();
        }
        wanted.as_slice().is_empty().then_some(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str, text: &str) -> Vec<String> {
        let needle = Needle::new(words).unwrap();
        needle
            .matches(text)
            .map(|range| text[range].to_owned())
            .collect()
    }

    #[test]
    fn capitals_do_not_matter() {
        assert_eq!(found("gdp", "GDP, gdp and Gd p"), ["GDP", "gdp"]);
        assert_eq!(found("ÄRGER", "Ärger, ärger"), ["Ärger", "ärger"]);
        assert_eq!(found("漢", "a漢漢"), ["漢", "漢"]);
    }

    #[test]
    fn matches_stand_apart() {
        assert_eq!(found("aa", "aaaaa"), ["aa", "aa"]);
        assert_eq!(found("x", ""), Vec::<String>::new());
        assert_eq!(Needle::new(""), None);
    }
}
