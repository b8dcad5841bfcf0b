//! Texts side by side: what is shown of a difference is the difference.

use planwright::domain::lines::{LineChange, compare};
use proptest::prelude::*;

fn sides(changes: &[LineChange]) -> (Vec<&str>, Vec<&str>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            LineChange::Same(line) => {
                old.push(line.as_str());
                new.push(line.as_str());
            }
            LineChange::Gone(line) => old.push(line.as_str()),
            LineChange::New(line) => new.push(line.as_str()),
        }
    }
    (old, new)
}

fn differing(changes: &[LineChange]) -> usize {
    let is_same = |change: &&LineChange| matches!(change, LineChange::Same(_));
    changes.len() - changes.iter().filter(is_same).count()
}

#[test]
fn only_what_differs_is_marked() {
    assert_eq!(compare("a\nb", "a\nb"), []);
    let changes = compare("a\nb\nc\nd", "a\nc\nx\nd");
    let wanted = [
        LineChange::Same("a".to_owned()),
        LineChange::Gone("b".to_owned()),
        LineChange::Same("c".to_owned()),
        LineChange::New("x".to_owned()),
        LineChange::Same("d".to_owned()),
    ];
    assert_eq!(changes, wanted);
}

#[test]
fn very_long_texts_are_compared_in_bounded_work() {
    let count = |from: u32| {
        let numbers: Vec<String> = (from..from + 50_000).map(|n| n.to_string()).collect();
        numbers.join("\n")
    };
    let (old, new) = (count(0), count(1));
    let changes = compare(&old, &new);
    assert_eq!(differing(&changes), 100_000);
}

proptest! {
    #[test]
    fn both_texts_can_be_read_off(old in "[ab\n]{0,40}", new in "[ab\n]{0,40}") {
        let changes = compare(&old, &new);
        if old == new {
            prop_assert!(changes.is_empty());
        } else {
            let (before, after) = sides(&changes);
            prop_assert_eq!(before, old.lines().collect::<Vec<_>>());
            prop_assert_eq!(after, new.lines().collect::<Vec<_>>());
        }
    }
}
