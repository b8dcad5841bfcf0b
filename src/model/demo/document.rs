//! Reading a request as a model would: the task, the plans so far, the results so far, and what is wanted now.

use crate::domain::chat::{ChatRequest, Speaker};

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Document {
    pub(super) task: String,
    /// Every version of the plan: names and descriptions of its steps.
    pub(super) plans: Vec<Vec<(String, String)>>,
    pub(super) results: Vec<StepResult>,
    /// What a person said about plans, in order.
    pub(super) feedback: Vec<String>,
    /// The description of the step that is to be done now.
    pub(super) step: String,
}

/// One finished step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepResult {
    pub(super) step: String,
    pub(super) done: bool,
    pub(super) text: String,
    /// How many versions of the plan stand before it.
    pub(super) after_plans: usize,
}

impl Document {
    /// Reads what the user's turns of a request say.
    pub(super) fn of(request: &ChatRequest) -> Self {
        let text: Vec<&str> = request
            .messages
            .iter()
            .filter(|message| message.role == Speaker::User)
            .map(|message| message.content.as_str())
            .collect();
        Self::read(&text.join("\n"))
    }

    /// Reads a document; one without headings is taken as the task.
    pub(super) fn read(text: &str) -> Self {
        let mut document = Self::default();
        let body = match text
            .split_once("<task>")
            .and_then(|(_, rest)| rest.split_once("</task>"))
        {
            Some((task, rest)) => {
                task.trim().clone_into(&mut document.task);
                rest
            }
            None => text,
        };
        let mut lines = body.lines();
        let mut section = Section::Preamble;
        let mut now = (String::new(), String::new());
        let mut loose = String::new();
        while let Some(line) = lines.next() {
            if let Some(tag) = line.trim().strip_prefix("<result ") {
                document.read_result(tag, &mut lines);
            } else if let Some(heading) = line.strip_prefix("# ") {
                section = Section::of(heading.trim());
                match &section {
                    Section::Plan => document.plans.push(Vec::new()),
                    Section::Feedback => document.feedback.push(String::new()),
                    Section::Now(step) => now = (step.clone(), String::new()),
                    Section::Preamble | Section::Task => {}
                }
            } else {
                match section {
                    Section::Preamble | Section::Task => push_line(&mut loose, line),
                    Section::Plan => {
                        if let (Some(step), Some(plan)) =
                            (plan_line(line), document.plans.last_mut())
                        {
                            plan.push(step);
                        }
                    }
                    Section::Feedback => {
                        if let Some(feedback) = document.feedback.last_mut() {
                            push_line(feedback, line);
                        }
                    }
                    Section::Now(_) => push_line(&mut now.1, line),
                }
            }
        }
        if document.task.is_empty() {
            loose.trim().clone_into(&mut document.task);
        }
        document.feedback.retain(|words| !words.trim().is_empty());
        document.step = document.described(&now.0, &now.1);
        document
    }

    fn read_result<'a>(&mut self, tag: &str, lines: &mut impl Iterator<Item = &'a str>) {
        let mut text = String::new();
        for line in lines {
            if line.trim() == "</result>" {
                break;
            }
            push_line(&mut text, line);
        }
        self.results.push(StepResult {
            step: attribute(tag, "step"),
            done: attribute(tag, "status") == "done",
            text: text.trim().to_owned(),
            after_plans: self.plans.len(),
        });
    }

    /// The text after `Step:`, else what the newest plan says about the step, else the instruction itself.
    fn described(&self, id: &str, instruction: &str) -> String {
        if let Some((_, rest)) = instruction.split_once("Step:")
            && let Some(line) = rest.trim_start().split("\n\n").next()
            && !line.trim().is_empty()
        {
            let end = line.find("\nDone when").unwrap_or(line.len());
            return line[..end].trim().to_owned();
        }
        self.description(id)
            .map_or_else(|| instruction.trim().to_owned(), ToOwned::to_owned)
    }

    /// What the newest plan that has this step says about it.
    pub(super) fn description(&self, id: &str) -> Option<&str> {
        self.plans
            .iter()
            .rev()
            .flatten()
            .find(|(name, _)| name == id)
            .map(|(_, description)| description.as_str())
    }

    /// Failures that no later plan has answered.
    pub(super) fn open_failures(&self) -> impl Iterator<Item = &StepResult> {
        let plans = self.plans.len();
        self.results
            .iter()
            .filter(move |result| !result.done && result.after_plans == plans)
    }

    /// Whether a plan was already made because of a failure.
    pub(super) fn has_answered_a_failure(&self) -> bool {
        let plans = self.plans.len();
        self.results
            .iter()
            .any(|result| !result.done && result.after_plans < plans)
    }

    /// Steps of the newest plan without a result.
    pub(super) fn undone(&self) -> impl Iterator<Item = &(String, String)> {
        self.plans
            .last()
            .into_iter()
            .flatten()
            .filter(|(id, _)| !self.results.iter().any(|result| result.step == *id))
    }
}

enum Section {
    Preamble,
    Task,
    Plan,
    Feedback,
    Now(String),
}

impl Section {
    fn of(heading: &str) -> Self {
        let lower = heading.to_lowercase();
        if lower.starts_with("now") {
            let step = lower
                .split_once("step")
                .and_then(|(before, _)| heading.get(before.len() + "step".len()..))
                .unwrap_or_default();
            Self::Now(step.trim().to_owned())
        } else if lower.starts_with("feedback") {
            Self::Feedback
        } else if lower.starts_with("plan") {
            Self::Plan
        } else if lower.starts_with("task") {
            Self::Task
        } else {
            Self::Preamble
        }
    }
}

/// `3. [s4] description` as name and description.
fn plan_line(line: &str) -> Option<(String, String)> {
    let (number, rest) = line.trim().split_once(". [")?;
    number.parse::<u32>().ok()?;
    let (id, description) = rest.split_once(']')?;
    Some((id.trim().to_owned(), description.trim().to_owned()))
}

fn attribute(tag: &str, name: &str) -> String {
    tag.split_once(&format!("{name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value.to_owned())
        .unwrap_or_default()
}

fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
