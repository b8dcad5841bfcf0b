//! Keys in sentences: `<run.resume_run> goes on with it` reads "`R` goes on with it", or whatever key does that by now.

use std::borrow::Cow;

use super::{Keymap, Row};

impl Keymap {
    /// The sentence with the key of each action that it names as `<context.action>`, as settings name the two. An action that
    /// has no key any more goes by its name among the commands; what names no action stays as it is.
    pub fn spelled<'a>(&self, sentence: &'a str) -> Cow<'a, str> {
        let mut spelled = String::new();
        let mut done = 0;
        for (at, _) in sentence.match_indices('<') {
            let named = sentence[at + 1..].split_once('>');
            let row = named.and_then(|(name, _)| Some((name, self.named(name)?)));
            if let Some((name, row)) = row {
                spelled.push_str(&sentence[done..at]);
                spelled.push_str(&row.spelled());
                done = at + name.len() + 2;
            }
        }
        if done == 0 {
            return Cow::Borrowed(sentence);
        }
        spelled.push_str(&sentence[done..]);
        Cow::Owned(spelled)
    }

    fn named(&self, name: &str) -> Option<&Row> {
        let (context, action) = name.split_once('.')?;
        let mut rows = self.rows.iter();
        rows.find(|row| row.binding.context.name() == context && row.binding.name() == action)
    }
}

impl Row {
    fn spelled(&self) -> String {
        match self.keys.first() {
            Some((written, _)) => format!("`{written}`"),
            None => format!("\"{}\" among the commands", self.binding.label),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::tui::keymap::KeyChange;

    #[test]
    fn a_sentence_follows_the_keys_in_force() {
        let keys = ["f7".to_owned(), "R".to_owned()];
        let changes = [("run", "resume_run", &keys[..]), ("run", "export", &[])].map(
            |(context, action, keys)| KeyChange {
                context,
                action,
                keys,
            },
        );
        let other = Keymap::with(changes).unwrap();
        for (sentence, before, after) in [
            ("<run.resume_run> goes on", "`R` goes on", "`f7` goes on"),
            (
                "try <run.export>",
                "try `e`",
                "try \"export\" among the commands",
            ),
            (
                "a < b, <b> and <run.no>",
                "a < b, <b> and <run.no>",
                "a < b, <b> and <run.no>",
            ),
            ("<<run.resume_run>><", "<`R`><", "<`f7`><"),
        ] {
            assert_eq!(Keymap::default().spelled(sentence), before);
            assert_eq!(other.spelled(sentence), after);
        }
    }

    #[test]
    fn sentences_of_the_interface_name_actions_not_keys() {
        let named = regex_lite::Regex::new("<([a-z_]+[.][a-z_]+)>").unwrap();
        let quoted = regex_lite::Regex::new("`([^` ]+)`").unwrap();
        let keymap = Keymap::default();
        let mut found = 0;
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui")) {
            // Here keys themselves are spoken of.
            if path.ends_with("keymap/change.rs") || path.ends_with("keymap/spelled.rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let program = source.split("#[cfg(test)]").next().unwrap();
            let lines = program
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in lines {
                for action in named.captures_iter(line) {
                    assert!(
                        keymap.named(&action[1]).is_some(),
                        "{}: {line}",
                        path.display()
                    );
                    found += 1;
                }
                for key in quoted.captures_iter(line).filter(|_| line.contains('"')) {
                    let known = keymap.rows.iter().flat_map(|row| &row.keys);
                    let is_key = known.into_iter().any(|(written, _)| *written == key[1]);
                    assert!(!is_key, "{} names a key: {line}", path.display());
                }
            }
        }
        assert!(found > 30, "only {found} sentences were found");
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut files = Vec::new();
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                files.extend(sources(&path));
            } else {
                files.push(path);
            }
        }
        files
    }
}
