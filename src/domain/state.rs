//! The state of a run, folded from its records.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::{
    Decision, EventRecord, Limits, Mode, ModelCall, PlanSource, RoleModels, RunEnd, RunEvent,
    StepOutcome, Totals,
};
use super::ids::{RunId, StepId};
use super::plan::{Step, plan_hash};

pub use super::progress::{
    Approval, DecisionMade, NoticeMade, PastStep, PlannedStep, Revision, RunStatus, StepStatus,
};

/// Everything that is known about a run. Made by [`PlanExecuteState::replay`], changed by [`PlanExecuteState::apply`] alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanExecuteState {
    /// The run; none before its first record.
    pub run: Option<RunId>,
    /// What the person asked for.
    pub task: String,
    /// Which routing of the nodes.
    pub mode: Option<Mode>,
    /// The conversation it belongs to.
    pub thread: Option<String>,
    /// Who does which job.
    pub models: RoleModels,
    /// What bounds the run.
    pub limits: Limits,
    /// Where the run stands.
    pub status: RunStatus,
    /// The plan in force: finished steps keep their results through every revision.
    pub plan: Vec<PlannedStep>,
    /// The version of the plan in force; 0 before the first.
    pub revision: u32,
    /// Every version so far.
    pub revisions: Vec<Revision>,
    /// Whether the plan in force may run.
    pub approval: Approval,
    /// What was done, in the order in which it ended, over all versions of the plan.
    pub past_steps: Vec<PastStep>,
    /// How many times the replanner has decided.
    pub iteration_count: u32,
    /// The decision that the plan in force led to.
    pub decision: Option<Decision>,
    /// Every decision so far.
    pub decisions: Vec<DecisionMade>,
    /// The answer.
    pub response: Option<String>,
    /// What the answer lacks and why.
    pub incomplete: Option<String>,
    /// What ended the run without an answer.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What it cost so far.
    pub totals: Totals,
    /// The newest model call.
    pub last_call: Option<ModelCall>,
    /// What was worth knowing.
    pub notices: Vec<NoticeMade>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// The `seq` of the newest record folded.
    pub last_seq: u64,
    /// When that record was made.
    pub last_at: Option<Timestamp>,
}

