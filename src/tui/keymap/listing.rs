//! The keys in force as a text, for `planwright keys` and the man page.

use super::Keymap;
use crate::tui::chord;

/// The keys of one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySection {
    /// What help calls the context.
    pub title: &'static str,
    /// Its name in the settings.
    pub name: String,
    /// For each action: its name in the settings, its keys as they are written there, and what it does.
    pub rows: Vec<(String, Vec<String>, String)>,
}

impl Keymap {
    /// All contexts with all their actions, those without keys too.
    pub fn sections(&self) -> Vec<KeySection> {
        let section = |context| KeySection {
            title: super::Context::title(context),
            name: context.name(),
            rows: self
                .layer(context)
                .map(|row| {
                    let keys = row.keys.iter().map(|(written, _)| written.clone());
                    (
                        row.binding.name(),
                        keys.collect(),
                        self.spelled(row.binding.help).into_owned(),
                    )
                })
                .collect(),
        };
        self.contexts().into_iter().map(section).collect()
    }

    /// The same as text: a heading for each context, a line for each action.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for section in self.sections() {
            text.push_str(&format!("{} [keys.{}]\n", section.title, section.name));
            for (name, keys, help) in section.rows {
                let keys: Vec<String> = keys.iter().map(|key| chord::shown(key)).collect();
                let keys = if keys.is_empty() {
                    "-".to_owned()
                } else {
                    keys.join("  ")
                };
                text.push_str(&format!("  {keys:<26} {name:<20} {help}\n"));
            }
            text.push('\n');
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}
