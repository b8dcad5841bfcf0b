//! What kind of task it is, and the material that it gives to work on.

use super::action::{Action, Draft, Outcome};
use super::compare::Comparison;
use super::label::is_in;
use super::list::ListJob;
use super::quantity::quantities;
use super::text::TextJob;

/// A task as the script understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    Compare(Comparison),
    Text(TextJob),
    List(ListJob),
    /// Nothing the script can do; whether a comparison was asked for without two quantities.
    Other {
        lacks_quantities: bool,
    },
}

const COMPARE: &str = "compare comparison compared difference ratio larger bigger smaller higher taller \
    heavier lighter longer shorter faster slower cheaper greater than versus vs divide \
    subtract largest biggest";
const TEXT: &str = "summarise summarize summary summarised summarized words word sentences sentence \
    characters letters text paragraph shorten";
const LIST: &str =
    "sort list items item duplicates duplicate unique twice alphabetically order count";

impl Job {
    /// Finds out what a task asks for.
    pub(super) fn of(task: &str) -> Self {
        let (instruction, material) = split(task);
        let asks = |list: &str| {
            instruction
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| is_in(list, word))
        };
        let has_text = material.split_whitespace().nth(4).is_some();
        let compares = asks(COMPARE);
        if compares
            && !(asks(TEXT) && has_text)
            && let Some(comparison) = Comparison::of(quantities(task))
        {
            return Self::Compare(comparison);
        }
        if asks(TEXT) && has_text {
            return Self::Text(TextJob::new(material, &instruction.to_lowercase()));
        }
        if asks(LIST)
            && let Some(list) = ListJob::of(material, &instruction.to_lowercase())
        {
            return Self::List(list);
        }
        Self::Other {
            lacks_quantities: compares,
        }
    }

    /// The steps that do it.
    pub(super) fn plan(&self) -> Vec<Draft> {
        match self {
            Self::Compare(comparison) => comparison.plan(),
            Self::Text(text) => text.plan(),
            Self::List(list) => list.plan(),
            Self::Other { .. } => vec![
                Draft::new(
                    Action::Abilities,
                    "Say what this scripted demo can do with the task",
                    "what it can do and what it cannot is said",
                    &[],
                ),
                Draft::new(
                    Action::Install,
                    "Say which model to install to have the task done",
                    "the commands are given",
                    &[],
                ),
            ],
        }
    }

    /// The steps that stand in for one that failed; empty where there is no other way.
    pub(super) fn another_way(&self, failed: Option<Action>) -> Vec<Draft> {
        match self {
            Self::Compare(comparison) => comparison.another_way(failed),
            Self::Text(_) | Self::List(_) | Self::Other { .. } => Vec::new(),
        }
    }

    /// Carries out a step.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub(super) fn carry_out(&self, action: Action, description: &str) -> Outcome {
        let done = match self {
            _ if action == Action::NotFollow => Some(Ok(not_followed(description))),
            Self::Compare(comparison) => comparison.carry_out(action, description),
            Self::Text(text) => text.carry_out(action),
            Self::List(list) => list.carry_out(action),
            Self::Other { lacks_quantities } => match action {
                Action::Abilities => Some(Ok(abilities(*lacks_quantities))),
                Action::Install => Some(Ok(INSTALL.trim_end().to_owned())),
                _ => None,
            },
        };
        done.unwrap_or_else(|| Err(NO_SUCH_STEP.to_owned()))
    }
}

/// What to install.
pub(super) const INSTALL: &str = include_str!("../../../assets/demo/install.txt");
const ABILITIES: &str = include_str!("../../../assets/demo/abilities.txt");

/// Why a step that means nothing to the script fails.
pub(super) const NO_SUCH_STEP: &str =
    "the demo is a script and has no way to do this step; it needs a language model";

/// Why a task that means nothing to the script is not done.
pub(super) fn why_not(lacks_quantities: bool) -> &'static str {
    if lacks_quantities {
        "it asks for a comparison, but does not give two amounts, and a script knows no facts of its own"
    } else {
        "it needs a language model, and the demo is a script"
    }
}

fn abilities(lacks_quantities: bool) -> String {
    format!(
        "The demo cannot do this task: {}.\n\n{}",
        why_not(lacks_quantities),
        ABILITIES.trim_end()
    )
}

fn not_followed(description: &str) -> String {
    let words = description
        .split_once("script cannot follow:")
        .map_or("", |(_, words)| words.trim());
    format!(
        "The demo is a script and cannot follow free instructions ({words}). It understands `shorter`, `without the …` and `add: …`."
    )
}

/// A task in two: what is asked, and the text or list it is asked about. Where they cannot be told apart both are the whole.
fn split(task: &str) -> (String, &str) {
    let found = fenced(task)
        .or_else(|| quoted(task))
        .or_else(|| after_colon(task))
        .or_else(|| longest_paragraph(task));
    match found {
        Some((start, end)) => (
            format!("{} {}", &task[..start], &task[end..]),
            task[start..end].trim(),
        ),
        None => (task.to_owned(), task.trim()),
    }
}

fn fenced(task: &str) -> Option<(usize, usize)> {
    let fence = task.find("```")?;
    let start = fence + task[fence..].find('\n')?;
    let end = start + task[start..].find("```")?;
    Some((start, end))
}

fn quoted(task: &str) -> Option<(usize, usize)> {
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»')]
        .into_iter()
        .filter_map(|(open, close)| {
            let start = task.find(open)? + open.len_utf8();
            let end = task.rfind(close).filter(|end| *end > start)?;
            let inside = &task[start..end];
            (inside.split_whitespace().nth(2).is_some()).then_some((start, end))
        })
        .max_by_key(|(start, end)| end - start)
}

fn after_colon(task: &str) -> Option<(usize, usize)> {
    let start = task
        .match_indices([':', '：'])
        .map(|(at, colon)| at + colon.len())
        .find(|at| task[*at..].starts_with(char::is_whitespace))?;
    let before_material = task[..start].split_whitespace().count() <= 40;
    (before_material && task[start..].split_whitespace().nth(1).is_some())
        .then_some((start, task.len()))
}

/// The longest of several paragraphs, or what follows a first line.
fn longest_paragraph(task: &str) -> Option<(usize, usize)> {
    let task_end = task.trim_end().len();
    let mut paragraphs = Vec::new();
    let mut start = 0;
    for (at, gap) in task.match_indices("\n\n") {
        paragraphs.push((start, at));
        start = at + gap.len();
    }
    paragraphs.push((start, task_end.max(start)));
    if paragraphs.len() > 1 {
        return paragraphs
            .into_iter()
            .max_by_key(|(start, end)| end - start);
    }
    let line_end = task.trim_start().find('\n')? + (task.len() - task.trim_start().len());
    (line_end < task_end).then_some((line_end, task_end))
}
