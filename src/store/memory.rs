//! Runs in memory: for the demo, for tests, for whatever is not to be kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::listing::{RunPage, RunQuery};
use super::projection::{MARK, SPACE, SearchText, choose, snippet, spaced, speed_in, words};
use super::{
    CallTranscript, Checkpointer, MEASURED_RUNS, RunClaim, RunSummary, SearchHit, StoreError,
    StoreHealth,
};
use crate::domain::event::{EventRecord, Recalled};
use crate::domain::ids::RunId;
use crate::domain::speed::Speed;
use crate::domain::state::{PlanExecuteState, RunStatus};

/// A store that is gone when it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    runs: Mutex<Vec<Stored>>,
    claims: Claims,
}

type Claims = Arc<Mutex<HashSet<RunId>>>;

/// In the order in which the runs began.
struct Stored {
    run: RunId,
    records: Vec<EventRecord>,
    state: PlanExecuteState,
    calls: BTreeMap<String, CallTranscript>,
    in_trash: bool,
}

struct Held {
    run: RunId,
    claims: Claims,
}

impl Drop for Held {
    fn drop(&mut self) {
        locked(&self.claims).remove(&self.run);
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn take(&self, run: &RunId) -> Result<Held, StoreError> {
        if !locked(&self.claims).insert(run.clone()) {
            return Err(StoreError::Busy(run.short().to_owned()));
        }
        Ok(Held {
            run: run.clone(),
            claims: Arc::clone(&self.claims),
        })
    }

    fn summary_of(&self, stored: &Stored) -> RunSummary {
        let started_at = stored
            .records
            .first()
            .map_or_else(Default::default, |r| r.at);
        let mut summary = RunSummary::of(&stored.run, started_at, &stored.state);
        if summary.status == RunStatus::Running && !locked(&self.claims).contains(&stored.run) {
            summary.status = RunStatus::Interrupted;
        }
        summary
    }

    /// The one run whose name starts with `prefix`, in the trash or out of it.
    fn named(&self, prefix: &str, in_trash: bool) -> Result<RunId, StoreError> {
        let prefix = prefix.trim();
        if prefix.is_empty() {
            return Err(StoreError::NoSuchRun(String::new()));
        }
        let runs = locked(&self.runs);
        let found = runs
            .iter()
            .rev()
            .filter(|stored| stored.in_trash == in_trash)
            .filter(|stored| {
                let start = stored.run.as_str().get(..prefix.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            })
            .map(|stored| stored.run.clone())
            .collect();
        choose(prefix, found)
    }

    /// The runs that are not in the trash, newest first.
    fn listed<'a>(&self, runs: &'a [Stored]) -> Vec<(&'a Stored, RunSummary)> {
        let listed = runs.iter().rev().filter(|stored| !stored.in_trash);
        let mut listed: Vec<_> = listed
            .map(|stored| (stored, self.summary_of(stored)))
            .collect();
        listed.sort_by_key(|(_, summary)| Reverse(summary.started_at));
        listed
    }

    /// Those of the runs in which all of these words are, best first.
    fn found(runs: Vec<(&Stored, RunSummary)>, text: &str) -> Vec<SearchHit> {
        let mut phrases: Vec<Vec<String>> = words(text)
            .iter()
            .map(|word| tokens(&spaced(word)))
            .collect();
        let Some(begun) = phrases.pop() else {
            return Vec::new();
        };
        let mut hits: Vec<(usize, SearchHit)> = runs
            .into_iter()
            .filter_map(|(stored, summary)| {
                let text = SearchText::of(&stored.state);
                let fields = [text.task, text.steps, text.results, text.answer];
                let found: Vec<Vec<String>> = fields.iter().map(|field| tokens(field)).collect();
                let field_with =
                    |has: &dyn Fn(&[String]) -> bool| found.iter().position(|f| has(f));
                let mut best = field_with(&|field| has_phrase(field, &begun, true))?;
                for phrase in &phrases {
                    best = best.min(field_with(&|field| has_phrase(field, phrase, false))?);
                }
                let words: Vec<String> =
                    phrases.iter().chain([&begun]).flatten().cloned().collect();
                let hit = SearchHit {
                    summary,
                    snippet: snippet(&marked(&fields[best], &words)),
                };
                Some((best, hit))
            })
            .collect();
        hits.sort_by_key(|(field, _)| *field);
        hits.into_iter().map(|(_, hit)| hit).collect()
    }
}

impl Checkpointer for MemoryStore {
    fn append(&self, record: &EventRecord) -> Result<(), StoreError> {
        let mut runs = locked(&self.runs);
        let at = runs.iter().position(|stored| stored.run == record.run);
        if at.is_some_and(|at| runs[at].in_trash) {
            return Err(no_such_run(&record.run));
        }
        if record.seq != at.map_or(0, |at| runs[at].records.len() as u64) + 1 {
            return Err(StoreError::out_of_order(record));
        }
        let at = at.unwrap_or_else(|| {
            runs.push(Stored {
                run: record.run.clone(),
                records: Vec::new(),
                state: PlanExecuteState::default(),
                calls: BTreeMap::new(),
                in_trash: false,
            });
            runs.len() - 1
        });
        runs[at].state.apply(record);
        runs[at].records.push(record.clone());
        Ok(())
    }

    fn load_after(&self, run: &RunId, seq: u64) -> Result<Vec<EventRecord>, StoreError> {
        let runs = locked(&self.runs);
        let mut stored = runs.iter();
        let stored = stored
            .find(|stored| stored.run == *run && !stored.in_trash)
            .ok_or_else(|| no_such_run(run))?;
        let records = stored.records.iter();
        Ok(records.filter(|record| record.seq > seq).cloned().collect())
    }

