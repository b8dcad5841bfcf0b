//! What the replanner says of a plan at work: the rest stands, perhaps with other words, or it does not.

use serde_json::{Value, json};

use super::event::Decision;
use super::ids::StepId;
use super::plan::DraftStep;
use super::reply::{act_from_json, act_from_text, act_schema};

/// What the replanner said of a plan at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// [`Decision::Continue`], [`Decision::Replan`] or [`Decision::Respond`].
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Steps that are to be worded anew, for [`Decision::Continue`].
    pub edits: Vec<(StepId, String)>,
    /// The steps in place of those that are not finished, for [`Decision::Replan`]; never empty there.
    pub steps: Vec<DraftStep>,
}

/// The schema of such a reply: flat, no references, no unions.
pub fn outlook_schema(max_steps: usize) -> Value {
    let mut schema = act_schema(max_steps);
    schema["properties"]["decision"]["enum"] = json!(["continue", "replan", "respond"]);
    schema["properties"]["edits"] = json!({
        "type": "array",
        "maxItems": max_steps,
        "items": {
            "type": "object",
            "properties": { "id": { "type": "string" }, "description": { "type": "string" } },
            "required": ["id", "description"],
        },
    });
    schema
}

/// The decision in a reply's JSON, and whether it is exactly what the schema asks for. *continue* is a word of its own
/// here; everything else is read as by [`act_from_json`].
///
/// # Errors
/// One sentence that tells the model what is wrong.
pub fn outlook_from_json(value: &Value) -> Result<(Outlook, bool), String> {
    let edits = edits(value);
    let word = value.get("decision").and_then(Value::as_str);
    let word = word.map(|word| word.trim().to_lowercase());
    let keeps = ["continue", "keep", "valid", "proceed", "go on"];
    if word.as_deref().is_some_and(|word| keeps.contains(&word)) {
        let reason = value.get("reason").and_then(Value::as_str);
        let exact = word.as_deref() == Some("continue") && reason.is_some();
        let outlook = Outlook {
            decision: Decision::Continue,
            reason: reason.unwrap_or_default().trim().to_owned(),
            edits,
            steps: Vec::new(),
        };
        return Ok((outlook, exact));
    }
    if word.is_none() && !edits.is_empty() {
        let outlook = Outlook {
            decision: Decision::Continue,
            reason: String::new(),
            edits,
            steps: Vec::new(),
        };
        return Ok((outlook, false));
    }
    let (act, exact) = act_from_json(value)?;
    let outlook = Outlook {
        decision: act.decision,
        reason: act.reason,
        edits: Vec::new(),
        steps: act.steps,
    };
    Ok((outlook, exact))
}

/// The decision in plain text: the first line begins with `CONTINUE`, `RESPOND` or `REPLAN`.
///
/// # Errors
/// Where it begins with something else.
pub fn outlook_from_text(text: &str) -> Result<Outlook, String> {
    let first = text.trim().lines().next().unwrap_or_default();
    let first = first.replace(['*', '`', '#'], "");
    let (word, reason) = first.split_once([':', '.']).unwrap_or((&first, ""));
    if word.trim().eq_ignore_ascii_case("continue") {
        return Ok(Outlook {
            decision: Decision::Continue,
            reason: reason.trim().to_owned(),
            edits: Vec::new(),
            steps: Vec::new(),
        });
    }
    let act = act_from_text(text)
        .map_err(|_| "the first line is none of `CONTINUE`, `RESPOND` and `REPLAN`".to_owned())?;
    Ok(Outlook {
        decision: act.decision,
        reason: act.reason,
        edits: Vec::new(),
        steps: act.steps,
    })
}

fn edits(value: &Value) -> Vec<(StepId, String)> {
    let list = value.get("edits").and_then(Value::as_array);
    let edit = |edit: &Value| {
        let id = match edit.get("id").or_else(|| edit.get("step"))? {
            Value::String(id) => id.trim().to_owned(),
            Value::Number(number) => format!("s{number}"),
            _ => return None,
        };
        let text = edit.get("description").or_else(|| edit.get("detail"))?;
        let text = text.as_str()?.trim();
        (!text.is_empty()).then(|| (StepId::new(id), text.to_owned()))
    };
    list.into_iter().flatten().filter_map(edit).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{outlook_from_json, outlook_from_text};
    use crate::domain::event::Decision;
    use crate::domain::ids::StepId;

    #[test]
    fn what_stands_may_be_worded_anew() {
        let value = json!({"decision": "continue", "reason": "small change", "edits": [{"id": "s3", "description": "Use 2024"}, {"id": 4, "detail": "x"}, {"id": "s5"}]});
        let (outlook, exact) = outlook_from_json(&value).unwrap();
        assert!(exact);
        assert_eq!(outlook.decision, Decision::Continue);
        let expected = [("s3", "Use 2024"), ("s4", "x")];
        assert_eq!(
            outlook.edits,
            expected.map(|(id, text)| (StepId::new(id), text.to_owned()))
        );
    }

    #[test]
    fn a_decision_is_read_from_json_and_from_text() {
        let replan =
            json!({"decision": "replan", "reason": "r", "steps": [{"description": "Do it"}]});
        assert_eq!(
            outlook_from_json(&replan).unwrap().0.decision,
            Decision::Replan
        );
        assert!(outlook_from_json(&json!({"decision": "replan", "reason": "r"})).is_err());
        assert_eq!(
            outlook_from_text("CONTINUE: all is well").unwrap().decision,
            Decision::Continue
        );
        assert_eq!(
            outlook_from_text("REPLAN: no\n1. Do it")
                .unwrap()
                .steps
                .len(),
            1
        );
        assert!(outlook_from_text("We should continue.").is_err());
    }
}
