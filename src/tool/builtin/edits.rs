//! One text replaced by another: where it stands, what comes of it, and what would help where it does not stand there.

use std::borrow::Cow;

use super::changes::MOST_BYTES;
use crate::tool::ToolError;

/// The most places that an error names.
const MOST_PLACES: usize = 5;

/// The most characters of a line that an error shows.
const MOST_LINE: usize = 200;

/// An edit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit<'a> {
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    /// Wherever it stands, rather than in the one place.
    pub(super) all: bool,
}

/// The text after the edit, and how many places it changed.
///
/// # Errors
/// Where the old text does not stand there, or more than once without [`Edit::all`], or nothing would change.
pub(super) fn edited(edit: &Edit<'_>, before: &str) -> Result<(String, usize), ToolError> {
    let wrong = |text: &str| Err(ToolError::BadArguments(text.to_owned()));
    if edit.old.is_empty() {
        return wrong("`old` is empty; write_file makes whole files");
    }
    if edit.old == edit.new {
        return wrong("`old` and `new` are the same");
    }
    let Some((old, new)) = found(edit, before) else {
        return Err(ToolError::Failed(not_found(edit.old, before)));
    };
    let (old, new) = (old.as_ref(), new.as_ref());
    if old == new {
        return wrong("nothing would change: `old` and `new` differ in line ends only");
    }
    let count = before.matches(old).count();
    let after = before.len() - count * old.len();
    let after = count.checked_mul(new.len()).map(|grown| grown + after);
    if edit.all {
        if after.is_none_or(|bytes| bytes > MOST_BYTES) {
            let text = "the file would get too large: no more than 4 MiB are written";
            return Err(ToolError::Refused(text.to_owned()));
        }
        return Ok((before.replace(old, new), count));
    }
    let (places, lines) = places(before, old);
    if places > 1 {
        return Err(ToolError::Failed(format!(
            "`old` stands there {places} times (lines {}{}): give more of the text around it, or set `all`",
            lines.join(", "),
            if places > MOST_PLACES { ", …" } else { "" }
        )));
    }
    Ok((before.replacen(old, new, 1), 1))
}

/// The old text as it stands in the file, and the new one to match. A model does not see line ends, nor whether the last
/// line has one, nor white space at the end of a line: the file's own are meant where the rest is the same.
fn found<'a>(edit: &Edit<'a>, before: &'a str) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    let (old, new) = (edit.old, edit.new);
    let bare = |text: &str| text.replace("\r\n", "\n");
    if before.contains(old) {
        let new = with_ends_of(before, old, new);
        return Some((Cow::Borrowed(old), new));
    }
    for old in [bare(old), bare(old).replace('\n', "\r\n")] {
        if before.contains(&old) {
            let new = with_ends_of(before, &old, new).into_owned();
            return Some((Cow::Owned(old), Cow::Owned(new)));
        }
    }
    if let Some(short) = old.strip_suffix('\n')
        && !short.is_empty()
        && before.ends_with(short)
        && before.matches(short).count() == 1
    {
        let new = new.strip_suffix('\n').unwrap_or(new);
        return Some((Cow::Borrowed(short), with_ends_of(before, short, new)));
    }
    let own = whole_lines(old, before)?;
    let lacks_end = own.ends_with('\n') && !new.is_empty() && !new.ends_with('\n');
    let new = if lacks_end {
        Cow::Owned(format!("{new}\n"))
    } else {
        Cow::Borrowed(new)
    };
    let new = with_ends_of(before, own, &new).into_owned();
    Some((Cow::Borrowed(own), Cow::Owned(new)))
}

/// The new text with the line ends that the file has where the old one stands; one that has such ends of its own stays.
fn with_ends_of<'a>(before: &str, old: &str, new: &'a str) -> Cow<'a, str> {
    let at = before.find(old).unwrap_or(0);
    let behind = before[at..].find('\n').map(|end| at + end);
    let end = behind.or_else(|| before[..at].rfind('\n'));
    let is_crlf = end.is_some_and(|end| before[..end].ends_with('\r'));
    if is_crlf && !new.contains('\r') {
        Cow::Owned(new.replace('\n', "\r\n"))
    } else {
        Cow::Borrowed(new)
    }
}

/// The one run of whole lines that is the text but for white space at their ends.
fn whole_lines<'a>(old: &str, before: &'a str) -> Option<&'a str> {
    let wanted: Vec<&str> = old.lines().map(str::trim_end).collect();
    if wanted.iter().all(|line| line.is_empty()) {
        return None;
    }
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let starts: Vec<usize> = lines
        .windows(wanted.len())
        .enumerate()
        .filter(|(_, lines)| {
            let lines = lines.iter().map(|line| line.trim_end());
            lines.eq(wanted.iter().copied())
        })
        .map(|(index, _)| index)
        .take(2)
        .collect();
    let [start] = starts.as_slice() else {
        return None;
    };
    let bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let from = bytes(&lines[..*start]);
    let run = &before[from..from + bytes(&lines[*start..*start + wanted.len()])];
    // Without a line end of its own, the text ends before that of the last line.
    Some(if old.ends_with('\n') {
        run
    } else {
        run.trim_end_matches(['\n', '\r'])
    })
}

/// How often a text stands in another, places that overlap counted, and the lines of the first ones.
fn places(text: &str, old: &str) -> (usize, Vec<String>) {
    let (mut count, mut lines) = (0, Vec::new());
    let (mut from, mut line) = (0, 1);
    let step = old.chars().next().map_or(1, char::len_utf8);
    while let Some(at) = text[from..].find(old).map(|at| from + at) {
        line += text[from..at].matches('\n').count();
        if count < MOST_PLACES {
            lines.push(line.to_string());
        }
        count += 1;
        // Of a text that repeats itself without end, the number does not matter.
        if count > 1_000 {
            break;
        }
        line += text[at..at + step].matches('\n').count();
        from = at + step;
    }
    (count, lines)
}

