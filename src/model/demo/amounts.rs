//! Quantities brought to one unit.

use super::number::Exact;
use super::quantity::{Measure, Quantity};
use super::units::{Dimension, Magnitude, Unit};

/// Said where a number does not fit.
pub(super) const TOO_LARGE: &str = "the numbers are too large to compute with exactly";

/// Quantities in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amounts {
    /// In the order of the quantities they come from.
    pub(super) values: Vec<Exact>,
    pub(super) measure: Measure,
    magnitude: Option<Magnitude>,
    /// What had to be assumed.
    pub(super) note: Option<String>,
}

impl Amounts {
    /// Brings quantities to the unit of the first that has one.
    ///
    /// # Errors
    /// Why they have no common unit.
    pub(super) fn of(quantities: &[&Quantity]) -> Result<Self, String> {
        let known: Vec<&Quantity> = quantities
            .iter()
            .copied()
            .filter(|q| q.measure.dimension().is_some())
            .collect();
        let magnitude = quantities.iter().filter_map(|q| q.magnitude).max();
        let Some((first, others)) = known.split_first() else {
            return Ok(Self::counted(quantities, magnitude));
        };
        let kind = first.measure.dimension();
        if let Some(other) = others.iter().find(|q| q.measure.dimension() != kind) {
            return Err(no_common_unit(first, other));
        }
        if let Some(other) = quantities
            .iter()
            .find(|q| matches!(q.measure, Measure::Counted(_)))
        {
            return Err(no_common_unit(first, other));
        }
        let mut note = None;
        let mut values = Vec::with_capacity(quantities.len());
        for quantity in quantities {
            let value = if let (Measure::Known(from), Measure::Known(to)) =
                (&quantity.measure, &first.measure)
            {
                convert(quantity.value, from, to).ok_or_else(|| TOO_LARGE.to_owned())?
            } else {
                note = Some(format!(
                    "{} stands without a unit; it is taken to have the same one",
                    quantity.raw
                ));
                quantity.value
            };
            values.push(value);
        }
        Ok(Self {
            values,
            measure: first.measure.clone(),
            magnitude,
            note,
        })
    }

    fn counted(quantities: &[&Quantity], magnitude: Option<Magnitude>) -> Self {
        let words: Vec<&str> = quantities
            .iter()
            .filter_map(|q| match &q.measure {
                Measure::Counted(word) => Some(word.as_str()),
                Measure::Plain | Measure::Known(_) => None,
            })
            .collect();
        let alike = words.windows(2).all(|pair| pair[0] == pair[1]);
        let (measure, note) = match words.first() {
            None => (Measure::Plain, None),
            Some(word) if alike => (Measure::Counted((*word).to_owned()), None),
            Some(_) => (
                Measure::Plain,
                Some(format!(
                    "{} are counted; only the numbers are compared",
                    words.join(" and ")
                )),
            ),
        };
        Self {
            values: quantities.iter().map(|q| q.value).collect(),
            measure,
            magnitude,
            note,
        }
    }

    /// An amount with magnitude and unit, `about` before it where it is rounded.
    pub(super) fn show(&self, value: Exact) -> String {
        let scaled = self
            .magnitude
            .and_then(|m| Some((m, value.over(Exact::scaled(1, m.exponent)?)?)));
        match scaled {
            Some((magnitude, scaled)) if !value.is_zero() => format!(
                "{} {}{}",
                scaled.show().hedged(),
                magnitude.word,
                self.measure.suffix(false)
            ),
            _ => {
                let shown = value.show();
                let one = shown.text == "1";
                format!("{}{}", shown.hedged(), self.measure.suffix(one))
            }
        }
    }

    /// A difference of two amounts: of percentages it is one of percentage points.
    pub(super) fn show_difference(&self, value: Exact) -> String {
        if self.measure.dimension() == Some(Dimension::Share) {
            format!("{} percentage points", value.show().hedged())
        } else {
            self.show(value)
        }
    }

    /// Whether zero means that there is nothing, so that a ratio says something.
    pub(super) fn has_true_zero(&self) -> bool {
        self.measure.dimension() != Some(Dimension::Temperature)
    }
}

fn no_common_unit(one: &Quantity, other: &Quantity) -> String {
    let kind = |quantity: &Quantity| match &quantity.measure {
        Measure::Known(unit) => unit.dimension.name(),
        Measure::Counted(word) => format!("a number of {word}"),
        Measure::Plain => "a number".to_owned(),
    };
    format!(
        "{} is {} and {} is {}, so they have no common unit",
        one.raw,
        kind(one),
        other.raw,
        kind(other)
    )
}

fn convert(value: Exact, from: &Unit, to: &Unit) -> Option<Exact> {
    if from == to {
        return Some(value);
    }
    let freezing = Exact::new(32, 1)?;
    let value = if from.is_fahrenheit() {
        value.minus(freezing)?
    } else {
        value
    };
    let factor = Exact::new(from.num, from.den)?.over(Exact::new(to.num, to.den)?)?;
    let value = value.times(factor)?;
    if to.is_fahrenheit() {
        value.plus(freezing)
    } else {
        Some(value)
    }
}
