//! What a quantity is said to be of: the words right before it, or right after it.

/// The most words of a label.
const MOST_WORDS: usize = 6;
/// The most characters of a label.
const MOST_CHARS: usize = 60;

/// Words that end what stands before them: a label begins after the last one.
const BREAKS: &str = "longer shorter taller higher lower smaller greater heavier lighter faster slower cheaper older \
    younger and or with to vs vs. versus than against while but between compare compares \
    comparing compute calculate which whether if given find show tell me what is are was \
    were has have had from then please difference larger bigger ratio say by whereas \
    larger: more";

/// Words that join a label to its number.
const JOINTS: &str = "is are was were has have had at of about around roughly approximately costs cost \
    weighs measures equals reached with being only nearly almost over under stands for \
    in ran took takes earns earned sold counts got";

/// Words that are never the name of what is counted.
const OTHERS: &str = "the a an on per as into less times higher smaller respectively plus minus how when \
    who where that this these those it its their ago each also after before because so \
    not does do can will would should both until since bigger taller heavier longer \
    faster yesterday today";

/// Whether a word after a number cannot be what it counts.
pub(super) fn is_function_word(word: &str) -> bool {
    [BREAKS, JOINTS, OTHERS]
        .iter()
        .any(|list| is_in(list, word))
}

/// The label of a quantity between these two pieces of text; empty where there is none.
pub(super) fn label(before: &str, after: &str) -> String {
    let (found, behind) = (label_before(before), label_after(after));
    // A lower-case word before the number is rather what all amounts are of.
    let is_topic = !found.contains(" of ") && !found.contains(char::is_uppercase);
    if !behind.is_empty() && is_topic {
        behind
    } else {
        found
    }
}

fn label_before(before: &str) -> String {
    let mut text = before;
    for end in [". ", "? ", "! ", "; ", ": ", "\n"] {
        text = match text.trim_end().rsplit_once(end) {
            Some((_, last)) => last,
            None => text,
        };
    }
    let text = text.trim_matches(is_edge);
    let text = text.rsplit_once(", ").map_or(text, |(_, last)| last);
    let mut words: Vec<&str> = text.split_whitespace().collect();
    if words.first().is_some_and(|w| matches!(*w, "for" | "in")) {
        // It belongs to the number before.
        words.clear();
    }
    while words.last().is_some_and(|w| is_in(JOINTS, w)) {
        words.pop();
    }
    let start = words
        .iter()
        .rposition(|w| is_in(BREAKS, w))
        .map_or(0, |last| last + 1);
    tidy(&words[start..])
}

fn label_after(after: &str) -> String {
    let trimmed = after.trim_start_matches(' ');
    if let Some(inside) = trimmed
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map(|(inside, _)| inside)
    {
        return tidy(&inside.split_whitespace().collect::<Vec<_>>());
    }
    let Some(rest) = ["for ", "in "]
        .iter()
        .find_map(|joint| trimmed.strip_prefix(joint))
    else {
        return String::new();
    };
    let words: Vec<&str> = rest
        .split([',', '.', ';', ':', '(', ')', '?', '!', '\n'])
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .take_while(|w| !is_in(BREAKS, w))
        .collect();
    let is_name = words
        .first()
        .is_some_and(|w| *w == "the" || w.starts_with(char::is_uppercase));
    if is_name { tidy(&words) } else { String::new() }
}

fn is_edge(c: char) -> bool {
    c.is_whitespace() || ",;:.=()[]\"'“”-–—>*#?!".contains(c)
}

/// Whether a word, in whatever case, is in a list of words with spaces between.
pub(super) fn is_in(list: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    list.split(' ').any(|listed| listed == word)
}

fn tidy(words: &[&str]) -> String {
    let from = words
        .iter()
        .position(|w| {
            !matches!(
                w.to_lowercase().as_str(),
                "the" | "a" | "an" | "that" | "of" | "these" | "those"
            )
        })
        .unwrap_or(words.len());
    let words = &words[from..];
    let words = &words[words.len().saturating_sub(MOST_WORDS)..];
    let label = words.join(" ");
    let label = label.trim_matches(is_edge);
    if label.chars().any(char::is_alphanumeric) {
        label.chars().take(MOST_CHARS).collect()
    } else {
        String::new()
    }
}
