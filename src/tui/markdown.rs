//! The light Markdown look of flowing text: which lines are code, headings or bullets, and which spans stand out.
//! Marks stay visible, so that what is on screen is what the model wrote. Text that is no prose is read line by line as
//! it is, or as a diff.

use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};

use super::highlight::Language;

/// The longest line that is looked through for spans, in bytes.
const MAX_STYLED: usize = 4096;
/// The longest line that is taken for a fence, in bytes.
const MAX_FENCE: usize = 200;
/// The deepest hanging indent, in columns.
const MAX_HANG: usize = 12;

/// Parts of a line, each with its style.
pub(super) type Spans = Vec<(Range<usize>, Style)>;

/// What a source line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words; the rows after the first are indented by `hang` columns.
    Prose { hang: u8 },
    /// A heading.
    Heading,
    /// A line inside a fenced block.
    Code(Language),
    /// A line of the table of this number.
    Table(u32),
    /// The fence itself.
    Fence,
    /// Words without any marks of their own.
    Words,
    /// A line of a text that is no prose, as it is.
    Verbatim,
    /// A line that a diff adds.
    Added,
    /// A line that a diff takes away.
    Removed,
    /// Where in its file a part of a diff stands.
    Place,
}

/// How the lines of a text are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Look {
    /// As light Markdown.
    #[default]
    Markdown,
    /// As words without marks.
    Words,
    /// As they are.
    Verbatim,
    /// As a unified diff.
    Diff,
}

impl Look {
    /// Of a text that is no prose: a diff where it looks like one.
    pub(super) fn of(text: &str) -> Self {
        if crate::domain::lines::is_diff(text) {
            Self::Diff
        } else {
            Self::Verbatim
        }
    }

    /// What `line` is where `open` is the fence before it, and the fence after it.
    pub(super) fn classify(self, line: &str, open: Option<OpenFence>) -> (Kind, Option<OpenFence>) {
        let kind = match self {
            Self::Markdown => return classify(line, open),
            Self::Words => Kind::Words,
            Self::Verbatim => Kind::Verbatim,
            Self::Diff => match line.as_bytes().first() {
                _ if line.starts_with("+++ ") || line.starts_with("--- ") => Kind::Place,
                Some(b'+') => Kind::Added,
                Some(b'-') => Kind::Removed,
                Some(b'@') => Kind::Place,
                _ => Kind::Verbatim,
            },
        };
        (kind, None)
    }
}

/// The fence of the code block that is open: its character, how often it stood there, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenFence(u8, usize, Language);

/// What `line` is where `open` is the fence before it, and the fence after it.
fn classify(line: &str, open: Option<OpenFence>) -> (Kind, Option<OpenFence>) {
    // Most lines begin with a letter: nothing of what follows.
    let first = line.as_bytes().first();
    if open.is_none() && first.is_some_and(|first| first.is_ascii_alphabetic() || *first >= 0x80) {
        return (Kind::Prose { hang: 0 }, None);
    }
    match (open, fence(line)) {
        (Some(OpenFence(mark, count, _)), Some((found, run, "")))
            if found == mark && run >= count =>
        {
            (Kind::Fence, None)
        }
        (Some(OpenFence(_, _, language)), _) => (Kind::Code(language), open),
        (None, Some((mark, run, info))) if mark == b'~' || !info.contains('`') => {
            (Kind::Fence, Some(OpenFence(mark, run, Language::of(info))))
        }
        (None, _) => (prose(line), None),
    }
}

/// Mark, length and info string of a line that can be a fence.
fn fence(line: &str) -> Option<(u8, usize, &str)> {
    if line.len() > MAX_FENCE {
        return None;
    }
    let inner = line.trim_start_matches(' ');
    let mark = *inner.as_bytes().first()?;
    if !matches!(mark, b'`' | b'~') {
        return None;
    }
    let run = inner.bytes().take_while(|&byte| byte == mark).count();
    (run >= 3).then(|| (mark, run, inner[run..].trim()))
}

fn prose(line: &str) -> Kind {
    let marks = line
        .bytes()
        .take(7)
        .take_while(|&byte| byte == b'#')
        .count();
    if (1..=6).contains(&marks) && line[marks..].starts_with(' ') {
        return Kind::Heading;
    }
    let indent = line
        .bytes()
        .take(MAX_HANG)
        .take_while(|&byte| byte == b' ')
        .count();
    let hang = (indent + bullet(&line[indent..])).min(MAX_HANG);
    Kind::Prose {
        hang: u8::try_from(hang).unwrap_or(0),
    }
}

/// Columns of the bullet or number that `text` begins with, its space included.
fn bullet(text: &str) -> usize {
    let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    let mark = match rest.as_bytes() {
        [b'-' | b'*' | b'+' | b'>', b' ', ..] if digits == 0 => 2,
        [b'.' | b')', b' ', ..] if digits > 0 => digits + 2,
        _ => return 0,
    };
    let after = &text[mark..];
    if ["[ ] ", "[x] ", "[X] "]
        .iter()
        .any(|it| after.starts_with(it))
    {
        mark + 4
    } else {
        mark
    }
}

/// The style of a whole line.
pub(super) fn line_style(kind: Kind, color: bool) -> Style {
    match kind {
        Kind::Added if color => Style::new().fg(Color::Green),
        Kind::Removed if color => Style::new().fg(Color::Red),
        Kind::Prose { .. } | Kind::Table(_) | Kind::Words | Kind::Verbatim | Kind::Removed => {
            Style::new()
        }
        // What stands out in it does so by itself.
        Kind::Code(language) if language != Language::Unknown => Style::new(),
        Kind::Heading | Kind::Added => Style::new().add_modifier(Modifier::BOLD),
        Kind::Code(_) => code(color),
        Kind::Fence | Kind::Place => Style::new().add_modifier(Modifier::DIM),
    }
}

/// The spans of `line` that stand out, in order and apart from each other, each with its style: `**strong**` and code,
/// marks included, as soon as they are closed. None in a line of more than 4 KiB.
pub(super) fn spans(line: &str, color: bool) -> Spans {
    let mut found = Vec::new();
    if line.len() > MAX_STYLED {
        return found;
    }
    let mut at = 0;
    while let Some(step) = line[at..].find(['`', '*']) {
        let start = at + step;
        let rest = &line[start..];
        let mark = rest.as_bytes()[0];
        let run = rest.bytes().take_while(|&byte| byte == mark).count();
        let len = match mark {
            b'`' => code_len(rest, run),
            _ if run == 2 => strong_len(rest),
            _ => None,
        };
        match (len, mark) {
            (Some(len), b'`') => found.push((start..start + len, code(color))),
            (Some(len), _) => {
                found.push((
                    start..start + len,
                    Style::new().add_modifier(Modifier::BOLD),
                ));
            }
            (None, _) => {}
        }
        at = start + len.unwrap_or(run);
    }
    found
}

fn code_len(text: &str, run: usize) -> Option<usize> {
    let mut at = run;
    while let Some(step) = text[at..].find('`') {
        let start = at + step;
        let closing = text[start..]
            .bytes()
            .take_while(|&byte| byte == b'`')
            .count();
        if closing == run {
            return Some(start + run);
        }
        at = start + closing;
    }
    None
}

fn strong_len(text: &str) -> Option<usize> {
    let inner = &text[2..];
    let end = inner.find("**")?;
    let content = &inner[..end];
    (!content.is_empty() && content.trim() == content).then_some(end + 4)
}

fn code(color: bool) -> Style {
    if color {
        Style::new().fg(Color::Cyan)
    } else {
        Style::new().add_modifier(Modifier::DIM)
    }
}
