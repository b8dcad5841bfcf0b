//! `recipes`, and what `run --recipe` needs.

use std::path::Path;

use serde_json::{Value, json};

use super::format::{plural, table};
use super::out::{Stdout, stdout_columns, tell, warn};
use super::{Exit, Failure};
use crate::config::Paths;
use crate::config::recipes::{self, RecipeError};
use crate::domain::event::Mode;
use crate::domain::plan::DraftStep;
use crate::domain::recipe::{Filled, Param, ParamKind, Recipe, RecipeProblem};
use crate::domain::sanitize::{block, line};
use crate::domain::state::PlanExecuteState;
use crate::domain::template::{generalize, is_name};
use crate::session::Session;

impl From<RecipeError> for Failure {
    fn from(error: RecipeError) -> Self {
        Self::usage(error.to_string(), error.hint)
    }
}

impl From<RecipeProblem> for Failure {
    fn from(problem: RecipeProblem) -> Self {
        Self::usage(problem.text, problem.hint)
    }
}

/// The recipe of that name or path with these values, and the routing that it asks for.
pub(super) fn filled(
    paths: &Paths,
    named: &str,
    values: &[String],
) -> Result<(Filled, Option<Mode>), Failure> {
    let recipe = recipes::load(&recipes::locate(paths, named)?)?;
    let mut given = Vec::new();
    for value in values {
        let assigned = value.split_once('=').filter(|(name, _)| is_name(name));
        let (name, value) = assigned.ok_or_else(|| {
            Failure::usage(
                format!("`{}` is not NAME=VALUE", line(value)),
                "a recipe brings its own task; what follows are the values of its parameters",
            )
        })?;
        given.push((name.to_owned(), value.to_owned()));
    }
    Ok((recipe.fill(&given)?, recipe.mode))
}

/// Prints the recipes in the folder. Files that are no recipes are named on standard error.
///
/// # Errors
/// Where the folder cannot be read, or standard output fails.
pub fn list(paths: &Paths, json: bool, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for listed in recipes::list(paths)? {
        let recipe = match listed.recipe {
            Ok(recipe) => recipe,
            Err(error) => {
                warn(&error.to_string());
                continue;
            }
        };
        let params: Vec<&str> = recipe.params.iter().map(|param| &*param.name).collect();
        rows.push(vec![
            listed.name.clone(),
            recipe.steps.len().to_string(),
            params.join(" "),
            line(recipe.description.as_deref().unwrap_or(&recipe.task)).into_owned(),
        ]);
        let mut value = as_json(&recipe, &listed.path);
        value["name"] = listed.name.into();
        values.push(value);
    }
    if json {
        stdout.json(&values)?;
    } else if rows.is_empty() {
        tell(format_args!(
            "there are no recipes in {}; `planwright recipes save RUN NAME` makes one of a run",
            recipes::folder(paths).display()
        ));
    } else {
        let header = ["NAME", "STEPS", "PARAMETERS", "WHAT FOR"];
        stdout.text(&table(&header, &rows, stdout_columns()))?;
    }
    Ok(Exit::Done)
}

/// Prints a recipe.
///
/// # Errors
/// Where it is none, or standard output fails.
pub fn show(paths: &Paths, named: &str, json: bool, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let path = recipes::locate(paths, named)?;
    let recipe = recipes::load(&path)?;
    if json {
        stdout.json(&as_json(&recipe, &path))?;
    } else {
        stdout.text(&words(&recipe, named, &path))?;
    }
    Ok(Exit::Done)
}

/// Says whether a file is a recipe that can be run.
///
/// # Errors
/// Where it is not: the file, the line and the remedy.
pub fn check(paths: &Paths, named: &str, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let recipe = recipes::load(&recipes::locate(paths, named)?)?;
    stdout.text(&format!(
        "`{}` is a recipe: {}, {}",
        line(&recipe.name),
        plural(recipe.steps.len() as u64, "step"),
        plural(recipe.params.len() as u64, "parameter")
    ))?;
    Ok(Exit::Done)
}

/// Saves the plan in force of a run as a recipe, with places where these values stand.
///
/// # Errors
/// Where there is no such run, it has no plan, a value stands nowhere in it, or the file is there already.
pub fn save(
    session: &Session,
    prefix: &str,
    name: &str,
    params: &[(String, String)],
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let run = session.store().find(prefix)?;
    let state = PlanExecuteState::replay(&session.store().load(&run)?);
    if state.plan.is_empty() {
        return Err(Failure::usage(
            format!("run {} has no plan to save", run.short()),
            "`planwright runs list` shows how many steps each run has",
        ));
    }
    let recipe = made_from(&state, name, params)?;
    let path = recipes::save(&session.config().paths, &recipe)?;
    stdout.text(&path.display().to_string())?;
    let places: Vec<String> = recipe
        .params
        .iter()
        .map(|p| format!(" {}=…", p.name))
        .collect();
    tell(format_args!(
        "hint: `planwright run --recipe {name}{}` runs it",
        places.concat()
    ));
    Ok(Exit::Done)
}

