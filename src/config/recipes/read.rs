//! TOML in, a recipe out, every mistake with its line.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::RecipeError;
use crate::config::given::quoted;
use crate::domain::event::Mode;
use crate::domain::near::distance;
use crate::domain::plan::DraftStep;
use crate::domain::recipe::{Param, ParamKind, Recipe, RecipeProblem};
use crate::domain::sanitize;

type Value<'i> = Spanned<DeValue<'i>>;

const TOP: [&str; 7] = [
    "name",
    "description",
    "task",
    "mode",
    "tools",
    "params",
    "steps",
];
const PARAM: [&str; 6] = ["type", "description", "default", "choices", "min", "max"];
const STEP: [&str; 8] = [
    "id",
    "description",
    "done_when",
    "depends_on",
    "tool",
    "input",
    "for_each",
    "subplan",
];

/// The recipe in `text`; `path` is where it says that it stands.
///
/// # Errors
/// Where it is no TOML, holds a key that is none or a value of the wrong kind, or cannot be run; the line is named.
pub fn parse(path: &Path, text: &str) -> Result<Recipe, RecipeError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader {
        path,
        text,
        places: BTreeMap::new(),
    };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default().start;
        let message = sanitize::line(error.message()).into_owned();
        reader.wrong(at, message, "the file is TOML: https://toml.io")
    })?;
    let recipe = reader.recipe(document.get_ref())?;
    recipe.check().map_err(|problem| reader.placed(problem))?;
    Ok(recipe)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// Where each key stands.
    places: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn recipe(&mut self, document: &DeTable<'_>) -> Result<Recipe, RecipeError> {
        let top = self.entries("", document, Some(&TOP))?;
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let mut recipe = Recipe {
            name: stem.into_owned(),
            description: None,
            task: String::new(),
            params: Vec::new(),
            steps: Vec::new(),
            tools: None,
            mode: None,
        };
        for (key, value) in top {
            match key.as_str() {
                "name" => recipe.name = self.text(&key, value)?,
                "description" => recipe.description = Some(self.text(&key, value)?),
                "task" => recipe.task = self.text(&key, value)?,
                "mode" => recipe.mode = Some(self.mode(value)?),
                "tools" => recipe.tools = Some(self.texts(&key, value, false)?),
                "params" => recipe.params = self.params(value)?,
                _ => recipe.steps = self.steps(value)?,
            }
        }
        Ok(recipe)
    }

    fn mode(&self, value: &Value<'_>) -> Result<Mode, RecipeError> {
        match self.text("mode", value)?.as_str() {
            "plan-execute" => Ok(Mode::PlanExecute),
            "rewoo" => Ok(Mode::Rewoo),
            other => Err(self.wrong(
                value.span().start,
                format!("`mode` cannot be {}", quoted(other)),
                "a recipe has a plan: its mode is `plan-execute` or `rewoo`",
            )),
        }
    }

    fn params(&mut self, value: &Value<'_>) -> Result<Vec<Param>, RecipeError> {
        let DeValue::Table(table) = value.get_ref() else {
            let hint = "write `[params.NAME]` on a line of its own";
            return Err(self.wrong(value.span().start, "`params` must be a table", hint));
        };
        let mut params = Vec::new();
        for (name, value) in self.entries("params.", table, None)? {
            params.push(self.param(name, value)?);
        }
        Ok(params)
    }

    fn param(&mut self, name: String, value: &Value<'_>) -> Result<Param, RecipeError> {
        let prefix = format!("params.{name}.");
        let DeValue::Table(table) = value.get_ref() else {
            let text = format!("`params.{}` must be a table", sanitize::visible(&name));
            let hint = "write `[params.NAME]` and below it `type = \"text\"`";
            return Err(self.wrong(value.span().start, text, hint));
        };
        let entries = self.entries(&prefix, table, Some(&PARAM))?;
        let find = |key: &str| {
            entries
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, v)| *v)
        };
        let word = match find("type") {
            Some(value) => self.text("type", value)?,
            None => "text".to_owned(),
        };
        let kind = match word.as_str() {
            "text" => ParamKind::Text,
            "number" => ParamKind::Number {
                min: find("min").map(|v| self.number("min", v)).transpose()?,
                max: find("max").map(|v| self.number("max", v)).transpose()?,
            },
            "integer" => ParamKind::Integer {
                min: find("min").map(|v| self.integer("min", v)).transpose()?,
                max: find("max").map(|v| self.integer("max", v)).transpose()?,
            },
            "boolean" => ParamKind::Boolean,
            "choice" => ParamKind::Choice(match find("choices") {
                Some(value) => self.texts("choices", value, false)?,
                None => Vec::new(),
            }),
            "path" => ParamKind::Path,
            other => {
                let at = find("type").map_or(value.span().start, |value| value.span().start);
                return Err(self.wrong(
                    at,
                    format!("`type` cannot be {}", quoted(other)),
                    "it is text, number, integer, boolean, choice or path",
                ));
            }
        };
        let misplaced = [
            (
                "min",
                matches!(kind, ParamKind::Number { .. } | ParamKind::Integer { .. }),
            ),
            (
                "max",
                matches!(kind, ParamKind::Number { .. } | ParamKind::Integer { .. }),
            ),
            ("choices", matches!(kind, ParamKind::Choice(_))),
        ];
        for (key, fits) in misplaced {
            if let Some(value) = find(key).filter(|_| !fits) {
                return Err(self.wrong(
                    value.span().start,
                    format!(
                        "`{key}` means nothing for a parameter of type {}",
                        kind.word()
                    ),
                    "`min` and `max` are for number and integer, `choices` is for choice",
                ));
            }
        }
        let default = find("default")
            .map(|value| self.default(&kind, value))
            .transpose()?;
        let description = find("description").map(|value| self.text("description", value));
        Ok(Param {
            name,
            kind,
            description: description.transpose()?,
            default,
        })
    }

    /// A default may be written as its kind is, or in quotes as it would be given.
    fn default(&self, kind: &ParamKind, value: &Value<'_>) -> Result<String, RecipeError> {
        match (value.get_ref(), kind) {
            (DeValue::String(text), _) => Ok(text.to_string()),
            (DeValue::Integer(_), ParamKind::Integer { .. } | ParamKind::Number { .. }) => {
                Ok(self.integer("default", value)?.to_string())
            }
            (DeValue::Float(number), ParamKind::Number { .. }) => Ok(number.as_str().to_owned()),
            (DeValue::Boolean(on), ParamKind::Boolean) => Ok(on.to_string()),
            _ => Err(self.wrong(
                value.span().start,
                format!("`default` must be {}", kind.asks_for()),
                "texts stand in quotes, numbers and true or false do not",
            )),
        }
    }

    fn steps(&mut self, value: &Value<'_>) -> Result<Vec<DraftStep>, RecipeError> {
        let DeValue::Array(list) = value.get_ref() else {
            let hint = "write `[[steps]]` on a line of its own for each step";
            return Err(self.wrong(value.span().start, "`steps` must be a list of tables", hint));
        };
        let mut steps = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let prefix = format!("steps[{index}]");
            self.places.insert(prefix.clone(), value.span().start);
            let DeValue::Table(table) = value.get_ref() else {
                let hint = "write `[[steps]]` and below it `description = \"…\"`";
                return Err(self.wrong(value.span().start, "a step must be a table", hint));
            };
            steps.push(self.step(&prefix, table)?);
        }
        Ok(steps)
    }

    fn step(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<DraftStep, RecipeError> {
        let mut step = DraftStep::default();
        for (key, value) in self.entries(&format!("{prefix}."), table, Some(&STEP))? {
            match key.as_str() {
                "id" => step.label = Some(self.text(&key, value)?),
                "description" => step.description = self.text(&key, value)?,
                "done_when" => step.done_when = Some(self.text(&key, value)?),
                "depends_on" => step.depends_on = self.texts(&key, value, true)?,
                "tool" => step.tool = Some(self.text(&key, value)?),
                "input" => step.input = Some(self.text(&key, value)?),
                "for_each" => step.for_each = Some(self.reference(&key, value)?),
                _ => step.subplan = self.switch(&key, value)?,
            }
        }
        Ok(step)
    }

    /// The entries in the order of the file, each a key that is known.
    fn entries<'v, 'i>(
        &mut self,
        prefix: &str,
        table: &'v DeTable<'i>,
        known: Option<&[&str]>,
    ) -> Result<Vec<(String, &'v Value<'i>)>, RecipeError> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, _) in &entries {
            let (at, name) = (name.span().start, name.get_ref().as_ref());
            self.places.insert(format!("{prefix}{name}"), at);
            if let Some(known) = known.filter(|known| !known.contains(&name)) {
                let nearest = known.iter().min_by_key(|known| distance(name, known));
                let hint = format!(
                    "the nearest is `{}`; known are {}",
                    nearest.copied().unwrap_or_default(),
                    known.join(", ")
                );
                return Err(self.wrong(at, format!("there is no key {}", quoted(name)), hint));
            }
        }
        let named = entries.into_iter();
        Ok(named
            .map(|(name, value)| (name.get_ref().to_string(), value))
            .collect())
    }

    fn text(&self, key: &str, value: &Value<'_>) -> Result<String, RecipeError> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.kind(key, value, "a text in quotes"))
    }

    /// A list of texts; of steps, positions may stand among them.
    fn texts(&self, key: &str, value: &Value<'_>, steps: bool) -> Result<Vec<String>, RecipeError> {
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.kind(key, value, "a list: `[\"…\", \"…\"]`"));
        };
        let one = |value| {
            if steps {
                self.reference(key, value)
            } else {
                self.text(key, value)
            }
        };
        list.iter().map(one).collect()
    }

    fn reference(&self, key: &str, value: &Value<'_>) -> Result<String, RecipeError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.trim().to_owned()),
            DeValue::Integer(_) => Ok(self.integer(key, value)?.to_string()),
            _ => Err(self.kind(key, value, "the `id` of a step in quotes, or its position")),
        }
    }

    fn switch(&self, key: &str, value: &Value<'_>) -> Result<bool, RecipeError> {
        let on = value.get_ref().as_bool();
        on.ok_or_else(|| self.kind(key, value, "`true` or `false`"))
    }

    fn integer(&self, key: &str, value: &Value<'_>) -> Result<i64, RecipeError> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        number.ok_or_else(|| self.kind(key, value, "a whole number"))
    }

    fn number(&self, key: &str, value: &Value<'_>) -> Result<f64, RecipeError> {
        let text = match value.get_ref() {
            DeValue::Integer(_) => self.integer(key, value)?.to_string(),
            DeValue::Float(number) => number.as_str().to_owned(),
            _ => String::new(),
        };
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| self.kind(key, value, "a number"))
    }

    fn kind(&self, key: &str, value: &Value<'_>, wanted: &str) -> RecipeError {
        let found = value.get_ref().type_str();
        self.wrong(
            value.span().start,
            format!("`{key}` must not be of type {found}"),
            format!("it is {wanted}"),
        )
    }

    fn wrong(&self, at: usize, text: impl Into<String>, hint: impl Into<String>) -> RecipeError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        RecipeError {
            place: format!("{}:{line}", self.path.display()),
            text: text.into(),
            hint: hint.into(),
        }
    }

    /// The line of the key that the problem is about, or of the table it belongs to.
    fn placed(&self, problem: RecipeProblem) -> RecipeError {
        let mut key = problem.key.as_str();
        loop {
            if let Some(&at) = self.places.get(key) {
                return self.wrong(at, problem.text, problem.hint);
            }
            match key.rfind(['.', '[']) {
                Some(end) => key = &key[..end],
                None => return self.wrong(0, problem.text, problem.hint),
            }
        }
    }
}
