//! How two texts differ, line by line.

/// One line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChange {
    /// In both.
    Same(String),
    /// Only in the first.
    Gone(String),
    /// Only in the second.
    New(String),
}

/// The most lines between the first and the last difference that are matched with each other; longer stretches count as
/// replaced whole. Bounds the work to about its square.
const MOST_MATCHED: usize = 1_000;

/// The lines of both texts in order: what is gone stands before what is new in its place. Empty where the texts are
/// equal.
pub fn compare(before: &str, after: &str) -> Vec<LineChange> {
    if before == after {
        return Vec::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = ends.take_while(|(a, b)| a == b).count();
    let old_middle = &old_rest[..old_rest.len() - tail];
    let new_middle = &new_rest[..new_rest.len() - tail];
    let same = |lines: &[&str]| -> Vec<LineChange> {
        let lines = lines.iter();
        lines
            .map(|line| LineChange::Same((*line).to_owned()))
            .collect()
    };
    let mut changes = same(&old[..head]);
    changes.extend(middle(old_middle, new_middle));
    changes.extend(same(&old_rest[old_rest.len() - tail..]));
    changes
}

/// Matches as many lines as can be matched in order.
fn middle(old: &[&str], new: &[&str]) -> Vec<LineChange> {
    let gone = |line: &&str| LineChange::Gone((*line).to_owned());
    let fresh = |line: &&str| LineChange::New((*line).to_owned());
    if old.len() > MOST_MATCHED || new.len() > MOST_MATCHED {
        return old.iter().map(gone).chain(new.iter().map(fresh)).collect();
    }
    // How many lines can be matched from here to the end.
    let mut left = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            left[i][j] = if a == b {
                left[i + 1][j + 1] + 1
            } else {
                left[i + 1][j].max(left[i][j + 1])
            };
        }
    }
    let mut changes = Vec::with_capacity(old.len() + new.len());
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            changes.push(LineChange::Same(old[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if left[i + 1][j] >= left[i][j + 1] {
            changes.push(gone(&old[i]));
            i += 1;
        } else {
            changes.push(fresh(&new[j]));
            j += 1;
        }
    }
    changes.extend(old[i..].iter().map(gone));
    changes.extend(new[j..].iter().map(fresh));
    changes
}

/// The lines within which a diff says where its first part stands.
const DIFF_WITHIN: usize = 64;

/// Whether a text looks like a unified diff.
pub fn is_diff(text: &str) -> bool {
    let mut lines = text.lines().take(DIFF_WITHIN);
    lines.any(|line| line.starts_with("@@ "))
}
