//! Plans as people and models write them: Markdown lists, JSON, and the editor's one step a line.

use serde_json::Value;

use super::plan::{DraftStep, Step};

/// Why a text is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PlanTextError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Reads a plan file: a Markdown list (numbered, bulleted or `- [ ]`), or JSON `{"steps":[…]}` with strings or step objects.
///
/// An item may end with ` | done when: …`, ` | after: 1, 2` (positions counted from 1), ` | tool: …`, ` | for each: 1` (the
/// step whose result is a list), ` | input: …` and ` | subplan`. Headings and
/// text before the first item are passed over; indented lines below an item belong to it.
///
/// # Errors
/// Where there is no step, or the JSON is not a plan; the line is named.
pub fn parse(text: &str) -> Result<Vec<DraftStep>, PlanTextError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("[ ]") {
        return parse_json(text);
    }
    let drafts = list(text);
    if drafts.is_empty() {
        let line = text
            .lines()
            .position(|line| !line.trim().is_empty())
            .map_or(1, |index| index + 1);
        return Err(PlanTextError {
            line,
            reason: "there is no list item here or below; write one step a line as `1. …` or `- …`"
                .to_owned(),
        });
    }
    if let Some(index) = drafts
        .iter()
        .position(|draft| draft.description.trim().is_empty())
    {
        return Err(PlanTextError {
            line: item_line(text, index),
            reason: "the step is empty".to_owned(),
        });
    }
    Ok(drafts)
}

/// Reads what a person made of such a list, one step a line: a line that no marker stands before is a step like the others,
/// so that nothing that was written is left out. Indented lines go on with the step above them, headings are passed over.
///
/// # Errors
/// As [`parse`].
pub fn parse_lines(text: &str) -> Result<Vec<DraftStep>, PlanTextError> {
    let mut marked = String::with_capacity(text.len());
    for line in text.lines() {
        let bare = line.trim_start();
        let goes_on = bare.len() < line.len() || bare.starts_with(['#', '{', '[', ']', '}']);
        if !bare.is_empty() && !goes_on && item(bare).is_none() {
            marked.push_str("- ");
        }
        marked.push_str(line);
        marked.push('\n');
    }
    parse(&marked)
}

/// Writes steps as the numbered Markdown list that [`parse`] reads back without loss, names excepted.
pub fn render(steps: &[Step]) -> String {
    let mut out = String::new();
    for (index, step) in steps.iter().enumerate() {
        let escape = |text: &str| text.replace('|', "\\|");
        out.push_str(&format!("{}. {}", index + 1, escape(&step.description)));
        if let Some(done_when) = &step.done_when {
            out.push_str(&format!(" | done when: {}", escape(done_when)));
        }
        if !step.depends_on.is_empty() {
            let after = step.depends_on.iter().map(|id| {
                match steps.iter().position(|other| other.id == *id) {
                    Some(position) => (position + 1).to_string(),
                    None => id.to_string(),
                }
            });
            out.push_str(&format!(
                " | after: {}",
                after.collect::<Vec<_>>().join(", ")
            ));
        }
        if let Some(tool) = &step.tool {
            out.push_str(&format!(" | tool: {}", escape(tool)));
        }
        if let Some(list) = &step.for_each {
            let place = steps.iter().position(|other| other.id == *list);
            let name = place.map_or_else(|| list.to_string(), |place| (place + 1).to_string());
            out.push_str(&format!(" | for each: {name}"));
        }
        if let Some(input) = &step.input {
            out.push_str(&format!(" | input: {}", escape(&input.replace('\n', " "))));
        }
        if step.subplan {
            out.push_str(" | subplan");
        }
        out.push('\n');
    }
    out
}

/// The items of the first list level in a text, whatever else stands around them. Empty where there is none.
pub fn list(text: &str) -> Vec<DraftStep> {
    let mut items: Vec<String> = Vec::new();
    let mut level = 0;
    let mut blank = false;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match item(line.trim_start()) {
            Some(content) if items.is_empty() || indent <= level => {
                level = indent;
                items.push(content.to_owned());
            }
            Some(content) => append(&mut items, "; ", content),
            None if line.trim().is_empty() => blank = true,
            None if line.trim_start().starts_with('#') => blank = true,
            None if indent > level || !blank => append(&mut items, " ", line.trim()),
            None => {}
        }
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            blank = false;
        }
    }
    items.iter().map(|text| draft(text)).collect()
}

