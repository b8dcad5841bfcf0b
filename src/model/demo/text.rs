//! Texts: count, rank the words, pick the sentences that carry most.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use super::action::{Action, Draft, Outcome};
use super::label::is_in;

/// How many words are ranked.
const RANKED: usize = 8;
/// The most sentences of a summary.
const PICKED: usize = 3;
/// The most bytes of one sentence of a summary.
const SENTENCE_BYTES: usize = 600;

/// English words that say little about a text.
const SMALL: &str = "a an and are as at be been but by can could did do does for from had has have he her \
    his how i if in into is it its may more most my no not of on one or our she so some \
    such than that the their them then there these they this those to was we were what \
    when which who will with would you your";
/// What stands before a point that ends no sentence.
const ABBREVIATIONS: &str = "e.g i.e mr mrs ms dr prof st vs etc approx no fig cf u.s u.k";

/// A text to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextJob {
    text: String,
    summarises: bool,
}

impl TextJob {
    pub(super) fn new(text: &str, instruction: &str) -> Self {
        let counts_only = ["count", "how many", "frequen", "most often"]
            .iter()
            .any(|word| instruction.contains(word))
            && !["summar", "shorten"]
                .iter()
                .any(|word| instruction.contains(word));
        Self {
            text: text.to_owned(),
            summarises: !counts_only,
        }
    }

    pub(super) fn plan(&self) -> Vec<Draft> {
        let mut plan = vec![
            Draft::new(
                Action::Count,
                "Count the words, sentences and characters of the text",
                "three numbers are known",
                &[],
            ),
            Draft::new(
                Action::Rank,
                "Find out which words occur most often",
                "the words are named with their numbers",
                &[],
            ),
        ];
        if self.summarises {
            plan.push(Draft::new(
                Action::Pick,
                "Pick the sentences that carry most of the text",
                "the summary is made of sentences of the text",
                &[Action::Rank],
            ));
        }
        plan
    }

    pub(super) fn carry_out(&self, action: Action) -> Option<Outcome> {
        match action {
            Action::Count | Action::Split => Some(Ok(self.count())),
            Action::Rank => Some(self.rank()),
            Action::Pick => Some(self.pick()),
            _ => None,
        }
    }

    fn count(&self) -> String {
        let words = self.text.unicode_words().count();
        let sentences = sentences(&self.text).len();
        let characters = self.text.graphemes(true).count();
        let visible = self
            .text
            .graphemes(true)
            .filter(|g| !g.trim().is_empty())
            .count();
        format!(
            "The text has {}, {} and {} ({visible} without spaces).",
            plural(words, "word"),
            plural(sentences, "sentence"),
            plural(characters, "character"),
        )
    }

    fn rank(&self) -> Outcome {
        let mut ranked: Vec<(String, usize)> = frequencies(&self.text).into_iter().collect();
        if ranked.is_empty() {
            return Err("the text has no words to rank".to_owned());
        }
        ranked.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        let shown: Vec<String> = ranked
            .iter()
            .take(RANKED)
            .map(|(word, times)| format!("{} ({times})", clip(word, 40)))
            .collect();
        Ok(format!(
            "Most frequent, small words such as `the` left out: {}.",
            shown.join(", ")
        ))
    }

    fn pick(&self) -> Outcome {
        let sentences = sentences(&self.text);
        let frequencies = frequencies(&self.text);
        let mut scored: Vec<(usize, f64)> = sentences
            .iter()
            .map(|sentence| score(sentence, &frequencies))
            .enumerate()
            .collect();
        scored.sort_by(|(a, x), (b, y)| y.total_cmp(x).then(a.cmp(b)));
        scored.truncate(sentences.len().div_ceil(3).min(PICKED));
        let mut chosen: Vec<usize> = scored.into_iter().map(|(index, _)| index).collect();
        chosen.sort_unstable();
        if chosen.is_empty() {
            return Err("the text has no sentence to pick".to_owned());
        }
        let picked: Vec<String> = chosen
            .iter()
            .map(|index| clip(sentences[*index], SENTENCE_BYTES))
            .collect();
        Ok(format!(
            "Summary, {} of {} taken word for word: {}",
            chosen.len(),
            plural(sentences.len(), "sentence"),
            picked.join(" ")
        ))
    }
}

/// The sum of its words' frequencies, long sentences damped.
fn score(sentence: &str, frequencies: &HashMap<String, usize>) -> f64 {
    let mut total = 0_u32;
    let mut words = 0_u32;
    for word in sentence.unicode_words() {
        let times = frequencies.get(&word.to_lowercase()).copied().unwrap_or(0);
        total = total.saturating_add(u32::try_from(times).unwrap_or(u32::MAX));
        words = words.saturating_add(1);
    }
    f64::from(total) / f64::from(words.max(1)).sqrt()
}

fn frequencies(text: &str) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    for word in text.unicode_words() {
        let word = word.to_lowercase();
        if !is_in(SMALL, &word) && word.chars().any(char::is_alphabetic) {
            *seen.entry(word).or_insert(0) += 1;
        }
    }
    seen
}

/// The sentences of a text: each ends with a mark that white space follows, or with an empty line.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize| {
        let sentence = text[from..to].trim();
        if sentence.chars().any(char::is_alphanumeric) {
            sentences.push(sentence);
        }
    };
    for (at, mark) in text.char_indices() {
        let end = at + mark.len_utf8();
        let rest = &text[end..];
        let ends = match mark {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' | '…' => {
                let rest = rest.trim_start_matches(['"', '”', '’', ')', '\'']);
                (rest.is_empty() || rest.starts_with(char::is_whitespace))
                    && !(mark == '.' && is_abbreviated(&text[start..at]))
            }
            '\n' => rest.starts_with('\n'),
            _ => false,
        };
        if ends {
            let closing = rest.len() - rest.trim_start_matches(['"', '”', '’', ')', '\'']).len();
            push(start, end + closing);
            start = end + closing;
        }
    }
    push(start, text.len());
    sentences
}

fn is_abbreviated(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let mut letters = word.chars();
    let initial =
        matches!((letters.next(), letters.next()), (Some(c), None) if c.is_uppercase() && c != 'I');
    initial || is_in(ABBREVIATIONS, word)
}

fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// The text on one line, cut after at most `most` bytes with a mark that it was.
pub(super) fn clip(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars().filter(|c| !c.is_control()) {
            if line.len() + c.len_utf8() > most {
                line.push('…');
                return line;
            }
            line.push(c);
        }
    }
    line
}
