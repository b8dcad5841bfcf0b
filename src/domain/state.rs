//! The state of a run, folded from its records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chat::Role;
use super::estimate::comparison;
use super::event::{
    Decision, ForkedFrom, Grant, Limits, Mode, ModelCall, Recalled, RecipeUsed, ReplanOn,
    RoleModels, RunSettings, RunTools, StepOutcome, Totals, Trigger,
};
use super::ids::{RunId, StepId};
use super::plan::{Step, plan_hash};

pub use super::progress::{
    Approval, CheckMade, DecisionMade, Hint, NoticeMade, PastStep, PlannedStep, Revision,
    RunStatus, StepStatus, ToolReturn, ToolUse,
};

/// As much of one output of a tool as searches go through, in bytes.
pub const SEARCHED_OUTPUT: usize = 16 * 1024;
/// As much of all outputs of a run as searches go through, the newest first, in bytes.
pub const SEARCHED_OUTPUTS: usize = 256 * 1024;

/// Everything that is known about a run. Made by [`PlanExecuteState::replay`], changed by [`PlanExecuteState::apply`] alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanExecuteState {
    /// The run; none before its first record.
    pub run: Option<RunId>,
    /// What the person asked for.
    pub task: String,
    /// Which routing of the nodes.
    pub mode: Option<Mode>,
    /// Why that one, where it was left open.
    pub mode_reason: Option<String>,
    /// The conversation it belongs to.
    pub thread: Option<String>,
    /// Who does which job.
    pub models: RoleModels,
    /// Who did which job at the start: who is asked first whenever the run goes on in another process.
    pub first_models: RoleModels,
    /// What bounds the run.
    pub limits: Limits,
    /// How it works.
    pub settings: RunSettings,
    /// What it began as a copy of.
    pub forked_from: Option<ForkedFrom>,
    /// The recipe its plan was made from.
    pub recipe: Option<RecipeUsed>,
    /// What steps may use, and where.
    pub tools: Option<RunTools>,
    /// What earlier runs of its thread are remembered for, oldest first.
    pub recalled: Vec<Recalled>,
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
    /// The steps that ended since the replanner last looked.
    pub unreviewed: Vec<StepId>,
    /// That a person wants the rest of the plan looked at, and why.
    pub request: Option<String>,
    /// The steps that were at work when that was asked for, and are to be done anew before it is heeded.
    pub anew: Vec<StepId>,
    /// What persons said to heed.
    pub hints: Vec<Hint>,
    /// Older results in fewer words.
    pub summaries: BTreeMap<StepId, String>,
    /// Every use of a tool.
    pub tool_uses: Vec<ToolUse>,
    /// What the person allowed for the run, or for ever, in all its plans.
    pub granted: Vec<Grant>,
    /// Whether this is the plan inside a step.
    pub inside: bool,
    /// Whether the results are the answer as they are: nobody decides, nobody writes.
    pub gathers: bool,
    /// The plans inside steps.
    pub children: BTreeMap<StepId, PlanExecuteState>,
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
    /// Index of the first step that is not finished, counted from 0; the number of steps when all are.
    pub fn current_step(&self) -> usize {
        self.plan
            .iter()
            .position(|planned| !planned.status.is_finished())
            .unwrap_or(self.plan.len())
    }

    /// The state of the plan inside this path of steps; itself for the empty one.
    pub fn at(&self, scope: &[StepId]) -> Option<&Self> {
        scope
            .iter()
            .try_fold(self, |state, step| state.children.get(step))
    }

    /// The scope of the plan that holds this step, itself or in a plan inside one of its steps.
    pub fn scope_of(&self, step: &StepId) -> Option<Vec<StepId>> {
        if self.planned(step).is_some() {
            return Some(Vec::new());
        }
        self.children.iter().find_map(|(parent, child)| {
            let below = child.scope_of(step)?;
            Some(std::iter::once(parent.clone()).chain(below).collect())
        })
    }

    /// The innermost plan that waits for a person, with its scope.
    pub fn waiting(&self) -> Option<(Vec<StepId>, &Self)> {
        let inner = self.children.iter().find_map(|(parent, child)| {
            let over = self.planned(parent).is_none_or(|p| p.status.is_finished());
            let (scope, state) = child.waiting().filter(|_| !over)?;
            let scope = std::iter::once(parent.clone()).chain(scope).collect();
            Some((scope, state))
        });
        inner.or_else(|| (self.approval == Approval::Pending).then(|| (Vec::new(), self)))
    }

    /// Whether the plan was approved and every step of it is done.
    pub fn is_through(&self) -> bool {
        let done = StepStatus::Finished(StepOutcome::Done);
        self.approval == Approval::Approved
            && !self.plan.is_empty()
            && self.plan.iter().all(|planned| planned.status == done)
    }

    /// Whether a planner may mark steps of this plan to run as plans of their own.
    pub fn may_nest(&self) -> bool {
        self.settings.subplans && self.limits.max_depth > 0
    }

    /// Why the replanner is to be asked before the plan is through, if it is.
    pub fn trigger(&self) -> Option<Trigger> {
        let mut anew = self.anew.iter().filter_map(|id| self.planned(id));
        if self.request.is_some() && anew.all(|planned| planned.status.is_finished()) {
            return Some(Trigger::Requested);
        }
        let mut news = self.unreviewed.iter().filter_map(|id| self.planned(id));
        let is_failed = |p: &PlannedStep| p.status == StepStatus::Finished(StepOutcome::Failed);
        let is_missed = |p: &PlannedStep| p.check.as_ref().is_some_and(|check| !check.met);
        let on = self.settings.replan_on;
        let asks = |p: &PlannedStep| match on {
            ReplanOn::PlanDone => None,
            _ if is_missed(p) && on != ReplanOn::Failure => Some(Trigger::StepMissed),
            _ if is_failed(p) => Some(Trigger::StepFailed),
            ReplanOn::EachStep => Some(Trigger::EachStep),
            ReplanOn::Failure | ReplanOn::Missed => None,
        };
        news.find_map(asks)
    }

    /// How many attempts at steps have ended, plans inside steps included, steps left out not.
    pub fn executed(&self) -> usize {
        let own = self.past_steps.iter();
        let own = own
            .filter(|past| past.outcome != StepOutcome::Skipped)
            .count();
        own + self.children.values().map(Self::executed).sum::<usize>()
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

    /// The oldest call that waits for a person, here or in the plans inside steps, with the path to its plan.
    pub fn pending_use(&self) -> Option<(Vec<StepId>, &ToolUse)> {
        let own = self.tool_uses.iter().find(|used| used.is_pending());
        own.map(|used| (Vec::new(), used)).or_else(|| {
            self.children.iter().find_map(|(parent, child)| {
                let (scope, used) = child.pending_use()?;
                let scope = std::iter::once(parent.clone()).chain(scope).collect();
                Some((scope, used))
            })
        })
    }

    /// Every use of a tool, here and in the plans inside steps, in the order of the calls.
    pub fn all_tool_uses(&self) -> Vec<&ToolUse> {
        let inside = self.children.values().flat_map(Self::all_tool_uses);
        let mut all: Vec<&ToolUse> = self.tool_uses.iter().chain(inside).collect();
        // `t9` comes before `t10`.
        all.sort_by(|a, b| (a.call.len(), &a.call).cmp(&(b.call.len(), &b.call)));
        all
    }

    /// Lets go of outputs of tools that nothing goes on from any more, but for the beginnings that are searched: the newest
    /// [`SEARCHED_OUTPUTS`] bytes, of each [`SEARCHED_OUTPUT`] at most. For those who keep the state of a long run at hand;
    /// the log has all of every output. Never part of a fold.
    pub fn shelve_outputs(&mut self) {
        let mut uses = Vec::new();
        self.collect_uses(&mut uses);
        uses.sort_by(|a, b| (b.call.len(), &b.call).cmp(&(a.call.len(), &a.call)));
        let mut room = SEARCHED_OUTPUTS;
        for used in uses {
            let Some(returned) = &mut used.returned else {
                continue;
            };
            let most = SEARCHED_OUTPUT.min(room);
            room -= returned.output.len().min(most);
            if !used.open && returned.output.len() > most {
                let kept = (0..=most).rfind(|at| returned.output.is_char_boundary(*at));
                returned.output.truncate(kept.unwrap_or(0));
                returned.output.shrink_to_fit();
                returned.shelved = true;
            }
        }
    }

    fn collect_uses<'a>(&'a mut self, uses: &mut Vec<&'a mut ToolUse>) {
        uses.extend(&mut self.tool_uses);
        for inside in self.children.values_mut() {
            inside.collect_uses(uses);
        }
    }

    /// The uses of tools in a step, and in the plan inside it.
    pub fn tool_uses_of(&self, step: &StepId) -> Vec<&ToolUse> {
        let own = self.tool_uses.iter().filter(|used| used.step == *step);
        let inside = self.children.get(step).map(Self::all_tool_uses);
        own.chain(inside.into_iter().flatten()).collect()
    }

    /// [`PlanExecuteState::models`], with the models that a role had at the start, but has no more, among its fallbacks:
    /// every model that may be needed when the run goes on.
    pub fn models_in_reach(&self) -> RoleModels {
        let mut models = self.models.clone();
        for role in Role::ALL {
            let first = self.first_models.of(role);
            if !first.is_empty() && first != self.models.of(role) {
                models
                    .fallbacks
                    .entry(role)
                    .or_default()
                    .push(first.to_owned());
            }
        }
        models
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

    /// Steps that are done, those that failed or were left out not counted.
    pub fn done(&self) -> usize {
        let done = StepStatus::Finished(StepOutcome::Done);
        self.plan
            .iter()
            .filter(|planned| planned.status == done)
            .count()
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
            "mode_reason": self.mode_reason,
            "thread": self.thread,
            "forked_from": self.forked_from,
            "recipe": self.recipe,
            "status": self.status.word(),
            "models": self.models,
            "limits": self.limits,
            "settings": self.settings,
            "revision": self.revision,
            "plan": self.plan.iter().map(|planned| json!({
                "id": planned.step.id,
                "description": planned.step.description,
                "depends_on": planned.step.depends_on,
                "done_when": planned.step.done_when,
                "tool": planned.step.tool,
                "subplan": planned.step.subplan,
                "for_each": planned.step.for_each,
                "input": planned.step.input,
                "status": planned.status.word(),
                "result": planned.result,
                "attempts": planned.attempts,
                "duration_ms": planned.duration_ms,
                "check": planned.check.as_ref().map(|check| json!({"met": check.met, "by": check.by, "gap": check.gap})),
                "plan": self.children.get(&planned.step.id).map(|child| child.to_json()["plan"].clone()),
            })).collect::<Vec<_>>(),
            "tool_uses": self.all_tool_uses().into_iter().map(ToolUse::to_json).collect::<Vec<_>>(),
            "past_steps": self.past_steps.iter().filter(|past| !past.superseded).map(|past| json!([past.description, past.result])).collect::<Vec<_>>(),
            "current_step": self.current_step(),
            "iteration_count": self.iteration_count,
            "max_iterations": self.limits.max_iterations,
            "response": self.response,
            "incomplete": self.incomplete,
            "error": self.error,
            "hint": self.hint,
            "totals": self.totals,
            "estimate": comparison(self),
            "started_at": self.started_at.map(|at| format!("{at:.3}")),
        })
    }
}