/// What is said of a text that does not stand there: where something like it does.
fn not_found(old: &str, before: &str) -> String {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = old
        .lines()
        .map(plain)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let shown = |(index, line): (usize, &str)| {
        let line: String = line.chars().take(MOST_LINE).collect();
        format!("{}: {line}", index + 1)
    };
    let alike = before.lines().enumerate().filter(|(_, line)| {
        let line = plain(line);
        !line.is_empty() && (line == first || (first.len() >= 8 && line.contains(&first)))
    });
    let alike: Vec<String> = alike.take(MOST_PLACES).map(shown).collect();
    if !alike.is_empty() {
        return format!(
            "`old` does not stand in the file like this; its first line is like\n{}\nwhite space and the lines below must be the same",
            alike.join("\n")
        );
    }
    match nearest(&first, before).map(shown) {
        Some(line) => format!(
            "`old` does not stand in the file; the line nearest to its first is\n{line}\nread the file and copy the text from it"
        ),
        None => {
            "`old` does not stand in the file; read the file and copy the text from it".to_owned()
        }
    }
}

/// The line that shares the most words with this one, if it shares at least half of them.
fn nearest<'a>(wanted: &str, before: &'a str) -> Option<(usize, &'a str)> {
    fn words(line: &str) -> impl Iterator<Item = &str> {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
    }
    let mut own: Vec<&str> = words(wanted).take(64).collect();
    own.sort_unstable();
    own.dedup();
    let shared = |line: &str| {
        let mut found: Vec<&str> = words(line)
            .take(256)
            .filter(|word| own.binary_search(word).is_ok())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.len()
    };
    let lines = before.lines().enumerate();
    let scored = lines.map(|(index, line)| (shared(line), index, line));
    // Of several that are as near, the first.
    let best = scored.max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)));
    best.filter(|(shared, ..)| *shared > 0 && shared * 2 >= own.len())
        .map(|(_, index, line)| (index, line))
}

#[cfg(test)]
mod tests {
    use super::{Edit, edited};

    fn edit<'a>(old: &'a str, new: &'a str, all: bool) -> Edit<'a> {
        Edit { old, new, all }
    }

    fn after(old: &str, new: &str, text: &str) -> Result<String, String> {
        edited(&edit(old, new, false), text)
            .map(|(text, _)| text)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_place_is_replaced_or_all_of_them() {
        let text = "one\ntwo\none two\n";
        assert_eq!(
            after("two\none", "2\n1", text),
            Ok("one\n2\n1 two\n".to_owned())
        );
        assert_eq!(
            edited(&edit("two", "2", true), text),
            Ok(("one\n2\none 2\n".to_owned(), 2))
        );
        let error = |old: &str, new: &str| after(old, new, text).expect_err("it is refused");
        assert!(error("two", "2").contains("2 times (lines 2, 3)"));
        assert!(error("", "x").contains("empty"));
        assert!(error("two\n", "two\n").contains("the same"));
        assert!(error("three", "3").contains("does not stand in the file"));
        assert!(error("  one   two", "x").contains("3: one two"));
    }

    #[test]
    fn places_that_overlap_are_more_than_one() {
        let refused = after("aa", "b", "x\naaa\n").expect_err("it is not clear which");
        assert!(refused.contains("2 times (lines 2, 2)"), "{refused}");
    }

    #[test]
    fn what_would_grow_without_bound_is_refused_before_it_does() {
        let (text, new) = ("a".repeat(4_000_000), "b".repeat(1_000_000));
        let refused = edited(&edit("a", &new, true), &text).expect_err("it is too large");
        assert!(refused.to_string().contains("too large"), "{refused}");
    }

    #[test]
    fn line_ends_of_the_file_are_kept() {
        for (old, new, text, wanted) in [
            ("one\ntwo", "1\n2", "one\r\ntwo\r\n", "1\r\n2\r\n"),
            ("two", "2\n2", "one\r\ntwo\r\n", "one\r\n2\r\n2\r\n"),
            ("b\n", "b\nB\n", "a\r\nb\nc\n", "a\r\nb\nB\nc\n"),
            ("one\r\ntwo", "1\ntwo", "one\ntwo\n", "1\ntwo\n"),
            // The last line has no end, though the model wrote one.
            ("two\n", "2\n", "one\ntwo", "one\n2"),
            // White space at the ends of lines.
            (
                "one\ntwo\n",
                "1\n2\n",
                "zero\none  \ntwo\t\nthree\n",
                "zero\n1\n2\nthree\n",
            ),
            ("one \ntwo", "1\n2", "one\ntwo\nthree\n", "1\n2\nthree\n"),
            ("one \ntwo\n", "", "one\ntwo\nthree\n", "three\n"),
        ] {
            assert_eq!(
                after(old, new, text),
                Ok(wanted.to_owned()),
                "{old:?} in {text:?}"
            );
        }
        let twice = "one  \ntwo\none\t\ntwo\n";
        assert!(
            after("one\ntwo", "x", twice).is_err(),
            "which one is not clear"
        );
    }

    #[test]
    fn the_nearest_line_is_shown_where_none_is_the_same() {
        let text = "fn first() {}\nfn greet(name: &str) -> String {\n}\n";
        let refused =
            after("fn greet(person: &str) -> String {", "x", text).expect_err("it is not there");
        assert!(refused.contains("2: fn greet(name: &str)"), "{refused}");
    }
}
