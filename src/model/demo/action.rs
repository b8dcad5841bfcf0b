//! What a step can ask of the script, and how a step says so.

/// One thing the script can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Read,
    Convert,
    Subtract,
    Divide,
    DivideBy,
    State,
    Shared,
    Explain,
    Count,
    Rank,
    Pick,
    Split,
    Sort,
    Duplicates,
    Abilities,
    Install,
    /// Say that feedback was not understood.
    NotFollow,
}

/// Words that give an action away, the most telling first. A step that a person has reworded still finds its action.
const SIGNS: &[(&str, Action)] = &[
    ("script cannot follow", Action::NotFollow),
    ("explain why", Action::Explain),
    ("scripted demo", Action::Abilities),
    ("install", Action::Install),
    ("share a unit", Action::Shared),
    ("state the", Action::State),
    ("ratio of each", Action::DivideBy),
    ("ratio to", Action::DivideBy),
    ("one unit", Action::Convert),
    ("convert", Action::Convert),
    ("same unit", Action::Convert),
    ("subtract", Action::Subtract),
    ("difference", Action::Subtract),
    ("divide", Action::Divide),
    ("ratio", Action::Divide),
    ("how many times", Action::Divide),
    ("percent", Action::Divide),
    ("summar", Action::Pick),
    ("pick the sentences", Action::Pick),
    ("key sentence", Action::Pick),
    ("most often", Action::Rank),
    ("frequen", Action::Rank),
    ("duplicate", Action::Duplicates),
    ("more than once", Action::Duplicates),
    ("twice", Action::Duplicates),
    ("sort", Action::Sort),
    ("alphabet", Action::Sort),
    ("split", Action::Split),
    ("count", Action::Count),
    ("how many", Action::Count),
    ("compar", Action::State),
    ("quantities", Action::Read),
];

impl Action {
    /// The action that a step's description asks for.
    pub(super) fn asked_for(description: &str) -> Option<Self> {
        let description = description.to_lowercase();
        SIGNS
            .iter()
            .find(|(sign, _)| description.contains(sign))
            .map(|(_, action)| *action)
    }
}

/// A step as the script plans it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) action: Option<Action>,
    pub(super) description: String,
    pub(super) done_when: String,
    /// It builds on the steps with these actions, where the plan has them.
    pub(super) after: &'static [Action],
}

impl Draft {
    pub(super) fn new(
        action: Action,
        description: impl Into<String>,
        done_when: &str,
        after: &'static [Action],
    ) -> Self {
        Self {
            action: Some(action),
            description: description.into(),
            done_when: done_when.to_owned(),
            after,
        }
    }
}

/// What became of a step: its result, or why it cannot be done.
pub(super) type Outcome = Result<String, String>;
