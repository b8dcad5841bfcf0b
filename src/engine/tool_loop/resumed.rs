//! Where an interrupted attempt at a step left off: its calls and what they brought are in the log.

use std::collections::BTreeMap;

use super::carry_out;
use super::gate::{Gate, Prepared};
use super::page;
use crate::domain::chat::{Effect, ToolCall};
use crate::domain::event::{Approver, RunEvent, ToolDecision};
use crate::domain::progress::ToolUse;
use crate::engine::Halt;
use crate::engine::masking::is_masked;
use crate::engine::talk::{Called, Round};

const UNKNOWN: &str = "it was interrupted; whether it took effect is not known";

/// The rounds of the attempt so far. What has no result yet is seen to first: what only reads runs again, a person is
/// asked again, and what may have taken effect already he is asked about with that said.
pub(super) async fn rounds(gate: &Gate<'_>) -> Result<Vec<Round>, Halt> {
    let mut rounds: BTreeMap<u32, Round> = BTreeMap::new();
    let mut open = Vec::new();
    for used in uses(gate).await {
        let call = call_of(&used);
        match &used.returned {
            Some(returned) => {
                let is_page = used.tool == page::NAME;
                let shown = if is_page {
                    returned.output.clone()
                } else {
                    page::page(&used.call, &returned.output, 0)
                };
                let output = if returned.ok {
                    shown
                } else {
                    format!("Error: {shown}")
                };
                rounds
                    .entry(used.round)
                    .or_default()
                    .calls
                    .push(Called { call, output });
            }
            None => open.push(used),
        }
    }
    for used in open {
        let round = used.round;
        let mut prepared = Vec::new();
        take_up(gate, used, &mut prepared).await?;
        let done = carry_out(gate, prepared).await?;
        rounds.entry(round).or_default().calls.extend(done);
    }
    Ok(rounds.into_values().collect())
}

/// The call of a step that has no result yet, seen to as in [`rounds`]; of a step that makes only one.
pub(super) async fn unfinished(gate: &Gate<'_>) -> Result<Option<Prepared>, Halt> {
    let mut prepared = Vec::new();
    for used in uses(gate)
        .await
        .into_iter()
        .filter(|used| used.returned.is_none())
    {
        take_up(gate, used, &mut prepared).await?;
    }
    let last = prepared.pop();
    carry_out(gate, prepared).await?;
    Ok(last)
}

async fn uses(gate: &Gate<'_>) -> Vec<ToolUse> {
    let state = gate.caller.journal.state().await;
    let own = state.tool_uses.iter();
    let own = own.filter(|used| used.open && used.step == gate.step.id);
    own.cloned().collect()
}

async fn take_up(gate: &Gate<'_>, used: ToolUse, prepared: &mut Vec<Prepared>) -> Result<(), Halt> {
    let call = call_of(&used);
    let tool = gate.tools.iter().find(|tool| tool.spec().name == used.tool);
    let Some(tool) = tool.cloned() else {
        prepared.push(Gate::give_up(&used, call, "there is no such tool any more"));
        return Ok(());
    };
    let mutates = used
        .reach
        .as_ref()
        .is_none_or(|reach| reach.effect == Effect::Mutating);
    if is_masked(&used.arguments) {
        let why = "its arguments held a secret, which is not kept";
        prepared.push(Gate::give_up(&used, call, why));
        return Ok(());
    }
    match (used.decision, &used.asked) {
        (Some(ToolDecision::Deny), _) => {
            prepared.push(Gate::give_up(&used, call, "it was not allowed"));
        }
        (None, Some(question)) if gate.caller.kit.approved => {
            let event = RunEvent::ToolDecided {
                step: gate.step.id.clone(),
                call: used.call.clone(),
                decision: ToolDecision::Allow,
                by: Approver::Policy,
                reason: Some(format!("allowed beforehand: {}", question.text)),
                grant: None,
            };
            gate.caller.journal.record(event).await?;
            prepared.push(Gate::go_on(&used, call, tool));
        }
        (None, Some(question)) => {
            // What is shown must be what is done: looked at anew, since whoever answers now may allow another change than
            // the one in the log.
            let shown = tool.preview(&call.arguments).await;
            let shown = shown.map(|text| gate.caller.journal.mask(&text));
            if shown == question.preview {
                prepared.push(gate.ask_again(&used, call, tool, question));
            } else {
                let why = "what it would do has changed since it was asked about";
                prepared.push(Gate::give_up(&used, call.clone(), why));
                prepared.push(gate.decide(call, used.round, tool, Some(why)).await?);
            }
        }
        (Some(ToolDecision::Allow), _) if !mutates => {
            prepared.push(Gate::go_on(&used, call, tool));
        }
        (None, None) => {
            prepared.push(Gate::give_up(
                &used,
                call.clone(),
                "interrupted before it began",
            ));
            prepared.push(gate.decide(call, used.round, tool, None).await?);
        }
        (Some(ToolDecision::Allow), _) => {
            prepared.push(Gate::give_up(&used, call.clone(), UNKNOWN));
            let why = Some(
                "it was begun before the run was interrupted and may have taken effect already",
            );
            prepared.push(gate.decide(call, used.round, tool, why).await?);
        }
    }
    Ok(())
}

fn call_of(used: &ToolUse) -> ToolCall {
    ToolCall {
        id: Some(used.call.clone()),
        name: used.tool.clone(),
        arguments: used.arguments.clone(),
    }
}
