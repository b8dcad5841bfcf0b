//! A recipe as TOML.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::recipe::{Param, ParamKind, Recipe};

const HEADER: &str = "\
# A recipe: `{{name}}` stands for the value of a parameter, in the task and in what the steps say.
# `planwright recipes check` says whether it can be run.
";

#[derive(Serialize)]
struct Document<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a [String]>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<&'a str, toml::Table>,
    steps: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_when: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    depends_on: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    subplan: bool,
}

/// The file that [`super::parse`] reads as this recipe, parameters in the order of their names.
///
/// # Errors
/// Where something in it has no form in TOML: one sentence.
pub fn render(recipe: &Recipe) -> Result<String, String> {
    let params = recipe.params.iter();
    let steps = recipe.steps.iter().map(|step| Entry {
        id: step.label.as_deref(),
        description: &step.description,
        done_when: step.done_when.as_deref(),
        depends_on: &step.depends_on,
        tool: step.tool.as_deref(),
        input: step.input.as_deref(),
        for_each: step.for_each.as_deref(),
        subplan: step.subplan,
    });
    let document = Document {
        name: &recipe.name,
        description: recipe.description.as_deref(),
        task: &recipe.task,
        mode: recipe.mode.map(crate::domain::event::Mode::word),
        tools: recipe.tools.as_deref(),
        params: params
            .map(|param| (param.name.as_str(), table(param)))
            .collect(),
        steps: steps.collect(),
    };
    let body = toml::to_string_pretty(&document)
        .map_err(|error| format!("it has no form in TOML: {error}"))?;
    Ok(format!("{HEADER}\n{body}"))
}

fn table(param: &Param) -> toml::Table {
    let mut table = toml::Table::new();
    let mut put = |key: &str, value: Option<toml::Value>| {
        table.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("type", Some(param.kind.word().into()));
    put("description", param.description.clone().map(Into::into));
    put(
        "default",
        param
            .default
            .as_ref()
            .map(|default| scalar(&param.kind, default)),
    );
    match &param.kind {
        ParamKind::Number { min, max } => {
            put("min", min.map(Into::into));
            put("max", max.map(Into::into));
        }
        ParamKind::Integer { min, max } => {
            put("min", min.map(Into::into));
            put("max", max.map(Into::into));
        }
        ParamKind::Choice(choices) => put("choices", Some(choices.clone().into())),
        ParamKind::Text | ParamKind::Boolean | ParamKind::Path => {}
    }
    table
}

/// A value in the form of its kind; numbers that TOML would write otherwise stay as they were written.
fn scalar(kind: &ParamKind, text: &str) -> toml::Value {
    let own = match kind {
        ParamKind::Integer { .. } => text.parse::<i64>().map(toml::Value::from).ok(),
        ParamKind::Boolean => text.parse::<bool>().map(toml::Value::from).ok(),
        _ => None,
    };
    own.filter(|value| value.to_string() == text)
        .unwrap_or_else(|| text.into())
}
