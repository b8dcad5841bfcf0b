//! The review of a plan that waits for a person.

use std::collections::VecDeque;
use std::sync::Arc;

use super::draft::PlanDraft;
use super::guard::Guard;
use crate::domain::event::{PlanSource, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::{DraftStep, Naming, Step, StepChange, diff, name_drafts};
use crate::domain::state::{PlanExecuteState, StepStatus};
use crate::domain::validate::{self, Problem};

/// A plan under review.
#[derive(Clone)]
pub(in crate::tui) struct Review {
    /// The version it began with.
    pub(in crate::tui) revision: u32,
    /// The plan as its author proposed it; edits of the person are marked beside it.
    base: Vec<Step>,
    /// The plan as the log has it.
    recorded: Vec<Step>,
    /// Edited plans on their way to the log, oldest first.
    told: VecDeque<Vec<Step>>,
    /// The plan in force before this version; none for the first.
    before: Option<Vec<Step>>,
    draft: PlanDraft,
    pub(in crate::tui) selected: usize,
    pub(in crate::tui) guard: Guard,
    /// What came back from the editor and is no plan: why, and the text.
    pub(in crate::tui) rejected_text: Option<(String, String)>,
    /// Every step name the run has used.
    used: Vec<StepId>,
    /// How the finished steps ended, and what came of them.
    finished: Vec<(StepId, StepOutcome, Option<Arc<str>>)>,
    /// Steps a run may execute.
    max_steps: u32,
    /// What is wrong with the plan as it stands, and the rows to show; made anew by every edit.
    problems: Vec<Problem>,
    rows: Vec<ReviewRow>,
}

/// One row of the review.
#[derive(Clone)]
pub(in crate::tui) struct ReviewRow {
    /// Its index in the draft; none for a step that this version left out.
    pub(in crate::tui) index: Option<usize>,
    pub(in crate::tui) step: Step,
    pub(in crate::tui) mark: Mark,
}

/// How a row of the review differs from what there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Mark {
    Same,
    /// Finished under an earlier version.
    Locked(StepOutcome),
    /// By this version of the plan.
    Added,
    Changed,
    Removed,
    /// By the person, in this review.
    YouAdded,
    YouChanged,
    /// From the version before, which this version had left out.
    YouKept,
}

/// How much of two texts must be the same words for the one to be the other reworded.
const REWORDED: f32 = 0.5;

/// How much of two texts is the same words in the same order, from 0 to 1.
fn likeness(a: &str, b: &str) -> f32 {
    similar::TextDiff::from_words(a, b).ratio()
}

impl Review {
    /// A review of the plan in force.
    pub(in crate::tui) fn new(state: &PlanExecuteState) -> Self {
        let recorded = state.steps();
        // The versions that a person made of it belong to the same review.
        let revisions = &state.revisions;
        let proposed = revisions
            .iter()
            .rposition(|revision| revision.source != PlanSource::User)
            .unwrap_or(0);
        let base = revisions
            .get(proposed)
            .map_or_else(Vec::new, |revision| revision.steps.clone());
        let before = proposed
            .checked_sub(1)
            .map(|before| revisions[before].steps.clone());
        let finished: Vec<_> = state
            .plan
            .iter()
            .filter_map(|planned| match planned.status {
                StepStatus::Finished(outcome) => {
                    Some((planned.step.id.clone(), outcome, planned.result.clone()))
                }
                StepStatus::Pending | StepStatus::Running => None,
            })
            .collect();
        let locked: Vec<StepId> = finished.iter().map(|(id, ..)| id.clone()).collect();
        let selected = recorded
            .iter()
            .position(|step| !locked.contains(&step.id))
            .unwrap_or(0);
        let mut review = Self {
            revision: state.revision,
            draft: PlanDraft::new(recorded.clone(), locked),
            base,
            recorded,
            told: VecDeque::new(),
            before,
            selected,
            guard: Guard::default(),
            rejected_text: None,
            used: state.step_ids(),
            finished,
            max_steps: state.limits.max_steps,
            problems: Vec::new(),
            rows: Vec::new(),
        };
        review.refresh();
        review
    }

    /// The plan as it stands.
    pub(in crate::tui) fn draft(&self) -> &PlanDraft {
        &self.draft
    }

    /// Changes the plan. The selection stays within it.
    pub(in crate::tui) fn edit<T>(&mut self, change: impl FnOnce(&mut PlanDraft) -> T) -> T {
        let outcome = change(&mut self.draft);
        self.refresh();
        outcome
    }

    /// The steps of the version before, without those that are finished by now; none where this is the first.
    pub(in crate::tui) fn before(&self) -> Option<Vec<Step>> {
        // A person's version of this plan goes back to what was proposed first.
        let changed = self.recorded != self.base;
        let before = if changed {
            Some(&self.base)
        } else {
            self.before.as_ref()
        };
        let open = before?
            .iter()
            .filter(|step| !self.draft.is_finished(&step.id));
        Some(open.cloned().collect())
    }

    fn refresh(&mut self) {
        let most = usize::try_from(self.max_steps).unwrap_or(usize::MAX);
        self.problems = validate::check(self.draft.steps(), most);
        self.rows = self.make_rows();
        let last = self.draft.steps().len().saturating_sub(1);
        self.selected = self.selected.min(last);
    }

    /// The rows to show: the steps, and between them those that this version left out.
    pub(in crate::tui) fn rows(&self) -> &[ReviewRow] {
        &self.rows
    }

    /// Whether the plan differs from the one in the log.
    pub(in crate::tui) fn is_edited(&self) -> bool {
        self.draft.steps() != self.recorded
    }

