//! `#E1` in the text of a step: the result of the first step. The number is read to its end, so that `#E1` never stands
//! in `#E10`, and a text that is put in is never read again.

/// The numbers that a text refers to, in order of appearance, each once.
pub fn references(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    each(text, |piece| {
        if let Piece::Reference(number, _) = piece
            && !found.contains(&number)
        {
            found.push(number);
        }
    });
    found
}

/// The text with each reference replaced by what `result` gives for its number; one that it has nothing for stays.
pub fn fill(text: &str, result: impl Fn(usize) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    each(text, |piece| match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::Reference(number, written) => match result(number) {
            Some(value) => out.push_str(&value),
            None => out.push_str(written),
        },
    });
    out
}

enum Piece<'a> {
    Text(&'a str),
    Reference(usize, &'a str),
}

fn each<'a>(text: &'a str, mut take: impl FnMut(Piece<'a>)) {
    let mut rest = text;
    while let Some(at) = rest.find("#E") {
        let (before, from) = rest.split_at(at);
        take(Piece::Text(before));
        let behind = &from[2..];
        let digits = behind.len()
            - behind
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let (written, after) = from.split_at(2 + digits);
        match behind[..digits].parse() {
            Ok(number) => take(Piece::Reference(number, written)),
            Err(_) => take(Piece::Text(written)),
        }
        rest = after;
    }
    take(Piece::Text(rest));
}

#[cfg(test)]
mod tests {
    use super::{fill, references};

    #[test]
    fn a_number_is_read_to_its_end() {
        let result = |n: usize| (n <= 10).then(|| format!("<{n} and #E2>"));
        assert_eq!(
            fill("#E1, #E10, #E11, #E, a[#E2]]", result),
            "<1 and #E2>, <10 and #E2>, #E11, #E, a[<2 and #E2>]]"
        );
        assert_eq!(references("#E3 #E1 #E3 #Ex"), [3, 1]);
    }
}
