//! What a plan is expected to cost before it is approved, and what it did cost in the end.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::chat::Role;
use super::check::checks;
use super::context::estimate as tokens_of;
use super::event::{Estimate, Mode, ReplanOn, Totals, Verify};
use super::ids::StepId;
use super::items::items;
use super::plan::{Step, ToolsOf};
use super::speed::Speed;
use super::state::{PlanExecuteState, PlannedStep, StepStatus};

/// Tokens of the standing rules, where no prompt was counted yet.
const RULES: u64 = 300;

/// Tokens that a job adds to the document of a run.
const JOB: u64 = 80;

/// Steps of a plan inside a step, and items of a list, while they are not known.
const UNKNOWN_STEPS: u64 = 4;

/// Rounds of tools in a step that finds its own way.
const TOOL_ROUNDS: u64 = 3;

/// What the plan in force would take from here to the answer, at the speeds of the models by their names. Steps that do
/// not build on each other take as long as the longest chain of them, as far as `max_parallel` allows.
pub fn estimate(state: &PlanExecuteState, speeds: &BTreeMap<String, Speed>) -> Estimate {
    let mut forecast = Forecast::new(state, speeds);
    let steps = forecast.walk();
    let mut time = steps;
    if adapts(state) && state.iteration_count < state.limits.max_iterations {
        time = plus(time, forecast.call(Role::Replanner));
    }
    // What the one step of `react` brings is the answer.
    if state.mode != Some(Mode::React) {
        time = plus(time, forecast.call(Role::Finalizer));
    }
    time = plus(time, forecast.loading());
    let models: BTreeSet<&str> = forecast
        .used
        .iter()
        .map(|&role| state.models.of(role))
        .collect();
    let measured = models.iter().filter_map(|name| speeds.get(*name));
    Estimate {
        model_calls: forecast.calls,
        prompt_tokens: forecast.prompt_tokens,
        output_tokens: forecast.output_tokens,
        duration_ms: time,
        measured_calls: measured.map(|speed| speed.whole().calls).sum(),
        tool_calls: forecast.tool_calls,
    }
}

/// What was expected and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The estimate of the first version of the plan that was approved.
    pub expected: Estimate,
    /// What the run has cost since.
    pub took: Totals,
}

/// What was expected of a run, and what it has cost since; none where nothing was estimated and approved.
pub fn comparison(state: &PlanExecuteState) -> Option<Comparison> {
    let mut approved = state.revisions.iter().filter(|r| r.approved_by.is_some());
    let first = approved.next()?;
    let (now, then) = (state.totals, first.spent);
    Some(Comparison {
        expected: first.estimate?,
        took: Totals {
            model_calls: now.model_calls.saturating_sub(then.model_calls),
            tool_calls: now.tool_calls.saturating_sub(then.tool_calls),
            prompt_tokens: now.prompt_tokens.saturating_sub(then.prompt_tokens),
            output_tokens: now.output_tokens.saturating_sub(then.output_tokens),
            duration_ms: now.duration_ms.saturating_sub(then.duration_ms),
        },
    })
}

/// The run, walked through ahead of time.
struct Forecast<'a> {
    state: &'a PlanExecuteState,
    speeds: &'a BTreeMap<String, Speed>,
    /// Tokens of the document as it stands.
    document: u64,
    calls: u64,
    prompt_tokens: u64,
    output_tokens: u64,
    tool_calls: u64,
    used: BTreeSet<Role>,
}

impl<'a> Forecast<'a> {
    fn new(state: &'a PlanExecuteState, speeds: &'a BTreeMap<String, Speed>) -> Self {
        let plan = state.plan.iter().filter(|p| !p.status.is_finished());
        let plan: u64 = plan
            .map(|p| u64::from(tokens_of(&p.step.description)) + 8)
            .sum();
        let counted = state.last_call.as_ref().and_then(|call| call.prompt_tokens);
        let before = counted.unwrap_or_else(|| RULES + u64::from(tokens_of(&state.task)));
        Self {
            state,
            speeds,
            document: before + plan,
            calls: 0,
            prompt_tokens: 0,
            output_tokens: 0,
            tool_calls: 0,
            used: BTreeSet::new(),
        }
    }

    /// Walks through the steps that are left, as many at once as the run allows; says how long that takes.
    fn walk(&mut self) -> Option<u64> {
        let state = self.state;
        let lanes = state.limits.max_parallel.max(1) as usize;
        let room = (state.limits.max_steps as usize).saturating_sub(state.executed());
        let mut waiting: Vec<&PlannedStep> = state
            .plan
            .iter()
            .filter(|planned| !planned.status.is_finished())
            .take(room)
            .collect();
        let mut open: BTreeSet<&StepId> = waiting.iter().map(|p| &p.step.id).collect();
        let mut at_work: Vec<(u64, &Step)> = Vec::new();
        let (mut now, mut known) = (0_u64, true);
        loop {
            while at_work.len() < lanes {
                let is_free =
                    |p: &PlannedStep| p.step.depends_on.iter().all(|id| !open.contains(id));
                let alone = at_work.is_empty();
                let fits = |p: &PlannedStep| is_free(p) && (alone || !p.step.is_nested());
                let blocked = at_work.iter().any(|(_, step)| step.is_nested());
                let Some(next) = waiting.iter().position(|p| fits(p)).filter(|_| !blocked) else {
                    break;
                };
                let planned = waiting.remove(next);
                let time = self.step(&planned.step);
                known &= time.is_some();
                // Where no speed is known, one step is as long as another: only their order matters then.
                at_work.push((now.saturating_add(time.unwrap_or(1)), &planned.step));
            }
            let ends = at_work.iter().enumerate().min_by_key(|(_, (end, _))| *end);
            let Some((first, _)) = ends else { break };
            let (end, step) = at_work.remove(first);
            now = end;
            open.remove(&step.id);
            self.document = self.document.saturating_add(self.result(step));
        }
        known.then_some(now)
    }

