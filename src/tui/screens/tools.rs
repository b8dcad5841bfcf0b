//! The tools there are, with what the run on screen has to do with each.

use std::collections::BTreeMap;

use crate::domain::policy::Permission;
use crate::domain::state::{PlanExecuteState, ToolUse};
use crate::session::ToolEntry;

/// One tool, as the list shows it.
pub(in crate::tui) struct ToolRow<'a> {
    pub(in crate::tui) name: &'a str,
    /// What the session knows of it; none for a tool that a run names and that is not there any more.
    pub(in crate::tui) entry: Option<&'a ToolEntry>,
    /// Whether the session has said which tools there are.
    known: bool,
    /// Whether steps may use it: those of the run on screen, else those of a run started now.
    pub(in crate::tui) usable: bool,
    /// How often the run used it.
    pub(in crate::tui) uses: usize,
    /// The newest use.
    pub(in crate::tui) last: Option<&'a ToolUse>,
    /// What the person allowed of it in this run, in words; untrusted.
    pub(in crate::tui) granted: Vec<String>,
}

impl ToolRow<'_> {
    /// What happens with a call of it.
    pub(in crate::tui) fn verdict(&self) -> &'static str {
        match self.entry {
            _ if !self.usable => "off",
            Some(entry) => entry.permission.word(),
            None if self.known => "not here",
            None => "",
        }
    }

    /// Whether the run names it and it is not there any more.
    pub(in crate::tui) fn is_gone(&self) -> bool {
        self.known && self.entry.is_none()
    }

    /// Whether calls of it run without a question.
    pub(in crate::tui) fn permission(&self) -> Option<Permission> {
        let entry = self.entry.filter(|_| self.usable)?;
        Some(entry.permission)
    }
}

/// The rows of the list: the tools of the session and those that the run names, by name.
pub(in crate::tui) fn rows<'a>(
    entries: &'a [ToolEntry],
    state: Option<&'a PlanExecuteState>,
) -> Vec<ToolRow<'a>> {
    let run = state.and_then(|state| state.tools.as_ref());
    let mut rows: BTreeMap<&str, ToolRow<'a>> = BTreeMap::new();
    let row = |name: &'a str, entry: Option<&'a ToolEntry>, usable: bool| ToolRow {
        name,
        entry,
        known: !entries.is_empty(),
        usable,
        uses: 0,
        last: None,
        granted: Vec::new(),
    };
    for entry in entries {
        let name = entry.spec.name.as_str();
        let usable = match (state, run) {
            (Some(_), Some(tools)) => tools.names.iter().any(|known| known == name),
            (Some(_), None) => false,
            (None, _) => entry.enabled,
        };
        rows.insert(name, row(name, Some(entry), usable));
    }
    for name in run.iter().flat_map(|tools| &tools.names) {
        rows.entry(name).or_insert_with(|| row(name, None, true));
    }
    let mut uses = Vec::new();
    if let Some(state) = state {
        all_uses(state, &mut uses);
    }
    for used in uses {
        let tool = used.tool.as_str();
        let row = rows.entry(tool).or_insert_with(|| row(tool, None, false));
        row.uses += 1;
        row.last = Some(used);
    }
    for grant in state.iter().flat_map(|state| &state.granted) {
        let words = format!("{} ({})", grant.rule.words(), grant.keep.word());
        let tool = grant.rule.tool.as_deref();
        for row in rows.values_mut() {
            if tool.is_none_or(|tool| tool == row.name) {
                row.granted.push(words.clone());
            }
        }
    }
    rows.into_values().collect()
}

fn all_uses<'a>(state: &'a PlanExecuteState, found: &mut Vec<&'a ToolUse>) {
    found.extend(&state.tool_uses);
    for child in state.children.values() {
        all_uses(child, found);
    }
}
