//! What the texts of a run belong to.

use crate::domain::chat::Role;
use crate::domain::ids::StepId;

/// What a text belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::tui) enum Subject {
    Planning,
    Step(StepId),
    Deciding,
    Answer,
}

impl Subject {
    pub(super) fn of(role: Role, step: Option<&StepId>) -> Self {
        match (role, step) {
            (_, Some(step)) => Self::Step(step.clone()),
            (Role::Planner, None) => Self::Planning,
            (Role::Finalizer, None) => Self::Answer,
            _ => Self::Deciding,
        }
    }
}
