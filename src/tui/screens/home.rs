//! The first screen: a task to type, the server, the runs so far.

use std::collections::HashSet;

use super::dialog::Menu;
use crate::session::ServerStatus;
use crate::store::RunSummary;
use crate::tui::field::{Field, Lines};

/// The most earlier tasks that are listed at once.
const MOST_EARLIER: usize = 500;

/// What the first screen remembers.
pub(in crate::tui) struct Home {
    pub(in crate::tui) task: Field,
    /// Which part has the keyboard.
    pub(in crate::tui) focus: HomeFocus,
    /// Index of the selected run.
    pub(in crate::tui) selected: usize,
    /// Tasks sent from here, oldest first.
    sent: Vec<String>,
    recall: Option<Recall>,
    /// What came back from the editor and was too long to be taken.
    pub(in crate::tui) refused: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum HomeFocus {
    Editor,
    Runs,
}

/// A walk through earlier tasks.
struct Recall {
    /// 0 for the newest.
    index: usize,
    /// What was typed before.
    draft: String,
}

impl Home {
    pub(in crate::tui) fn new() -> Self {
        Self {
            task: Field::new(Lines::Many, ""),
            focus: HomeFocus::Editor,
            selected: 0,
            sent: Vec::new(),
            recall: None,
            refused: None,
        }
    }

    /// Keeps the draft where [`Home::recall`] finds it and empties the editor.
    pub(in crate::tui) fn put_away(&mut self) {
        let text = self.task.text();
        if !text.trim().is_empty() {
            self.sent.push(text);
        }
        self.task = Field::new(Lines::Many, "");
        self.typed();
    }

    /// Keeps a text where [`Home::recall`] finds it.
    pub(in crate::tui) fn keep_for_recall(&mut self, text: String) {
        self.sent.push(text);
    }

    /// What is typed was changed: a walk through earlier tasks begins anew.
    pub(in crate::tui) fn typed(&mut self) {
        self.recall = None;
        self.refused = None;
    }

    /// Puts an earlier (or, back from there, a later) task in the editor. One that is too long for it is passed over:
    /// false, and the text stays.
    pub(in crate::tui) fn recall(&mut self, runs: &[RunSummary], earlier: bool) -> bool {
        let next = match (&self.recall, earlier) {
            (None, true) => Some(0),
            (None, false) => return true,
            (Some(at), true) => {
                let more = self.earlier_task(runs, at.index + 1).is_some();
                Some(at.index + usize::from(more))
            }
            (Some(at), false) => at.index.checked_sub(1),
        };
        let draft = self
            .recall
            .take()
            .map_or_else(|| self.task.text(), |at| at.draft);
        match next.and_then(|index| Some((index, self.earlier_task(runs, index)?))) {
            Some((index, task)) => {
                let taken = self.task.replace(&task);
                self.recall = Some(Recall { index, draft });
                taken
            }
            None => self.task.replace(&draft),
        }
    }

    /// The tasks of the past that hold all that was typed, newest first, each only once.
    pub(in crate::tui) fn earlier<'a>(
        &'a self,
        runs: &'a [RunSummary],
        menu: &Menu,
    ) -> Vec<&'a str> {
        let stored = runs.iter().map(|run| run.task.as_str());
        let sent = self.sent.iter().rev().map(String::as_str);
        let mut seen = HashSet::new();
        sent.chain(stored)
            .filter(|task| menu.admits(task) && seen.insert(*task))
            .take(MOST_EARLIER)
            .collect()
    }

    /// The `index`-th of them, newest first, each only once.
    pub(in crate::tui) fn earlier_task(&self, runs: &[RunSummary], index: usize) -> Option<String> {
        let stored = runs.iter().map(|run| &run.task);
        let mut seen = HashSet::new();
        let tasks = self.sent.iter().rev().chain(stored);
        tasks.filter(|task| seen.insert(*task)).nth(index).cloned()
    }
}

/// What is known of the model server.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct Server {
    /// None before the first answer.
    pub(in crate::tui) status: Option<ServerStatus>,
    /// The model in force.
    pub(in crate::tui) model: String,
    /// Whether it is being asked.
    pub(in crate::tui) asking: bool,
}

/// Why no run can be started on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Trouble {
    /// It does not answer: where it should be, and why not.
    Unreachable { url: String, reason: String },
    /// It has no model: where it is.
    NoModel { url: String },
}

impl Server {
    /// Whether the built-in scripted model is chosen.
    pub(in crate::tui) fn is_demo(&self) -> bool {
        self.model == "demo" || self.model.starts_with("demo:")
    }

    /// What stands in the way of a run; nothing before the server was asked.
    pub(in crate::tui) fn trouble(&self) -> Option<Trouble> {
        let status = self.status.as_ref().filter(|_| !self.is_demo())?;
        match &status.version {
            Err(error) => Some(Trouble::Unreachable {
                url: status.url.clone(),
                reason: error.to_string(),
            }),
            Ok(_) if status.models.is_empty() => Some(Trouble::NoModel {
                url: status.url.clone(),
            }),
            Ok(_) => None,
        }
    }
}