fn made_from(
    state: &PlanExecuteState,
    name: &str,
    values: &[(String, String)],
) -> Result<Recipe, Failure> {
    let mut found = vec![false; values.len()];
    let mut general = |text: &str| {
        let (text, here) = generalize(&block(text), values);
        for (found, here) in found.iter_mut().zip(here) {
            *found |= here;
        }
        text
    };
    let task = general(&state.task);
    let steps = state.steps();
    let steps = steps.iter().map(|step| DraftStep {
        label: Some(line(step.id.as_str()).into_owned()),
        description: general(&step.description),
        depends_on: step
            .depends_on
            .iter()
            .map(|id| line(id.as_str()).into_owned())
            .collect(),
        done_when: step.done_when.as_deref().map(&mut general),
        tool: step.tool.clone(),
        subplan: step.subplan,
        for_each: step
            .for_each
            .as_ref()
            .map(|id| line(id.as_str()).into_owned()),
        input: step.input.as_deref().map(&mut general),
    });
    let steps: Vec<DraftStep> = steps.collect();
    let lost = values.iter().zip(&found).find(|(_, found)| !**found);
    if let Some(((param, value), _)) = lost {
        return Err(Failure::usage(
            format!("`{}` stands nowhere in the task or the steps", line(value)),
            format!(
                "give `--param {}=…` a text that does, as a whole word",
                line(param)
            ),
        ));
    }
    let twice = |(index, (param, _)): &(usize, &(String, String))| {
        values.iter().take(*index).any(|(other, _)| other == param)
    };
    if let Some((_, (param, _))) = values.iter().enumerate().find(twice) {
        return Err(Failure::usage(
            format!("`--param {}` is given twice", line(param)),
            "give each parameter a name of its own",
        ));
    }
    let params = values.iter().map(|(param, value)| Param {
        name: param.clone(),
        kind: ParamKind::Text,
        description: Some(format!("such as {}", block(value))),
        default: None,
    });
    Ok(Recipe {
        name: name.to_owned(),
        description: None,
        task,
        params: params.collect(),
        steps,
        tools: None,
        mode: state.mode.filter(|mode| *mode == Mode::Rewoo),
    })
}

fn words(recipe: &Recipe, named: &str, path: &Path) -> String {
    let mut text = format!(
        "recipe   {}\nfile     {}\n",
        line(&recipe.name),
        path.display()
    );
    if let Some(description) = &recipe.description {
        text.push_str(&format!("for      {}\n", line(description)));
    }
    if let Some(mode) = recipe.mode {
        text.push_str(&format!("mode     {}\n", mode.word()));
    }
    if let Some(tools) = &recipe.tools {
        text.push_str(&format!("tools    {}\n", line(&tools.join(", "))));
    }
    text.push_str(&format!("\nTask\n  {}\n", line(&recipe.task)));
    if !recipe.params.is_empty() {
        text.push_str("\nParameters\n");
    }
    for param in &recipe.params {
        let default = param.default.as_ref();
        let default = default.map(|default| format!(" [default: {}]", line(default)));
        let what = param
            .description
            .as_deref()
            .map(|what| format!(": {}", line(what)));
        text.push_str(&format!(
            "  {} ({}){}{}\n",
            param.name,
            line(&param.kind.asks_for()),
            default.unwrap_or_default(),
            what.unwrap_or_default()
        ));
    }
    text.push_str("\nPlan\n");
    for (index, step) in recipe.steps.iter().enumerate() {
        text.push_str(&format!("  {}. {}\n", index + 1, line(&step.description)));
        if let Some(done_when) = &step.done_when {
            text.push_str(&format!("     done when: {}\n", line(done_when)));
        }
        if !step.depends_on.is_empty() {
            text.push_str(&format!(
                "     after {}\n",
                line(&step.depends_on.join(", "))
            ));
        }
    }
    let lacking = recipe.params.iter().filter(|param| param.default.is_none());
    let lacking: Vec<String> = lacking.map(|param| format!(" {}=…", param.name)).collect();
    text.push_str(&format!(
        "\n`planwright run --recipe {named}{}` runs it\n",
        lacking.concat()
    ));
    text
}

fn as_json(recipe: &Recipe, path: &Path) -> Value {
    json!({
        "name": recipe.name,
        "path": path.display().to_string(),
        "description": recipe.description,
        "task": recipe.task,
        "mode": recipe.mode,
        "tools": recipe.tools,
        "params": recipe.params.iter().map(|param| json!({
            "name": param.name,
            "type": param.kind.word(),
            "accepts": param.kind.asks_for(),
            "description": param.description,
            "default": param.default,
            "choices": match &param.kind {
                ParamKind::Choice(choices) => Some(choices),
                _ => None,
            },
        })).collect::<Vec<_>>(),
        "steps": recipe.steps.iter().map(|step| json!({
            "id": step.label,
            "description": step.description,
            "depends_on": step.depends_on,
            "done_when": step.done_when,
            "tool": step.tool,
            "input": step.input,
            "for_each": step.for_each,
            "subplan": step.subplan,
        })).collect::<Vec<_>>(),
    })
}
