//! A run as a Markdown text for a person.

use std::fmt::Write as _;

use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;

/// The task, the plan with its results, and the answer.
pub(in crate::tui) fn markdown(state: &PlanExecuteState) -> String {
    let mut out = format!("# {}\n\n", state.task.trim());
    // Writing to a string cannot fail.
    let _ = write!(out, "Status: {}\n\n## Plan\n", state.status.word());
    for (index, planned) in state.plan.iter().enumerate() {
        let _ = write!(
            out,
            "\n{}. {} ({})\n",
            index + 1,
            planned.step.description,
            planned.status.word()
        );
        if let Some(result) = &planned.result {
            let _ = writeln!(out, "\n{}", result.trim());
        }
    }
    if let Some(answer) = &state.response {
        let _ = write!(out, "\n## Answer\n\n{}\n", answer.trim());
    }
    if let Some(why) = &state.incomplete {
        let _ = write!(out, "\nIncomplete: {why}\n");
    }
    if let Some(error) = &state.error {
        let _ = write!(out, "\nError: {error}\n");
    }
    out
}

/// A file name to propose.
pub(in crate::tui) fn file_name(run: &RunId) -> String {
    let safe: String = run
        .short()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("planwright-{safe}.md")
}
