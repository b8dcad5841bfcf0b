//! What can be wrong with a recipe before there are values.

use std::collections::BTreeSet;

use super::{ITEM, MOST_ENTRIES, Param, ParamKind, Recipe, RecipeProblem, unfit};
use crate::domain::plan::{Naming, name_drafts};
use crate::domain::sanitize;
use crate::domain::template::{self, TemplateError};
use crate::domain::validate::check;

impl Recipe {
    /// Looks everything over that can be known before there are values.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), RecipeProblem> {
        if self.task.trim().is_empty() {
            let hint = "write `task = \"…\"`: what is asked for";
            return Err(RecipeProblem::new("task", "the task is empty", hint));
        }
        if self.steps.is_empty() {
            let hint = "write `[[steps]]` with a `description`";
            return Err(RecipeProblem::new("steps", "the recipe has no steps", hint));
        }
        if self.steps.len().max(self.params.len()) > MOST_ENTRIES {
            let text = format!("a recipe has at most {MOST_ENTRIES} steps and parameters");
            return Err(RecipeProblem::new("steps", text, "make two of it"));
        }
        for (key, text) in self.texts() {
            clean(&key, text)?;
        }
        self.params.iter().try_for_each(check_param)?;
        self.check_places()?;
        self.check_steps()
    }

    /// Every text that a person or a model reads, with its key.
    fn texts(&self) -> Vec<(String, &str)> {
        let mut texts = vec![
            ("name".to_owned(), &*self.name),
            ("task".to_owned(), &*self.task),
        ];
        texts.extend(
            self.description
                .as_deref()
                .map(|text| ("description".to_owned(), text)),
        );
        for (index, step) in self.steps.iter().enumerate() {
            let key = |name: &str| format!("steps[{index}].{name}");
            texts.push((key("description"), &step.description));
            let others = [
                ("id", &step.label),
                ("done_when", &step.done_when),
                ("input", &step.input),
                ("tool", &step.tool),
                ("for_each", &step.for_each),
            ];
            let others = others.into_iter();
            texts.extend(others.filter_map(|(name, text)| Some((key(name), text.as_deref()?))));
        }
        texts
    }

    /// Places stand for parameters, every parameter has a place, and there are none where none are filled.
    fn check_places(&self) -> Result<(), RecipeProblem> {
        let known: BTreeSet<&str> = self
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        let mut used = BTreeSet::new();
        let filled = ["task", "description", "done_when", "input"];
        for (key, text) in self.texts() {
            let last = key.rsplit('.').next().unwrap_or_default();
            if matches!(key.as_str(), "name" | "description") {
                continue;
            }
            if !filled.contains(&last) {
                if text.contains("{{") {
                    let says = format!("`{last}` cannot hold a place for a value");
                    let hint = "places stand in task, description, done_when and input";
                    return Err(RecipeProblem::new(key, says, hint));
                }
                continue;
            }
            let places = template::places(text).map_err(|error| malformed(&key, &error))?;
            for name in places {
                if name == ITEM && self.is_each(&key) {
                    continue;
                }
                if !known.contains(name) {
                    let error = TemplateError::Unknown(name.to_owned());
                    let hint = format!(
                        "add `[params.{name}]`, or write `{{{{{{{{` for two braces as such"
                    );
                    return Err(RecipeProblem::new(key, error.to_string(), hint));
                }
                used.insert(name);
            }
        }
        match known.difference(&used).next() {
            None => Ok(()),
            Some(name) => Err(RecipeProblem::new(
                format!("params.{name}"),
                format!("the parameter `{name}` is used nowhere"),
                format!("write `{{{{{name}}}}}` where it belongs, or leave it out"),
            )),
        }
    }

    /// Whether the key is one of a step that is done for each item of a list.
    fn is_each(&self, key: &str) -> bool {
        let index = key
            .strip_prefix("steps[")
            .and_then(|rest| rest.split(']').next());
        let step = index.and_then(|index| self.steps.get(index.parse::<usize>().ok()?));
        step.is_some_and(|step| step.for_each.is_some())
    }

    /// The plan could run, and names nothing that is not there.
    fn check_steps(&self) -> Result<(), RecipeProblem> {
        let labels: Vec<&str> = self
            .steps
            .iter()
            .filter_map(|s| s.label.as_deref())
            .collect();
        let is_step = |name: &str| {
            let position = name
                .parse::<usize>()
                .is_ok_and(|n| (1..=self.steps.len()).contains(&n));
            position || labels.contains(&name)
        };
        for (index, step) in self.steps.iter().enumerate() {
            let named = step.depends_on.iter().map(|name| ("depends_on", name));
            let named = named.chain(step.for_each.iter().map(|name| ("for_each", name)));
            for (key, name) in named {
                if !is_step(name) {
                    return Err(RecipeProblem::new(
                        format!("steps[{index}].{key}"),
                        format!(
                            "step {} names `{}`, which is no step",
                            index + 1,
                            sanitize::visible(name)
                        ),
                        "give the `id` of a step, or its position from 1",
                    ));
                }
            }
            let outside = step.tool.as_ref().zip(self.tools.as_ref());
            if let Some((tool, tools)) = outside.filter(|(tool, tools)| !tools.contains(tool)) {
                return Err(RecipeProblem::new(
                    format!("steps[{index}].tool"),
                    format!(
                        "step {} uses `{}`, which is not among `tools`",
                        index + 1,
                        sanitize::visible(tool)
                    ),
                    format!("add it to `tools`, which has: {}", tools.join(", ")),
                ));
            }
        }
        let steps = name_drafts(self.steps.clone(), &[], Naming::KeepLabels);
        let problem = check(&steps, MOST_ENTRIES).into_iter().find(|p| p.fatal);
        problem.map_or(Ok(()), |problem| {
            let key = problem
                .step
                .map_or_else(|| "steps".to_owned(), |i| format!("steps[{i}]"));
            let hint = "every step has a name of its own and builds on steps before it only";
            Err(RecipeProblem::new(key, problem.text, hint))
        })
    }
}

