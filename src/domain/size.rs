//! How many steps a model's plans should have: small models lose the thread of long ones.

/// The least and the most steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub least: usize,
    /// The most.
    pub most: usize,
}

impl Range {
    /// As a planner is asked for it.
    pub fn words(self) -> String {
        format!("{} to {}", self.least, self.most)
    }
}

/// The range for a model whose server words its size so, such as `8.0B`, `70.6B`, `8x7B` or `500M`: up to 8 billion
/// parameters 3 to 4 steps, to 34 billion 4 to 6, above 5 to 7; sizes between two classes belong to the lower one.
/// 3 to 7 where the size is not known.
pub fn plan_range(parameter_size: Option<&str>) -> Range {
    let range = |least, most| Range { least, most };
    match parameter_size.and_then(billions) {
        None => range(3, 7),
        Some(size) if size < 13.0 => range(3, 4),
        Some(size) if size < 70.0 => range(4, 6),
        Some(_) => range(5, 7),
    }
}

fn billions(text: &str) -> Option<f64> {
    let text = text.trim().to_uppercase();
    let (number, unit) = match text.strip_suffix('B') {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('M')?, 0.001),
    };
    let mut size = unit;
    for factor in number.split('X') {
        size *= factor.trim().parse::<f64>().ok()?;
    }
    (size.is_finite() && size > 0.0).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::plan_range;

    #[test]
    fn larger_models_may_plan_more() {
        for (size, words) in [
            (Some("500M"), "3 to 4"),
            (Some("1.2B"), "3 to 4"),
            (Some("8.0B"), "3 to 4"),
            (Some("12.9B"), "3 to 4"),
            (Some("13B"), "4 to 6"),
            (Some("34.4b"), "4 to 6"),
            (Some("8x7B"), "4 to 6"),
            (Some("70.6B"), "5 to 7"),
            (Some("8x22B"), "5 to 7"),
            (Some("large"), "3 to 7"),
            (Some("-1B"), "3 to 7"),
            (None, "3 to 7"),
        ] {
            assert_eq!(plan_range(size).words(), words, "{size:?}");
        }
    }
}
