//! All runs, and what a search found among them: of a list of any length that part is at hand that is looked at.

use jiff::Timestamp;

use super::sieve::Sieve;
use crate::domain::ids::RunId;
use crate::domain::state::RunStatus;
use crate::store::{RunPage, RunQuery, RunSummary, SearchHit};
use crate::tui::effect::Preview;
use crate::tui::field::{Field, Lines};

/// Runs that are read at once; of those that a search found, fewer: the text around each match is made for them.
const PAGE: usize = 1_000;
const FOUND_PAGE: usize = 200;

/// What the history remembers while it is open.
pub(in crate::tui) struct History {
    pub(in crate::tui) query: Field,
    /// Whether the search line has the keyboard.
    pub(in crate::tui) typing: bool,
    pub(in crate::tui) sieve: Sieve,
    pub(in crate::tui) selected: usize,
    /// The part of the list that is at hand.
    part: Part,
    /// What is being read.
    asked: Option<(RunQuery, Sieve)>,
    /// Whether runs have changed since it was read.
    stale: bool,
    /// What the run that was selected last came to.
    pub(in crate::tui) preview: Option<Box<(RunId, Preview)>>,
    /// The run that is being read for it.
    pub(in crate::tui) previewing: Option<RunId>,
    /// What was put in the trash from here, oldest first.
    trash: Vec<RunId>,
    /// How many runs are on their way there.
    leaving: usize,
    /// How many of them are wanted back once they are there.
    wanted_back: usize,
}

/// Some runs of a list, and which list that is.
struct Part {
    words: String,
    sieve: Sieve,
    from: usize,
    page: RunPage,
}

impl Part {
    /// Whether there are runs around this row, on both sides, as far as there are any.
    fn has_around(&self, row: usize) -> bool {
        let margin = page_of(&self.words) / 4;
        let end = self.from + self.page.hits.len();
        let before = self.from == 0 || row >= self.from + margin;
        before && (end >= self.page.total || row + margin < end)
    }
}

fn page_of(words: &str) -> usize {
    if words.is_empty() { PAGE } else { FOUND_PAGE }
}

impl History {
    /// The history as it opens: with the newest runs, as far as they are known, and how many there are.
    pub(in crate::tui) fn new(known: &[RunSummary], total: usize) -> Self {
        let hit = |run: &RunSummary| SearchHit {
            summary: run.clone(),
            snippet: String::new(),
        };
        Self {
            query: Field::new(Lines::One, ""),
            typing: false,
            sieve: Sieve::default(),
            selected: 0,
            part: Part {
                words: String::new(),
                sieve: Sieve::default(),
                from: 0,
                page: RunPage {
                    hits: known.iter().take(PAGE).map(hit).collect(),
                    total,
                },
            },
            asked: None,
            stale: false,
            preview: None,
            previewing: None,
            trash: Vec::new(),
            leaving: 0,
            wanted_back: 0,
        }
    }

    /// The words typed so far, without spaces around them.
    fn words(&self) -> String {
        self.query.text().trim().to_owned()
    }

    /// What is to be read now, if anything is; one part at a time.
    pub(in crate::tui) fn wanted(&mut self, now: Timestamp) -> Option<RunQuery> {
        let words = self.words();
        let same = self.part.words == words && self.part.sieve == self.sieve;
        let at_hand = same && self.part.has_around(self.selected);
        if self.asked.is_some() || (at_hand && !self.stale) {
            return None;
        }
        let limit = page_of(&words);
        let from = if at_hand {
            self.part.from
        } else {
            self.selected.saturating_sub(limit / 2)
        };
        let query = self.sieve.query(words, now, from, limit);
        self.stale = false;
        self.asked = Some((query.clone(), self.sieve));
        Some(query)
    }

    /// Takes what was read, unless something else was asked for since; what was selected stays so where it is the same list.
    pub(in crate::tui) fn take(&mut self, query: &RunQuery, page: RunPage) {
        let Some((asked, sieve)) = self.asked.take_if(|(asked, _)| asked == query) else {
            return;
        };
        if asked.words != self.words() || sieve != self.sieve {
            self.stale = true;
            return;
        }
        let same = self.part.words == asked.words && self.part.sieve == sieve;
        let held = self.row(self.selected).filter(|_| same);
        let held = held.map(|(run, _)| run.run.clone());
        let place = |of: &RunId| page.hits.iter().position(|hit| hit.summary.run == *of);
        if let Some(place) = held.as_ref().and_then(place) {
            self.selected = asked.from + place;
        }
        self.selected = self.selected.min(page.total.saturating_sub(1));
        // What is not over has come to something else by now.
        let over = |of: &RunId| {
            let run = place(of).map(|place| &page.hits[place].summary);
            run.is_some_and(|run| run.status == RunStatus::Completed)
        };
        self.preview.take_if(|known| !over(&known.0));
        self.part = Part {
            words: asked.words,
            sieve,
            from: asked.from,
            page,
        };
    }

