//! A task that compares quantities: its plan, and what each step is.

use super::action::{Action, Draft, Outcome};
use super::amounts::Amounts;
use super::quantity::Quantity;

/// Quantities to compare, at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) items: Vec<Quantity>,
    /// What each of them is to be divided by.
    pub(super) references: Vec<Quantity>,
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
            if self.amounts().is_err() {
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

    pub(super) fn amounts(&self) -> Result<Amounts, String> {
        let items: Vec<&Quantity> = self.items.iter().collect();
        Amounts::of(&items)
    }

    /// Quantities of the same kind, in groups of two and more.
    pub(super) fn groups(&self) -> Vec<Vec<&Quantity>> {
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

    pub(super) fn reference_names(&self) -> String {
        let names: Vec<&str> = self.references.iter().map(|r| r.raw.as_str()).collect();
        names.join(" and ")
    }
}
