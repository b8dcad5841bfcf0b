//! What the structured replies of planner and replanner mean, once they are JSON or text.

use serde_json::{Value, json};

use super::event::Decision;
use super::plan::DraftStep;
use super::plan_text::{json_step, list};

/// What the replanner said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// [`Decision::Respond`] or [`Decision::Replan`].
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// The steps that are missing, for [`Decision::Replan`]; never empty there.
    pub steps: Vec<DraftStep>,
}

/// The schema of a planner's reply: flat, no references, no unions. Where `nests`, steps may be marked as plans of
/// their own.
pub fn plan_schema(max_steps: usize, nests: bool) -> Value {
    let mut steps = steps_schema(max_steps);
    if nests {
        steps["items"]["properties"]["subplan"] = json!({ "type": "boolean" });
    }
    json!({
        "type": "object",
        "properties": { "steps": steps },
        "required": ["steps"],
    })
}

/// The schema of a replanner's reply.
pub fn act_schema(max_steps: usize) -> Value {
    json!({
        "type": "object",
        "properties": {
            "decision": { "type": "string", "enum": ["respond", "replan"] },
            "reason": { "type": "string" },
            "steps": steps_schema(max_steps),
        },
        "required": ["decision", "reason"],
    })
}

fn steps_schema(max_steps: usize) -> Value {
    json!({
        "type": "array",
        "maxItems": max_steps,
        "items": {
            "type": "object",
            "properties": {
                "description": { "type": "string" },
                "done_when": { "type": "string" },
                "depends_on": { "type": "array", "items": { "type": "integer" } },
            },
            "required": ["description"],
        },
    })
}

/// The steps in a planner's JSON, whatever they are wrapped in.
///
/// # Errors
/// One sentence that tells the model what is wrong.
pub fn plan_from_json(value: &Value) -> Result<(Vec<DraftStep>, bool), String> {
    let found = find(value, "steps", 3)
        .or_else(|| find(value, "plan", 3))
        .or(value.as_array().map(|_| (value, false)));
    let (steps, direct) = found.ok_or("there is no `steps` array")?;
    let list = steps.as_array().ok_or("`steps` is not an array")?;
    let drafts: Vec<DraftStep> = list
        .iter()
        .filter_map(json_step)
        .filter(|draft| !draft.description.trim().is_empty())
        .collect();
    if drafts.is_empty() {
        return Err("`steps` holds no step with a `description`".to_owned());
    }
    let exact = direct
        && drafts.len() == list.len()
        && list
            .iter()
            .all(|step| step.get("description").is_some_and(Value::is_string));
    Ok((drafts, exact))
}

/// The steps in a planner's plain text: the items of its list.
///
/// # Errors
/// Where there is no list.
pub fn plan_from_text(text: &str) -> Result<Vec<DraftStep>, String> {
    let drafts: Vec<DraftStep> = list(text)
        .into_iter()
        .filter(|draft| !draft.description.is_empty())
        .collect();
    if drafts.is_empty() {
        Err("there is no list of steps".to_owned())
    } else {
        Ok(drafts)
    }
}

/// The decision in a replanner's JSON, and whether it is exactly what the schema asks for.
///
/// Inconsistent replies are settled by rule: new steps without a decision mean *replan*, *replan* without steps is an
/// error, an answer without a decision means *respond*.
///
/// # Errors
/// One sentence that tells the model what is wrong.
pub fn act_from_json(value: &Value) -> Result<(Act, bool), String> {
    let said = find(value, "decision", 3)
        .or_else(|| find(value, "action", 3).filter(|(found, _)| found.is_string()));
    let word = said
        .and_then(|(found, _)| found.as_str())
        .map(|word| word.trim().to_lowercase());
    let steps = plan_from_json(value)
        .map(|(steps, _)| steps)
        .unwrap_or_default();
    let answer = ["response", "answer"].iter().any(|name| {
        find(value, name, 3)
            .is_some_and(|(found, _)| found.as_str().is_some_and(|text| !text.trim().is_empty()))
    });
    let reason = ["reason", "why", "explanation"]
        .iter()
        .find_map(|name| find(value, name, 3))
        .and_then(|(found, _)| found.as_str())
        .unwrap_or_default();
    let decision = match word.as_deref() {
        Some(
            "respond" | "response" | "finish" | "finished" | "finalize" | "final" | "answer"
            | "done" | "complete" | "stop" | "end",
        ) => Decision::Respond,
        Some("replan" | "plan" | "continue" | "revise" | "new_plan" | "new plan" | "more") => {
            Decision::Replan
        }
        Some(other) => {
            return Err(format!(
                "`decision` is `{}`, which is neither `respond` nor `replan`",
                other.chars().take(40).collect::<String>()
            ));
        }
        None if !steps.is_empty() => Decision::Replan,
        None if answer => Decision::Respond,
        None => return Err("there is no `decision`".to_owned()),
    };
    if decision == Decision::Replan && steps.is_empty() {
        return Err("`decision` is `replan`, but `steps` is empty".to_owned());
    }
    let exact = said.is_some_and(|(_, direct)| direct)
        && value.get("reason").is_some_and(Value::is_string)
        && matches!(word.as_deref(), Some("respond" | "replan"));
    let steps = if decision == Decision::Replan {
        steps
    } else {
        Vec::new()
    };
    Ok((
        Act {
            decision,
            reason: reason.trim().to_owned(),
            steps,
        },
        exact,
    ))
}

/// The decision in a replanner's plain text: its first line is `RESPOND` or `REPLAN`, alone or followed by `:` and the
/// reason; the steps follow as a list. Words inside sentences decide nothing.
///
/// # Errors
/// Where the first line is something else.
pub fn act_from_text(text: &str) -> Result<Act, String> {
    let mut lines = text.trim().lines();
    let first = lines
        .next()
        .unwrap_or_default()
        .replace(['*', '`', '#'], "");
    let (word, reason) = first.split_once([':', '.']).unwrap_or((&first, ""));
    let decision = match word.trim().to_lowercase().as_str() {
        "respond" => Decision::Respond,
        "replan" => Decision::Replan,
        _ => return Err("the first line is neither `RESPOND` nor `REPLAN`".to_owned()),
    };
    let steps = if decision == Decision::Replan {
        plan_from_text(&lines.collect::<Vec<_>>().join("\n"))?
    } else {
        Vec::new()
    };
    Ok(Act {
        decision,
        reason: reason.trim().to_owned(),
        steps,
    })
}

/// The value under `name`, at the top or at most `depth` objects below, and whether it stands at the top.
fn find<'a>(value: &'a Value, name: &str, depth: usize) -> Option<(&'a Value, bool)> {
    let object = value.as_object()?;
    if let Some(found) = object.get(name) {
        return Some((found, true));
    }
    if depth == 0 {
        return None;
    }
    object
        .values()
        .find_map(|inner| find(inner, name, depth - 1))
        .map(|(found, _)| (found, false))
}
