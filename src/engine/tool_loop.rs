//! The loop of a step: the model uses tools until it has what it needs; its last words are the step's result.

mod carry;
mod gate;
mod page;
mod resumed;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::Halt;
use super::call::{Caller, Job, Reply};
use super::in_use::ModelInUse;
use super::talk::{Round, Talk};
use crate::domain::budget::no_more_tools;
use crate::domain::chat::{ToolCall, ToolSpec};
use crate::domain::context::clip;
use crate::domain::plan::Step;
use crate::domain::tool_text;
use crate::tool::Tool;
use gate::{Gate, Prepared};

/// The same call with the same arguments ends the loop when it comes for this time.
const MOST_REPEATS: u32 = 3;

/// Tokens of the last output that stand in the result of a step whose model did not stop asking for tools.
const LAST_OUTPUT: u32 = 300;

/// How the work with tools ended.
pub(super) enum Ended {
    /// With the model's last words.
    Said(Box<Reply>),
    /// It would not stop asking for tools: why it had to, and the last output.
    Endless(String),
}

/// Works on a step with these tools, from where an interrupted attempt at it left off. Beside how it ended: why the run
/// may use no more tools, where that is so.
pub(super) async fn work(
    caller: &Caller,
    model: &ModelInUse,
    step: &Step,
    job: &Job,
    tools: Vec<Arc<dyn Tool>>,
) -> Result<(Ended, Option<String>), Halt> {
    let mut specs: Vec<ToolSpec> = tools.iter().map(|tool| tool.spec().clone()).collect();
    let gate = Gate {
        caller,
        step,
        tools: &tools,
    };
    let mut rounds = resumed::rounds(&gate).await?;
    let most = caller.kit.toolbox.max_rounds as usize;
    let mut repeats: BTreeMap<String, u32> = BTreeMap::new();
    let mut over: Option<String> = None;
    let mut spent = None;
    for call in rounds.iter().flat_map(|round| &round.calls) {
        repeated(&mut repeats, &call.call);
    }
    loop {
        if page::is_cut(&rounds) && !specs.iter().any(|spec| spec.name == page::NAME) {
            specs.push(page::spec());
        }
        if rounds.len() >= most {
            over.get_or_insert_with(|| format!("{most} rounds of tool calls are the limit"));
        }
        let talk = Talk {
            rounds: &rounds,
            tools: &specs,
            over: over.as_deref(),
        };
        let reply = caller.say(model, job, &talk).await?;
        let wishes = wished(&reply, &specs);
        if wishes.is_empty() {
            return Ok((Ended::Said(Box::new(reply)), spent));
        }
        if let Some(why) = over {
            let last = rounds.last().and_then(|round| round.calls.last());
            let last = last.map_or("", |called| called.output.as_str());
            let text = format!(
                "it went on asking for tools after {why}\n\nLast output:\n{}",
                clip(last, LAST_OUTPUT)
            );
            return Ok((Ended::Endless(text), spent));
        }
        let number = u32::try_from(rounds.len() + 1).unwrap_or(u32::MAX);
        let mut round = Round::default();
        // Words beside calls that are text are those calls.
        if !reply.tool_calls.is_empty() {
            round.said.clone_from(&reply.text);
        }
        let mut prepared = Vec::new();
        for wish in &wishes {
            let bound = no_more_tools(&*caller.journal.whole().await);
            if bound.is_some() {
                (over, spent) = (bound.clone(), bound);
                break;
            }
            if repeated(&mut repeats, wish) >= MOST_REPEATS {
                let name = &wish.name;
                over = Some(format!(
                    "`{name}` was called with the same arguments {MOST_REPEATS} times"
                ));
                break;
            }
            prepared.push(gate.prepare(wish, number).await?);
        }
        round.calls = carry_out(&gate, prepared).await?;
        if !round.calls.is_empty() {
            rounds.push(round);
        }
    }
}

/// Carries calls out in their order; neighbours that only read, and need not be asked about, at once.
async fn carry_out(
    gate: &Gate<'_>,
    prepared: Vec<Prepared>,
) -> Result<Vec<super::talk::Called>, Halt> {
    let mut done = Vec::with_capacity(prepared.len());
    let mut waiting = prepared.into_iter().peekable();
    while let Some(first) = waiting.next() {
        let mut group = vec![first];
        while group.iter().all(Prepared::is_free) {
            match waiting.next_if(Prepared::is_free) {
                Some(next) => group.push(next),
                None => break,
            }
        }
        let ended = join_all(group.into_iter().map(|one| gate.carry_out(one))).await;
        for called in ended {
            done.push(called?);
        }
    }
    Ok(done)
}

/// The calls that a reply wishes for: as the server read them, else as they stand in the text.
fn wished(reply: &Reply, specs: &[ToolSpec]) -> Vec<ToolCall> {
    if !reply.tool_calls.is_empty() {
        let calls = reply.tool_calls.iter().take(tool_text::MOST_CALLS);
        return calls.cloned().collect();
    }
    let known: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    tool_text::calls(&reply.text, &known)
}

/// Counts a call; says how often it came with these arguments.
fn repeated(repeats: &mut BTreeMap<String, u32>, call: &ToolCall) -> u32 {
    let key = format!("{} {}", call.name, call.arguments);
    let count = repeats.entry(key).or_default();
    *count += 1;
    *count
}

/// Uses the one tool of a step that says all the tool needs itself; none where it does not.
pub(super) async fn directly(
    caller: &Caller,
    step: &Step,
    input: &str,
    tools: Vec<Arc<dyn Tool>>,
) -> Result<Option<Result<String, String>>, Halt> {
    let [tool] = tools.as_slice() else {
        return Ok(None);
    };
    let spec = tool.spec();
    let given = serde_json::Value::String(input.trim().to_owned());
    if crate::domain::tool_args::coerce(&spec.parameters, &given).is_err() {
        return Ok(None);
    }
    if let Some(why) = no_more_tools(&*caller.journal.whole().await) {
        return Err(Halt::OverBudget(why));
    }
    let gate = Gate {
        caller,
        step,
        tools: &tools,
    };
    let wish = ToolCall {
        id: None,
        name: spec.name.clone(),
        arguments: given,
    };
    let prepared = match resumed::unfinished(&gate).await? {
        Some(prepared) => prepared,
        None => gate.prepare(&wish, 1).await?,
    };
    Ok(Some(gate.whole(prepared).await?))
}
