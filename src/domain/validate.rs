//! What can be wrong with a plan, and what the program may mend by itself.

use std::collections::BTreeSet;

use super::ids::StepId;
use super::plan::Step;

/// One thing that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Index of the step it is about, counted from 0; none for the plan as a whole.
    pub step: Option<usize>,
    /// One sentence for a person.
    pub text: String,
    /// Whether the plan cannot run like this.
    pub fatal: bool,
}

/// The longest description of a step, in characters.
pub const MAX_DESCRIPTION: usize = 2_000;

/// How alike two descriptions must be to count as the same step: shared words over all words. Plans that treat two
/// things alike ("the data of France", "the data of Germany") stay below it.
const SAME: f64 = 0.9;

const VAGUE_VERBS: [&str; 14] = [
    "analyze",
    "analyse",
    "research",
    "think",
    "consider",
    "understand",
    "plan",
    "review",
    "explore",
    "investigate",
    "study",
    "examine",
    "gather",
    "do",
];
const EMPTY_OBJECTS: [&str; 20] = [
    "data",
    "topic",
    "problem",
    "task",
    "information",
    "results",
    "result",
    "it",
    "everything",
    "subject",
    "question",
    "issue",
    "research",
    "situation",
    "details",
    "things",
    "this",
    "that",
    "step",
    "work",
];
const FILLERS: [&str; 12] = [
    "the", "a", "an", "about", "of", "on", "for", "all", "and", "to", "more", "relevant",
];

/// Everything that is wrong with these steps, in their order. Empty for a good plan.
pub fn check(steps: &[Step], max_steps: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |step: Option<usize>, fatal: bool, text: String| {
        problems.push(Problem { step, text, fatal });
    };
    if steps.is_empty() {
        report(None, true, "the plan has no steps".to_owned());
    }
    if steps.len() > max_steps {
        report(
            None,
            true,
            format!(
                "the plan has {} steps, at most {max_steps} may run",
                steps.len()
            ),
        );
    }
    for (index, step) in steps.iter().enumerate() {
        let number = index + 1;
        if step.description.trim().is_empty() {
            report(Some(index), true, format!("step {number} is empty"));
        } else if step.description.chars().count() > MAX_DESCRIPTION {
            report(
                Some(index),
                true,
                format!("step {number} is longer than {MAX_DESCRIPTION} characters"),
            );
        } else if is_vague(&step.description) {
            report(
                Some(index),
                false,
                format!("step {number} is vague: it names nothing to work on"),
            );
        }
        if steps[..index].iter().any(|other| other.id == step.id) {
            report(
                Some(index),
                true,
                format!(
                    "step {number} has the name `{}` of an earlier step",
                    step.id
                ),
            );
        }
        if let Some(twin) = steps[..index]
            .iter()
            .position(|other| is_same(&other.description, &step.description))
        {
            report(
                Some(index),
                false,
                format!("step {number} repeats step {}", twin + 1),
            );
        }
        for name in &step.depends_on {
            match steps.iter().position(|other| other.id == *name) {
                None => report(
                    Some(index),
                    true,
                    format!("step {number} depends on `{name}`, which is no step of this plan"),
                ),
                Some(other) if other == index => report(
                    Some(index),
                    true,
                    format!("step {number} depends on itself"),
                ),
                Some(other) if other > index && reaches(steps, other, index) => {
                    report(
                        Some(index),
                        true,
                        format!(
                            "step {number} and step {} depend on each other (a cycle)",
                            other + 1
                        ),
                    );
                }
                Some(other) if other > index => {
                    report(
                        Some(index),
                        true,
                        format!(
                            "step {number} depends on step {}, which comes later",
                            other + 1
                        ),
                    );
                }
                Some(_) => {}
            }
        }
    }
    problems
}

/// Mends what is safe to mend in a model's plan and says what was mended: empty steps and literal repetitions go,
/// references to nothing or to itself go, steps move behind those they depend on, a cycle is cut at its later edge,
/// and where there are more than `max_steps` steps, neighbours are merged.
pub fn mend(steps: Vec<Step>, max_steps: usize) -> (Vec<Step>, Vec<String>) {
    let mut notes = Vec::new();
    let mut kept: Vec<Step> = Vec::with_capacity(steps.len());
    let mut replaced: Vec<(StepId, StepId)> = Vec::new();
    for mut step in steps {
        step.description = clip(&step.description);
        let twin = kept
            .iter()
            .find(|other| normal(&other.description) == normal(&step.description));
        if step.description.is_empty() {
            notes.push("left out an empty step".to_owned());
        } else if let Some(twin) = twin {
            notes.push(format!("left out a repetition of “{}”", twin.description));
            replaced.push((step.id, twin.id.clone()));
        } else {
            kept.push(step);
        }
    }
    let names: BTreeSet<StepId> = kept.iter().map(|step| step.id.clone()).collect();
    for step in &mut kept {
        let before = step.depends_on.len();
        for name in &mut step.depends_on {
            if let Some((_, twin)) = replaced.iter().find(|(gone, _)| gone == name) {
                *name = twin.clone();
            }
        }
        let own = step.id.clone();
        step.depends_on
            .retain(|name| names.contains(name) && *name != own);
        if step.depends_on.len() < before {
            notes.push(format!(
                "dropped a reference to a step that is not there from “{}”",
                step.description
            ));
        }
    }
    let mut kept = order(kept, &mut notes);
    if kept.len() > max_steps.max(1) {
        notes.push(format!(
            "merged {} steps into {}",
            kept.len(),
            max_steps.max(1)
        ));
        kept = merge(kept, max_steps.max(1));
    }
    (kept, notes)
}

