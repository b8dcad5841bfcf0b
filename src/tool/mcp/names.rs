//! The names that tools of a server go by: `SERVER__TOOL`, in letters that every model server takes.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// The longest name of a tool.
const MOST: usize = 64;
/// Letters of the hash that tells names apart that would look the same.
const HASH: usize = 6;

/// The name of each tool of a server, in the order given. A name depends on the set of names only, not on their order;
/// one that had to be changed beyond recognition, or that would be another's, ends with a hash of the real one.
pub(super) fn names(server: &str, tools: &[&str]) -> Vec<String> {
    let most = MOST.saturating_sub(server.len() + 2);
    let mut users: BTreeMap<String, usize> = BTreeMap::new();
    for tool in tools {
        *users.entry(plain(tool)).or_default() += 1;
    }
    let name = |tool: &&str| {
        let plain = plain(tool);
        let shared = users.get(&plain).is_some_and(|&users| users > 1) && plain != **tool;
        let empty = !plain.contains(|c: char| c.is_ascii_alphanumeric());
        if !shared && !empty && plain.len() <= most {
            return format!("{server}__{plain}");
        }
        let stem = if empty { "tool" } else { &plain };
        let stem = &stem[..stem.len().min(most.saturating_sub(HASH + 1))];
        format!("{server}__{stem}_{}", hash(tool))
    };
    tools.iter().map(name).collect()
}

fn plain(tool: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    tool.chars().map(letter).collect()
}

fn hash(tool: &str) -> String {
    let digest = Sha256::digest(tool.as_bytes());
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.concat();
    hex[..HASH].to_owned()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_keeps_what_it_can() {
        assert_eq!(
            names("fs", &["read_file", "get-sum", "a.b/c d"]),
            ["fs__read_file", "fs__get_sum", "fs__a_b_c_d"]
        );
    }

    #[test]
    fn names_that_would_be_the_same_are_told_apart_in_any_order() {
        let one = names("s", &["a-b", "a_b", "a.b"]);
        let other = names("s", &["a_b", "a.b", "a-b"]);
        assert_eq!(one[1], "s__a_b");
        assert!(one[0] != one[2] && one[0] != one[1], "{one:?}");
        assert_eq!(
            [&one[0], &one[1], &one[2]],
            [&other[2], &other[0], &other[1]]
        );
    }

    #[test]
    fn every_name_is_taken_by_model_servers() {
        let long = "x".repeat(300);
        let longer = "x".repeat(301);
        let odd = ["", "\u{1b}[31m", "文件", "ö", &long, &longer, "__", "-"];
        let names = names("a_server_of_24_characters", &odd);
        let mut different = names.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), odd.len(), "{names:?}");
        for name in names {
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(name.len() <= 64 && name.chars().all(letters), "{name}");
        }
    }
}
