//! What happened to the plan of a run: its versions, the decisions, the warnings.

use super::watch::{Pane, Watch};
use crate::domain::chat::Role;
use crate::domain::event::{ModelCall, NoticeLevel, PlanSource};
use crate::domain::plan::{StepChange, diff};

/// One entry of the decisions pane.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tui) enum LogEntry {
    /// Index of a version of the plan, and what it is beside the one before.
    Revision(usize, String),
    /// Index of a decision, and the call it came from.
    Decision(usize, Option<ModelCall>),
    /// Index of a notice.
    Notice(usize),
    /// Index of something that the person said.
    Hint(usize),
}

impl Watch {
    /// Notes what a record added to the state that had so many versions, decisions, notices and hints before it.
    pub(super) fn log_news(&mut self, before: (usize, usize, usize, usize)) {
        if self.state.hints.len() > before.3 {
            self.log.push(LogEntry::Hint(before.3));
        }
        if self.state.revisions.len() > before.0 {
            let entry = LogEntry::Revision(before.0, self.what_is_new(before.0));
            self.log.push(entry);
            self.note_edits();
        }
        if self.state.decisions.len() > before.1 {
            let call = self.state.last_call.clone();
            // A decision that nobody was asked for has no call of its own.
            let known = |call: &ModelCall| {
                let mut entries = self.log.iter();
                entries.any(|entry| matches!(entry, LogEntry::Decision(_, Some(of)) if of.call == call.call))
            };
            let call = call.filter(|call| call.role == Role::Replanner && !known(call));
            self.log.push(LogEntry::Decision(before.1, call));
        }
        if self.state.notices.len() > before.2
            && self.state.notices[before.2].level != NoticeLevel::Info
        {
            self.log.push(LogEntry::Notice(before.2));
        }
    }

    /// A version of the plan in a few signs: changed, added and removed steps; of the first version how many there are.
    fn what_is_new(&self, index: usize) -> String {
        let revisions = &self.state.revisions;
        let steps = &revisions[index].steps;
        let Some(before) = index.checked_sub(1).map(|before| &revisions[before].steps) else {
            return format!("{} steps", steps.len());
        };
        let (mut changed, mut added, mut removed) = (0, 0, 0);
        for change in diff(before, steps) {
            match change {
                StepChange::Kept(_) => {}
                StepChange::Changed(..) => changed += 1,
                StepChange::Added(_) => added += 1,
                StepChange::Removed(_) => removed += 1,
            }
        }
        format!("~{changed} +{added} -{removed}")
    }

    fn note_edits(&mut self) {
        let mut newest = self.state.revisions.iter().rev();
        let Some(latest) = newest.next().filter(|r| r.source == PlanSource::User) else {
            return;
        };
        let before = newest.next().map_or(&[][..], |revision| &revision.steps);
        let edited = latest.steps.iter().filter(|step| !before.contains(step));
        self.edited.extend(edited.map(|step| step.id.clone()));
    }

    /// The selected entry of the log.
    pub(in crate::tui) fn entry(&self) -> usize {
        let last = self.log.len().saturating_sub(1);
        self.view.entry.map_or(last, |entry| entry.min(last))
    }

    /// The version of the plan to compare with the one before: the selected one, else the newest.
    pub(in crate::tui) fn diff_revision(&self) -> Option<usize> {
        let newest = self.state.revisions.len().checked_sub(1)?;
        Some(match self.log.get(self.entry()) {
            Some(LogEntry::Revision(index, _)) if self.view.focus == Pane::Decisions => *index,
            _ => newest,
        })
    }
}
