//! The few words about a plan that a script understands: shorter, without, add.

use super::action::{Action, Draft};
use super::text::clip;

/// The most steps of a plan.
const MOST_STEPS: usize = 8;

const SHORTER: &[&str] = &["shorter", "fewer", "shorten", "simpler", "less"];
const WITHOUT: &[&str] = &["without", "drop", "remove", "skip", "omit"];
/// Words after `without` and `add` that name nothing.
const FILLERS: &[&str] = &[
    "the", "a", "an", "step", "steps", "that", "to", "of", "please", "and", "for", "one",
    "another", "new", "any", "out", "in",
];

/// The plan as a person wants it, as far as the words are understood; a step says so where they are not.
pub(super) fn apply(mut plan: Vec<Draft>, words: &str) -> Vec<Draft> {
    let understood = [
        shorten(&mut plan, words),
        leave_out(&mut plan, words),
        add(&mut plan, words),
    ];
    if !understood.contains(&true) {
        let words = clip(words, 80);
        plan.push(Draft::new(
            Action::NotFollow,
            format!("Say that a script cannot follow: {words}"),
            "what it understands is said",
            &[],
        ));
    }
    let mut seen: Vec<String> = Vec::new();
    plan.retain(|draft| {
        let is_new = !seen.contains(&draft.description);
        seen.push(draft.description.clone());
        is_new
    });
    plan.drain(..plan.len().saturating_sub(MOST_STEPS));
    plan
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Keeps the later half: the steps that make the product.
fn shorten(plan: &mut Vec<Draft>, words: &str) -> bool {
    let asked = words_of(words).any(|word| SHORTER.contains(&word.as_str()));
    if asked && plan.len() > 1 {
        plan.drain(..plan.len() / 2);
    }
    asked
}

/// Drops the steps in which the words after `without` occur.
fn leave_out(plan: &mut Vec<Draft>, words: &str) -> bool {
    let named: Vec<String> = words_of(words)
        .skip_while(|word| !WITHOUT.contains(&word.as_str()))
        .skip(1)
        .take_while(|word| word != "add")
        .filter(|word| !FILLERS.contains(&word.as_str()))
        .take(6)
        .collect();
    let is_named = |draft: &Draft| {
        words_of(&draft.description).any(|word| named.iter().any(|name| are_alike(&word, name)))
    };
    let left = plan.iter().filter(|draft| !is_named(draft)).count();
    if named.is_empty() || left == 0 || left == plan.len() {
        return false;
    }
    plan.retain(|draft| !is_named(draft));
    true
}

/// Whether two words are the same or forms of one, as `divide` and `division`.
fn are_alike(one: &str, other: &str) -> bool {
    let shorter = one.chars().count().min(other.chars().count());
    let shared = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    one == other || (shared >= 4 && shared + 2 >= shorter)
}

/// Adds the words after `add` as a step.
fn add(plan: &mut Vec<Draft>, words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    let Some(at) = lower.find("add").filter(|at| {
        let alone = |c: char| !c.is_alphanumeric();
        lower[..*at].chars().next_back().is_none_or(alone)
            && lower[at + 3..].chars().next().is_none_or(alone)
    }) else {
        return false;
    };
    let asked = &words[at + 3..];
    let asked = asked.split_once(": ").map_or(asked, |(_, text)| text);
    let asked = asked.trim_start_matches([':', ' ']);
    let asked = asked
        .split_once(' ')
        .filter(|(first, _)| matches!(*first, "a" | "step"))
        .map_or(asked, |(_, rest)| rest);
    let description = clip(asked, 160);
    if description.is_empty() {
        return false;
    }
    let mut letters = description.chars();
    let description: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    plan.push(Draft {
        action: Action::asked_for(&description),
        description,
        done_when: "the step has a result".to_owned(),
        after: &[],
    });
    true
}