    /// Works on one step; says how long that takes.
    fn step(&mut self, step: &Step) -> Option<u64> {
        let state = self.state;
        let tools = self.tools(step);
        // The model asks for all of them at once, and then says what came of it.
        let rounds = 1 + u64::from(tools > 0);
        let mut time = Some(0);
        let mut times = |this: &mut Self, role: Role, times: u64| {
            for _ in 0..times {
                time = plus(time, this.call(role));
            }
        };
        match state.mode {
            Some(Mode::Rewoo) if step.tool.is_some() => self.use_tools(tools),
            Some(Mode::React) if state.tools.is_some() => {
                times(self, Role::Executor, TOOL_ROUNDS);
                self.use_tools(TOOL_ROUNDS - 1);
            }
            _ if step.for_each.is_some() && state.limits.max_depth > 0 => {
                let items = self.items(step);
                times(self, Role::Executor, items * rounds);
                self.use_tools(items * tools);
            }
            _ if step.is_nested() && state.limits.max_depth > 0 => {
                times(self, Role::Planner, 1);
                times(self, Role::Executor, UNKNOWN_STEPS);
                times(self, Role::Replanner, 1);
                times(self, Role::Finalizer, 1);
            }
            _ => {
                times(self, Role::Executor, rounds);
                self.use_tools(tools);
            }
        }
        let done_when = step.done_when.as_deref();
        let judged = done_when.is_some_and(|text| checks(text).is_none());
        if state.settings.verify == Verify::Model && judged {
            times(self, Role::Verifier, 1);
        }
        let last = state.plan.last().is_some_and(|p| p.step.id == step.id);
        if state.settings.replan_on == ReplanOn::EachStep && adapts(state) && !last {
            times(self, Role::Replanner, 1);
        }
        time
    }

    /// How many tools the step names that the run has.
    fn tools(&self, step: &Step) -> u64 {
        let known = self.state.tools.iter().flat_map(|tools| &tools.names);
        let known: Vec<&str> = known.map(String::as_str).collect();
        match step.tools() {
            ToolsOf::Any => 0,
            ToolsOf::Only(names) => names.iter().filter(|name| known.contains(name)).count() as u64,
        }
    }

    /// Uses tools, within the bound on that.
    fn use_tools(&mut self, times: u64) {
        let bound = self.state.limits.max_tool_calls.unwrap_or(u64::MAX);
        let left = bound.saturating_sub(self.state.totals.tool_calls);
        self.tool_calls = self.tool_calls.saturating_add(times).min(left);
    }

    /// How many items the list has that a step is done for.
    fn items(&self, step: &Step) -> u64 {
        let list = step.for_each.as_ref().and_then(|id| self.state.planned(id));
        let list = list.filter(|p| matches!(p.status, StepStatus::Finished(_)));
        let found = list.and_then(|p| p.result.as_deref()).map(items);
        let found = found.map(|items| items.len() as u64);
        found.filter(|&n| n > 0).unwrap_or(UNKNOWN_STEPS)
    }

    /// Makes one call; says how long it takes. Beyond the bound on calls none is made.
    fn call(&mut self, role: Role) -> Option<u64> {
        let bound = self.state.limits.max_model_calls;
        if bound.is_some_and(|most| self.state.totals.model_calls + self.calls >= most) {
            return Some(0);
        }
        let (prompt, output) = (self.document + JOB, self.output(role));
        self.calls += 1;
        self.prompt_tokens = self.prompt_tokens.saturating_add(prompt);
        self.output_tokens = self.output_tokens.saturating_add(output);
        self.used.insert(role);
        self.speed(role)?.call_ms(role, prompt, output)
    }

    fn speed(&self, role: Role) -> Option<&'a Speed> {
        self.speeds.get(self.state.models.of(role))
    }

    /// Tokens of a reply in this role: as measured, else as is usual.
    fn output(&self, role: Role) -> u64 {
        let usual = match role {
            Role::Planner => 150,
            Role::Executor => 250,
            Role::Replanner => 60,
            Role::Finalizer => 300,
            Role::Summarizer => 100,
            Role::Verifier => 40,
        };
        let measured = self.speed(role).and_then(|speed| speed.usual_output(role));
        measured.unwrap_or(usual)
    }

    /// Tokens that the result of a step adds to later prompts.
    fn result(&self, step: &Step) -> u64 {
        let whole = if step.is_nested() {
            self.output(Role::Finalizer)
        } else {
            self.output(Role::Executor)
        };
        let shown = self.state.settings.result_preview;
        whole.min(shown.map_or(u64::MAX, |chars| u64::from(chars) * 2 / 7)) + 8
    }

    /// How long it takes to load the models that are not yet.
    fn loading(&self) -> Option<u64> {
        let state = self.state;
        let mut here: BTreeSet<&str> = state
            .last_call
            .iter()
            .map(|call| call.model.as_str())
            .collect();
        let mut time = 0_u64;
        for role in &self.used {
            let name = state.models.of(*role);
            if here.insert(name) {
                time = time.saturating_add(self.speeds.get(name)?.load_ms().unwrap_or(0));
            }
        }
        Some(time)
    }
}

/// Whether the replanner looks at the results in the end.
fn adapts(state: &PlanExecuteState) -> bool {
    matches!(state.mode, None | Some(Mode::PlanExecute | Mode::Auto))
}

fn plus(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    Some(a?.saturating_add(b?))
}
