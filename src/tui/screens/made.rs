//! What planner and replanner made, as text for a person: it takes the place of the JSON they wrote.

use super::subject::Subject;
use super::watch::Watch;
use crate::domain::event::{Decision, PlanSource, RunEvent};
use crate::domain::state::StepStatus;

/// What a decision means, in a few words.
pub(in crate::tui) fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Respond => "the evidence is enough: answer",
        Decision::Replan => "go on with other steps",
        Decision::FinalizeForced => "answer from what there is",
        Decision::Continue => "the rest of the plan stands",
    }
}

impl Watch {
    /// Notes a plan or a decision, in words.
    pub(super) fn note_made(&mut self, event: &RunEvent, color: bool) {
        let (subject, text) = match event {
            RunEvent::PlanProposed { source, .. } => match source {
                PlanSource::Replanner => {
                    (Subject::Deciding, self.decision_text() + &self.plan_text())
                }
                _ => (Subject::Planning, self.plan_text()),
            },
            RunEvent::ActDecided { .. } => (Subject::Deciding, self.decision_text()),
            RunEvent::StepStarted { .. } | RunEvent::RunFinished { .. } => {
                self.made = None;
                return;
            }
            _ => return,
        };
        self.text_of(subject.clone(), color).readable.set(text);
        self.made = Some(subject);
    }

    /// The steps of the plan in force that are still to be done.
    fn plan_text(&self) -> String {
        let plan = &self.state.plan;
        let mut text = String::new();
        for (index, planned) in plan.iter().enumerate() {
            if planned.status != StepStatus::Pending {
                continue;
            }
            let step = &planned.step;
            text.push_str(&format!("{}. {}\n", index + 1, step.description));
            if let Some(done_when) = &step.done_when {
                text.push_str(&format!("   done when: {done_when}\n"));
            }
            let after: Vec<String> = step
                .depends_on
                .iter()
                .filter_map(|id| plan.iter().position(|other| other.step.id == *id))
                .map(|at| (at + 1).to_string())
                .collect();
            if !after.is_empty() {
                text.push_str(&format!("   builds on: {}\n", after.join(", ")));
            }
        }
        text
    }

    /// The newest decision and its reason.
    fn decision_text(&self) -> String {
        let Some(made) = self.state.decisions.last() else {
            return String::new();
        };
        let word = decision_word(made.decision);
        if made.reason.is_empty() {
            return format!("**{word}**\n\n");
        }
        format!("**{word}**\n\nwhy: {}\n\n", made.reason)
    }
}
