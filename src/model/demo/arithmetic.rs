//! The steps of a comparison, carried out.

use super::action::Outcome;
use super::amounts::{Amounts, TOO_LARGE};
use super::compare::Comparison;
use super::number::{Exact, SIGNIFICANT};
use super::quantity::{Quantity, quantities};

impl Comparison {
    pub(super) fn read(&self) -> String {
        let line = |q: &Quantity| match q.label.as_str() {
            "" => format!("- {}", q.raw),
            label => format!("- {label}: {}", q.raw),
        };
        let mut lines: Vec<String> = self.items.iter().map(line).collect();
        if !self.references.is_empty() {
            lines.push(format!("To be divided by: {}", self.reference_names()));
        }
        format!(
            "The task gives {} quantities:\n{}",
            self.items.len(),
            lines.join("\n")
        )
    }

    pub(super) fn convert(&self) -> Outcome {
        let amounts = self.amounts()?;
        let mut lines: Vec<String> = self
            .items
            .iter()
            .zip(&amounts.values)
            .map(|(item, value)| format!("- {} = {}", item.introduced(), amounts.show(*value)))
            .collect();
        lines.extend(amounts.note.map(|note| format!("Note: {note}")));
        Ok(lines.join("\n"))
    }

    pub(super) fn subtract(&self) -> Outcome {
        let amounts = self.amounts()?;
        let ranked = ranked(&amounts.values);
        let largest = amounts.values[ranked[0]];
        let mut lines = Vec::new();
        for index in &ranked[1..] {
            let value = amounts.values[*index];
            let difference = largest.minus(value).ok_or_else(too_large)?;
            lines.push(format!(
                "{} - {} = {}",
                amounts.show(largest),
                amounts.show(value),
                amounts.show_difference(difference)
            ));
        }
        Ok(lines.join("\n"))
    }

    pub(super) fn divide(&self) -> Outcome {
        let amounts = self.amounts()?;
        let ranked = ranked(&amounts.values);
        let largest = ranked[0];
        let mut lines = Vec::new();
        for index in &ranked[1..] {
            lines.push(self.quotient(&amounts, largest, *index)?);
        }
        Ok(lines.join("\n"))
    }

    fn quotient(&self, amounts: &Amounts, over: usize, under: usize) -> Outcome {
        let (a, b) = (amounts.values[over], amounts.values[under]);
        if let Some(reason) = no_ratio(amounts, b, self.items[under].name()) {
            return Err(reason);
        }
        let ratio = a.over(b).ok_or_else(too_large)?;
        Ok(quotient_line(&amounts.show(a), &amounts.show(b), ratio))
    }

    /// Divides every quantity by those that the step names, else by those that the task names.
    pub(super) fn divide_by(&self, description: &str) -> Outcome {
        let named = quantities(description);
        let references = if named.is_empty() {
            &self.references
        } else {
            &named
        };
        if references.is_empty() {
            return Err("no amount is given to divide by".to_owned());
        }
        let mut lines = Vec::new();
        for reference in references {
            for item in &self.items {
                let amounts = Amounts::of(&[item, reference])?;
                let (a, b) = (amounts.values[0], amounts.values[1]);
                if let Some(reason) = no_ratio(&amounts, b, &reference.raw) {
                    return Err(reason);
                }
                let ratio = a.over(b).ok_or_else(too_large)?;
                lines.push(quotient_line(&amounts.show(a), &amounts.show(b), ratio));
            }
        }
        Ok(lines.join("\n"))
    }

    pub(super) fn state(&self) -> Outcome {
        let items: Vec<&Quantity> = self.items.iter().collect();
        statement(&items)
    }

    pub(super) fn compare_groups(&self) -> Outcome {
        let groups = self.groups();
        if groups.is_empty() {
            return Err("no two of the quantities share a unit".to_owned());
        }
        let statements: Result<Vec<String>, String> =
            groups.iter().map(|group| statement(group)).collect();
        Ok(statements?.join("\n"))
    }

    pub(super) fn explain(&self) -> String {
        let amounts = match self.amounts() {
            Ok(amounts) => amounts,
            Err(reason) => {
                return format!(
                    "Amounts can be compared only in a common unit: {reason}. No conversion between the two exists in the task."
                );
            }
        };
        let zero = (amounts.values.iter().zip(&self.items))
            .map(|(value, item)| (*value, item))
            .chain(self.references.iter().map(|r| (r.value, r)))
            .find(|(value, _)| value.is_zero());
        match zero {
            _ if !amounts.has_true_zero() => format!("{}.", sentence(NO_TRUE_ZERO)),
            Some((_, quantity)) => format!(
                "A ratio to {} would divide by zero: no number times zero gives anything but zero, so that ratio has no value. The difference exists and is stated.",
                quantity.raw
            ),
            None => "Every ratio in the task has a value.".to_owned(),
        }
    }
}

const NO_TRUE_ZERO: &str = "zero degrees is no absence of temperature on this scale, so a ratio of two temperatures says nothing";

fn too_large() -> String {
    TOO_LARGE.to_owned()
}

fn no_ratio(amounts: &Amounts, divisor: Exact, name: &str) -> Option<String> {
    if !amounts.has_true_zero() {
        Some(NO_TRUE_ZERO.to_owned())
    } else if divisor.is_zero() {
        Some(format!("the ratio to {name} would divide by zero"))
    } else {
        None
    }
}

fn quotient_line(over: &str, under: &str, ratio: Exact) -> String {
    let shown = ratio.show();
    let rounding = if shown.exact {
        String::new()
    } else {
        format!(" (rounded to {SIGNIFICANT} significant digits)")
    };
    format!("({over}) / ({under}) = {}{rounding}", shown.text)
}

/// Which quantity is larger, by how much and how many times, in words.
fn statement(items: &[&Quantity]) -> Outcome {
    let amounts = Amounts::of(items)?;
    let order = ranked(&amounts.values);
    let mut lines = Vec::new();
    let mut ratio_missing = None;
    let (top, largest) = (items[order[0]], amounts.values[order[0]]);
    for index in &order[1..] {
        let (item, value) = (items[*index], amounts.values[*index]);
        let difference = largest.minus(value).ok_or_else(too_large)?;
        if difference.is_zero() {
            lines.push(format!(
                "{} and {} are equal.",
                top.introduced(),
                item.introduced()
            ));
            continue;
        }
        let times = match no_ratio(&amounts, value, item.name()) {
            Some(reason) => {
                ratio_missing = Some(reason);
                String::new()
            }
            None if largest.is_positive() && value.is_positive() => times_as_much(largest, value)?,
            None => String::new(),
        };
        lines.push(format!(
            "{} is larger than {} by {}{times}.",
            top.introduced(),
            item.introduced(),
            amounts.show_difference(difference),
        ));
    }
    lines.extend(ratio_missing.map(|reason| format!("No ratio is given: {reason}.")));
    lines.extend(amounts.note.map(|note| format!("{}.", sentence(&note))));
    Ok(lines.join("\n"))
}

/// The ratio and the surplus in percent, both with two decimals at most.
fn times_as_much(larger: Exact, smaller: Exact) -> Result<String, String> {
    let ratio = larger.over(smaller).ok_or_else(too_large)?;
    let surplus = ratio
        .minus(Exact::ONE)
        .and_then(|part| part.times(Exact::new(100, 1)?))
        .ok_or_else(too_large)?;
    Ok(format!(
        ", {} times as much ({} % more)",
        ratio.show().hedged(),
        surplus.show().hedged()
    ))
}

/// Indices from the largest to the smallest value.
fn ranked(values: &[Exact]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].order(values[*a]));
    order
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
