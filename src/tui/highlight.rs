//! Code in colours: comments, texts, numbers and the words of the language, line by line.

use ratatui::style::{Color, Modifier, Style};

use super::markdown::Spans;

/// The longest line that is looked through, in bytes.
const MAX_LINE: usize = 2000;

/// What a language looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// One that is not known: all of it is code.
    Unknown,
    /// C and what looks like it.
    C,
    /// Comments after `#`.
    Hash,
    /// Comments after `--`.
    Dashes,
    /// Texts and numbers alone.
    Data,
}

const C: &str = "as async await bool boolean break byte case catch char class const continue crate default defer delete do double dyn else enum export extends extern false final float fn for func function go if impl implements import in instanceof int interface let long loop match mod move mut new null package private protected pub public ref return self Self short static string struct super switch this throw trait true try type typeof undefined unsafe use using var virtual void where while yield";
const HASH: &str = "and as assert async await break case class continue def del do done elif else end esac except exit export False false fi finally for from function global if import in is lambda let local module None not null or pass raise require return self source then True true try until while with yield";
const DASHES: &str = "add all alter and as asc begin between by case create delete desc distinct do drop else elseif end exists false for foreign from function group having if in index inner insert integer into is join key left like limit local nil not null on or order outer primary references repeat return right select set table text then true union unique until update values view when where while with";

impl Language {
    /// That of a fence: `rust`, `{.python .numberLines}`, `js title=x`.
    pub(super) fn of(info: &str) -> Self {
        let word = info.trim_start_matches(['{', '.', ' ']);
        let end = word.find(|c: char| !c.is_ascii_alphanumeric() && !"+#-_".contains(c));
        match word[..end.unwrap_or(word.len())]
            .to_ascii_lowercase()
            .as_str()
        {
            "c" | "h" | "cpp" | "c++" | "cc" | "cxx" | "hpp" | "cs" | "c#" | "csharp" | "java"
            | "js" | "jsx" | "javascript" | "mjs" | "ts" | "tsx" | "typescript" | "rust" | "rs"
            | "go" | "golang" | "kotlin" | "kt" | "swift" | "scala" | "dart" | "php" | "zig"
            | "proto" | "css" | "scss" => Self::C,
            "python" | "py" | "python3" | "sh" | "bash" | "shell" | "zsh" | "fish" | "console"
            | "ruby" | "rb" | "perl" | "r" | "julia" | "elixir" | "yaml" | "yml" | "toml"
            | "ini" | "make" | "makefile" | "cmake" | "dockerfile" | "nix" | "powershell"
            | "ps1" => Self::Hash,
            "sql" | "sqlite" | "postgresql" | "mysql" | "lua" | "haskell" | "hs" | "ada"
            | "vhdl" => Self::Dashes,
            "json" | "jsonc" | "json5" | "jsonl" | "ndjson" => Self::Data,
            _ => Self::Unknown,
        }
    }

    fn comment(self) -> Option<&'static str> {
        match self {
            Self::C => Some("//"),
            Self::Hash => Some("#"),
            Self::Dashes => Some("--"),
            Self::Unknown | Self::Data => None,
        }
    }

    fn has(self, word: &str) -> bool {
        let is_in = |words: &str, word: &str| words.split(' ').any(|known| known == word);
        match self {
            Self::C => is_in(C, word),
            Self::Hash => is_in(HASH, word),
            // SQL is written in capitals as often as not.
            Self::Dashes => is_in(DASHES, &word.to_ascii_lowercase()),
            Self::Data => matches!(word, "true" | "false" | "null"),
            Self::Unknown => false,
        }
    }
}

/// The parts of a line that stand out, in order and apart from each other. None where the language is not known or the line
/// is longer than 2,000 bytes.
pub(super) fn spans(line: &str, language: Language, color: bool) -> Spans {
    let mut found = Vec::new();
    if language == Language::Unknown || line.len() > MAX_LINE {
        return found;
    }
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        let is_comment = language.comment().is_some_and(|mark| {
            // `$#` and `a#b` are none.
            rest.starts_with(mark) && (mark != "#" || starts_word(line, at))
        });
        if is_comment {
            found.push((at..line.len(), comment()));
            break;
        }
        let len = match first {
            '"' | '\'' | '`' => text_len(rest, first),
            'a'..='z' | 'A'..='Z' | '_' => {
                let len = run(rest, |c| c.is_alphanumeric() || c == '_');
                if language.has(&rest[..len]) {
                    found.push((at..at + len, keyword(color)));
                }
                at += len;
                continue;
            }
            '0'..='9' => {
                let len = run(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
                found.push((at..at + len, number(color)));
                at += len;
                continue;
            }
            _ => None,
        };
        match len {
            Some(len) => {
                found.push((at..at + len, text(color)));
                at += len;
            }
            None => at += first.len_utf8(),
        }
    }
    found
}

fn starts_word(line: &str, at: usize) -> bool {
    line[..at]
        .chars()
        .next_back()
        .is_none_or(char::is_whitespace)
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of a text in quotes that is closed in its line. A quote in a word, as in `don't`, opens none that is closed.
fn text_len(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn comment() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn keyword(color: bool) -> Style {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    if color { bold.fg(Color::Cyan) } else { bold }
}

fn text(color: bool) -> Style {
    if color {
        Style::new().fg(Color::Green)
    } else {
        Style::new()
    }
}

fn number(color: bool) -> Style {
    if color {
        Style::new().fg(Color::Cyan)
    } else {
        Style::new()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn parts<'a>(line: &'a str, info: &str) -> Vec<&'a str> {
        let found: Vec<Range<usize>> = spans(line, Language::of(info), true)
            .into_iter()
            .map(|(range, _)| range)
            .collect();
        found.into_iter().map(|range| &line[range]).collect()
    }

    #[test]
    fn words_texts_numbers_and_comments_stand_out() {
        assert_eq!(
            parts("let x = \"a // b\"; // two 2", "rust"),
            ["let", "\"a // b\"", "// two 2"]
        );
        assert_eq!(parts("return 1.5e3 + x1", "js"), ["return", "1.5e3"]);
        assert_eq!(
            parts("if $# == 'a' # done", "bash"),
            ["if", "'a'", "# done"]
        );
        assert_eq!(
            parts("SELECT name FROM t -- all", "sql"),
            ["SELECT", "FROM", "-- all"]
        );
        assert_eq!(parts("{\"a\": [1, null]}", "json"), ["\"a\"", "1", "null"]);
        assert_eq!(parts("'open é", "python"), Vec::<&str>::new());
        assert_eq!(parts("let x", "brainfuck"), Vec::<&str>::new());
        assert_eq!(parts("def f", "{.python .numberLines}"), ["def"]);
        assert_eq!(
            parts(&format!("let {}", "x".repeat(MAX_LINE)), "rs"),
            Vec::<&str>::new()
        );
    }
}
