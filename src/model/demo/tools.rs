//! The tools that the demo uses, so that a run shows what a use of a tool looks like: `calculate` or `now`, once in a step
//! that asks for arithmetic or the date, and only where the step is offered it.

use serde_json::json;

use crate::domain::chat::{ChatRequest, Message, Speaker};

use super::action::Action;
use super::compare::Comparison;
use super::job::Job;
use super::text::clip;

/// What a model is told that has to write its calls as text.
const AS_TEXT: &str = "To use one, reply with nothing but one line of JSON";
/// What it is told when it may write none any more.
const NO_MORE: &str = "No more tools can be used";
/// How the message begins that brings what a tool said, where it does not come from the tool itself.
const BROUGHT: &str = "<result tool=";
/// The most bytes of an output that a result takes over.
const OUTPUT_BYTES: usize = 300;

/// Words that ask for the date or the time, each between spaces.
const CLOCK: [&str; 9] = [
    " today ",
    " today's ",
    " date ",
    " what day ",
    " weekday ",
    " what time ",
    " current time ",
    " time is it ",
    " time now ",
];
/// Words that ask for arithmetic.
const SUM: [&str; 9] = [
    " calculate ",
    " compute ",
    " what is ",
    " what's ",
    " how much ",
    " work out ",
    " evaluate ",
    " add ",
    " multiply ",
];

/// What a tool is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Use {
    /// Arithmetic that is a part of what the script does by itself.
    Check(String),
    /// Arithmetic that is all the step asks for.
    Sum(String),
    /// The date and the time.
    Clock,
}

impl Use {
    /// What a step could use a tool for: its own words, or what the script does in it.
    pub(super) fn of_step(description: &str, job: &Job) -> Option<Self> {
        if let Job::Compare(comparison) = job {
            return Self::of_comparison(comparison, Action::asked_for(description))
                .map(Self::Check);
        }
        Self::of_words(description)
    }

    /// What the words ask for by themselves.
    pub(super) fn of_words(text: &str) -> Option<Self> {
        let words: String = text
            .to_lowercase()
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || c == '\'' {
                    c
                } else {
                    ' '
                }
            })
            .collect();
        let words: Vec<&str> = words.split_whitespace().collect();
        let words = format!(" {} ", words.join(" "));
        let asks = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        if asks(&SUM)
            && let Some(expression) = expression(text)
        {
            return Some(Self::Sum(expression));
        }
        asks(&CLOCK).then_some(Self::Clock)
    }

    fn of_comparison(comparison: &Comparison, action: Option<Action>) -> Option<String> {
        let sign = match action? {
            Action::Subtract => '-',
            Action::Divide | Action::State => '/',
            _ => return None,
        };
        let amounts = comparison.amounts().ok()?;
        let mut values = amounts.values.clone();
        values.sort_by(|a, b| b.order(*a));
        let (large, small) = (values.first()?, values.get(1)?);
        if sign == '/' && (small.is_zero() || !amounts.has_true_zero()) {
            return None;
        }
        Some(format!(
            "{} {sign} {}",
            large.as_written()?,
            small.as_written()?
        ))
    }

    /// The tool.
    fn tool(&self) -> &'static str {
        match self {
            Self::Check(_) | Self::Sum(_) => "calculate",
            Self::Clock => "now",
        }
    }

    /// The call, where the request offers the tool and none was made yet.
    pub(super) fn call(&self, request: &ChatRequest) -> Option<String> {
        let name = self.tool();
        if !is_offered(request, name) || output(request).is_some() {
            return None;
        }
        let arguments = match self {
            Self::Check(expression) | Self::Sum(expression) => json!({"expression": expression}),
            Self::Clock => json!({}),
        };
        Some(json!({"name": name, "arguments": arguments}).to_string())
    }

    /// The result of the step once the tool has said something: `own` is what the script says without it.
    pub(super) fn result(
        &self,
        request: &ChatRequest,
        own: Result<String, String>,
    ) -> Result<String, String> {
        let Some(output) = output(request) else {
            return own;
        };
        match self {
            Self::Check(expression) => Ok(format!(
                "{}\n\nChecked with `calculate`: {expression} gives {output}",
                own?
            )),
            Self::Sum(expression) => Ok(format!("{expression}: {output}")),
            Self::Clock => Ok(format!("It is {output}.")),
        }
    }

    /// A step for it, where the run has the tool: its name stands among the standing rules.
    pub(super) fn step(&self, request: &ChatRequest) -> Option<(String, &'static str)> {
        let name = self.tool();
        let listed = format!("- {name}(");
        let rules = request
            .messages
            .iter()
            .filter(|m| m.role == Speaker::System);
        rules
            .flat_map(|m| m.content.lines())
            .find(|line| line.starts_with(&listed))?;
        let description = match self {
            Self::Check(_) => return None,
            Self::Sum(expression) => format!("Calculate {expression}"),
            Self::Clock => "Look up today's date and the time".to_owned(),
        };
        Some((description, name))
    }
}