    /// Whether the run has not been told of the plan as it stands.
    pub(in crate::tui) fn is_untold(&self) -> bool {
        self.draft.steps() != self.told.back().unwrap_or(&self.recorded)
    }

    /// The plan as it stands, of which the run is being told.
    pub(in crate::tui) fn tell(&mut self) -> Vec<Step> {
        let steps = self.draft.steps().to_vec();
        self.told.push_back(steps.clone());
        steps
    }

    /// Whether the run has been told of a plan that is not in the log yet.
    pub(in crate::tui) fn is_untaken(&self) -> bool {
        !self.told.is_empty()
    }

    /// The run did not take what it was told.
    pub(in crate::tui) fn told_in_vain(&mut self) {
        self.told.clear();
    }

    /// Whether the version of the plan in force is the one under review, or what the run was told of it. All edits,
    /// and what can be undone, stay.
    pub(in crate::tui) fn follows(&mut self, state: &PlanExecuteState) -> bool {
        if self.revision == state.revision {
            return true;
        }
        let steps = state.steps();
        let mine = self.told.front().is_some_and(|told| *told == steps);
        if mine {
            self.told.pop_front();
            self.revision = state.revision;
            self.recorded = steps;
            self.used = state.step_ids();
        }
        mine
    }

    /// Why the plan cannot run as it stands, if it cannot.
    pub(in crate::tui) fn fault(&self) -> Option<&str> {
        let fatal = self.problems.iter().find(|problem| problem.fatal);
        fatal.map(|problem| problem.text.as_str())
    }

    /// What came of a step that is finished.
    pub(in crate::tui) fn result_of(&self, id: &StepId) -> Option<&str> {
        let found = self.finished.iter().find(|(finished, ..)| finished == id);
        found.and_then(|(.., result)| result.as_deref())
    }

    /// What is wrong with the plan as it stands.
    pub(in crate::tui) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// A name that the run has not used.
    pub(in crate::tui) fn fresh_id(&self) -> StepId {
        let known = self
            .used
            .iter()
            .chain(self.draft.steps().iter().map(|s| &s.id));
        let highest = known
            .filter_map(|id| id.as_str().strip_prefix('s')?.parse::<usize>().ok())
            .max()
            .unwrap_or(0);
        StepId::numbered(highest + 1)
    }

    /// Takes the plan as it came back from an editor. A step whose text is unchanged keeps its name.
    pub(in crate::tui) fn take_drafts(
        &mut self,
        drafts: Vec<DraftStep>,
    ) -> Result<(), &'static str> {
        if drafts.is_empty() {
            return Err("a plan needs a step to run; <review.reject_plan> rejects the whole plan");
        }
        let mut open = self.draft.open();
        let mut taken = self.used.clone();
        taken.extend(self.draft.steps().iter().map(|step| step.id.clone()));
        let mut steps = name_drafts(drafts, &taken, Naming::Fresh);
        let mut renamed: Vec<(StepId, StepId)> = Vec::new();
        let mut rename = |step: &mut Step, known: StepId| {
            renamed.push((std::mem::replace(&mut step.id, known.clone()), known));
        };
        let mut others = Vec::new();
        for step in &mut steps {
            match open.iter().position(|s| s.description == step.description) {
                Some(index) => rename(step, open.remove(index).id),
                None => others.push(step),
            }
        }
        // What was reworded is the same step still.
        for step in others {
            let alike = open
                .iter()
                .map(|s| likeness(&s.description, &step.description));
            let best = alike.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((index, _)) = best.filter(|best| best.1 >= REWORDED) {
                rename(step, open.remove(index).id);
            }
        }
        for id in steps.iter_mut().flat_map(|step| &mut step.depends_on) {
            if let Some((_, known)) = renamed.iter().find(|(fresh, _)| fresh == id) {
                id.clone_from(known);
            }
        }
        self.edit(|draft| draft.replace_open(steps));
        Ok(())
    }

    fn make_rows(&self) -> Vec<ReviewRow> {
        let yours = diff(&self.base, self.draft.steps());
        let mine = |id: &StepId| {
            yours.iter().find_map(|change| match change {
                StepChange::Added(step) if step.id == *id => {
                    let kept = self.before.iter().flatten().any(|before| before == step);
                    Some(if kept { Mark::YouKept } else { Mark::YouAdded })
                }
                StepChange::Changed(_, step) if step.id == *id => Some(Mark::YouChanged),
                _ => None,
            })
        };
        let theirs = match &self.before {
            Some(before) => diff(before, self.draft.steps()),
            None => self
                .draft
                .steps()
                .iter()
                .cloned()
                .map(StepChange::Kept)
                .collect(),
        };
        let mut index = 0;
        theirs
            .into_iter()
            .map(|change| {
                let (step, mark) = match change {
                    StepChange::Removed(step) => {
                        return ReviewRow {
                            index: None,
                            step,
                            mark: Mark::Removed,
                        };
                    }
                    StepChange::Kept(step) => (step, Mark::Same),
                    StepChange::Added(step) => (step, Mark::Added),
                    StepChange::Changed(_, step) => (step, Mark::Changed),
                };
                let at = index;
                index += 1;
                let locked = self.finished.iter().find(|(id, ..)| *id == step.id);
                let mark = match locked {
                    Some((_, outcome, _)) => Mark::Locked(*outcome),
                    None => mine(&step.id).unwrap_or(mark),
                };
                ReviewRow {
                    index: Some(at),
                    step,
                    mark,
                }
            })
            .collect()
    }
}
