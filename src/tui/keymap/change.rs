//! Keys as a person wants them: `[keys.plan] skip_step = ["s"]`.

use super::{Binding, Context, Keymap, Row, snake};
use crate::domain::near::meant;
use crate::domain::sanitize;
use crate::tui::action::Action;
use crate::tui::chord::{self, Chord};

/// One action gets other keys.
#[derive(Debug, Clone, Copy)]
pub struct KeyChange<'a> {
    /// The context, as settings name it: `home_pane`.
    pub context: &'a str,
    /// The action, as settings name it: `skip_step`.
    pub action: &'a str,
    /// Its keys from now on, the one to show first; none to take all of them away.
    pub keys: &'a [String],
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct KeyMistake {
    /// Which of the changes, from 0.
    pub index: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Keymap {
    /// The built-in table with these changes.
    ///
    /// # Errors
    /// Where a context, an action or a key is not known; where one key would mean two things in one context; where letters
    /// would no longer be text; where nothing would stop a run or leave any more. The first mistake.
    pub fn with<'a>(changes: impl IntoIterator<Item = KeyChange<'a>>) -> Result<Self, KeyMistake> {
        let mut keymap = Self::default();
        let mut rows = Vec::new();
        for (index, change) in changes.into_iter().enumerate() {
            let made = keymap.change(change);
            let row = made.map_err(|problem| KeyMistake { index, problem })?;
            rows.push((index, row));
        }
        // After all of them: keys may be swapped.
        for (index, row) in rows {
            if let Some(problem) = keymap.clash(row) {
                return Err(KeyMistake { index, problem });
            }
        }
        Ok(keymap)
    }

    /// Gives the row its keys: which row it is.
    fn change(&mut self, change: KeyChange<'_>) -> Result<usize, String> {
        let context = self.context(change.context)?;
        let row = self.row(context, change.action)?;
        let mut keys: Vec<(String, Chord)> = Vec::new();
        for written in change.keys {
            let chord = chord::parse(written).ok_or_else(|| {
                format!(
                    "`{}` is no key; keys are written as `k`, `K`, `f5`, `pgup`, `enter`, `ctrl-x`, `alt-up`, `space`",
                    sanitize::visible(written)
                )
            })?;
            let reaches_text = context.is_text() || context == Context::Everywhere;
            if reaches_text && chord::is_text(chord) {
                return Err(format!(
                    "`{}` is typed as text in `{}`; use a key with ctrl or alt, or a function key",
                    sanitize::visible(written),
                    change.context
                ));
            }
            if !keys.iter().any(|(_, known)| *known == chord) {
                keys.push((written.clone(), chord));
            }
        }
        let binding = self.rows[row].binding;
        if keys.is_empty() && is_needed(binding) {
            return Err(format!(
                "`{}` must keep a key: it is the way to stop a run and to leave",
                change.action
            ));
        }
        self.rows[row].keys = keys;
        Ok(row)
    }

    fn context(&self, name: &str) -> Result<Context, String> {
        let contexts = self.contexts();
        let found = contexts.iter().find(|context| context.name() == name);
        found.copied().ok_or_else(|| {
            let names: Vec<String> = contexts.iter().map(|context| context.name()).collect();
            unknown("place for keys", name, &names)
        })
    }

    fn row(&self, context: Context, action: &str) -> Result<usize, String> {
        let is_it = |row: &Row| row.binding.name() == action;
        let here = |row: &Row| row.binding.context == context && is_it(row);
        if let Some(row) = self.rows.iter().position(here) {
            return Ok(row);
        }
        let elsewhere: Vec<String> = self
            .rows
            .iter()
            .filter(|row| is_it(row))
            .map(|row| format!("[keys.{}]", row.binding.context.name()))
            .collect();
        if elsewhere.is_empty() {
            let names: Vec<String> = self.layer(context).map(|row| row.binding.name()).collect();
            return Err(unknown(
                &format!("action of `{}`", context.name()),
                action,
                &names,
            ));
        }
        Err(format!(
            "`{action}` has no keys in `{}`; set it in `{}`",
            context.name(),
            elsewhere.join("` or `")
        ))
    }

    /// The first key of the row that means something else in the same context.
    fn clash(&self, at: usize) -> Option<String> {
        let row = &self.rows[at];
        let others = self.layer(row.binding.context);
        others
            .filter(|other| !std::ptr::eq(*other, row))
            .find_map(|other| {
                let same = |(_, chord): &&(String, Chord)| {
                    other.keys.iter().any(|(_, taken)| taken == chord)
                };
                let (key, _) = row.keys.iter().find(same)?;
                Some(format!(
                    "`{key}` means `{}` in `{}` too; give that other keys, or none with `{} = []`",
                    other.binding.name(),
                    row.binding.context.name(),
                    other.binding.name()
                ))
            })
    }
}

impl Context {
    /// Its name in the settings: `home_pane`.
    pub fn name(self) -> String {
        snake(&format!("{self:?}"))
    }
}

/// Whether a row is a way out that must not be lost.
fn is_needed(binding: &Binding) -> bool {
    binding.context == Context::Everywhere
        && matches!(binding.action, Action::Interrupt | Action::Back)
}

fn unknown(what: &str, name: &str, known: &[String]) -> String {
    let name: String = name.chars().take(60).collect();
    let shown = sanitize::visible(&name);
    match meant(&name, known.iter().map(String::as_str)) {
        Some(near) => format!("`{shown}` is no {what}; did you mean `{near}`?"),
        None => format!("`{shown}` is no {what}; there are `{}`", known.join("`, `")),
    }
}
