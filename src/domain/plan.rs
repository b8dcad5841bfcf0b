//! A plan: the ordered list of steps that the program owns and a person approves.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::StepId;

/// One step: a single action with a visible product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the run for ever.
    pub id: StepId,
    /// What is to be done, as the executor is told.
    pub description: String,
    /// Steps whose results this one builds on; each stands earlier in the plan.
    #[serde(default)]
    pub depends_on: Vec<StepId>,
    /// How one can tell that the step is done.
    #[serde(default)]
    pub done_when: Option<String>,
    /// The only tool this step may use, where the plan names one; several with commas between them, or `none`.
    #[serde(default)]
    pub tool: Option<String>,
    /// Whether the step is to run as a plan of its own, made when its turn comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subplan: bool,
    /// The step whose result is a list, for each item of which this one is to be done; among `depends_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<StepId>,
    /// What the tool is given, or what the model is asked; `#E1` stands for the result of the first step. With it the
    /// step is carried out from this text alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

/// The tools that a step may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolsOf<'a> {
    /// All of the run.
    Any,
    /// These.
    Only(Vec<&'a str>),
}

impl Step {
    /// A step with nothing but a name and a description.
    pub fn new(id: StepId, description: impl Into<String>) -> Self {
        Self {
            id,
            description: description.into(),
            depends_on: Vec::new(),
            done_when: None,
            tool: None,
            subplan: false,
            for_each: None,
            input: None,
        }
    }

    /// Whether it runs as a plan of its own, a planner's or one step for each item of a list.
    pub fn is_nested(&self) -> bool {
        self.subplan || self.for_each.is_some()
    }

    /// The tools it may use.
    pub fn tools(&self) -> ToolsOf<'_> {
        match self.tool.as_deref().map(str::trim) {
            None | Some("") => ToolsOf::Any,
            Some("none") => ToolsOf::Only(Vec::new()),
            Some(names) => ToolsOf::Only(names.split(',').map(str::trim).collect()),
        }
    }

    /// What changed from this step to the other beside the description; none where that changed.
    pub fn changed_beside(&self, after: &Self) -> Option<String> {
        if self.description != after.description {
            return None;
        }
        let parts = [
            (self.done_when != after.done_when, "another `done when`"),
            (self.depends_on != after.depends_on, "builds on other steps"),
            (self.tool != after.tool, "another tool"),
            (self.input != after.input, "another input"),
        ];
        let parts = parts.into_iter().filter(|(differs, _)| *differs);
        let parts: Vec<&str> = parts.map(|(_, name)| name).collect();
        Some(if parts.is_empty() {
            "carried out in another way".to_owned()
        } else {
            parts.join(", ")
        })
    }

    /// Whether the other step asks for the same, whatever the names of the two and of those they build on.
    fn says_the_same(&self, other: &Self) -> bool {
        let same_names = self.id == other.id;
        let words = |step: &Self| {
            let Self {
                description,
                done_when,
                tool,
                input,
                ..
            } = step.clone();
            (
                description,
                done_when,
                tool,
                input,
                step.subplan,
                step.for_each.is_some(),
            )
        };
        words(self) == words(other)
            && (!same_names
                || (&self.depends_on, &self.for_each) == (&other.depends_on, &other.for_each))
    }
}

/// A step as someone proposes it, before planwright has given it a name: from a planner, a file or a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftStep {
    /// The name the author used for it, to which `depends_on` of other drafts may refer.
    pub label: Option<String>,
    /// What is to be done.
    pub description: String,
    /// Labels, or positions counted from 1, of the drafts that this one builds on.
    pub depends_on: Vec<String>,
    /// How one can tell that the step is done.
    pub done_when: Option<String>,
    /// The tool to use.
    pub tool: Option<String>,
    /// Whether it is to run as a plan of its own.
    pub subplan: bool,
    /// Label or position of the draft whose result is a list, for each item of which this one is to be done.
    pub for_each: Option<String>,
    /// What the tool is given, or what the model is asked.
    pub input: Option<String>,
}

impl DraftStep {
    /// A draft with nothing but a description.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            ..Self::default()
        }
    }
}

/// The fingerprint of exactly these steps: 64 hexadecimal digits of SHA-256.
///
/// Approval names it, and the engine starts nothing unless the plan in force still has it, so that what runs is what was approved.
pub fn plan_hash(steps: &[Step]) -> String {
    let mut hasher = Sha256::new();
    let mut field = |text: &str| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for step in steps {
        field(step.id.as_str());
        field(&step.description);
        field(
            &step
                .depends_on
                .iter()
                .map(StepId::as_str)
                .collect::<Vec<_>>()
                .join("\u{1f}"),
        );
        field(step.done_when.as_deref().unwrap_or("\u{0}"));
        field(step.tool.as_deref().unwrap_or("\u{0}"));
        // Only where they are set: plans without them keep the fingerprint they had before these fields were there.
        if step.subplan {
            field("\u{1}subplan");
        }
        if let Some(list) = &step.for_each {
            field("\u{1}for_each");
            field(list.as_str());
        }
        if let Some(input) = &step.input {
            field("\u{1}input");
            field(input);
        }
    }
    format!("{:x}", hasher.finalize())
}

