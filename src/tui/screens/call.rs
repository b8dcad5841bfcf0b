//! One call of a tool as the output pane shows it: a line, a few rows of what came of it, or all.

use jiff::Timestamp;

use super::request::{arguments, quoted, shown};
use crate::domain::event::{EventRecord, RunEvent, ToolDecision};
use crate::domain::ids::StepId;
use crate::domain::policy::Reach;
use crate::domain::sanitize;
use crate::domain::state::ToolUse;
use crate::tui::text::FlowText;
use crate::tui::theme::Tone;

/// Rows of the output of a call that is not opened.
pub(super) const EXCERPT_ROWS: usize = 3;
/// The longest row of an excerpt, and the longest arguments of a head, in bytes.
const MOST_BRIEF: usize = 1024;

/// One call of a tool.
#[derive(Clone)]
pub(in crate::tui) struct Call {
    /// The call, as the log names it.
    pub(in crate::tui) name: String,
    /// Where its record is: the path to the plan, and the place among the uses there.
    pub(super) scope: Vec<StepId>,
    pub(super) index: usize,
    /// Its arguments in one line; untrusted.
    pub(in crate::tui) brief: String,
    /// The first rows of its output; untrusted.
    pub(in crate::tui) excerpt: Vec<String>,
    /// How many rows of output there are beside them.
    pub(in crate::tui) more: usize,
    /// When it began to run.
    pub(in crate::tui) began: Option<Timestamp>,
    /// Whether the reader opened or closed it; none where it is as all are.
    pub(super) opened: Option<bool>,
    /// The number of the record that holds its output.
    pub(super) returned: Option<u64>,
    /// All of its output, read from the log while it is open, where the state has its beginning only.
    pub(super) whole: Whole,
    /// All of it, while it is open and on screen.
    pub(super) body: Option<Vec<(Tone, FlowText)>>,
}

/// An output that is read from the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Whole {
    /// Nobody asked for it.
    #[default]
    Away,
    /// It is on its way.
    Asked,
    Here(String),
}

/// How much is shown of calls and thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Detail {
    /// A line for each call.
    Brief,
    /// Some rows of what came of it, too.
    #[default]
    Normal,
    /// All of it, and what the model thought.
    Full,
}

impl Detail {
    /// The one after it, the first after the last.
    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Brief => Self::Normal,
            Self::Normal => Self::Full,
            Self::Full => Self::Brief,
        }
    }

    pub(in crate::tui) fn words(self) -> &'static str {
        match self {
            Self::Brief => "a line for each call of a tool",
            Self::Normal => "some rows of what each call brought",
            Self::Full => "all of each call, and what the model thought",
        }
    }
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Stand {
    Waits,
    Runs,
    Worked,
    Failed,
    Denied,
    /// The attempt ended before it did.
    Dropped,
}

impl Stand {
    pub(in crate::tui) fn of(used: &ToolUse) -> Self {
        match (&used.returned, used.decision) {
            (_, Some(ToolDecision::Deny)) => Self::Denied,
            (Some(returned), _) if returned.ok => Self::Worked,
            (Some(_), _) => Self::Failed,
            (None, _) if !used.open => Self::Dropped,
            (None, None) if used.asked.is_some() => Self::Waits,
            (None, _) => Self::Runs,
        }
    }

    pub(in crate::tui) fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits for you",
            Self::Runs => "running",
            Self::Worked => "ok",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Dropped => "not done",
        }
    }
}

