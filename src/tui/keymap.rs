//! What can be done where, and with which keys: the table as it is built in, and as a person changed it. Lookup, footer,
//! help, palette, man page and `planwright keys` all read it.

use crossterm::event::KeyEvent;

use super::action::Action;
use super::chord::{self, Chord};
pub use super::context::Context;
pub use table::TABLE;

mod change;
mod listing;
mod spelled;
mod table;

pub use change::{KeyChange, KeyMistake};
pub use listing::KeySection;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: Action,
    /// Its name in the settings, as the compiler knows it: `SkipStep`.
    variant: &'static str,
    /// One to three words for the footer.
    pub label: &'static str,
    /// A phrase for help and palette, for [`Keymap::spelled`].
    pub help: &'static str,
    /// Place in the footer: 1 first; 0 for rows that the footer leaves out.
    pub priority: u8,
}

impl Binding {
    /// The name of what it does in the settings: `skip_step`.
    pub fn name(&self) -> String {
        snake(self.variant)
    }
}

/// The keys in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    rows: Vec<Row>,
}

/// A row of the table with the keys in force.
#[derive(Debug, Clone)]
struct Row {
    binding: &'static Binding,
    /// As they are written, and what they stand for.
    keys: Vec<(String, Chord)>,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.binding, other.binding) && self.keys == other.keys
    }
}

impl Default for Keymap {
    /// The table as it is built in.
    fn default() -> Self {
        let known = |keys: &[&str]| {
            let keys = keys.iter();
            keys.filter_map(|key| Some(((*key).to_owned(), chord::parse(key)?)))
                .collect()
        };
        let rows = TABLE.iter().map(|binding| Row {
            binding,
            keys: known(binding.keys),
        });
        Self {
            rows: rows.collect(),
        }
    }
}

/// A row that holds in some context, with the keys that reach it there.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// The row.
    pub row: &'static Binding,
    /// Its keys, without those that mean something nearer.
    pub keys: Vec<&'a str>,
}

impl Offer<'_> {
    /// The first key as the footer shows it.
    pub fn key(&self) -> String {
        self.keys
            .first()
            .copied()
            .map_or_else(String::new, chord::shown)
    }

    /// All keys as help shows them.
    pub fn all_keys(&self) -> String {
        let keys: Vec<String> = self.keys.iter().copied().map(chord::shown).collect();
        keys.join("  ")
    }
}

impl Keymap {
    /// What a key press means in a context; none where it means nothing.
    pub fn lookup(&self, context: Context, key: KeyEvent) -> Option<Action> {
        let pressed = chord::normal(key);
        context.chain().find_map(|layer| {
            self.layer(layer)
                .find(|row| row.keys.iter().any(|(_, chord)| *chord == pressed))
                .map(|row| row.binding.action)
        })
    }

    /// The rows that hold in a context, nearest first, without those whose every key means something else there. One action has
    /// one row, the nearest, with all its keys.
    pub fn offers(&self, context: Context) -> Vec<Offer<'_>> {
        let mut offers: Vec<Offer<'_>> = Vec::new();
        let mut taken: Vec<Chord> = Vec::new();
        for layer in context.chain() {
            let mut here: Vec<Offer<'_>> = Vec::new();
            for row in self.layer(layer) {
                let offer = row.offer(&taken);
                let action = row.binding.action;
                match offers.iter_mut().find(|known| known.row.action == action) {
                    Some(known) => known.keys.extend(offer.keys),
                    None if offer.keys.is_empty() => {}
                    None => here.push(offer),
                }
            }
            taken.extend(
                self.layer(layer)
                    .flat_map(|row| row.keys.iter().map(|(_, chord)| *chord)),
            );
            offers.extend(here);
        }
        offers
    }

    /// The rows of one context alone, as they stand in the table.
    pub fn of(&self, context: Context) -> impl Iterator<Item = Offer<'_>> {
        self.layer(context)
            .map(|row| row.offer(&[]))
            .filter(|offer| !offer.keys.is_empty())
    }

    /// Where a key means something, and what: `plan skip_step`, by the names of the settings.
    pub fn meanings(&self, key: KeyEvent) -> Vec<String> {
        let pressed = chord::normal(key);
        let rows = self.rows.iter();
        rows.filter(|row| row.keys.iter().any(|(_, chord)| *chord == pressed))
            .map(|row| format!("{} {}", row.binding.context.name(), row.binding.name()))
            .collect()
    }

    /// All contexts, in the order of the table.
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts: Vec<Context> = self.rows.iter().map(|row| row.binding.context).collect();
        contexts.dedup();
        contexts
    }

    fn layer(&self, context: Context) -> impl Iterator<Item = &Row> {
        let rows = self.rows.iter();
        rows.filter(move |row| row.binding.context == context)
    }
}

impl Row {
    fn offer(&self, taken: &[Chord]) -> Offer<'_> {
        let keys = self.keys.iter();
        let free = keys.filter(|(_, chord)| !taken.contains(chord));
        Offer {
            row: self.binding,
            keys: free.map(|(written, _)| written.as_str()).collect(),
        }
    }
}

/// Whether every key of every row can be typed.
pub fn is_well_formed() -> bool {
    TABLE
        .iter()
        .flat_map(|row| row.keys)
        .all(|key| chord::parse(key).is_some())
}

/// The name of a variant as settings have it: `HomePane` as `home_pane`.
fn snake(variant: &str) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}