impl PlanExecuteState {
    /// The state after these records.
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a EventRecord>) -> Self {
        let mut state = Self::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one table: what each kind of record changes"
    )]
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
            return;
        }
        match &record.event {
            RunEvent::RunStarted {
                task,
                mode,
                thread,
                models,
                limits,
            } if self.run.is_none() => {
                self.run = Some(record.run.clone());
                task.clone_into(&mut self.task);
                self.mode = Some(*mode);
                thread.clone_into(&mut self.thread);
                models.clone_into(&mut self.models);
                self.limits = *limits;
                self.started_at = Some(record.at);
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
            RunEvent::PlanApproved {
                revision, by, hash, ..
            } if self.awaits(*revision, hash) => {
                self.approval = Approval::Approved;
                self.status = RunStatus::Running;
                if let Some(latest) = self.revisions.last_mut() {
                    latest.approved_by = Some(*by);
                }
            }
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
            RunEvent::ModelCalled(call) => {
                self.totals.model_calls += 1;
                self.totals.prompt_tokens += call.prompt_tokens.unwrap_or(0);
                self.totals.output_tokens += call.output_tokens.unwrap_or(0);
                self.last_call = Some((**call).clone());
            }
            RunEvent::ActDecided {
                decision,
                reason,
                iteration,
            } => {
                self.decision = Some(*decision);
                self.iteration_count = *iteration;
                self.decisions.push(DecisionMade {
                    decision: *decision,
                    reason: reason.clone(),
                    iteration: *iteration,
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

    /// Index of the first step that is not finished, counted from 0; the number of steps when all are.
    pub fn current_step(&self) -> usize {
        self.plan
            .iter()
            .position(|planned| !planned.status.is_finished())
            .unwrap_or(self.plan.len())
    }

    /// The steps of the plan in force.
    pub fn steps(&self) -> Vec<Step> {
        self.plan
            .iter()
            .map(|planned| planned.step.clone())
            .collect()
    }

    /// [`plan_hash`] of the plan in force.
    pub fn plan_hash(&self) -> String {
        plan_hash(&self.steps())
    }

    /// Every step name ever used in this run.
    pub fn step_ids(&self) -> Vec<StepId> {
        self.revisions
            .iter()
            .flat_map(|revision| revision.steps.iter().map(|step| step.id.clone()))
            .collect()
    }

    /// The step with this name in the plan in force.
    pub fn planned(&self, id: &StepId) -> Option<&PlannedStep> {
        self.plan.iter().find(|planned| planned.step.id == *id)
    }

    /// Steps with an outcome, and all steps of the plan in force.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.plan.iter();
        let finished = all.filter(|planned| planned.status.is_finished());
        (finished.count(), self.plan.len())
    }

    /// The state as `runs show --json` prints it; the pattern's own fields keep their names.
    pub fn to_json(&self) -> Value {
        json!({
            "run": self.run,
            "task": self.task,
            "mode": self.mode,
            "thread": self.thread,
            "status": self.status.word(),
            "models": self.models,
            "limits": self.limits,
            "revision": self.revision,
            "plan": self.plan.iter().map(|planned| json!({
                "id": planned.step.id,
                "description": planned.step.description,
                "depends_on": planned.step.depends_on,
                "done_when": planned.step.done_when,
                "tool": planned.step.tool,
                "status": planned.status.word(),
                "result": planned.result,
                "attempts": planned.attempts,
                "duration_ms": planned.duration_ms,
            })).collect::<Vec<_>>(),
            "past_steps": self.past_steps.iter().map(|past| json!([past.description, past.result])).collect::<Vec<_>>(),
            "current_step": self.current_step(),
            "iteration_count": self.iteration_count,
            "max_iterations": self.limits.max_iterations,
            "response": self.response,
            "incomplete": self.incomplete,
            "error": self.error,
            "hint": self.hint,
            "totals": self.totals,
            "started_at": self.started_at.map(|at| format!("{at:.3}")),
        })
    }

    fn is_working(&self) -> bool {
        self.status == RunStatus::Running
    }

    fn awaits(&self, revision: u32, hash: &str) -> bool {
        self.approval == Approval::Pending && revision == self.revision && hash == self.plan_hash()
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
        let finished = |id: &StepId| {
            old.iter()
                .find(|planned| planned.step.id == *id && planned.status.is_finished())
        };
        let left_out = old
            .iter()
            .filter(|p| p.status.is_finished() && !steps.iter().any(|step| step.id == p.step.id));
        let proposed = steps.iter().map(|step| {
            finished(&step.id).cloned().unwrap_or_else(|| PlannedStep {
                step: step.clone(),
                status: StepStatus::Pending,
                result: None,
                attempts: 0,
                started_at: None,
                duration_ms: None,
            })
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
        });
    }

    fn start_step(&mut self, id: &StepId, attempt: u32, at: Timestamp) {
        if self.approval != Approval::Approved || self.status != RunStatus::Running {
            return;
        }
        if let Some(planned) = self
            .plan
            .iter_mut()
            .find(|p| p.step.id == *id && !p.status.is_finished())
        {
            planned.status = StepStatus::Running;
            planned.attempts = attempt;
            planned.started_at = Some(at);
        }
    }

    fn finish_step(&mut self, id: &StepId, outcome: StepOutcome, result: &str, duration_ms: u64) {
        let revision = self.revision;
        if let Some(planned) = self
            .plan
            .iter_mut()
            .find(|p| p.step.id == *id && !p.status.is_finished())
        {
            planned.status = StepStatus::Finished(outcome);
            planned.result = Some(result.to_owned());
            planned.duration_ms = Some(duration_ms);
            self.past_steps.push(PastStep {
                id: id.clone(),
                revision,
                description: planned.step.description.clone(),
                outcome,
                result: result.to_owned(),
            });
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
        (self.error, self.hint) = (None, None);
    }
}