/// Whose names the steps of a draft get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming<'a> {
    /// `s1`, `s2`, … from the first number that is free: for what a model proposes.
    Fresh,
    /// `s2.1`, `s2.2`, … likewise: for a plan inside this step.
    Within(&'a StepId),
    /// The author's own labels where there are any: for a person's plan file.
    KeepLabels,
}

/// Turns drafts into steps: gives each a name that is not in `taken` and resolves `depends_on`, whose entries may be
/// labels of drafts, names in `taken`, or positions counted from 1.
///
/// What refers to nothing is kept as a name of its own, so that [`super::validate::check`] can say so instead of the
/// reference vanishing.
pub fn name_drafts(drafts: Vec<DraftStep>, taken: &[StepId], naming: Naming<'_>) -> Vec<Step> {
    let prefix = match naming {
        Naming::Within(step) => format!("{step}."),
        Naming::Fresh | Naming::KeepLabels => "s".to_owned(),
    };
    let first = taken
        .iter()
        .filter_map(|id| id.as_str().strip_prefix(&prefix)?.parse::<usize>().ok())
        .max()
        .unwrap_or(0)
        + 1;
    let names: Vec<StepId> = drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| match (&draft.label, naming) {
            (Some(label), Naming::KeepLabels) => StepId::new(label.trim()),
            _ => StepId::new(format!("{prefix}{}", first + index)),
        })
        .collect();
    let labels: Vec<Option<String>> = drafts.iter().map(|draft| draft.label.clone()).collect();
    let resolve = |name: &str| -> StepId {
        let name = name.trim();
        if let Some(position) = labels
            .iter()
            .position(|label| label.as_deref() == Some(name))
        {
            return names[position].clone();
        }
        if let Some(known) = taken.iter().chain(&names).find(|id| id.as_str() == name) {
            return known.clone();
        }
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        match digits.parse::<usize>() {
            Ok(n) if (1..=names.len()).contains(&n) => names[n - 1].clone(),
            _ => StepId::new(name),
        }
    };
    let clean = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let depends_on: Vec<Vec<StepId>> = drafts
        .iter()
        .map(|draft| {
            let mut ids: Vec<StepId> = Vec::new();
            let references = draft.depends_on.iter().chain(&draft.for_each);
            for id in references.map(|name| resolve(name)) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            ids
        })
        .collect();
    let for_each: Vec<Option<StepId>> = drafts
        .iter()
        .map(|draft| draft.for_each.as_deref().map(resolve))
        .collect();
    drafts
        .into_iter()
        .zip(names)
        .zip(depends_on.into_iter().zip(for_each))
        .map(|((draft, id), (depends_on, for_each))| Step {
            id,
            description: draft.description.trim().to_owned(),
            depends_on,
            done_when: clean(draft.done_when),
            tool: clean(draft.tool),
            subplan: draft.subplan,
            for_each,
            input: clean(draft.input),
        })
        .collect()
}

/// How one step of a newer plan relates to the older plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepChange {
    /// The same step, unchanged.
    Kept(Step),
    /// The same step with another text, condition or dependency: before and after.
    Changed(Step, Step),
    /// Only in the newer plan.
    Added(Step),
    /// Only in the older plan.
    Removed(Step),
}

/// The newer plan as a difference to the older one: its steps in order, each removed step where it stood. Steps belong
/// together by name, else by the same words: a plan made anew repeats what was good under new names.
pub fn diff(old: &[Step], new: &[Step]) -> Vec<StepChange> {
    let pairs = pair(old, new);
    let left_out = |index: &usize| !pairs.contains(&Some(*index));
    let removed = |index: usize| StepChange::Removed(old[index].clone());
    let mut changes = Vec::with_capacity(old.len() + new.len());
    let mut next = 0;
    for (step, twin) in new.iter().zip(&pairs) {
        while next < old.len() && left_out(&next) {
            changes.push(removed(next));
            next += 1;
        }
        changes.push(match twin.map(|index| &old[index]) {
            None => StepChange::Added(step.clone()),
            Some(before) if before.says_the_same(step) => StepChange::Kept(step.clone()),
            Some(before) => StepChange::Changed(before.clone(), step.clone()),
        });
        if *twin == Some(next) {
            next += 1;
        }
    }
    changes.extend((next..old.len()).filter(left_out).map(removed));
    changes
}

/// For each new step the index of the old one that it stands for.
pub(super) fn pair(old: &[Step], new: &[Step]) -> Vec<Option<usize>> {
    let by_name = |step: &Step| old.iter().position(|before| before.id == step.id);
    let mut pairs: Vec<Option<usize>> = new.iter().map(by_name).collect();
    for (place, step) in new.iter().enumerate() {
        if pairs[place].is_none() {
            let twin = |&(index, before): &(usize, &Step)| {
                before.description == step.description && !pairs.contains(&Some(index))
            };
            pairs[place] = old.iter().enumerate().find(twin).map(|(index, _)| index);
        }
    }
    pairs
}
