//! A call of a tool that waits for a person, or a question of a model: what is asked, and what can be answered.

use serde_json::Value;

use super::guard::Guard;
use super::watch::Watch;
use crate::domain::event::{Keep, ToolDecision, Wanted};
use crate::domain::ids::StepId;
use crate::domain::policy::Rule;
use crate::domain::sanitize;
use crate::domain::state::{PlanExecuteState, ToolUse};
use crate::tui::field::{Field, Lines};
use crate::tui::text::FlowText;
use crate::tui::theme::Tone;

/// A request over the screen.
pub(in crate::tui) struct Request {
    /// The call, as the log names it.
    pub(in crate::tui) call: String,
    pub(in crate::tui) wanted: Wanted,
    pub(in crate::tui) title: String,
    /// What is asked, part by part; made once, since it may be long.
    pub(in crate::tui) body: Vec<(Tone, FlowText)>,
    pub(in crate::tui) choices: Vec<Choice>,
    pub(in crate::tui) chosen: usize,
    /// The answer in words, where one is wanted.
    pub(in crate::tui) answer: Field,
    /// Whether it fills the screen.
    pub(in crate::tui) whole: bool,
    /// The first row of the body on screen.
    pub(in crate::tui) top: usize,
    pub(in crate::tui) guard: Guard,
}

/// One answer that can be given to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Choice {
    pub(in crate::tui) decision: ToolDecision,
    pub(in crate::tui) keep: Keep,
    /// A few words, safe to draw.
    pub(in crate::tui) label: String,
}

impl Request {
    fn new(
        state: &PlanExecuteState,
        scope: &[StepId],
        used: &ToolUse,
        draft: &str,
        color: bool,
    ) -> Self {
        let asked = used.asked.as_ref();
        let wanted = asked.map_or(Wanted::Permission, |asked| asked.wanted);
        let rule = asked.and_then(|asked| asked.rule.as_ref());
        let body = match wanted {
            Wanted::Permission => body(state, used, color),
            Wanted::Answer => question(used, color),
        };
        Self {
            call: used.call.clone(),
            wanted,
            title: title(state, scope, used, wanted),
            body,
            choices: choices(rule),
            chosen: 0,
            answer: Field::new(Lines::Many, draft),
            whole: false,
            top: 0,
            guard: Guard::default(),
        }
    }

    /// How many rows the body takes.
    pub(in crate::tui) fn height(&self, width: u16) -> usize {
        self.body.iter().map(|(_, text)| text.height(width)).sum()
    }
}

fn choices(rule: Option<&Rule>) -> Vec<Choice> {
    let choice = |decision, keep, label: String| Choice {
        decision,
        keep,
        label,
    };
    let mut choices = vec![
        choice(ToolDecision::Deny, Keep::Once, "Deny".to_owned()),
        choice(ToolDecision::Allow, Keep::Once, "Allow once".to_owned()),
    ];
    if rule.is_some() {
        let lasting = |keep, label: &str| choice(ToolDecision::Allow, keep, label.to_owned());
        choices.push(lasting(Keep::Run, "Allow for this run"));
        choices.push(lasting(Keep::Always, "Allow always"));
    }
    choices
}

/// Which step wants what.
fn title(state: &PlanExecuteState, scope: &[StepId], used: &ToolUse, wanted: Wanted) -> String {
    let plan = state.at(scope).map_or(&[][..], |inner| &inner.plan);
    let at = plan.iter().position(|planned| planned.step.id == used.step);
    let step = match (scope, at) {
        ([], Some(at)) => format!("step {}", at + 1),
        _ => format!("step {}", short(used.step.as_str())),
    };
    match wanted {
        Wanted::Permission => {
            format!("Tool request: {step} wants to use {}", short(&used.tool))
        }
        Wanted::Answer => format!("Question: {step} asks you"),
    }
}

/// A name with what it hides made visible, cut where it is no name any more.
fn short(name: &str) -> String {
    let name: String = name.chars().take(40).collect();
    sanitize::visible(&name).into_owned()
}

fn question(used: &ToolUse, color: bool) -> Vec<(Tone, FlowText)> {
    let text = used.asked.as_ref().map_or("", |asked| asked.text.as_str());
    let mut flow = FlowText::new().with_color(color);
    flow.set(text.to_owned());
    vec![(Tone::Plain, flow)]
}

