//! What a run may cost, what it has cost, and what is left.

use super::event::Limits;
use super::state::PlanExecuteState;

/// A bound that a run can be given anew when it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the fields of `Limits`")]
pub enum Bound {
    MaxIterations,
    MaxSteps,
    MaxParallel,
    MaxModelCalls,
    MaxToolCalls,
    MaxTokens,
    Timeout,
}

/// `limits` with these bounds as `other` has them.
pub fn rebounded(limits: Limits, other: &Limits, bounds: &[Bound]) -> Limits {
    let mut new = limits;
    for bound in bounds {
        match bound {
            Bound::MaxIterations => new.max_iterations = other.max_iterations,
            Bound::MaxSteps => new.max_steps = other.max_steps,
            Bound::MaxParallel => new.max_parallel = other.max_parallel,
            Bound::MaxModelCalls => new.max_model_calls = other.max_model_calls,
            Bound::MaxToolCalls => new.max_tool_calls = other.max_tool_calls,
            Bound::MaxTokens => new.max_tokens = other.max_tokens,
            Bound::Timeout => new.timeout_s = other.timeout_s,
        }
    }
    new
}

/// How far one bound of a run is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// What is bounded: `rounds`, `steps`, `model calls`, `tool calls`, `tokens`, `seconds`.
    pub name: &'static str,
    /// How much is used.
    pub used: u64,
    /// How much there is.
    pub max: u64,
}

impl Left {
    /// How much of it is used, in percent; never above 100.
    pub fn percent(self) -> u8 {
        let percent = self.used.saturating_mul(100) / self.max.max(1);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }

    /// Whether little is left: four fifths are used.
    pub fn is_scarce(self) -> bool {
        self.percent() >= 80
    }
}

/// How far the bounds of a run are used up: rounds of planning and steps always, the others where they are set.
///
/// `state` is the whole run's: what plans inside steps cost is in it.
pub fn left(state: &PlanExecuteState) -> Vec<Left> {
    let Limits {
        max_iterations,
        max_steps,
        max_model_calls,
        max_tool_calls,
        max_tokens,
        timeout_s,
        ..
    } = state.limits;
    let totals = &state.totals;
    let bound = |name, used, max: Option<u64>| max.map(|max| Left { name, used, max });
    let all = [
        bound(
            "rounds",
            state.iteration_count.into(),
            Some(max_iterations.into()),
        ),
        bound("steps", state.executed() as u64, Some(max_steps.into())),
        bound("model calls", totals.model_calls, max_model_calls),
        bound("tool calls", totals.tool_calls, max_tool_calls),
        bound("tokens", tokens(state), max_tokens),
        bound("seconds", totals.duration_ms / 1_000, timeout_s),
    ];
    all.into_iter().flatten().collect()
}

/// Why the run may make no other model call than the one for its answer, where that is so. `begun` is how many calls
/// were begun, those at work included; the last one is kept for the answer.
pub fn no_more_calls(state: &PlanExecuteState, begun: u64) -> Option<String> {
    let limits = state.limits;
    if let Some(max) = limits.max_model_calls.filter(|&max| begun + 1 >= max) {
        return Some(format!(
            "the run may make {max} model calls, the last one for the answer"
        ));
    }
    let used = tokens(state);
    if let Some(max) = limits.max_tokens.filter(|&max| used >= max) {
        return Some(format!("the run may use {max} tokens and has used {used}"));
    }
    None
}

/// How many more calls of about `per_call` tokens each the run may make, one kept for the answer; none for no bound.
/// `begun` is as for [`no_more_calls`].
pub fn calls_left(state: &PlanExecuteState, begun: u64, per_call: u32) -> Option<u64> {
    let limits = state.limits;
    let by_calls = limits.max_model_calls.map(|max| max.saturating_sub(begun));
    let by_tokens = limits.max_tokens.map(|max| {
        let left = max.saturating_sub(tokens(state));
        left / u64::from(per_call.max(1))
    });
    let left = by_calls.into_iter().chain(by_tokens).min()?;
    Some(left.saturating_sub(1))
}

/// Why the run may use no tool any more, where that is so.
pub fn no_more_tools(state: &PlanExecuteState) -> Option<String> {
    let max = state.limits.max_tool_calls?;
    (state.totals.tool_calls >= max)
        .then(|| format!("the run may make {max} tool calls and has made them"))
}

fn tokens(state: &PlanExecuteState) -> u64 {
    state.totals.prompt_tokens + state.totals.output_tokens
}
