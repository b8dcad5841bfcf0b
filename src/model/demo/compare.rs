//! Comparing the quantities of a task.

use super::action::{Action, Draft, Outcome};
use super::amounts::{Amounts, TOO_LARGE};
use super::number::{Exact, SIGNIFICANT};
use super::quantity::{Quantity, quantities};

/// Quantities to compare, at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    items: Vec<Quantity>,
    /// What each of them is to be divided by.
    references: Vec<Quantity>,
}

impl Comparison {
    /// A comparison of these; none where there are fewer than two.
    pub(super) fn of(quantities: Vec<Quantity>) -> Option<Self> {
        if quantities.len() < 2 {
            return None;
        }
        let (references, items): (Vec<_>, Vec<_>) =
            quantities.into_iter().partition(|q| q.is_reference);
        if items.len() < 2 {
            let items = items.into_iter().chain(references).collect();
            let references = Vec::new();
            return Some(Self { items, references });
        }
        Some(Self { items, references })
    }

    pub(super) fn plan(&self) -> Vec<Draft> {
        use Action::{Convert, Divide, DivideBy, Read, State, Subtract};
        let mut plan = vec![Draft::new(
            Read,
            format!("Read the {} quantities in the task", self.items.len()),
            "each has an amount, and a unit and a name where the task gives them",
            &[],
        )];
        let units_differ = self
            .items
            .windows(2)
            .any(|pair| pair[0].measure != pair[1].measure);
        if units_differ {
            plan.push(Draft::new(
                Convert,
                "Bring the quantities to one unit",
                "all amounts have the same unit",
                &[Read],
            ));
            if self.shared().is_none() {
                return plan;
            }
        }
        plan.push(Draft::new(
            Subtract,
            "Subtract the smaller amount from the larger one",
            "the difference has a unit",
            &[Read, Convert],
        ));
        plan.push(Draft::new(
            Divide,
            "Divide the larger amount by the smaller one",
            "the quotient is a number, with its rounding",
            &[Read, Convert],
        ));
        for reference in &self.references {
            plan.push(Draft::new(
                DivideBy,
                format!("Compute the ratio of each to {}", reference.raw),
                "there is one number for each quantity",
                &[Read, Convert],
            ));
        }
        if self.references.is_empty() {
            plan.push(Draft::new(
                State,
                "State the comparison in words",
                "it says which is larger and by how much",
                &[Subtract, Divide],
            ));
        }
        plan
    }

    /// The steps that stand in for a failed one.
    pub(super) fn another_way(&self, failed: Option<Action>) -> Vec<Draft> {
        let state = |what: &str| {
            Draft::new(
                Action::State,
                format!("State the comparison, leaving out {what}"),
                "it says which is larger and by how much",
                &[],
            )
        };
        let explain = |what: String| {
            Draft::new(
                Action::Explain,
                format!("Explain why {what}"),
                "the reason is given",
                &[],
            )
        };
        match failed {
            Some(Action::DivideBy) => {
                let what = format!("the ratio to {}", self.reference_names());
                vec![state(&what), explain(format!("{what} has no value"))]
            }
            Some(Action::Divide) => vec![explain("the amounts have no ratio".to_owned())],
            Some(Action::Convert) => {
                let groups = self.groups();
                if groups.is_empty() {
                    return vec![explain("the quantities cannot be compared".to_owned())];
                }
                let names: Vec<&str> = groups.iter().flatten().map(|q| q.raw.as_str()).collect();
                vec![
                    Draft::new(
                        Action::Shared,
                        format!("Compare only what can share a unit: {}", names.join(", ")),
                        "it says which is larger and by how much",
                        &[],
                    ),
                    explain("the others cannot be compared with them".to_owned()),
                ]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn carry_out(&self, action: Action, description: &str) -> Option<Outcome> {
        Some(match action {
            Action::Read | Action::Split | Action::Count => Ok(self.read()),
            Action::Convert => self.convert(),
            Action::Subtract => self.subtract(),
            Action::Divide => self.divide(),
            Action::DivideBy => self.divide_by(description),
            Action::State => self.state(),
            Action::Shared => self.compare_groups(),
            Action::Explain => Ok(self.explain()),
            _ => return None,
        })
    }

    fn read(&self) -> String {
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

    fn convert(&self) -> Outcome {
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

    fn subtract(&self) -> Outcome {
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

    fn divide(&self) -> Outcome {
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
    fn divide_by(&self, description: &str) -> Outcome {
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

    fn state(&self) -> Outcome {
        let items: Vec<&Quantity> = self.items.iter().collect();
        statement(&items)
    }

    fn compare_groups(&self) -> Outcome {
        let groups = self.groups();
        if groups.is_empty() {
            return Err("no two of the quantities share a unit".to_owned());
        }
        let statements: Result<Vec<String>, String> =
            groups.iter().map(|group| statement(group)).collect();
        Ok(statements?.join("\n"))
    }

    fn explain(&self) -> String {
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

    fn amounts(&self) -> Result<Amounts, String> {
        let items: Vec<&Quantity> = self.items.iter().collect();
        Amounts::of(&items)
    }

    fn shared(&self) -> Option<Amounts> {
        self.amounts().ok()
    }

    /// Quantities of the same kind, in groups of two and more.
    fn groups(&self) -> Vec<Vec<&Quantity>> {
        let mut groups: Vec<Vec<&Quantity>> = Vec::new();
        for item in &self.items {
            let same = |group: &&mut Vec<&Quantity>| {
                group[0].measure.dimension() == item.measure.dimension()
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(item),
                None => groups.push(vec![item]),
            }
        }
        groups.retain(|group| group.len() > 1);
        groups
    }

    fn reference_names(&self) -> String {
        let names: Vec<&str> = self.references.iter().map(|r| r.raw.as_str()).collect();
        names.join(" and ")
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
