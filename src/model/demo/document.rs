//! Reading a request as a model would: the task, the plans so far, the results so far, and what is wanted now.

use crate::domain::chat::{ChatRequest, Speaker};
use crate::domain::plan::DraftStep;
use crate::domain::plan_text;

use super::tools::is_output;

/// What follows the material of a step.
const REPLY: &str = "\nReply with its result only";

/// What stands in the place of a step where an earlier run of the thread is told of.
const EARLIER: &str = "earlier";

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Document {
    pub(super) task: String,
    /// Every version of the plan: names and descriptions of its steps.
    pub(super) plans: Vec<Vec<(String, String)>>,
    pub(super) results: Vec<StepResult>,
    /// What a person said about a plan.
    pub(super) feedback: Option<Feedback>,
    /// The description of the step that is to be done now.
    pub(super) step: String,
    /// What is said about the job at hand.
    pub(super) instruction: String,
}

/// Why a plan was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feedback {
    /// The plan that it is about; empty where it is not shown.
    pub(super) rejected: Vec<DraftStep>,
    pub(super) words: String,
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
            .filter(|message| message.role == Speaker::User && !is_output(message))
            .map(|message| message.content.as_str())
            .collect();
        Self::read(&text.join("\n"))
    }

    /// Reads a document; one without headings is taken as the task.
    pub(super) fn read(text: &str) -> Self {
        let mut document = Self::default();
        let text = text.replace("\r\n", "\n");
        let text = text.as_str();
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
        let mut section = Section::Task;
        let (mut step, mut loose, mut feedback) = (String::new(), String::new(), String::new());
        while let Some(line) = lines.next() {
            if let Some(tag) = line.trim().strip_prefix("<result ") {
                document.read_result(tag, &mut lines);
                continue;
            }
            if let Some(next) = line.strip_prefix("# ").and_then(Section::of) {
                match &next {
                    Section::Plan => document.plans.push(Vec::new()),
                    Section::Now(id) => {
                        id.clone_into(&mut step);
                        document.instruction.clear();
                    }
                    Section::Feedback => feedback.clear(),
                    Section::Task => {}
                }
                section = next;
                continue;
            }
            match section {
                Section::Task => push_line(&mut loose, line),
                Section::Plan => {
                    if let (Some(step), Some(plan)) = (plan_line(line), document.plans.last_mut()) {
                        plan.push(step);
                    }
                }
                Section::Feedback => push_line(&mut feedback, line),
                Section::Now(_) => push_line(&mut document.instruction, line),
            }
        }
        if document.task.is_empty() {
            loose.trim().clone_into(&mut document.task);
        }
        document.feedback = Feedback::read(&feedback);
        document.step = document.described(&step);
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
        let step = attribute(tag, "step");
        if step == EARLIER {
            // What was asked and answered before is no result of this task.
            return;
        }
        self.results.push(StepResult {
            step,
            done: attribute(tag, "status") == "done",
            text: text.trim().to_owned(),
            after_plans: self.plans.len(),
        });
    }

    /// The text after `Step:`, else what the newest plan says about the step, else the instruction itself.
    fn described(&self, id: &str) -> String {
        let ends = [
            "\nDone when:",
            "\nIt builds on",
            "\nAn earlier attempt",
            "\nThe last attempt",
            "\nIt is made for",
            "\nThe person says",
            "\nDo this step only",
            REPLY,
        ];
        if let Some((_, rest)) = self.instruction.split_once("Step:") {
            let end = ends.iter().filter_map(|end| rest.find(end)).min();
            let step = rest[..end.unwrap_or(rest.len())].trim();
            if !step.is_empty() {
                return step.to_owned();
            }
        }
        self.description(id)
            .unwrap_or(self.instruction.trim())
            .to_owned()
    }

    /// What stands below the description of a step that is shown nothing else: all that it is carried out from.
    pub(super) fn material(&self) -> Option<&str> {
        if !self.task.is_empty() || !self.plans.is_empty() {
            return None;
        }
        let (_, rest) = self.instruction.split_once("Step:")?;
        let rest = rest.split(REPLY).next().unwrap_or(rest);
        rest.split_once('\n').map(|(_, material)| material.trim())
    }

    /// Whether there are steps still to do that a decision is wanted on.
    pub(super) fn asks_about_a_plan_at_work(&self) -> bool {
        self.instruction
            .trim_start()
            .starts_with("The plan is at work")
    }

    /// Whether the step is the whole task.
    pub(super) fn is_whole_task(&self) -> bool {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.step == "Carry out the task as it is given" || words(&self.step) == words(&self.task)
    }

    /// Why work stopped before its end, where it did.
    pub(super) fn stopped_because(&self) -> Option<&str> {
        let (_, rest) = self
            .instruction
            .split_once("Work stopped before its end, because ")?;
        let end = [". Not done:", ". Answer with"]
            .iter()
            .filter_map(|end| rest.find(end))
            .min()?;
        Some(&rest[..end])
    }

    /// Whether another plan could still run.
    pub(super) fn may_replan(&self) -> bool {
        !self.instruction.contains("no further steps are possible")
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

impl Feedback {
    fn read(section: &str) -> Option<Self> {
        let end = ["\nSteps with a result above", "\nReply with JSON"]
            .iter()
            .filter_map(|end| section.find(end))
            .min();
        let section = &section[..end.unwrap_or(section.len())];
        let (rejected, words) = match section.split_once("and said: ") {
            Some((plan, words)) => (plan_text::list(plan), words),
            None => (Vec::new(), section),
        };
        let words = words.trim().to_owned();
        (!words.is_empty()).then_some(Self { rejected, words })
    }
}

enum Section {
    Task,
    Plan,
    Feedback,
    Now(String),
}

impl Section {
    /// The section that a heading begins; none for a heading inside of one.
    fn of(heading: &str) -> Option<Self> {
        let (word, rest) = heading
            .split_once([' ', ':'])
            .unwrap_or((heading.trim(), ""));
        match word {
            "Task" => Some(Self::Task),
            "Plan" => Some(Self::Plan),
            "Feedback" => Some(Self::Feedback),
            "Now" => {
                let step = rest.trim().strip_prefix("step").unwrap_or_default();
                Some(Self::Now(step.trim().to_owned()))
            }
            _ => None,
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
