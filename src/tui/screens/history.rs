//! All runs, and what a search found among them.

use jiff::Timestamp;

use super::sieve::Sieve;
use crate::domain::ids::RunId;
use crate::store::{RunSummary, SearchHit};
use crate::tui::effect::Preview;
use crate::tui::field::{Field, Lines};

/// What the history remembers while it is open.
pub(in crate::tui) struct History {
    pub(in crate::tui) query: Field,
    /// Whether the search line has the keyboard.
    pub(in crate::tui) typing: bool,
    /// What the words found, once they did; none while there are no words.
    found: Option<(String, Vec<SearchHit>)>,
    pub(in crate::tui) selected: usize,
    /// The run that is to be selected when the list is made anew.
    held: Option<RunId>,
    pub(in crate::tui) sieve: Sieve,
    /// The places of what is listed, among what was found or among all runs; brought up to date by [`History::sift`].
    listed: Vec<usize>,
    /// What the run that was selected last came to.
    pub(in crate::tui) preview: Option<Box<(RunId, Preview)>>,
    /// The run that is being read for it.
    pub(in crate::tui) previewing: Option<RunId>,
    /// What was put in the trash from here, oldest first.
    pub(in crate::tui) trash: Vec<RunId>,
}

impl History {
    pub(in crate::tui) fn new() -> Self {
        Self {
            query: Field::new(Lines::One, ""),
            typing: false,
            found: None,
            selected: 0,
            held: None,
            sieve: Sieve::default(),
            listed: Vec::new(),
            preview: None,
            previewing: None,
            trash: Vec::new(),
        }
    }

    /// The words typed so far, without spaces around them.
    pub(in crate::tui) fn words(&self) -> String {
        self.query.text().trim().to_owned()
    }

    /// Takes the answer to a search, unless other words were typed since.
    pub(in crate::tui) fn take(&mut self, words: String, hits: Vec<SearchHit>) {
        if words.trim() == self.words() && !self.words().is_empty() {
            // Where the same words were found anew, what was selected stays so.
            if self.filter() == Some(words.as_str()) {
                self.hold(&[]);
            } else {
                self.selected = 0;
            }
            self.found = Some((words, hits));
        }
    }

    /// Shows all runs again.
    pub(in crate::tui) fn clear_search(&mut self) {
        self.query = Field::new(Lines::One, "");
        self.typing = false;
        self.found = None;
        self.selected = 0;
    }

    /// Forgets results that belong to other words than those typed; with no words, all runs are shown again.
    pub(in crate::tui) fn words_changed(&mut self) {
        if self.words().is_empty() {
            self.found = None;
        }
        self.selected = 0;
    }

    /// A run that is gone is shown no more.
    pub(in crate::tui) fn forget(&mut self, run: &RunId) {
        if let Some((_, hits)) = &mut self.found {
            hits.retain(|hit| hit.summary.run != *run);
        }
    }

    /// Whether the list is what a search found, and of which words.
    pub(in crate::tui) fn filter(&self) -> Option<&str> {
        self.found.as_ref().map(|(words, _)| words.as_str())
    }

    /// Sifts and sorts anew, after anything that the list depends on has changed.
    pub(in crate::tui) fn sift(&mut self, runs: &[RunSummary], now: Timestamp) {
        self.listed = match &self.found {
            Some((_, hits)) => self.sieve.places(hits.iter().map(|hit| &hit.summary), now),
            None => self.sieve.places(runs.iter(), now),
        };
        let held = self.held.take();
        let mut rows = 0..self.listed.len();
        let place = rows.find(|row| {
            let listed = self.row(runs, *row).map(|(run, _)| &run.run);
            held.is_some() && listed == held.as_ref()
        });
        let selected = place.unwrap_or(self.selected);
        self.selected = selected.min(self.listed.len().saturating_sub(1));
    }

    /// Remembers which run is selected, so that it stays so when the list is another one.
    pub(in crate::tui) fn hold(&mut self, runs: &[RunSummary]) {
        self.held = self
            .row(runs, self.selected)
            .map(|(run, _)| run.run.clone());
    }

    /// How many runs are listed.
    pub(in crate::tui) fn len(&self) -> usize {
        self.listed.len()
    }

    /// The `index`-th run listed, and the text around what was found in it.
    pub(in crate::tui) fn row<'a>(
        &'a self,
        runs: &'a [RunSummary],
        index: usize,
    ) -> Option<(&'a RunSummary, Option<&'a str>)> {
        let place = *self.listed.get(index)?;
        match &self.found {
            Some((_, hits)) => hits
                .get(place)
                .map(|hit| (&hit.summary, Some(hit.snippet.as_str()))),
            None => runs.get(place).map(|run| (run, None)),
        }
    }
}
