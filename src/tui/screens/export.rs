//! A run as a document for a person.

use std::path::Path;

use crate::domain::event::EventRecord;
use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;
use crate::domain::{page, report};

/// The run as the file's name asks for it: a page where it ends in `.html`, else Markdown.
pub(in crate::tui) fn document(records: &[EventRecord], file: &Path) -> String {
    let state = PlanExecuteState::replay(records);
    let ending = file.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("html" | "htm") => page::html(records, &state),
        _ => report::markdown(&state),
    }
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
