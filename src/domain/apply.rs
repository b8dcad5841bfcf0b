//! The one place where a record changes the state of a run.

mod steps;

use super::chat::Role;
use super::event::{Approver, Decision, EventRecord, Limits, Mode, RoleModels, RunEnd, RunEvent};
use super::ids::StepId;
use super::state::{
    Approval, CheckMade, DecisionMade, Hint, NoticeMade, PlanExecuteState, RunStatus, StepStatus,
};

impl PlanExecuteState {
    /// The state after these records.
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a EventRecord>) -> Self {
        let mut state = Self::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    /// Folds one record in. Total: what makes no sense here changes nothing but `last_seq`.
    pub fn apply(&mut self, record: &EventRecord) {
        if let (Some(last), true) = (
            self.last_at,
            self.is_working() && !matches!(record.event, RunEvent::RunResumed { .. }),
        ) {
            let spent = record.at.duration_since(last).as_millis();
            self.totals.duration_ms += u64::try_from(spent).unwrap_or(0);
        }
        self.last_at = Some(record.at);
        self.last_seq = self.last_seq.max(record.seq);
        if !record.scope.is_empty() {
            self.count(&record.event);
        }
        if let Some(inside) = self.inside(&record.scope) {
            inside.count(&record.event);
            inside.fold(record);
        }
    }

    /// Counts what a run has cost in all its plans, and keeps what was allowed in them.
    fn count(&mut self, event: &RunEvent) {
        match event {
            RunEvent::ModelCalled(call) => {
                self.totals.model_calls += 1;
                self.totals.prompt_tokens += call.prompt_tokens.unwrap_or(0);
                self.totals.output_tokens += call.output_tokens.unwrap_or(0);
                self.last_call = Some((**call).clone());
            }
            RunEvent::ToolCalled { .. } => self.totals.tool_calls += 1,
            RunEvent::ToolDecided {
                grant: Some(grant), ..
            } => self.granted.push((**grant).clone()),
            _ => {}
        }
    }

    /// The state of the plan inside this path of steps, made where it is not there yet; none where the path is none.
    fn inside(&mut self, scope: &[StepId]) -> Option<&mut Self> {
        let Some((step, below)) = scope.split_first() else {
            return Some(self);
        };
        if !self.children.contains_key(step) {
            let planned = self.planned(step)?;
            let mut limits = self.limits;
            limits.max_depth = limits.max_depth.saturating_sub(1);
            let left = self.limits.max_steps as usize
                - self.executed().min(self.limits.max_steps as usize);
            limits.max_steps = u32::try_from(left).unwrap_or(u32::MAX);
            let child = Self {
                run: self.run.clone(),
                task: planned.step.description.clone(),
                inside: true,
                gathers: planned.step.for_each.is_some(),
                mode: Some(Mode::PlanExecute),
                models: self.models.clone(),
                limits,
                settings: self.settings,
                started_at: self.started_at,
                ..Self::default()
            };
            self.children.insert(step.clone(), child);
        }
        self.children.get_mut(step)?.inside(below)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one table: what each kind of record changes"
    )]
    fn fold(&mut self, record: &EventRecord) {
        match &record.event {
            RunEvent::RunStarted {
                task,
                mode,
                thread,
                models,
                limits,
                settings,
                forked_from,
                recipe,
                tools,
            } if self.run.is_none() => {
                self.run = Some(record.run.clone());
                task.clone_into(&mut self.task);
                self.mode = Some(*mode);
                thread.clone_into(&mut self.thread);
                models.clone_into(&mut self.models);
                models.clone_into(&mut self.first_models);
                self.limits = *limits;
                self.settings = *settings;
                forked_from.clone_into(&mut self.forked_from);
                recipe.clone_into(&mut self.recipe);
                tools.clone_into(&mut self.tools);
                self.started_at = Some(record.at);
            }
            RunEvent::ModeChosen { mode, reason } if self.revision == 0 => {
                self.mode = Some(*mode);
                self.mode_reason = Some(reason.clone());
            }
            RunEvent::ThreadRecalled { entries } if self.recalled.is_empty() => {
                entries.clone_into(&mut self.recalled);
            }
            RunEvent::PlanProposed {
                revision,
                source,
                steps,
                problems,
                reason,
            } if *revision > self.revision => {
                self.propose(*revision, *source, steps, problems, reason.as_deref());
            }
            RunEvent::PlanEstimated { revision, estimate } => {
                let mut all = self.revisions.iter_mut();
                if let Some(meant) = all.find(|known| known.revision == *revision) {
                    (meant.estimate, meant.spent) = (Some(*estimate), self.totals);
                }
            }
            RunEvent::PlanApproved {
                revision, by, hash, ..
            } if self.awaits(*revision, hash) => self.approve(*by),
            RunEvent::PlanRejected {
                revision,
                hash,
                feedback,
                ..
            } if self.awaits(*revision, hash) => {
                self.status = if feedback.is_some() {
                    RunStatus::Running
                } else {
                    RunStatus::Rejected
                };
                self.approval = Approval::Rejected(feedback.clone());
            }
            RunEvent::StepStarted { step, attempt } => self.start_step(step, *attempt, record.at),
            RunEvent::StepFinished {
                step,
                status,
                result,
                duration_ms,
                ..
            } => self.finish_step(step, *status, result, *duration_ms),
            RunEvent::StepChecked {
                step,
                attempt,
                met,
                by,
                gap,
            } => {
                if let Some(planned) = self.open_step(step) {
                    planned.check = Some(CheckMade {
                        attempt: *attempt,
                        met: *met,
                        by: *by,
                        gap: gap.clone(),
                    });
                    if !met {
                        planned.misses += 1;
                        self.close_uses(step);
                    }
                }
            }
            RunEvent::StepReset { step, .. } => self.reset_step(step),
            RunEvent::HintGiven { step, text } => self.hints.push(Hint {
                step: step.clone(),
                text: text.clone(),
                after: self.past_steps.len(),
            }),
            RunEvent::ReplanRequested { reason } => {
                self.request = Some(reason.clone().unwrap_or_default());
            }
            RunEvent::ResultSummarized { step, text } => {
                self.summaries.insert(step.clone(), text.clone());
            }
            RunEvent::ModelSwitched { role, to, .. } => {
                switch(&mut self.models, &self.first_models, *role, to);
            }
            RunEvent::ToolCalled { .. }
            | RunEvent::ToolDecided { .. }
            | RunEvent::ToolReturned { .. } => self.use_tool(&record.event),
            RunEvent::ActDecided {
                decision,
                reason,
                iteration,
                trigger,
            } => {
                self.decision = Some(*decision).filter(|made| *made != Decision::Continue);
                self.iteration_count = *iteration;
                self.request = None;
                self.anew.clear();
                self.unreviewed.clear();
                if self.status == RunStatus::Waiting && !self.awaits_approval() {
                    self.status = RunStatus::Running;
                }
                self.decisions.push(DecisionMade {
                    decision: *decision,
                    reason: reason.clone(),
                    iteration: *iteration,
                    trigger: *trigger,
                });
            }
            RunEvent::Notice { level, text } => self.notices.push(NoticeMade {
                level: *level,
                text: text.clone(),
            }),
            RunEvent::RunPaused { .. } => self.rest(RunStatus::Paused),
            RunEvent::RunInterrupted { .. } => self.rest(RunStatus::Interrupted),
            RunEvent::RunResumed { limits, .. } => self.go_on(*limits),
            RunEvent::RunFinished {
                status,
                response,
                incomplete,
                error,
                hint,
                ..
            } => {
                response.clone_into(&mut self.response);
                incomplete.clone_into(&mut self.incomplete);
                error.clone_into(&mut self.error);
                hint.clone_into(&mut self.hint);
                self.rest(match status {
                    RunEnd::Completed => RunStatus::Completed,
                    RunEnd::Failed => RunStatus::Failed,
                    RunEnd::Cancelled => RunStatus::Cancelled,
                });
            }
            _ => {}
        }
    }

    fn is_working(&self) -> bool {
        let waits = |child: &Self| child.status == RunStatus::Waiting;
        self.status == RunStatus::Running
            && !self.children.values().any(waits)
            && self.pending_use().is_none()
    }

    fn awaits(&self, revision: u32, hash: &str) -> bool {
        self.approval == Approval::Pending && revision == self.revision && hash == self.plan_hash()
    }

    /// Whether the plan in force is to be looked at before anything else happens.
    fn awaits_approval(&self) -> bool {
        self.approval == Approval::Pending && self.decision != Some(Decision::FinalizeForced)
    }

    fn approve(&mut self, by: Approver) {
        self.approval = Approval::Approved;
        self.status = RunStatus::Running;
        if let Some(latest) = self.revisions.last_mut() {
            latest.approved_by = Some(by);
        }
    }

    fn rest(&mut self, status: RunStatus) {
        self.status = status;
        for planned in self
            .plan
            .iter_mut()
            .filter(|p| p.status == StepStatus::Running)
        {
            planned.status = StepStatus::Pending;
        }
        for child in self.children.values_mut() {
            if child.status.is_resumable() {
                child.rest(status);
            }
        }
    }

    /// Goes on, within these bounds where there are any.
    fn go_on(&mut self, limits: Option<Limits>) {
        if !self.status.is_resumable() {
            return;
        }
        if let Some(limits) = limits {
            self.rebound(limits);
        }
        self.resume(limits.is_some());
    }

    /// Puts other bounds in the place of the old ones. A plan inside a step may execute as many steps more, or fewer, as
    /// the run.
    fn rebound(&mut self, limits: Limits) {
        let old = std::mem::replace(&mut self.limits, limits);
        for child in self.children.values_mut() {
            let steps = child.limits.max_steps.saturating_add(limits.max_steps);
            child.rebound(Limits {
                max_steps: steps.saturating_sub(old.max_steps),
                max_depth: limits.max_depth.saturating_sub(1),
                ..limits
            });
        }
    }

    fn resume(&mut self, rebounded: bool) {
        if !self.status.is_resumable() {
            return;
        }
        if self.approval == Approval::Rejected(None) {
            // Nothing else was asked for: going on can only mean to look at the plan again.
            self.approval = Approval::Pending;
        }
        if rebounded || self.status == RunStatus::Failed {
            // The bound that forced the answer may be gone, such as time; one that still holds forces it again.
            self.decision
                .take_if(|made| *made == Decision::FinalizeForced);
        }
        self.rest(if self.awaits_approval() {
            RunStatus::Waiting
        } else {
            RunStatus::Running
        });
        let children = self.children.values_mut();
        children.for_each(|child| child.resume(rebounded));
        (self.error, self.hint) = (None, None);
    }
}

/// Puts `model` in the place of the one that does `role`. A role that shared a model at the start, and is given the one it
/// would share, shares it again.
fn switch(models: &mut RoleModels, first: &RoleModels, role: Role, model: &str) {
    let own = |at_first: &Option<String>, shared: &str| {
        let shares = at_first.is_none() && shared == model;
        (!shares).then(|| model.to_owned())
    };
    match role {
        Role::Planner => model.clone_into(&mut models.planner),
        Role::Executor => model.clone_into(&mut models.executor),
        Role::Replanner => model.clone_into(&mut models.replanner),
        Role::Finalizer => models.finalizer = own(&first.finalizer, &models.replanner),
        Role::Summarizer => models.summarizer = own(&first.summarizer, &models.executor),
        Role::Verifier => models.verifier = own(&first.verifier, &models.executor),
    }
}
