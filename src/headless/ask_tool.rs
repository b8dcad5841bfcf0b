//! The question about a call of a tool, asked on the terminal: what exactly would happen, and a no by default.

use super::ask::read_line;
use super::out::tell;
use crate::domain::event::{Keep, Question, ToolDecision, Wanted};
use crate::domain::sanitize::visible;
use crate::domain::state::ToolUse;
use crate::session::RunCommand;

/// The most lines of what would happen that are shown.
const MOST_LINES: usize = 200;

/// Asks until there is an answer; none at the end of input. A bare Enter is a no.
pub(super) fn hold(used: &ToolUse, asked: &Question) -> Option<RunCommand> {
    show(used, asked);
    if asked.wanted == Wanted::Answer {
        let words = read_line("Your answer:")?;
        return Some(decide(used, ToolDecision::Allow, Keep::Once, Some(words)));
    }
    let rule = asked
        .rule
        .as_ref()
        .map(|rule| visible(&rule.words()).into_owned());
    let question = match &rule {
        Some(_) => "Allow it? [y]es once, for this [r]un, [a]lways, [N]o, no and say [w]hy:",
        None => "Allow it? [y]es once, [N]o, no and say [w]hy:",
    };
    if let Some(rule) = &rule {
        tell(format_args!("  `r` and `a` would allow: {rule}"));
    }
    loop {
        let allow = |keep| Some(decide(used, ToolDecision::Allow, keep, None));
        match read_line(question)?.to_lowercase().as_str() {
            "y" | "yes" => return allow(Keep::Once),
            "r" | "run" if rule.is_some() => return allow(Keep::Run),
            "a" | "always" if rule.is_some() => return allow(Keep::Always),
            "" | "n" | "no" => return Some(decide(used, ToolDecision::Deny, Keep::Once, None)),
            "w" | "why" => {
                let words = Some(read_line("Why not? The model is told:")?);
                return Some(decide(used, ToolDecision::Deny, Keep::Once, words));
            }
            _ => tell("`y`, `n`, `w`, and where they are offered `r` or `a`"),
        }
    }
}

fn decide(used: &ToolUse, decision: ToolDecision, keep: Keep, words: Option<String>) -> RunCommand {
    RunCommand::Decide {
        call: used.call.clone(),
        decision,
        keep,
        words,
    }
}

/// Shows all of the call, with what is hidden in it made visible.
fn show(used: &ToolUse, asked: &Question) {
    let step = visible(used.step.as_str()).into_owned();
    if asked.wanted == Wanted::Answer {
        tell(format_args!(
            "step {step} asks you: {}",
            visible(&asked.text)
        ));
        return;
    }
    tell(format_args!(
        "step {step} wants to use `{}`: {}",
        visible(&used.tool),
        visible(&asked.text)
    ));
    match used.arguments.as_object() {
        Some(arguments) => {
            for (name, value) in arguments {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                lines(&format!("{name}: {text}"));
            }
        }
        None => lines(&used.arguments.to_string()),
    }
    if let Some(preview) = &asked.preview {
        lines(preview);
    }
}

fn lines(text: &str) {
    let mut all = text.lines();
    for line in all.by_ref().take(MOST_LINES) {
        tell(format_args!("  {}", visible(line)));
    }
    let rest = all.count();
    if rest > 0 {
        tell(format_args!(
            "  [… {rest} more lines; `planwright runs show --events` has them all]"
        ));
    }
}
