//! Lists: split, count, sort, find what occurs more than once.

use std::collections::BTreeMap;

use super::action::{Action, Draft, Outcome};
use super::label::is_in;
use super::number::Exact;
use super::quantity::{Measure, quantities};
use super::text::clip;

/// The most items that are shown.
const SHOWN: usize = 40;
/// The most bytes of an item that are shown.
const ITEM_BYTES: usize = 60;

/// Words that ask for something and are no part of the first item.
const COMMANDS: &str = "sort count list find the a these this items item in of and duplicates duplicate \
    unique please order alphabetically words how many are there for me";

/// A list to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListJob {
    items: Vec<String>,
    sorts: bool,
    finds_duplicates: bool,
}

impl ListJob {
    /// The list in this text; none where it has fewer than two items.
    pub(super) fn of(material: &str, instruction: &str) -> Option<Self> {
        let items = items(material);
        if items.len() < 2 {
            return None;
        }
        let sorts = ["sort", "order", "alphabet"]
            .iter()
            .any(|word| instruction.contains(word));
        let finds_duplicates = ["duplic", "unique", "twice"]
            .iter()
            .any(|word| instruction.contains(word));
        let counts_only = instruction.contains("count");
        let all = !sorts && !finds_duplicates && !counts_only;
        Some(Self {
            items,
            sorts: sorts || all,
            finds_duplicates: finds_duplicates || all || (counts_only && !sorts),
        })
    }

    pub(super) fn plan(&self) -> Vec<Draft> {
        let mut plan = vec![Draft::new(
            Action::Split,
            "Split the list into its items and count them",
            "the number of items is known",
            &[],
        )];
        if self.sorts {
            plan.push(Draft::new(
                Action::Sort,
                "Sort the items",
                "every item stands in its place",
                &[Action::Split],
            ));
        }
        if self.finds_duplicates {
            plan.push(Draft::new(
                Action::Duplicates,
                "Find what occurs more than once",
                "each such item is named with its number, or there is none",
                &[Action::Split],
            ));
        }
        plan
    }

    pub(super) fn carry_out(&self, action: Action) -> Option<Outcome> {
        match action {
            Action::Split | Action::Count => Some(Ok(self.count())),
            Action::Sort => Some(Ok(self.sorted())),
            Action::Duplicates => Some(Ok(self.duplicates())),
            _ => None,
        }
    }

    fn count(&self) -> String {
        let different = self.occurrences().len();
        format!(
            "The list has {} items, {different} of them different.",
            self.items.len()
        )
    }

    fn sorted(&self) -> String {
        let mut items: Vec<(&String, Option<Exact>)> = self
            .items
            .iter()
            .map(|item| (item, plain_number(item)))
            .collect();
        let by_number = items.iter().all(|(_, number)| number.is_some());
        items.sort_by(|(a, x), (b, y)| match (x, y) {
            (Some(x), Some(y)) if by_number => x.order(*y),
            _ => a.to_lowercase().cmp(&b.to_lowercase()),
        });
        let shown: Vec<String> = items
            .iter()
            .take(SHOWN)
            .map(|(item, _)| format!("- {}", clip(item, ITEM_BYTES)))
            .collect();
        let how = if by_number {
            "by size"
        } else {
            "alphabetically"
        };
        let rest = match items.len().saturating_sub(SHOWN) {
            0 => String::new(),
            rest => format!("\nand {rest} more"),
        };
        format!("Sorted {how}:\n{}{rest}", shown.join("\n"))
    }

    fn duplicates(&self) -> String {
        let repeated: Vec<String> = self
            .occurrences()
            .values()
            .filter(|(_, times)| *times > 1)
            .take(SHOWN)
            .map(|(item, times)| format!("- {}: {times} times", clip(item, ITEM_BYTES)))
            .collect();
        if repeated.is_empty() {
            "No item occurs more than once.".to_owned()
        } else {
            format!("More than once, capitals aside:\n{}", repeated.join("\n"))
        }
    }

    fn occurrences(&self) -> BTreeMap<String, (&str, usize)> {
        let mut seen: BTreeMap<String, (&str, usize)> = BTreeMap::new();
        for item in &self.items {
            seen.entry(item.to_lowercase()).or_insert((item, 0)).1 += 1;
        }
        seen
    }
}

fn items(material: &str) -> Vec<String> {
    let material = material.trim();
    let split: Vec<&str> = if material.lines().nth(1).is_some() {
        material.lines().collect()
    } else if material.contains(';') {
        material.split(';').collect()
    } else if material.contains(", ") {
        material.split(", ").collect()
    } else {
        material.split(',').collect()
    };
    let last = split.len().saturating_sub(1);
    let mut items: Vec<String> = Vec::with_capacity(split.len() + 1);
    for (index, item) in split.iter().enumerate() {
        let item = bare(item);
        let item = if index == 0 {
            without_command(item)
        } else {
            item
        };
        let closing = (index == last && last > 0).then(|| {
            let item = item
                .strip_prefix("and ")
                .or_else(|| item.strip_prefix("or "))
                .unwrap_or(item);
            item.split_once(" and ")
                .or_else(|| item.split_once(" or "))
                .unwrap_or((item, ""))
        });
        let (one, two) = closing.unwrap_or((item, ""));
        items.extend(
            [one, two]
                .into_iter()
                .map(bare)
                .filter(|item| !item.is_empty())
                .map(ToOwned::to_owned),
        );
    }
    items
}

/// An item without bullet, number, quotes and the point at its end.
fn bare(item: &str) -> &str {
    let item = item.trim();
    let item = item
        .strip_prefix(['-', '*', '•'])
        .filter(|rest| rest.starts_with(' '))
        .or_else(|| {
            item.split_once(['.', ')'])
                .filter(|(number, rest)| number.parse::<u32>().is_ok() && rest.starts_with(' '))
                .map(|(_, rest)| rest)
        })
        .unwrap_or(item);
    item.trim()
        .trim_matches(['"', '“', '”', '\''])
        .trim_end_matches(['.', ',', '?'])
        .trim()
}

fn without_command(item: &str) -> &str {
    let mut rest = item;
    while let Some((word, after)) = rest.split_once(' ')
        && is_in(COMMANDS, word)
    {
        rest = after.trim_start();
    }
    rest
}

fn plain_number(item: &str) -> Option<Exact> {
    match quantities(item).as_slice() {
        [one] if one.raw == item && one.measure == Measure::Plain => Some(one.value),
        _ => None,
    }
}
