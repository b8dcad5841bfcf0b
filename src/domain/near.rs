//! Names that were nearly written right.

/// How many letters must be put in, left out, replaced or swapped with their neighbour to turn one into the other. Of
/// `from`, the first 80 characters count.
pub fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(80).collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

/// The one of `known` that is meant by `name`: the same but for case and marks between words, else the only nearest one
/// that is at most two letters away.
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(exact) = known.iter().find(|other| **other == name) {
        return Some(exact);
    }
    let wanted = plain(name);
    let mut same = known.iter().filter(|other| plain(other) == wanted);
    if let (Some(only), None) = (same.next(), same.next()) {
        return Some(only);
    }
    let by = |other: &&str| distance(&wanted, &plain(other));
    let least = known.iter().map(by).min().filter(|&by| by <= 2)?;
    // Of a short name, two letters are most of it.
    if least * 3 > wanted.chars().count() {
        return None;
    }
    let mut nearest = known.iter().filter(|other| by(other) == least);
    match (nearest.next(), nearest.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn near_names_are_meant() {
        let known = ["read_file", "list_files", "write_file", "now", "calculate"];
        for (name, wanted) in [
            ("read_file", Some("read_file")),
            ("ReadFile", Some("read_file")),
            ("read-file", Some("read_file")),
            ("calulate", Some("calculate")),
            ("calculator", Some("calculate")),
            ("red_fiel", Some("read_file")),
            ("how", Some("now")),
            ("", None),
            ("rm", None),
        ] {
            assert_eq!(meant(name, known), wanted, "{name}");
        }
    }
}
