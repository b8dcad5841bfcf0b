//! Recipes: a plan with places for values, to be run again and again without a planner.

mod check;

use std::collections::BTreeMap;

use super::details::RecipeUsed;
use super::event::Mode;
use super::plan::DraftStep;
use super::references::references;
use super::sanitize;
use super::template;

/// The most steps and the most parameters of a recipe.
pub const MOST_ENTRIES: usize = 500;

/// The most bytes of all texts of a recipe with their values.
const MOST_BYTES: usize = 1024 * 1024;

/// The longest value, in bytes.
const MOST_VALUE: usize = 64 * 1024;

/// In a step with `for_each` this place stands for the item, which the engine puts in.
const ITEM: &str = "item";

/// As the engine reads it.
const MARK: &str = "{{item}}";

/// A recipe as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What is asked for, with places.
    pub task: String,
    /// What the places may stand for.
    pub params: Vec<Param>,
    /// The plan, with places in descriptions, `done_when` and `input`; in a step with `for_each`, `{{item}}` stays for the
    /// item of the list. Labels and references are the author's.
    pub steps: Vec<DraftStep>,
    /// The only tools its steps may name; none where that is open.
    pub tools: Option<Vec<String>>,
    /// Which routing of the nodes; none for the one that is set.
    pub mode: Option<Mode>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name: a letter, then letters, digits and `_`.
    pub name: String,
    /// What it may be.
    pub kind: ParamKind,
    /// What it means.
    pub description: Option<String>,
    /// What it is where nothing is given.
    pub default: Option<String>,
}

/// What a parameter may be.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A number, within bounds where there are any.
    Number {
        /// The least.
        min: Option<f64>,
        /// The greatest.
        max: Option<f64>,
    },
    /// A whole number, within bounds where there are any.
    Integer {
        /// The least.
        min: Option<i64>,
        /// The greatest.
        max: Option<i64>,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice(Vec<String>),
    /// The path of a file or folder: one line, not empty. Whether it is there is not looked at.
    Path,
}

impl ParamKind {
    /// The word used in files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number { .. } => "number",
            Self::Integer { .. } => "integer",
            Self::Boolean => "boolean",
            Self::Choice(_) => "choice",
            Self::Path => "path",
        }
    }

    /// What a value must be, as the rest of a sentence.
    pub fn asks_for(&self) -> String {
        fn range<T: ToString>(what: &str, min: Option<&T>, max: Option<&T>) -> String {
            match (min.map(T::to_string), max.map(T::to_string)) {
                (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
                (Some(min), None) => format!("{what} from {min}"),
                (None, Some(max)) => format!("{what} up to {max}"),
                (None, None) => what.to_owned(),
            }
        }
        match self {
            Self::Text => "a text".to_owned(),
            Self::Number { min, max } => range("a number", min.as_ref(), max.as_ref()),
            Self::Integer { min, max } => range("a whole number", min.as_ref(), max.as_ref()),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Choice(choices) => format!("one of: {}", choices.join(", ")),
            Self::Path => "a path: one line, not empty".to_owned(),
        }
    }

    /// Whether this is such a value.
    pub fn admits(&self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Number { min, max } => value.parse::<f64>().is_ok_and(|number| {
                number.is_finite()
                    && min.is_none_or(|min| number >= min)
                    && max.is_none_or(|max| number <= max)
            }),
            Self::Integer { min, max } => value.parse::<i64>().is_ok_and(|number| {
                min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            }),
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Choice(choices) => choices.iter().any(|choice| choice == value),
            Self::Path => !value.trim().is_empty() && !value.contains('\n'),
        }
    }
}

/// What is wrong with a recipe, or with the values given for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct RecipeProblem {
    /// The key it is about (`params.city.default`, `steps[2].input`); empty for the values given.
    pub key: String,
    /// One sentence.
    pub text: String,
    /// The remedy.
    pub hint: String,
}

impl RecipeProblem {
    fn new(key: impl Into<String>, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            text: text.into(),
            hint: hint.into(),
        }
    }
}

/// A recipe with its values: ready to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// What is asked for.
    pub task: String,
    /// The plan.
    pub steps: Vec<DraftStep>,
    /// What the records say about it.
    pub used: RecipeUsed,
}