/// What follows the list marker of a line that has one.
fn item(line: &str) -> Option<&str> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marked = if (1..=4).contains(&digits) {
        line[digits..].strip_prefix(['.', ')'])
    } else if let Some(rest) = line
        .strip_prefix("**Step ")
        .or_else(|| line.strip_prefix("Step "))
    {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix(":**")
            .or_else(|| rest.strip_prefix([':', '.', ')']))
    } else {
        line.strip_prefix(['-', '*', '+', '•'])
    }?;
    if !marked.is_empty() && !marked.starts_with([' ', '\t']) {
        return None;
    }
    let content = marked.trim();
    let unboxed = ["[ ]", "[x]", "[X]"]
        .iter()
        .find_map(|mark| content.strip_prefix(mark));
    Some(unboxed.unwrap_or(content).trim())
}

fn append(items: &mut [String], separator: &str, text: &str) {
    if let Some(last) = items.last_mut() {
        if !last.is_empty() {
            last.push_str(separator);
        }
        last.push_str(text);
    }
}

fn draft(text: &str) -> DraftStep {
    let mut draft = DraftStep::default();
    let mut pieces = split_unescaped(text).into_iter();
    draft.description = pieces.next().unwrap_or_default();
    for piece in pieces {
        let lower = piece.trim_start().to_lowercase();
        let value = || {
            piece
                .split_once(':')
                .map_or("", |(_, value)| value)
                .trim()
                .to_owned()
        };
        if lower.starts_with("done when:") {
            draft.done_when = Some(value());
        } else if lower.starts_with("after:") {
            draft.depends_on = value()
                .split([',', ' '])
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect();
        } else if lower.starts_with("tool:") {
            draft.tool = Some(value());
        } else if lower.starts_with("for each:") {
            draft.for_each = Some(value()).filter(|list| !list.is_empty());
        } else if lower.starts_with("input:") {
            draft.input = Some(value());
        } else if lower.trim() == "subplan" {
            draft.subplan = true;
        } else {
            draft.description.push_str(" | ");
            draft.description.push_str(piece.trim());
        }
    }
    let plain = draft.description.replace("**", "");
    plain.trim().clone_into(&mut draft.description);
    draft
}

/// Splits at `|`, not at `\|`, which becomes `|`.
fn split_unescaped(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let last = pieces.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&'|') => pieces[last].extend(chars.next()),
            '|' => pieces.push(String::new()),
            c => pieces[last].push(c),
        }
    }
    pieces
}

fn item_line(text: &str, index: usize) -> usize {
    let items = text
        .lines()
        .enumerate()
        .filter(|(_, line)| item(line.trim_start()).is_some());
    items.map(|(number, _)| number + 1).nth(index).unwrap_or(1)
}

fn parse_json(text: &str) -> Result<Vec<DraftStep>, PlanTextError> {
    let value: Value = serde_json::from_str(text).map_err(|error| PlanTextError {
        line: error.line(),
        reason: format!("this is not JSON ({error})"),
    })?;
    let fail = |reason: String| PlanTextError { line: 1, reason };
    let steps = value
        .get("steps")
        .unwrap_or(&value)
        .as_array()
        .ok_or_else(|| {
            fail("a JSON plan is `{\"steps\": […]}`, with texts or step objects".to_owned())
        })?;
    if steps.is_empty() {
        return Err(fail("the plan has no steps".to_owned()));
    }
    let drafts = steps.iter().enumerate().map(|(index, step)| {
        json_step(step)
            .filter(|draft| !draft.description.trim().is_empty())
            .ok_or_else(|| fail(format!("step {} has no `description`", index + 1)))
    });
    drafts.collect()
}

/// A step in JSON: a text, or an object with a `description` under this or one of the names models use for it.
pub fn json_step(value: &Value) -> Option<DraftStep> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::String(description) => Some(DraftStep::new(description)),
        Value::Object(object) => {
            let first = |names: &[&str]| {
                names
                    .iter()
                    .find_map(|name| object.get(*name).and_then(Value::as_str))
                    .map(str::to_owned)
            };
            let names = ["depends_on", "uses", "after", "dependencies"];
            let depends_on = match names.iter().find_map(|name| object.get(*name)) {
                Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
                Some(Value::String(one)) => one
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect(),
                Some(Value::Number(one)) => vec![one.to_string()],
                _ => Vec::new(),
            };
            Some(DraftStep {
                label: object
                    .get("id")
                    .or_else(|| object.get("step").filter(|step| step.is_number()))
                    .and_then(text),
                description: first(&[
                    "description",
                    "step",
                    "task",
                    "title",
                    "action",
                    "detail",
                    "name",
                    "text",
                ])?,
                depends_on,
                done_when: first(&["done_when", "success", "criterion"]),
                tool: first(&["tool"]),
                subplan: object.get("subplan").and_then(Value::as_bool) == Some(true),
                for_each: object
                    .get("for_each")
                    .and_then(text)
                    .filter(|list| !list.trim().is_empty()),
                input: first(&["input"]),
            })
        }
        _ => None,
    }
}