/// Whether the request lets a step use the tool.
fn is_offered(request: &ChatRequest, name: &str) -> bool {
    if request.tools.iter().any(|tool| tool.name == name) {
        return true;
    }
    let said = |message: &&Message| message.role == Speaker::User;
    let mut said = request.messages.iter().filter(said);
    let listed = format!("- {name}(");
    let is_told = said.clone().any(|message| {
        let told = message
            .content
            .rsplit_once("# Now: step")
            .map_or("", |(_, told)| told);
        told.contains(AS_TEXT) && told.lines().any(|line| line.starts_with(&listed))
    });
    is_told && !said.any(|message| message.content.starts_with(NO_MORE))
}

/// What the last tool said, on one line.
fn output(request: &ChatRequest) -> Option<String> {
    let last = request
        .messages
        .iter()
        .rev()
        .find(|message| is_output(message))?;
    let inside = last
        .content
        .split_once(">\n")
        .map_or("", |(_, inside)| inside);
    let inside = inside.split("\n</result>").next().unwrap_or_default();
    Some(clip(inside, OUTPUT_BYTES))
}

/// Whether a message brings what a tool said.
pub(super) fn is_output(message: &Message) -> bool {
    match message.role {
        Speaker::Tool => true,
        Speaker::User => message.content.starts_with(BROUGHT),
        _ => false,
    }
}

/// The longest arithmetic in a text: two numbers and a sign between them at the least. A hyphen without spaces around it is
/// none: dates and names have those.
fn expression(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || "+-*/×÷^().,% ".contains(c);
    let runs = text
        .split(|c| !is_part(c))
        .map(|run| run.trim_matches(|c: char| ",. ".contains(c)));
    let is_sum = |run: &&str| {
        let numbers = run.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
        let signed = run.contains(['+', '*', '/', '×', '÷', '^']) || run.contains(" - ");
        signed
            && numbers
                .filter(|number| number.contains(|c: char| c.is_ascii_digit()))
                .count()
                > 1
    };
    let longest = runs.filter(is_sum).max_by_key(|run| run.len())?;
    Some(clip(&longest.replace('×', "*").replace('÷', "/"), 120))
}

#[cfg(test)]
mod tests {
    use super::{Use, expression};

    #[test]
    fn arithmetic_is_found_and_what_only_looks_like_it_is_not() {
        for (text, found) in [
            ("Calculate 17 * 23, please.", Some("17 * 23")),
            ("What is (3.5 + 4) × 2?", Some("(3.5 + 4) * 2")),
            ("Compute 100 - 58", Some("100 - 58")),
            ("Meet on 2026-01-02", None),
            ("Compare 5 km and 3 miles", None),
            ("", None),
        ] {
            assert_eq!(expression(text).as_deref(), found, "{text}");
        }
        assert_eq!(Use::of_words("What is today's date?"), Some(Use::Clock));
        assert_eq!(Use::of_words("What time is it in Rome"), Some(Use::Clock));
        assert_eq!(Use::of_words("Write an update about candidates"), None);
        assert_eq!(Use::of_words("Version 1 / 2 was released"), None);
    }
}