    /// What was asked for cannot be read: of the same list, what there was stays; of another one nothing is shown. It is
    /// not asked for again before something has changed.
    pub(in crate::tui) fn failed(&mut self, query: &RunQuery) {
        let Some((asked, sieve)) = self.asked.take_if(|(asked, _)| asked == query) else {
            return;
        };
        if self.part.words != asked.words || self.part.sieve != sieve {
            self.part = Part {
                words: asked.words,
                sieve,
                from: 0,
                page: RunPage::default(),
            };
        }
    }

    /// It is shown again: what was asked for meanwhile went nowhere.
    pub(in crate::tui) fn reopened(&mut self) {
        (self.asked, self.previewing, self.stale) = (None, None, true);
    }

    /// Runs have changed: the list is read again.
    pub(in crate::tui) fn changed(&mut self) {
        self.stale = true;
    }

    /// Shows all runs again.
    pub(in crate::tui) fn clear_search(&mut self) {
        self.query = Field::new(Lines::One, "");
        self.typing = false;
        self.selected = 0;
    }

    /// A run is on its way to the trash: it is out of sight at once.
    pub(in crate::tui) fn delete(&mut self, run: &RunId) {
        self.leaving += 1;
        self.forget(run);
    }

    /// A run has come to the trash, or could not; the runs to take out of it again, now that it is known what is there.
    pub(in crate::tui) fn deleted(&mut self, run: Option<&RunId>) -> Vec<RunId> {
        self.leaving = self.leaving.saturating_sub(1);
        if let Some(run) = run {
            self.forget(run);
            self.trash.push(run.clone());
        }
        self.stale = true;
        if self.leaving > 0 {
            return Vec::new();
        }
        let back = std::mem::take(&mut self.wanted_back).min(self.trash.len());
        self.trash.split_off(self.trash.len() - back)
    }

    /// The run last deleted is wanted back: at once where nothing is on its way to the trash.
    pub(in crate::tui) fn undo_delete(&mut self) -> Option<RunId> {
        if self.leaving > 0 {
            self.wanted_back += 1;
            return None;
        }
        self.trash.pop()
    }

    /// Whether there is anything to take out of the trash again, now or soon.
    pub(in crate::tui) fn has_deleted(&self) -> bool {
        self.leaving > self.wanted_back || !self.trash.is_empty()
    }

    /// Whether another list was asked for than is shown.
    pub(in crate::tui) fn is_behind(&self) -> bool {
        self.part.words != self.words() || self.part.sieve != self.sieve
    }

    /// A run that is gone is shown no more.
    pub(in crate::tui) fn forget(&mut self, run: &RunId) {
        let page = &mut self.part.page;
        let before = page.hits.len();
        page.hits.retain(|hit| hit.summary.run != *run);
        page.total = page.total.saturating_sub(before - page.hits.len());
        self.selected = self.selected.min(page.total.saturating_sub(1));
    }

    /// The words that were searched for in the list that is shown, if any were.
    pub(in crate::tui) fn filter(&self) -> Option<&str> {
        Some(self.part.words.as_str()).filter(|words| !words.is_empty())
    }

    /// Whether something is searched for, or will be.
    pub(in crate::tui) fn searches(&self) -> bool {
        self.typing || !self.words().is_empty()
    }

    /// How many runs are listed.
    pub(in crate::tui) fn len(&self) -> usize {
        self.part.page.total
    }

    /// The selected run; none while the list that was asked for is not there yet.
    pub(in crate::tui) fn chosen(&self) -> Option<&RunSummary> {
        let row = self.row(self.selected).filter(|_| !self.is_behind());
        row.map(|(run, _)| run)
    }

    /// The `index`-th run listed, and the text around what was found in it; none where that part is still being read.
    pub(in crate::tui) fn row(&self, index: usize) -> Option<(&RunSummary, Option<&str>)> {
        let hit = self
            .part
            .page
            .hits
            .get(index.checked_sub(self.part.from)?)?;
        let around = (!self.part.words.is_empty()).then_some(hit.snippet.as_str());
        Some((&hit.summary, around))
    }
}
