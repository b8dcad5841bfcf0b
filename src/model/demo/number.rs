//! Exact fractions: what a person typed is computed with as typed, and rounded only when it is shown.

use std::cmp::Ordering;

/// Significant digits of a number that has to be rounded.
pub(super) const SIGNIFICANT: u32 = 6;
/// Most digits after the point of a number that is shown exactly.
const EXACT_PLACES: u32 = 9;

/// A fraction in lowest terms. Operations give `None` where the result does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exact {
    num: i128,
    den: i128,
}

/// A number as text, and whether that text is the number itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) exact: bool,
}

impl Shown {
    /// The text, with `about` before it where it was rounded.
    pub(super) fn hedged(&self) -> String {
        if self.exact {
            self.text.clone()
        } else {
            format!("about {}", self.text)
        }
    }
}

impl Exact {
    pub(super) const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den`; none where `den` is zero.
    pub(super) fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let divisor = gcd(num, den)?;
        let (num, den) = (num / divisor, den / divisor);
        if den < 0 {
            Some(Self {
                num: num.checked_neg()?,
                den: den.checked_neg()?,
            })
        } else {
            Some(Self { num, den })
        }
    }

    /// `digits × 10^exponent`.
    pub(super) fn scaled(digits: i128, exponent: i32) -> Option<Self> {
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        if exponent < 0 {
            Self::new(digits, power)
        } else {
            Self::new(digits.checked_mul(power)?, 1)
        }
    }

    /// As it is written in an expression; none for a fraction that no decimals can say.
    pub(super) fn as_written(self) -> Option<String> {
        let shown = self.show();
        let digits = shown.text.replace(',', "");
        let is_plain = digits
            .chars()
            .all(|c| c.is_ascii_digit() || "-.".contains(c));
        (shown.exact && is_plain).then_some(digits)
    }

    pub(super) fn is_zero(self) -> bool {
        self.num == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.num > 0
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let left = self.num.checked_mul(other.den)?;
        let right = other.num.checked_mul(self.den)?;
        Self::new(left.checked_add(right)?, self.den.checked_mul(other.den)?)
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self {
            num: other.num.checked_neg()?,
            den: other.den,
        })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let cross = Self::new(self.num, other.den)?;
        let other = Self::new(other.num, self.den)?;
        Self::new(
            cross.num.checked_mul(other.num)?,
            cross.den.checked_mul(other.den)?,
        )
    }

    /// None also where `other` is zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.den, other.num)?)
    }

    /// By size; numbers too large to be compared exactly are compared as floating-point numbers.
    pub(super) fn order(self, other: Self) -> Ordering {
        match self.minus(other) {
            Some(difference) => difference.num.cmp(&0),
            None => self.approximate().total_cmp(&other.approximate()),
        }
    }

    /// With thousands separators; exact where that takes at most nine places, else rounded half up to six significant
    /// digits (more where the whole part has more).
    pub(super) fn show(self) -> Shown {
        self.show_exactly()
            .or_else(|| self.show_rounded())
            .unwrap_or_else(|| Shown {
                text: format!("{:.5e}", self.approximate()),
                exact: false,
            })
    }

    fn show_exactly(self) -> Option<Shown> {
        let places = (0..=EXACT_PLACES).find(|places| 10_i128.pow(*places) % self.den == 0)?;
        let digits = self.num.checked_mul(10_i128.pow(places) / self.den)?;
        Some(Shown {
            text: point(digits, places),
            exact: true,
        })
    }

    fn show_rounded(self) -> Option<Shown> {
        let smallest = 10_u128.pow(SIGNIFICANT - 1);
        let size = self.num.unsigned_abs();
        let den = self.den.unsigned_abs();
        let mut places = 0;
        let mut scaled = size;
        while scaled / den < smallest && places < 24 {
            scaled = scaled.checked_mul(10)?;
            places += 1;
        }
        let rounded = i128::try_from(scaled.checked_add(den / 2)? / den).ok()?;
        let text = point(rounded * self.num.signum(), places);
        Some(Shown {
            text: trim_zeros(&text),
            exact: false,
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "used only for numbers that no exact form fits"
    )]
    fn approximate(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn gcd(a: i128, b: i128) -> Option<i128> {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).ok()
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// `digits × 10^-places` with thousands separators.
fn point(digits: i128, places: u32) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let places = places as usize;
    let all = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = all.split_at(all.len() - places);
    let mut grouped = String::with_capacity(whole.len() * 4 / 3 + 1);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_exactly_where_they_can_be_and_rounded_where_not() {
        let shown = |num, den| {
            let shown = Exact::new(num, den).unwrap().show();
            (shown.text, shown.exact)
        };
        assert_eq!(shown(3, 2), ("1.5".to_owned(), true));
        assert_eq!(shown(1_234_567, 1), ("1,234,567".to_owned(), true));
        assert_eq!(shown(453, 303), ("1.49505".to_owned(), false));
        assert_eq!(shown(-2, 3), ("-0.666667".to_owned(), false));
        assert_eq!(shown(1, 3_000_000), ("0.000000333333".to_owned(), false));
        assert_eq!(shown(29_999_999, 3), ("10,000,000".to_owned(), false));
        assert_eq!(shown(0, 7), ("0".to_owned(), true));
    }

    #[test]
    fn what_does_not_fit_is_refused_instead_of_wrapped() {
        let huge = Exact::new(i128::MAX, 1).unwrap();
        assert_eq!(huge.times(huge), None);
        assert_eq!(huge.plus(Exact::ONE), None);
        assert_eq!(Exact::new(1, 0), None);
        assert_eq!(Exact::ONE.over(Exact::new(0, 5).unwrap()), None);
        assert_eq!(Exact::scaled(1, 60), None);
        assert!(!huge.show().text.is_empty());
    }
}