/// Everything a person must know before the call is allowed.
fn body(state: &PlanExecuteState, used: &ToolUse, color: bool) -> Vec<(Tone, FlowText)> {
    let mut hidden = 0;
    let mut exact = |text: &str| {
        let (text, found) = shown(text);
        hidden += found;
        text
    };
    exact(&used.tool);
    // What decides comes first: in a small box not all of it is in sight.
    let mut first: Vec<(Tone, String)> = Vec::new();
    let mut parts: Vec<(Tone, String)> = Vec::new();
    if let Some(reach) = &used.reach {
        if !reach.command.is_empty() {
            let words = reach.command.iter().map(|word| exact(&quoted(word)));
            let words: Vec<String> = words.collect();
            first.push((Tone::Strong, format!("runs   $ {}", words.join(" "))));
        }
        first.push((Tone::Caution, format!("it     {}", reach.words())));
        if !reach.paths.is_empty() {
            let paths: Vec<String> = reach.paths.iter().map(|path| exact(path)).collect();
            parts.push((Tone::Plain, format!("files  {}", paths.join(", "))));
        }
        if let Some(host) = &reach.host {
            parts.push((Tone::Plain, format!("host   {}", exact(host))));
        }
    }
    parts.extend(arguments(&used.arguments, &mut exact));
    if let Some(tools) = &state.tools {
        parts.push((Tone::Plain, format!("in     {}", exact(&tools.workspace))));
    }
    let asked = used.asked.as_ref();
    if let Some(rule) = asked.and_then(|asked| asked.rule.as_ref()) {
        let (words, _) = shown(&rule.words());
        let text = format!("`for this run` and `always` allow: {words}");
        parts.push((Tone::Plain, text));
    }
    if let Some(asked) = asked.filter(|asked| !asked.text.is_empty()) {
        parts.push((Tone::Faint, format!("why    {}", exact(&asked.text))));
    }
    let scope = state.scope_of(&used.step);
    if let Some(step) = scope.and_then(|scope| state.at(&scope)?.planned(&used.step)) {
        let text = exact(&step.step.description);
        parts.push((Tone::Faint, format!("step   {text}")));
    }
    let preview = asked.and_then(|asked| asked.preview.as_ref());
    let preview = preview.map(|preview| exact(preview));
    first.push(count(hidden));
    first.extend(parts);
    let mut body: Vec<(Tone, FlowText)> = first
        .into_iter()
        .map(|(tone, text)| (tone, FlowText::literal(text, color)))
        .collect();
    if let Some(preview) = preview {
        body.push((Tone::Plain, FlowText::literal("\n".to_owned(), color)));
        body.push((Tone::Plain, FlowText::verbatim(preview, color)));
    }
    body
}

fn count(hidden: usize) -> (Tone, String) {
    match hidden {
        0 => (
            Tone::Faint,
            "no control or hidden character in this request".to_owned(),
        ),
        1 => (
            Tone::Bad,
            "1 control or hidden character in this request, shown as \\x1b or \\u{…}".to_owned(),
        ),
        many => (
            Tone::Bad,
            format!(
                "{many} control or hidden characters in this request, shown as \\x1b or \\u{{…}}"
            ),
        ),
    }
}

/// The arguments one by one, each with its name; texts as they are, everything else as JSON.
pub(super) fn arguments(
    arguments: &Value,
    exact: &mut impl FnMut(&str) -> String,
) -> Vec<(Tone, String)> {
    let one = |name: &str, value: &Value, exact: &mut dyn FnMut(&str) -> String| {
        let text = match value {
            Value::String(text) => exact(text),
            other => exact(&other.to_string()),
        };
        let text = if text.contains('\n') {
            format!("with   {}:\n{text}", exact(name))
        } else {
            format!("with   {}: {text}", exact(name))
        };
        (Tone::Plain, text)
    };
    match arguments {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| one(name, value, exact))
            .collect(),
        Value::Null => Vec::new(),
        other => vec![one("arguments", other, exact)],
    }
}

/// A word of a command as a shell would need it, so that one sees where it ends.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A text with everything in it that does not show made visible, but for its line feeds; and how much of that there
/// was. Tabs are shown and not counted.
pub(super) fn shown(text: &str) -> (String, usize) {
    let mut out = String::with_capacity(text.len());
    let mut hidden = 0;
    for (nth, line) in text.split('\n').enumerate() {
        if nth > 0 {
            out.push('\n');
        }
        let visible = sanitize::visible(line);
        if visible.len() != line.len() {
            let unseen = |c: &char| {
                *c != '\t' && sanitize::visible(c.encode_utf8(&mut [0; 4])).len() > c.len_utf8()
            };
            hidden += line.chars().filter(unseen).count();
        }
        out.push_str(&visible);
    }
    (out, hidden)
}

impl Watch {
    /// The calls that wait for the person and were not answered here yet, the oldest first, each with the path to its
    /// plan.
    fn waiting_uses(&self) -> Vec<(Vec<StepId>, &ToolUse)> {
        let mut found = Vec::new();
        if self.is_at_work() && self.state.pending_use().is_some() {
            collect(&self.state, &[], &mut found);
            found.retain(|(_, used)| !self.answering.contains(&used.call));
        }
        found
    }

    /// How many calls wait for the person.
    pub(in crate::tui) fn requests(&self) -> usize {
        self.waiting_uses().len()
    }

    /// The oldest call that waits, to be shown.
    pub(in crate::tui) fn request(&self, color: bool) -> Option<Request> {
        let waiting = self.waiting_uses();
        let (scope, used) = waiting.first()?;
        let draft = self.answers.get(&used.call).map_or("", String::as_str);
        Some(Request::new(&self.state, scope, used, draft, color))
    }

    /// Whether this call waits.
    pub(in crate::tui) fn waits_for(&self, call: &str) -> bool {
        let waiting = self.waiting_uses();
        waiting.iter().any(|(_, used)| used.call == call)
    }
}

fn collect<'a>(
    state: &'a PlanExecuteState,
    scope: &[StepId],
    found: &mut Vec<(Vec<StepId>, &'a ToolUse)>,
) {
    let pending = state.tool_uses.iter().filter(|used| used.is_pending());
    found.extend(pending.map(|used| (scope.to_vec(), used)));
    for (step, child) in &state.children {
        let below: Vec<StepId> = scope.iter().chain([step]).cloned().collect();
        collect(child, &below, found);
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, shown};

    #[test]
    fn what_does_not_show_is_made_visible_and_counted() {
        let (text, hidden) = shown("a\tb\u{1b}[2J\n\u{202e}c\u{200d}");
        assert_eq!(text, "a\\tb\\x1b[2J\n\\u{202e}c\\u{200d}");
        assert_eq!(hidden, 3);
        assert_eq!(shown("plain\nwords"), ("plain\nwords".to_owned(), 0));
    }

    #[test]
    fn words_of_a_command_show_where_they_end() {
        assert_eq!(quoted("--jobs=2"), "--jobs=2");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