fn check_param(param: &Param) -> Result<(), RecipeProblem> {
    let key = format!("params.{}", param.name);
    if !template::is_name(&param.name) {
        let text = format!(
            "`{}` cannot be the name of a parameter",
            sanitize::visible(&param.name)
        );
        let hint = "a name is a letter, then letters, digits and `_`, 40 at most";
        return Err(RecipeProblem::new(key, text, hint));
    }
    if param.name == ITEM {
        let text = "`item` cannot be the name of a parameter: it stands for the item of a list";
        return Err(RecipeProblem::new(key, text, "choose another name"));
    }
    if let Some(text) = &param.description {
        clean(&format!("{key}.description"), text)?;
    }
    if let ParamKind::Choice(choices) = &param.kind {
        if choices.is_empty() {
            let hint = "write `choices = [\"…\", \"…\"]`";
            return Err(RecipeProblem::new(
                key,
                "there is nothing to choose from",
                hint,
            ));
        }
        let choices = choices.iter();
        choices
            .into_iter()
            .try_for_each(|choice| clean(&format!("{key}.choices"), choice))?;
    }
    let Some(default) = &param.default else {
        return Ok(());
    };
    param
        .take(default)
        .map(drop)
        .map_err(|problem| RecipeProblem {
            key: format!("{key}.default"),
            ..problem
        })
}

fn malformed(key: &str, error: &TemplateError) -> RecipeProblem {
    let hint = "names are letters, digits and `_`, without spaces";
    RecipeProblem::new(key, error.to_string(), hint)
}

fn clean(key: &str, text: &str) -> Result<(), RecipeProblem> {
    match text.chars().find(|&c| unfit(c)) {
        None => Ok(()),
        Some(c) => Err(RecipeProblem::new(
            key,
            format!(
                "there is a control character in it: `{}`",
                sanitize::visible(&c.to_string())
            ),
            "leave it out",
        )),
    }
}
