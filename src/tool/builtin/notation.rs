//! What people and models write for arithmetic, made the calculator's own, and what is none refused.

/// The deepest nesting of brackets.
const MOST_DEPTH: usize = 64;

/// The most powers in one expression.
const MOST_POWERS: usize = 8;

/// The expression as the calculator reads it.
///
/// # Errors
/// Why it is no arithmetic, or what of it could be read in two ways.
pub(super) fn plain(expression: &str) -> Result<String, &'static str> {
    let text = expression
        .replace("**", "^")
        .replace(['×', '·'], "*")
        .replace('÷', "/")
        .replace('−', "-");
    let (mut depth, mut powers) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '^' => powers += 1,
            '\\' | '"' | '\'' | '`' | '@' | ';' | ':' => {
                return Err(
                    "only arithmetic, units and dates can be calculated, no code, text or time of day",
                );
            }
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Err("the brackets are nested too deeply");
        }
        if powers > MOST_POWERS {
            return Err("there are too many powers in it");
        }
    }
    if text.contains("<<") || text.contains(">>") {
        return Err("shifts are not known: multiply or divide by a power of 2");
    }
    let compares = ["==", "!=", "<=", ">="];
    let rest = compares
        .iter()
        .fold(text.clone(), |text, sign| text.replace(sign, ""));
    if rest.contains('=') {
        return Err("nothing can be assigned; give one expression");
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    if text.split(|c| !is_part(c)).any(|word| word == "i") {
        return Err("complex numbers are not known");
    }
    without_commas(&text).ok_or(
        "a comma may only stand between thousands, as in 1,234,567; write 1.5 with a point, and the average of two numbers as (2 + 3) / 2",
    )
}

/// The text with the commas between thousands taken out; none where one stands elsewhere.
fn without_commas(text: &str) -> Option<String> {
    let mut plain = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_digit() && c != ',') {
        let number = piece.trim_end_matches(|c: char| !c.is_ascii_digit() && c != ',');
        if number.contains(',') {
            let mut groups = number.split(',');
            let first = groups.next().unwrap_or_default();
            let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0');
            // Behind a point or a letter there are no thousands.
            let before = plain.chars().next_back();
            let is_behind = before.is_some_and(|c| c == '.' || c == '_' || c.is_alphabetic());
            if !is_first || is_behind || !groups.all(|group| group.len() == 3) {
                return None;
            }
        }
        plain.extend(piece.chars().filter(|c| *c != ','));
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn notations_are_made_one() {
        for (given, wanted) in [
            ("3 ** 4", "3 ^ 4"),
            ("2 × 3 ÷ 4 − 1", "2 * 3 / 4 - 1"),
            ("1,234,567 * 2", "1234567 * 2"),
            ("(1,000.5 + 12,000)/2", "(1000.5 + 12000)/2"),
            ("5 in to cm", "5 in to cm"),
            ("1 <= 2", "1 <= 2"),
        ] {
            assert_eq!(plain(given), Ok(wanted.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for given in [
            "1,5 + 2",
            "0,125 * 8",
            "1.234,56",
            "1.5,000",
            "12,34,567",
            "1,2345",
            "average(1, 2, 3)",
            "average(1,2,3)",
            "max(4,5)",
            "e,000",
            ",5",
            "5,",
        ] {
            assert!(plain(given).is_err(), "{given}: {:?}", plain(given));
        }
    }
}
