//! What can be wrong with a plan.

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

/// Everything that is wrong with these steps, in their order. Empty for a good plan.
pub fn check(steps: &[Step], max_steps: usize) -> Vec<Problem> {
    let _ = (steps, max_steps);
    Vec::new()
}