    fn page(&self, query: &RunQuery) -> Result<RunPage, StoreError> {
        let runs = locked(&self.runs);
        let listed = self.listed(&runs);
        let hits = if query.words.trim().is_empty() {
            let hit = |(_, summary)| SearchHit {
                summary,
                snippet: String::new(),
            };
            listed.into_iter().map(hit).collect()
        } else {
            Self::found(listed, &query.words)
        };
        Ok(query.page_of(hits))
    }

    fn summary(&self, run: &RunId) -> Result<RunSummary, StoreError> {
        let runs = locked(&self.runs);
        let mut stored = runs.iter();
        let stored = stored.find(|stored| stored.run == *run && !stored.in_trash);
        let stored = stored.ok_or_else(|| no_such_run(run))?;
        Ok(self.summary_of(stored))
    }

    fn count(&self) -> Result<usize, StoreError> {
        Ok(locked(&self.runs).iter().filter(|s| !s.in_trash).count())
    }

    fn find(&self, prefix: &str) -> Result<RunId, StoreError> {
        self.named(prefix, false)
    }

    fn find_trashed(&self, prefix: &str) -> Result<RunId, StoreError> {
        self.named(prefix, true)
    }

    fn delete(&self, run: &RunId) -> Result<(), StoreError> {
        let _alone = self.take(run)?;
        self.move_out_of(false, run)
    }

    fn restore(&self, run: &RunId) -> Result<(), StoreError> {
        self.move_out_of(true, run)
    }

    fn erase(&self, run: &RunId) -> Result<(), StoreError> {
        let _alone = self.take(run)?;
        let mut runs = locked(&self.runs);
        let before = runs.len();
        runs.retain(|stored| stored.run != *run);
        if runs.len() == before {
            return Err(no_such_run(run));
        }
        Ok(())
    }

    fn claim(&self, run: &RunId) -> Result<RunClaim, StoreError> {
        self.take(run).map(RunClaim::new)
    }

    fn keep_call(&self, run: &RunId, call: &CallTranscript) -> Result<(), StoreError> {
        let mut runs = locked(&self.runs);
        let stored = runs
            .iter_mut()
            .find(|stored| stored.run == *run)
            .ok_or_else(|| no_such_run(run))?;
        stored.calls.insert(call.call.clone(), call.capped());
        Ok(())
    }

    fn call(&self, run: &RunId, call: &str) -> Result<Option<CallTranscript>, StoreError> {
        Ok(locked(&self.runs)
            .iter()
            .find(|stored| stored.run == *run)
            .and_then(|stored| stored.calls.get(call).cloned()))
    }

    fn thread(&self, thread: &str, limit: usize) -> Result<Vec<Recalled>, StoreError> {
        let runs = locked(&self.runs);
        let states = runs
            .iter()
            .filter(|stored| !stored.in_trash)
            .map(|stored| PlanExecuteState::replay(&stored.records));
        let mut found: Vec<Recalled> = states
            .filter(|state| state.thread.as_deref() == Some(thread))
            .filter(|state| state.status == RunStatus::Completed)
            .filter_map(|state| {
                Some(Recalled {
                    run: state.run?,
                    task: state.task,
                    answer: state.response.unwrap_or_default(),
                })
            })
            .collect();
        Ok(found.split_off(found.len().saturating_sub(limit)))
    }

    fn speed(&self, model: &str) -> Result<Option<Speed>, StoreError> {
        let runs = locked(&self.runs);
        let measured = runs
            .iter()
            .rev()
            .map(|stored| speed_in(&stored.records, model));
        Ok(measured.flatten().take(MEASURED_RUNS).reduce(Speed::and))
    }

    fn check(&self) -> Result<StoreHealth, StoreError> {
        let runs = self.count()?;
        Ok(StoreHealth {
            schema_version: 0,
            runs,
            trashed: locked(&self.runs).len() - runs,
            bytes: 0,
            problems: Vec::new(),
        })
    }
}

impl MemoryStore {
    /// Moves the run out of the trash, or into it.
    fn move_out_of(&self, trash: bool, run: &RunId) -> Result<(), StoreError> {
        locked(&self.runs)
            .iter_mut()
            .find(|stored| stored.run == *run && stored.in_trash == trash)
            .map(|stored| stored.in_trash = !trash)
            .ok_or_else(|| no_such_run(run))
    }
}

fn tokens(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|token| !token.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether these tokens stand in `text` one after the other; the last one need only be begun there if `begun`.
fn has_phrase(text: &[String], phrase: &[String], begun: bool) -> bool {
    text.windows(phrase.len().max(1)).any(|window| {
        window
            .iter()
            .zip(phrase)
            .enumerate()
            .all(|(at, (found, wanted))| {
                found == wanted
                    || (begun && at + 1 == phrase.len() && found.starts_with(wanted.as_str()))
            })
    })
}

/// The text with every token between marks that is one of `words`, the last of which is a prefix.
fn marked(text: &str, words: &[String]) -> String {
    let is_match = |token: &str| {
        let token = token.to_lowercase();
        words.contains(&token) || words.last().is_some_and(|last| token.starts_with(last))
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let end = rest[start..]
            .find(|c: char| !c.is_alphanumeric())
            .map_or(rest.len(), |length| start + length);
        let (before, token) = (&rest[..start], &rest[start..end]);
        let mark = if is_match(token) { MARK } else { "" };
        out.extend([before, mark, token, mark]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    // Signs that stand together are marked together.
    out.replace(&format!("{MARK}{SPACE}{MARK}"), "")
}

fn no_such_run(run: &RunId) -> StoreError {
    StoreError::NoSuchRun(run.short().to_owned())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