/// The steps in an order in which each comes behind those it depends on; otherwise as they were.
fn order(mut rest: Vec<Step>, notes: &mut Vec<String>) -> Vec<Step> {
    let mut ordered: Vec<Step> = Vec::with_capacity(rest.len());
    let mut moved = false;
    while !rest.is_empty() {
        let ready = rest.iter().position(|step| {
            step.depends_on
                .iter()
                .all(|name| ordered.iter().any(|done| done.id == *name))
        });
        let next = if let Some(index) = ready {
            moved |= index > 0;
            rest.remove(index)
        } else {
            let mut step = rest.remove(0);
            step.depends_on
                .retain(|name| ordered.iter().any(|done| done.id == *name));
            notes.push(format!(
                "cut a cycle of dependencies at “{}”",
                step.description
            ));
            step
        };
        ordered.push(next);
    }
    if moved {
        notes.push("moved steps behind those they depend on".to_owned());
    }
    ordered
}

/// Joins neighbours, as evenly as can be, until `max` steps are left.
fn merge(steps: Vec<Step>, max: usize) -> Vec<Step> {
    let total = steps.len();
    let mut groups: Vec<Vec<Step>> = (0..max).map(|_| Vec::new()).collect();
    for (index, step) in steps.into_iter().enumerate() {
        groups[index * max / total].push(step);
    }
    let renamed: Vec<(StepId, StepId)> = groups
        .iter()
        .filter_map(|group| {
            group.first().map(|first| {
                group
                    .iter()
                    .map(|step| (step.id.clone(), first.id.clone()))
                    .collect::<Vec<_>>()
            })
        })
        .flatten()
        .collect();
    let now = |name: &StepId| {
        renamed
            .iter()
            .find(|(old, _)| old == name)
            .map_or_else(|| name.clone(), |(_, new)| new.clone())
    };
    let join = |texts: Vec<&str>| clip(&texts.join("; then "));
    groups
        .iter()
        .filter_map(|group| {
            let first = group.first()?;
            let mut depends_on: Vec<StepId> = group
                .iter()
                .flat_map(|step| step.depends_on.iter().map(now))
                .filter(|name| *name != first.id)
                .collect();
            depends_on.sort();
            depends_on.dedup();
            let done_when: Vec<&str> = group
                .iter()
                .filter_map(|step| step.done_when.as_deref())
                .collect();
            Some(Step {
                id: first.id.clone(),
                description: join(group.iter().map(|step| step.description.as_str()).collect()),
                depends_on,
                done_when: (!done_when.is_empty()).then(|| join(done_when)),
                tool: first.tool.clone(),
                subplan: group.iter().any(|step| step.subplan),
                for_each: None,
                input: None,
            })
        })
        .collect()
}

fn reaches(steps: &[Step], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(index) = open.pop() {
        if index == to {
            return true;
        }
        if seen.insert(index) {
            open.extend(
                steps[index]
                    .depends_on
                    .iter()
                    .filter_map(|name| steps.iter().position(|other| other.id == *name)),
            );
        }
    }
    false
}

fn clip(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Lower-case words without punctuation: two texts with the same words are the same step.
pub fn normal(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (normal(one), normal(other));
    let one: BTreeSet<&str> = one.split(' ').collect();
    let other: BTreeSet<&str> = other.split(' ').collect();
    let shared = one.intersection(&other).count();
    let all = one.union(&other).count();
    // A number that differs makes another step: "chapter 1" and "chapter 2" share all else.
    let numbers = |words: &BTreeSet<&str>| {
        words
            .iter()
            .filter(|word| word.chars().any(|c| c.is_ascii_digit()))
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "a step has at most a few thousand words"
    )]
    let share = shared as f64 / all.max(1) as f64;
    share >= SAME && numbers(&one) == numbers(&other)
}

fn is_vague(description: &str) -> bool {
    let normal = normal(description);
    let mut words = normal.split(' ').filter(|word| !FILLERS.contains(word));
    let Some(verb) = words.next() else {
        return true;
    };
    let rest: Vec<&str> = words.collect();
    VAGUE_VERBS.contains(&verb) && rest.iter().all(|word| EMPTY_OBJECTS.contains(word))
}
