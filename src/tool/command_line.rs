//! A command as a model writes it and as a person is shown it: words, and never anything that a shell would do with them.

use std::iter::Peekable;
use std::str::Chars;

use crate::domain::sanitize;

/// The words of a line, by the rules of quoting that a shell has. What only a shell could carry out is refused, as the
/// program would be given it as text and nobody would notice.
///
/// # Errors
/// What to write in its place, for a model.
pub(super) fn split(line: &str) -> Result<Vec<String>, String> {
    if let Some(operator) = for_a_shell(line) {
        return Err(format!(
            "`{operator}` is for a shell, and there is none here: run one program a call, quote what is meant as text, or give a list such as [\"sh\", \"-c\", \"…\"] where a shell is needed"
        ));
    }
    shlex::split(line).ok_or_else(|| {
        "a quote in the command has no end: give a list such as [\"program\", \"argument\"] instead"
            .to_owned()
    })
}

/// The words as they are given to the program, told apart from each other and with nothing hidden: plain ones bare, all
/// others in double quotes with escapes.
pub(super) fn shown(words: &[String]) -> String {
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,^~".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                return word.clone();
            }
            let quoted = serde_json::Value::from(word.as_str()).to_string();
            sanitize::json(&quoted).into_owned()
        })
        .collect();
    shown.join(" ")
}

/// The first thing in a line that means something to a shell alone.
fn for_a_shell(line: &str) -> Option<String> {
    let mut chars = line.chars().peekable();
    let mut begins_word = true;
    while let Some(c) = chars.next() {
        let begins = std::mem::replace(&mut begins_word, c.is_whitespace());
        match c {
            '\\' => {
                chars.next();
            }
            '\'' => while chars.next().is_some_and(|c| c != '\'') {},
            '"' => {
                if let Some(found) = within_quotes(&mut chars) {
                    return Some(found);
                }
            }
            '\n' => return Some("a second line".to_owned()),
            '#' if begins => return Some("#".to_owned()),
            ';' | '|' | '&' | '<' | '>' | '(' | ')' | '`' => return Some(c.to_string()),
            '$' => {
                if let Some(found) = expansion(&mut chars) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

fn within_quotes(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => {
                chars.next();
            }
            '`' => return Some(c.to_string()),
            '$' => {
                if let Some(found) = expansion(chars) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// What `$` begins, where a shell would put something else in its place.
fn expansion(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let next = *chars.peek()?;
    let expands = next.is_ascii_alphanumeric() || "_({?!@*#$".contains(next);
    expands.then(|| format!("${next}"))
}

#[cfg(test)]
mod tests {
    use super::{shown, split};

    #[test]
    fn quotes_make_words() {
        for (line, words) in [
            ("cargo test --all", vec!["cargo", "test", "--all"]),
            (
                "grep -n 'a|b; $x' \"c d\"",
                vec!["grep", "-n", "a|b; $x", "c d"],
            ),
            (
                r#"printf "%s\n" a\ b \; "\$x""#,
                vec!["printf", "%s\\n", "a b", ";", "$x"],
            ),
            ("find . -name *.rs", vec!["find", ".", "-name", "*.rs"]),
            ("echo a#b 5$ '$'", vec!["echo", "a#b", "5$", "$"]),
            ("", vec![]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn what_is_for_a_shell_is_refused_with_the_remedy() {
        for (line, operator) in [
            ("ls | wc", "`|`"),
            ("a && b", "`&`"),
            ("a; b", "`;`"),
            ("a > b", "`>`"),
            ("a < b", "`<`"),
            ("echo $(id)", "`$(`"),
            ("echo \"$(id)\"", "`$(`"),
            ("echo `id`", "```"),
            ("echo \"`id`\"", "```"),
            ("echo $HOME", "`$H`"),
            ("echo \"${HOME}\"", "`${`"),
            ("(cd x)", "`(`"),
            ("a\nb", "`a second line`"),
            ("a # b", "`#`"),
        ] {
            let problem = split(line).unwrap_err();
            assert!(problem.starts_with(operator), "{line}: {problem}");
            assert!(problem.contains("[\"sh\", \"-c\""));
        }
        assert!(split("echo 'x").unwrap_err().contains("no end"));
    }

    #[test]
    fn what_is_shown_hides_nothing() {
        let words = [
            "sh",
            "-c",
            "a b",
            "",
            "\u{1b}[2J\n",
            "a\u{202e}b",
            "\"",
            "-x=1",
        ];
        let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
        assert_eq!(
            shown(&words),
            r#"sh -c "a b" "" "\u001b[2J\n" "a\u202eb" "\"" -x=1"#
        );
    }
}
