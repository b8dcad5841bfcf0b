//! The one place where a record changes the state of a run.

use jiff::Timestamp;

use super::chat::Role;
use super::event::{
    Approver, Decision, EventRecord, Mode, PlanSource, RoleModels, RunEnd, RunEvent, StepOutcome,
};
use super::ids::StepId;
use super::plan::Step;
use super::state::{
    Approval, CheckMade, DecisionMade, Hint, NoticeMade, PastStep, PlanExecuteState, PlannedStep,
    Revision, RunStatus, StepStatus, ToolReturn, ToolUse,
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

    /// Counts what a run has cost in all its plans.
    fn count(&mut self, event: &RunEvent) {
        match event {
            RunEvent::ModelCalled(call) => {
                self.totals.model_calls += 1;
                self.totals.prompt_tokens += call.prompt_tokens.unwrap_or(0);
                self.totals.output_tokens += call.output_tokens.unwrap_or(0);
                self.last_call = Some((**call).clone());
            }
            RunEvent::ToolCalled { .. } => self.totals.tool_calls += 1,
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
            } if self.run.is_none() => {
                self.run = Some(record.run.clone());
                task.clone_into(&mut self.task);
                self.mode = Some(*mode);
                thread.clone_into(&mut self.thread);
                models.clone_into(&mut self.models);
                self.limits = *limits;
                self.settings = *settings;
                forked_from.clone_into(&mut self.forked_from);
                recipe.clone_into(&mut self.recipe);
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
                    meant.estimate = Some(*estimate);
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
            RunEvent::ModelSwitched { role, to, .. } => switch(&mut self.models, *role, to),
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
                self.unreviewed.clear();
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
            RunEvent::RunResumed { .. } => self.resume(),
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
        self.status == RunStatus::Running && !self.children.values().any(waits)
    }

    fn awaits(&self, revision: u32, hash: &str) -> bool {
        self.approval == Approval::Pending && revision == self.revision && hash == self.plan_hash()
    }

    fn approve(&mut self, by: Approver) {
        self.approval = Approval::Approved;
        self.status = RunStatus::Running;
        if let Some(latest) = self.revisions.last_mut() {
            latest.approved_by = Some(by);
        }
    }

    fn propose(
        &mut self,
        revision: u32,
        source: PlanSource,
        steps: &[Step],
        problems: &[String],
        reason: Option<&str>,
    ) {
        let old = std::mem::take(&mut self.plan);
        let known = |step: &Step| old.iter().find(|planned| planned.step.id == step.id);
        let left_out = old
            .iter()
            .filter(|p| p.status.is_finished() && !steps.iter().any(|step| step.id == p.step.id));
        let proposed = steps.iter().map(|step| match known(step) {
            // What is finished, or at work just as it is proposed, stays as it is.
            Some(planned) if planned.status.is_finished() || planned.step == *step => {
                planned.clone()
            }
            known => PlannedStep {
                step: step.clone(),
                status: StepStatus::Pending,
                result: None,
                attempts: known.map_or(0, |planned| planned.attempts),
                started_at: None,
                duration_ms: None,
                check: None,
            },
        });
        self.plan = left_out.cloned().chain(proposed).collect();
        self.revision = revision;
        self.approval = Approval::Pending;
        self.status = RunStatus::Waiting;
        self.decision = None;
        self.revisions.push(Revision {
            revision,
            source,
            steps: self.steps(),
            problems: problems.to_vec(),
            reason: reason.map(str::to_owned),
            approved_by: None,
            made_by: self
                .last_call
                .clone()
                .filter(|_| matches!(source, PlanSource::Planner | PlanSource::Replanner)),
            estimate: None,
        });
    }

    /// The step of this name, unless it is finished.
    fn open_step(&mut self, id: &StepId) -> Option<&mut PlannedStep> {
        let mut plan = self.plan.iter_mut();
        plan.find(|p| p.step.id == *id && !p.status.is_finished())
    }

    fn start_step(&mut self, id: &StepId, attempt: u32, at: Timestamp) {
        if self.approval != Approval::Approved || self.status != RunStatus::Running {
            return;
        }
        if let Some(planned) = self.open_step(id) {
            planned.status = StepStatus::Running;
            planned.attempts = attempt;
            planned.started_at = Some(at);
        }
    }

    fn finish_step(&mut self, id: &StepId, outcome: StepOutcome, result: &str, duration_ms: u64) {
        let revision = self.revision;
        let Some(planned) = self.open_step(id) else {
            return;
        };
        planned.status = StepStatus::Finished(outcome);
        planned.result = Some(result.to_owned());
        planned.duration_ms = Some(duration_ms);
        let description = planned.step.description.clone();
        self.unreviewed.push(id.clone());
        self.past_steps.push(PastStep {
            id: id.clone(),
            revision,
            description,
            outcome,
            result: result.to_owned(),
            superseded: false,
        });
    }

    fn reset_step(&mut self, id: &StepId) {
        if matches!(self.status, RunStatus::Completed | RunStatus::Cancelled) {
            return;
        }
        let Some(planned) = self.plan.iter_mut().find(|p| p.step.id == *id) else {
            return;
        };
        planned.status = StepStatus::Pending;
        (planned.result, planned.duration_ms, planned.check) = (None, None, None);
        for past in self.past_steps.iter_mut().filter(|past| past.id == *id) {
            past.superseded = true;
        }
        self.unreviewed.retain(|step| step != id);
        self.children.remove(id);
        self.summaries.remove(id);
        self.decision = None;
    }

    fn use_tool(&mut self, event: &RunEvent) {
        let meant = |call: &String| {
            let call = call.clone();
            move |used: &&mut ToolUse| used.call == call
        };
        match event {
            RunEvent::ToolCalled {
                step,
                call,
                tool,
                arguments,
            } => self.tool_uses.push(ToolUse {
                step: step.clone(),
                call: call.clone(),
                tool: tool.clone(),
                arguments: arguments.clone(),
                decision: None,
                returned: None,
            }),
            RunEvent::ToolDecided { call, decision, .. } => {
                if let Some(used) = self.tool_uses.iter_mut().find(meant(call)) {
                    used.decision = Some(*decision);
                }
            }
            RunEvent::ToolReturned {
                call,
                ok,
                output,
                duration_ms,
                ..
            } => {
                if let Some(used) = self.tool_uses.iter_mut().find(meant(call)) {
                    used.returned = Some(ToolReturn {
                        ok: *ok,
                        output: output.clone(),
                        duration_ms: *duration_ms,
                    });
                }
            }
            _ => {}
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

    fn resume(&mut self) {
        if !self.status.is_resumable() {
            return;
        }
        if self.approval == Approval::Rejected(None) {
            // Nothing else was asked for: going on can only mean to look at the plan again.
            self.approval = Approval::Pending;
        }
        if self.status == RunStatus::Failed {
            // The bound that forced the answer may be gone, such as time; one that still holds forces it again.
            self.decision
                .take_if(|made| *made == Decision::FinalizeForced);
        }
        self.rest(if self.approval == Approval::Pending {
            RunStatus::Waiting
        } else {
            RunStatus::Running
        });
        self.children.values_mut().for_each(Self::resume);
        (self.error, self.hint) = (None, None);
    }
}

/// Puts `model` in the place of the one that does `role`.
fn switch(models: &mut RoleModels, role: Role, model: &str) {
    let model = model.to_owned();
    match role {
        Role::Planner => models.planner = model,
        Role::Executor => models.executor = model,
        Role::Replanner => models.replanner = model,
        Role::Finalizer => models.finalizer = Some(model),
        Role::Summarizer => models.summarizer = Some(model),
        Role::Verifier => models.verifier = Some(model),
    }
}
