//! No prompt is ever longer than the room there is for it, whatever the run has brought.

use planwright::domain::chat::Role;
use planwright::domain::context::estimate_chat;
use planwright::domain::event::{Approver, EventRecord, RunEvent, RunSettings, StepOutcome};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::domain::state::PlanExecuteState;
use planwright::engine::prompts::{Shown, Text, fit};
use proptest::prelude::*;

use crate::tui::log::Log;

/// A run of so many steps, some of which have brought texts of these lengths; a person has said so much.
fn state(results: &[usize], open: usize, said: usize) -> PlanExecuteState {
    let mut log = Log::new("Add the figures");
    let steps: Vec<Step> = (1..=results.len() + open)
        .map(|n| Step::new(StepId::numbered(n), format!("Read page {n}")))
        .collect();
    log.planned(steps.clone());
    log.push(RunEvent::PlanApproved {
        revision: 1,
        by: Approver::User,
        hash: plan_hash(&steps),
        feedback: None,
    });
    log.push(RunEvent::HintGiven {
        step: None,
        text: "mind this ".repeat(said),
    });
    for (index, length) in results.iter().enumerate() {
        let id = StepId::numbered(index + 1);
        log.started(id.as_str());
        log.finished(
            id.as_str(),
            StepOutcome::Done,
            &"a word 漢字 ".repeat(*length),
        );
    }
    let records: Vec<EventRecord> = log.records.clone();
    assert_eq!(records[0].run, RunId::new(records[0].run.as_str()));
    PlanExecuteState::replay(&records)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_prompt_fits_or_there_is_none(
        results in prop::collection::vec(0_usize..3_000, 0..40),
        open in 1_usize..20,
        said in 0_usize..5_000,
        room in 100_u32..20_000,
        preview in prop::option::of(0_u32..2_000),
        recent in prop::option::of(0_u32..10),
    ) {
        let state = state(&results, open, said);
        let settings = RunSettings { result_preview: preview, recent_steps: recent, ..RunSettings::default() };
        for role in [Role::Planner, Role::Executor, Role::Replanner, Role::Finalizer] {
            let shown = Shown::to(role, &settings, Vec::new());
            let job = "# Now: step s1\nStep: Read page 1\nReply with its result only.";
            match fit(&state, &[], &shown, &Text { rules: "", job }, room) {
                Ok(prompt) => {
                    prop_assert!(prompt.tokens <= room);
                    prop_assert_eq!(prompt.tokens, estimate_chat(&prompt.messages));
                    let last = &prompt.messages.last().unwrap().content;
                    prop_assert!(last.ends_with(job) && last.contains("Add the figures"));
                }
                // The standing rules, the task, the job and what a person says take no more than this.
                Err(too_long) => prop_assert!(room < 1_800, "{too_long:?}"),
            }
        }
    }
}