/// One thing that the output pane shows, below the one before it.
pub(in crate::tui) enum Piece<'a> {
    /// Flowing text, and whether it stands back.
    Text(&'a FlowText, bool),
    /// The line of a call.
    Head(&'a Call, &'a ToolUse),
    /// A row of what a call brought.
    Excerpt(&'a str),
    /// How many more rows it brought.
    More(usize),
    /// A part of an opened call.
    Part(Tone, &'a FlowText),
    /// An empty row.
    Gap,
}

/// Columns before what belongs to a call: none where there is little room.
pub(in crate::tui) fn indent(width: u16) -> u16 {
    if width >= 24 { 4 } else { 0 }
}

impl Piece<'_> {
    /// How many rows it takes.
    pub(in crate::tui) fn height(&self, width: u16) -> usize {
        match self {
            Self::Text(text, _) => text.height(width),
            Self::Part(_, text) => text.height(width - indent(width)),
            _ => usize::from(width > 0),
        }
    }
}

impl Call {
    pub(super) fn new(record: &EventRecord, index: usize) -> Option<(StepId, Self)> {
        let RunEvent::ToolCalled {
            step,
            call,
            arguments,
            reach,
            ..
        } = &record.event
        else {
            return None;
        };
        let call = Self {
            name: call.clone(),
            scope: record.scope.clone(),
            index,
            brief: brief(arguments, reach.as_ref()),
            excerpt: Vec::new(),
            more: 0,
            began: None,
            opened: None,
            returned: None,
            whole: Whole::Away,
            body: None,
        };
        Some((step.clone(), call))
    }

    pub(super) fn brought(&mut self, seq: u64, output: &str) {
        self.returned = Some(seq);
        let lines = output.lines().take(EXCERPT_ROWS);
        self.excerpt = lines.map(|line| cut(line).to_owned()).collect();
        self.more = output.lines().count().saturating_sub(EXCERPT_ROWS);
        self.body = None;
    }

    /// All of its output, as far as it is at hand.
    pub(super) fn output<'a>(&'a self, used: &'a ToolUse) -> Option<&'a str> {
        let returned = used.returned.as_ref()?;
        match &self.whole {
            Whole::Here(whole) => Some(whole),
            _ if returned.shelved => None,
            _ => Some(&returned.output),
        }
    }

    /// Nothing of it is shown in full any more.
    pub(super) fn put_away(&mut self) {
        self.body = None;
        self.whole = Whole::Away;
    }

    /// Whether all of it is shown.
    pub(in crate::tui) fn is_open(&self, detail: Detail) -> bool {
        self.opened.unwrap_or(detail == Detail::Full)
    }
}

/// As much of a text as is worth a look for one line.
fn cut(text: &str) -> &str {
    let mut end = MOST_BRIEF.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What a call is given, in one line.
fn brief(arguments: &serde_json::Value, reach: Option<&Reach>) -> String {
    let command = reach.map_or(&[][..], |reach| &reach.command);
    if !command.is_empty() {
        let words: Vec<String> = command.iter().map(|word| quoted(cut(word))).collect();
        return cut(&sanitize::visible(&words.join(" "))).to_owned();
    }
    let serde_json::Value::Object(fields) = arguments else {
        return String::new();
    };
    let words = fields.iter().map(|(name, value)| match value {
        serde_json::Value::String(text) => format!("{}: {}", cut(name), cut(text)),
        other => format!("{}: {}", cut(name), cut(&other.to_string())),
    });
    let words: Vec<String> = words.take(8).collect();
    cut(&sanitize::visible(&words.join(", "))).to_owned()
}

/// All there is to know of a call.
pub(super) fn body(call: &Call, used: &ToolUse, color: bool) -> Vec<(Tone, FlowText)> {
    let part = |tone, text: String| (tone, FlowText::literal(text, color));
    let mut exact = |text: &str| shown(text).0;
    let mut parts: Vec<(Tone, FlowText)> = arguments(&used.arguments, &mut exact)
        .into_iter()
        .map(|(_, text)| part(Tone::Faint, text))
        .collect();
    if let Some(reach) = &used.reach {
        parts.push(part(Tone::Faint, format!("it     {}", reach.words())));
    }
    if let Some(decision) = used.decision {
        let why = match &used.reason {
            Some(why) => format!("{}: {}", decision.word(), exact(why)),
            None => decision.word().to_owned(),
        };
        parts.push(part(Tone::Faint, format!("may    {why}")));
    }
    let preview = used.asked.as_ref().and_then(|asked| asked.preview.as_ref());
    parts.extend(preview.map(|preview| {
        let text = FlowText::verbatim(exact(preview), color);
        (Tone::Plain, text)
    }));
    match call.output(used) {
        Some("") => {}
        Some(output) => {
            let text = FlowText::verbatim(output.to_owned(), color);
            parts.push((Tone::Plain, text));
        }
        None if used.returned.is_some() => {
            let text = "its output is being read from the log".to_owned();
            parts.push(part(Tone::Faint, text));
        }
        None => {}
    }
    parts
}
