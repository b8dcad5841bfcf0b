//! What happens to the steps of the plan in force.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::event::{PlanSource, RunEvent, StepOutcome};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::state::{
    Approval, PastStep, PlanExecuteState, PlannedStep, Revision, RunStatus, StepStatus, ToolReturn,
    ToolUse,
};

impl PlanExecuteState {
    pub(super) fn propose(
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
                misses: 0,
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
            spent: self.totals,
        });
    }

    /// The step of this name, unless it is finished.
    pub(super) fn open_step(&mut self, id: &StepId) -> Option<&mut PlannedStep> {
        let mut plan = self.plan.iter_mut();
        plan.find(|p| p.step.id == *id && !p.status.is_finished())
    }

    pub(super) fn start_step(&mut self, id: &StepId, attempt: u32, at: Timestamp) {
        if self.approval != Approval::Approved || self.status != RunStatus::Running {
            return;
        }
        if let Some(planned) = self.open_step(id) {
            planned.status = StepStatus::Running;
            planned.attempts = attempt;
            planned.started_at = Some(at);
        }
    }

    pub(super) fn finish_step(
        &mut self,
        id: &StepId,
        outcome: StepOutcome,
        result: &Arc<str>,
        duration_ms: u64,
    ) {
        let revision = self.revision;
        let Some(planned) = self.open_step(id) else {
            return;
        };
        planned.status = StepStatus::Finished(outcome);
        planned.result = Some(Arc::clone(result));
        planned.duration_ms = Some(duration_ms);
        let description = planned.step.description.clone();
        self.close_uses(id);
        self.unreviewed.push(id.clone());
        self.past_steps.push(PastStep {
            id: id.clone(),
            revision,
            description,
            outcome,
            result: Arc::clone(result),
            superseded: false,
        });
    }

    pub(super) fn reset_step(&mut self, id: &StepId) {
        if matches!(self.status, RunStatus::Completed | RunStatus::Cancelled) {
            return;
        }
        let Some(planned) = self.plan.iter_mut().find(|p| p.step.id == *id) else {
            return;
        };
        if planned.status == StepStatus::Running && self.request.is_some() {
            self.anew.push(id.clone());
        }
        if planned.status.is_finished() {
            planned.misses = 0;
        }
        planned.status = StepStatus::Pending;
        (planned.result, planned.duration_ms, planned.check) = (None, None, None);
        for past in self.past_steps.iter_mut().filter(|past| past.id == *id) {
            past.superseded = true;
        }
        self.close_uses(id);
        self.unreviewed.retain(|step| step != id);
        self.children.remove(id);
        self.summaries.remove(id);
        self.decision = None;
    }

    /// The calls of a step whose attempt is over: no later attempt goes on from them.
    pub(super) fn close_uses(&mut self, id: &StepId) {
        let own = self.tool_uses.iter_mut().filter(|used| used.step == *id);
        own.for_each(|used| used.open = false);
    }

    /// Folds in what was asked of a tool, decided on it, and brought by it.
    pub(super) fn use_tool(&mut self, event: &RunEvent) {
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
                round,
                reach,
                asked,
            } => self.tool_uses.push(ToolUse {
                step: step.clone(),
                call: call.clone(),
                tool: tool.clone(),
                arguments: arguments.clone(),
                round: *round,
                reach: reach.clone(),
                asked: asked.as_deref().cloned(),
                reason: None,
                open: true,
                decision: None,
                by: None,
                returned: None,
            }),
            RunEvent::ToolDecided {
                call,
                decision,
                by,
                reason,
                ..
            } => {
                if let Some(used) = self.tool_uses.iter_mut().find(meant(call)) {
                    used.decision = Some(*decision);
                    used.by = Some(*by);
                    used.reason.clone_from(reason);
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
                        shelved: false,
                        duration_ms: *duration_ms,
                    });
                }
            }
            _ => {}
        }
    }
}
