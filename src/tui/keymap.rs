//! The one table of what can be done where, and with which keys. Lookup, footer, help and palette all read it.

use crossterm::event::KeyEvent;

use super::action::Action;
use super::chord;
pub use super::context::Context;
pub use table::TABLE;

mod table;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: Action,
    /// One to three words for the footer.
    pub label: &'static str,
    /// A phrase for help and palette.
    pub help: &'static str,
    /// Place in the footer: 1 first; 0 for rows that the footer leaves out.
    pub priority: u8,
}

/// A row that holds in some context, with the keys that reach it there.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The row.
    pub row: &'static Binding,
    /// Its keys, without those that mean something nearer.
    pub keys: Vec<&'static str>,
}

impl Offer {
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

/// What a key press means in a context; none where it means nothing.
pub fn lookup(context: Context, key: KeyEvent) -> Option<Action> {
    context.chain().find_map(|layer| {
        TABLE
            .iter()
            .filter(|row| row.context == layer)
            .find(|row| row.keys.iter().any(|keys| chord::matches(keys, key)))
            .map(|row| row.action)
    })
}

/// The rows that hold in a context, nearest first, without those whose every key means something else there and
/// without a second row for one action.
pub fn offers(context: Context) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    let mut taken: Vec<&'static str> = Vec::new();
    for layer in context.chain() {
        let here: Vec<Offer> = TABLE
            .iter()
            .filter(|row| row.context == layer)
            .filter(|row| !offers.iter().any(|known| known.row.action == row.action))
            .map(|row| Offer {
                row,
                keys: row
                    .keys
                    .iter()
                    .copied()
                    .filter(|key| !taken.contains(key))
                    .collect(),
            })
            .filter(|offer| !offer.keys.is_empty())
            .collect();
        taken.extend(
            TABLE
                .iter()
                .filter(|row| row.context == layer)
                .flat_map(|row| row.keys),
        );
        offers.extend(here);
    }
    offers
}

/// Whether every key of every row can be typed.
pub fn is_well_formed() -> bool {
    TABLE
        .iter()
        .flat_map(|row| row.keys)
        .all(|key| chord::parse(key).is_some())
}
