//! A plan being edited: every change can be undone, finished steps cannot be changed.

use crate::domain::ids::StepId;
use crate::domain::plan::Step;

/// The steps being edited.
#[derive(Debug, Clone)]
pub(in crate::tui) struct PlanDraft {
    steps: Vec<Step>,
    /// Names of steps that are finished and stay as they are.
    locked: Vec<StepId>,
    undo: Vec<Vec<Step>>,
    redo: Vec<Vec<Step>>,
}

impl PlanDraft {
    pub(in crate::tui) fn new(steps: Vec<Step>, locked: Vec<StepId>) -> Self {
        Self {
            steps,
            locked,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    pub(in crate::tui) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(in crate::tui) fn is_locked(&self, index: usize) -> bool {
        self.steps
            .get(index)
            .is_some_and(|step| self.locked.contains(&step.id))
    }

    pub(in crate::tui) fn is_finished(&self, id: &StepId) -> bool {
        self.locked.contains(id)
    }

    /// Changes one step.
    ///
    /// # Errors
    /// Where it is finished, or gone.
    pub(in crate::tui) fn change(
        &mut self,
        id: &StepId,
        change: impl FnOnce(&mut Step),
    ) -> Result<(), &'static str> {
        let Some(index) = self.steps.iter().position(|step| step.id == *id) else {
            return Err("this step is no longer in the plan");
        };
        self.check_unlocked(index)?;
        let mut steps = self.steps.clone();
        change(&mut steps[index]);
        self.put(steps);
        Ok(())
    }

    /// Puts a new step before the `index`-th.
    ///
    /// # Errors
    /// Where a finished step would come after it.
    pub(in crate::tui) fn insert(&mut self, index: usize, step: Step) -> Result<(), &'static str> {
        let index = index.min(self.steps.len());
        if (index..self.steps.len()).any(|after| self.is_locked(after)) {
            return Err("a new step cannot stand before one that is finished");
        }
        let mut steps = self.steps.clone();
        steps.insert(index, step);
        self.put(steps);
        Ok(())
    }

    /// Takes a step out, and out of what other steps build on.
    ///
    /// # Errors
    /// Where it is finished or the last one left.
    pub(in crate::tui) fn delete(&mut self, index: usize) -> Result<(), &'static str> {
        self.check_unlocked(index)?;
        if index >= self.steps.len() {
            return Err("there is no step to delete");
        }
        if self.steps.len() - self.locked.len() == 1 {
            return Err("a plan needs a step to run; <review.reject_plan> rejects the whole plan");
        }
        let mut steps = self.steps.clone();
        let gone = steps.remove(index).id;
        for step in &mut steps {
            step.depends_on.retain(|id| *id != gone);
        }
        self.put(steps);
        Ok(())
    }

    /// Swaps a step with its neighbour and says where it stands then.
    ///
    /// # Errors
    /// Where one of the two is finished, there is no neighbour, or one builds on the other.
    pub(in crate::tui) fn shift(
        &mut self,
        index: usize,
        down: bool,
    ) -> Result<usize, &'static str> {
        self.check_unlocked(index)?;
        let (first, other) = if down {
            (index, index + 1)
        } else {
            let before = index.checked_sub(1).ok_or("it is the first step")?;
            (before, before)
        };
        self.check_unlocked(other)?;
        let Some(second) = self.steps.get(first + 1) else {
            return Err("it is the last step");
        };
        if second.depends_on.contains(&self.steps[first].id) {
            return Err("the lower of the two steps builds on the upper one");
        }
        let mut steps = self.steps.clone();
        steps.swap(first, first + 1);
        self.put(steps);
        Ok(other)
    }

    /// Puts other steps in the place of all that are not finished.
    pub(in crate::tui) fn replace_open(&mut self, open: Vec<Step>) {
        let mut steps: Vec<Step> = self
            .steps
            .iter()
            .filter(|step| self.locked.contains(&step.id))
            .cloned()
            .collect();
        steps.extend(open);
        self.put(steps);
    }

    /// The steps that are not finished.
    pub(in crate::tui) fn open(&self) -> Vec<Step> {
        self.steps
            .iter()
            .filter(|step| !self.locked.contains(&step.id))
            .cloned()
            .collect()
    }

    /// Undoes the last change. False where there is none.
    pub(in crate::tui) fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else {
            return false;
        };
        self.redo.push(std::mem::replace(&mut self.steps, before));
        true
    }

    /// Does again what was undone last. False where nothing was.
    pub(in crate::tui) fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else {
            return false;
        };
        self.undo.push(std::mem::replace(&mut self.steps, after));
        true
    }

    /// Whether there is a change to undo.
    pub(in crate::tui) fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is a change to do again.
    pub(in crate::tui) fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    fn check_unlocked(&self, index: usize) -> Result<(), &'static str> {
        if self.is_locked(index) {
            return Err("finished steps stay as they are");
        }
        Ok(())
    }

    fn put(&mut self, steps: Vec<Step>) {
        if steps != self.steps {
            self.undo.push(std::mem::replace(&mut self.steps, steps));
            self.redo.clear();
        }
    }
}