impl Recipe {
    /// Puts values in the places.
    ///
    /// # Errors
    /// Where a value is missing, given twice, not of its kind, or of no parameter; or the result would be too long.
    pub fn fill(&self, given: &[(String, String)]) -> Result<Filled, RecipeProblem> {
        let values = self.values(given)?;
        let mut room = MOST_BYTES;
        let value = |name: &str| values.get(name).map(String::as_str);
        let task = with_item(&self.task, false, value, &mut room)?;
        let mut steps = self.steps.clone();
        for (index, step) in steps.iter_mut().enumerate() {
            let is_each = step.for_each.is_some();
            let said = std::iter::once(&mut step.description).chain(&mut step.done_when);
            let said = said.map(|text| (text, false));
            for (text, is_input) in said.chain(step.input.iter_mut().map(|text| (text, true))) {
                let filled = with_item(text, is_each, value, &mut room)?;
                // The same without what the values bring: the marks that are the author's own.
                let own = with_item(text, is_each, |_| Some("\u{1}"), &mut MOST_BYTES.clone())?;
                if marks(&own, is_each, is_input) != marks(&filled, is_each, is_input) {
                    let number = index + 1;
                    return Err(RecipeProblem::new(
                        "",
                        format!(
                            "a value would stand for more than itself in step {number}: an item or a result"
                        ),
                        "leave `{{item}}` and `#E` with a number out of the values",
                    ));
                }
                *text = filled;
            }
        }
        let name = self.name.clone();
        Ok(Filled {
            task,
            steps,
            used: RecipeUsed { name, values },
        })
    }

    fn values(
        &self,
        given: &[(String, String)],
    ) -> Result<BTreeMap<String, String>, RecipeProblem> {
        let known: Vec<&str> = self
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        let mut values = BTreeMap::new();
        for (name, value) in given {
            let shown = sanitize::visible(name);
            let Some(param) = self.params.iter().find(|param| param.name == *name) else {
                let text = format!("`{shown}` is no parameter of the recipe `{}`", self.name);
                let hint = if known.is_empty() {
                    "it takes none".to_owned()
                } else {
                    format!("it takes {}", known.join(", "))
                };
                return Err(RecipeProblem::new("", text, hint));
            };
            if values.contains_key(name) {
                let text = format!("`{shown}` is given twice");
                return Err(RecipeProblem::new("", text, "give each value once"));
            }
            values.insert(name.clone(), param.take(value)?);
        }
        let mut missing = Vec::new();
        for param in &self.params {
            if values.contains_key(&param.name) {
                continue;
            }
            match &param.default {
                Some(default) => drop(values.insert(param.name.clone(), default.clone())),
                None => missing.push(param),
            }
        }
        let list = |word: &dyn Fn(&Param) -> String| {
            missing
                .iter()
                .map(|param| word(param))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if !missing.is_empty() {
            let text = format!(
                "the recipe `{}` lacks a value for {}",
                self.name,
                list(&|param| format!("`{}`", param.name))
            );
            let hint = format!(
                "give it as NAME=VALUE: {}",
                list(&|param| format!("{}=({})", param.name, param.kind.asks_for()))
            );
            return Err(RecipeProblem::new("", text, hint));
        }
        Ok(values)
    }
}

impl Param {
    /// The value, if it is one.
    fn take(&self, value: &str) -> Result<String, RecipeProblem> {
        let shown: String = value.chars().take(60).collect();
        let wrong = |what: &str| {
            RecipeProblem::new(
                "",
                format!(
                    "`{}` {what}, not `{}`",
                    self.name,
                    sanitize::visible(&shown)
                ),
                format!("it is {}", self.kind.asks_for()),
            )
        };
        if value.len() > MOST_VALUE || value.contains(unfit) {
            return Err(wrong("takes up to 64 KiB without control characters"));
        }
        // The space around a number means nothing; around a text it may.
        let value = match self.kind {
            ParamKind::Text | ParamKind::Choice(_) | ParamKind::Path => value,
            _ => value.trim(),
        };
        if !self.kind.admits(value) {
            return Err(wrong(&format!("must be {}", self.kind.asks_for())));
        }
        Ok(value.to_owned())
    }
}

/// A text of a step with its values, the place of an item left as it is.
fn with_item<'v>(
    text: &str,
    is_each: bool,
    value: impl Fn(&str) -> Option<&'v str>,
    room: &mut usize,
) -> Result<String, RecipeProblem> {
    let value = |name: &str| match name {
        ITEM if is_each => Some(MARK),
        name => value(name),
    };
    template::fill(text, value, room).map_err(|error| unfilled(&error))
}

fn unfilled(error: &template::TemplateError) -> RecipeProblem {
    RecipeProblem::new("", error.to_string(), "give shorter values")
}

/// What the engine will read in a text of a step: how often the item of a list, and which results of other steps.
fn marks(text: &str, is_each: bool, is_input: bool) -> (usize, usize, Vec<usize>) {
    let items = if is_each {
        text.matches(MARK).count()
    } else {
        0
    };
    if !is_input {
        return (items, 0, Vec::new());
    }
    let is_number = |(at, mark): &(usize, &str)| {
        text[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit())
    };
    let results = text.match_indices("#E").filter(is_number).count();
    (items, results, references(text))
}

/// Whether it has no place in a recipe: every control but line feed and tab.
fn unfit(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}
