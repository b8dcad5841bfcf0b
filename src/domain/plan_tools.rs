//! The tools that the steps of a plan name, held against those that there are.

use serde_json::{Value, json};

use super::near::meant;
use super::plan::{DraftStep, Step, ToolsOf};

/// With more tools than this, a schema does not list their names.
const MOST_LISTED: usize = 40;

/// Lets the steps of a reply with this schema name a tool; nothing changes where there are none.
pub fn with_tools(mut schema: Value, known: &[&str]) -> Value {
    if !known.is_empty() {
        let name = if known.len() > MOST_LISTED {
            json!({ "type": "string" })
        } else {
            json!({ "type": "string", "enum": known })
        };
        schema["properties"]["steps"]["items"]["properties"]["tool"] = name;
    }
    schema
}

/// What is wrong with the tools that steps name, one sentence each.
pub fn unknown_tools(steps: &[Step], known: &[&str]) -> Vec<String> {
    let all = steps.iter().enumerate();
    let problems = all.flat_map(|(index, step)| {
        let names = match step.tools() {
            ToolsOf::Any => Vec::new(),
            ToolsOf::Only(names) => names,
        };
        let unknown = names.into_iter().filter(|name| !known.contains(name));
        unknown.map(move |name| problem(index, name, known))
    });
    problems.collect()
}

/// Puts names right that are nearly those of a tool.
pub fn settle(drafts: &mut [DraftStep], known: &[&str]) {
    for draft in drafts {
        let Some(names) = draft.tool.as_deref().filter(|names| names.trim() != "none") else {
            continue;
        };
        let names = names.split(',').map(str::trim).filter(|name| {
            !name.is_empty() && !matches!(name.to_lowercase().as_str(), "null" | "none" | "n/a")
        });
        let names: Vec<&str> = names
            .map(|name| meant(name, known.iter().copied()).unwrap_or(name))
            .collect();
        draft.tool = (!names.is_empty()).then(|| names.join(", "));
    }
}

/// Leaves out the names that are of no tool, so that the step may use any; says so.
pub fn leave_out_unknown(steps: &mut [Step], known: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    for (index, step) in steps.iter_mut().enumerate() {
        let ToolsOf::Only(names) = step.tools() else {
            continue;
        };
        let (there, missing): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| known.contains(name));
        if missing.is_empty() {
            continue;
        }
        notes.extend(missing.iter().map(|name| problem(index, name, known)));
        step.tool = (!there.is_empty()).then(|| there.join(", "));
    }
    notes
}

fn problem(index: usize, name: &str, known: &[&str]) -> String {
    let name: String = name.chars().take(60).collect();
    let known = if known.is_empty() {
        "this run has no tools".to_owned()
    } else {
        format!("there are: {}", known.join(", "))
    };
    format!(
        "step {} names the tool `{name}`, which there is not; {known}",
        index + 1
    )
}

#[cfg(test)]
mod tests {
    use super::{leave_out_unknown, settle, unknown_tools};
    use crate::domain::ids::StepId;
    use crate::domain::plan::{DraftStep, Step};

    const KNOWN: [&str; 2] = ["calculate", "read_file"];

    fn step(tool: &str) -> Step {
        Step {
            tool: Some(tool.to_owned()),
            ..Step::new(StepId::new("s1"), "Do it")
        }
    }

    #[test]
    fn near_names_are_settled_and_others_named() {
        let mut drafts =
            ["Read-File", "null", "calculat, read_file", "search", "none"].map(|tool| DraftStep {
                tool: Some(tool.to_owned()),
                ..DraftStep::new("Do it")
            });
        settle(&mut drafts, &KNOWN);
        let tools: Vec<Option<&str>> = drafts.iter().map(|draft| draft.tool.as_deref()).collect();
        assert_eq!(
            tools,
            [
                Some("read_file"),
                None,
                Some("calculate, read_file"),
                Some("search"),
                Some("none")
            ]
        );
        let mut steps = [step("search, calculate"), step("none")];
        let wanted =
            ["step 1 names the tool `search`, which there is not; there are: calculate, read_file"];
        assert_eq!(unknown_tools(&steps, &KNOWN), wanted);
        assert_eq!(leave_out_unknown(&mut steps, &KNOWN), wanted);
        assert_eq!(steps[0].tool.as_deref(), Some("calculate"));
        assert_eq!(steps[1].tool.as_deref(), Some("none"));
    }
}
