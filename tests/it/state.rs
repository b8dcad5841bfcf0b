//! Laws of the fold: it is total, it loses nothing that is finished, and its records survive JSON.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use planwright::domain::chat::Role;
use planwright::domain::event::{
    Approver, Decision, EventRecord, Limits, Mode, ModelCall, NoticeLevel, PlanSource, RoleModels,
    RunEnd, RunEvent, StepOutcome, Totals,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::domain::route::{Node, route};
use planwright::domain::state::{
    Approval, PlanExecuteState, RunStatus, SEARCHED_OUTPUT, SEARCHED_OUTPUTS, StepStatus,
};
use proptest::prelude::*;

fn step_id() -> impl Strategy<Value = StepId> {
    (1_usize..6).prop_map(StepId::numbered)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::btree_set(1_usize..8, 0..5).prop_map(|numbers| {
        numbers
            .into_iter()
            .map(|n| Step::new(StepId::numbered(n), format!("step number {n}")))
            .collect()
    })
}

fn outcome() -> impl Strategy<Value = StepOutcome> {
    prop_oneof![
        Just(StepOutcome::Done),
        Just(StepOutcome::Failed),
        Just(StepOutcome::Skipped)
    ]
}

/// Any record, sense or nonsense. Approvals mostly fit some plan, so that runs get somewhere.
fn event() -> impl Strategy<Value = RunEvent> {
    let text = "[a-z<#\\u{1b}é日]{0,12}";
    prop_oneof![
        1 => text.prop_map(|task| RunEvent::RunStarted {
            task,
            mode: Mode::PlanExecute,
            thread: None,
            models: RoleModels::default(),
            limits: Limits { max_iterations: 3, max_steps: 4, timeout_s: None, ..Limits::default() }, settings: planwright::domain::event::RunSettings::default(), forked_from: None, recipe: None, tools: None }),
        4 => (1_u32..5, steps(), prop::option::of(text)).prop_map(|(revision, steps, reason)| RunEvent::PlanProposed {
            revision,
            source: PlanSource::Planner,
            steps,
            problems: Vec::new(),
            reason,
        }),
        6 => (1_u32..5, steps()).prop_map(|(revision, steps)| RunEvent::PlanApproved {
            revision,
            by: Approver::User,
            hash: plan_hash(&steps),
            feedback: None,
        }),
        1 => (1_u32..5, steps(), prop::option::of(text)).prop_map(|(revision, steps, feedback)| RunEvent::PlanRejected {
            revision,
            by: Approver::User,
            hash: plan_hash(&steps),
            feedback,
        }),
        6 => (step_id(), 1_u32..4).prop_map(|(step, attempt)| RunEvent::StepStarted { step, attempt }),
        6 => (step_id(), 1_u32..4, outcome(), text).prop_map(|(step, attempt, status, result)| RunEvent::StepFinished {
            step,
            attempt,
            status,
            result: result.into(),
            duration_ms: 5, by: None }),
        2 => (prop::option::of(0_u64..1000), any::<bool>()).prop_map(|(tokens, ok)| RunEvent::ModelCalled(Box::new(ModelCall {
            call: "c1".to_owned(),
            role: Role::Executor,
            model: "m".to_owned(),
            step: None,
            ok,
            error: None,
            prompt_tokens: tokens,
            output_tokens: tokens,
            load_ms: None,
            first_token_ms: None,
            duration_ms: 1,
            retries: 0,
            parsed_by: None,
            context_percent: None,
        }))),
        2 => (0_u32..5, text).prop_map(|(iteration, reason)| RunEvent::ActDecided { decision: Decision::Replan, reason, iteration, trigger: None }),
        1 => (0_u32..5, text).prop_map(|(iteration, reason)| RunEvent::ActDecided { decision: Decision::Respond, reason, iteration, trigger: None }),
        1 => text.prop_map(|text| RunEvent::Notice { level: NoticeLevel::Info, text }),
        1 => text.prop_map(|reason| RunEvent::RunPaused { reason }),
        1 => text.prop_map(|reason| RunEvent::RunInterrupted { reason }),
        2 => text.prop_map(|reason| RunEvent::RunResumed { reason, limits: None }),
        1 => prop::option::of(text).prop_map(|response| RunEvent::RunFinished {
            status: RunEnd::Completed,
            response,
            incomplete: None,
            error: None,
            hint: None,
            totals: Totals::default(),
        }),
        1 => Just(RunEvent::Unknown),
    ]
}

fn records() -> impl Strategy<Value = Vec<EventRecord>> {
    prop::collection::vec((event(), 0_i64..5_000), 0..60).prop_map(|events| {
        let mut at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        events
            .into_iter()
            .enumerate()
            .map(|(index, (event, ms))| {
                at += jiff::SignedDuration::from_millis(ms);
                EventRecord {
                    run: RunId::new("r"),
                    seq: index as u64 + 1,
                    at,
                    scope: Vec::new(),
                    event,
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_fold_is_total_and_the_same_in_pieces(records in records(), cut in 0_usize..60) {
        let whole = PlanExecuteState::replay(&records);
        let (first, rest) = records.split_at(cut.min(records.len()));
        let mut pieces = PlanExecuteState::replay(first);
        for record in rest {
            pieces.apply(record);
        }
        prop_assert_eq!(&whole, &pieces);
        prop_assert_eq!(whole.last_seq, records.len() as u64);
        let _ = route(&whole);
        let _ = whole.to_json();
    }

    #[test]
    fn what_is_finished_stays_finished_with_its_result(records in records()) {
        let mut state = PlanExecuteState::default();
        let mut past = Vec::new();
        for record in &records {
            state.apply(record);
            prop_assert!(state.past_steps.starts_with(&past), "the history only grows");
            past = state.past_steps.clone();
            for done in &past {
                let planned = state.planned(&done.id);
                prop_assert!(planned.is_some_and(|planned| planned.status == StepStatus::Finished(done.outcome)
                    && planned.result.as_deref() == Some(&*done.result)), "{} is lost", done.id);
            }
        }
        let mut ids: Vec<_> = past.iter().map(|done| &done.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), past.len(), "no step is finished twice");
    }

    #[test]
    fn no_step_runs_without_an_approval_of_exactly_this_plan(records in records()) {
        let mut state = PlanExecuteState::default();
        let mut approved: Option<String> = None;
        for record in &records {
            let hash = state.plan_hash();
            state.apply(record);
            match &record.event {
                RunEvent::PlanApproved { hash: named, .. } if *named == hash && state.approval == Approval::Approved => approved = Some(hash),
                RunEvent::StepStarted { step, .. } if state.planned(step).is_some_and(|p| p.status == StepStatus::Running) => {
                    prop_assert_eq!(approved.as_ref(), Some(&state.plan_hash()));
                }
                _ => {}
            }
            if let Node::Executor(_) = route(&state) {
                prop_assert_eq!(&state.approval, &Approval::Approved);
                prop_assert!(state.past_steps.len() < 30);
            }
        }
    }

    #[test]
    fn at_rest_nothing_runs(records in records()) {
        let state = PlanExecuteState::replay(&records);
        if !matches!(state.status, RunStatus::Running | RunStatus::Waiting) {
            prop_assert!(state.plan.iter().all(|planned| planned.status != StepStatus::Running));
        }
    }

    #[test]
    fn records_survive_json(records in records()) {
        for record in records.iter().filter(|record| record.event != RunEvent::Unknown) {
            let text = serde_json::to_string(record).unwrap();
            prop_assert!(!text.contains('\n'));
            prop_assert_eq!(&serde_json::from_str::<EventRecord>(&text).unwrap(), record);
        }
    }
}

#[test]
fn records_of_a_later_version_are_passed_over() {
    let text = r#"{"run":"r","seq":7,"at":"2026-11-20T10:00:00.000Z","scope":[],"type":"moon_phase","phase":"full","extra":{"a":1}}"#;
    let record: EventRecord = serde_json::from_str(text).unwrap();
    assert_eq!(record.event, RunEvent::Unknown);
    let known = r#"{"run":"r","seq":8,"at":"2026-11-20T10:00:00Z","type":"notice","level":"info","text":"t","added_later":true}"#;
    let record: EventRecord = serde_json::from_str(known).unwrap();
    assert!(matches!(record.event, RunEvent::Notice { .. }));
    assert_eq!(
        serde_json::to_value(&record).unwrap()["at"],
        "2026-11-20T10:00:00.000Z",
        "always milliseconds"
    );
}

/// Logs that released versions have written. They are never edited: if one no longer folds, the fold is wrong.
#[test]
fn logs_of_released_versions_fold_for_ever() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs");
    let mut ends = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let records: Vec<EventRecord> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(
            records
                .iter()
                .all(|record| record.event != RunEvent::Unknown),
            "{}",
            path.display()
        );
        for (record, line) in records.iter().zip(text.lines()) {
            let again = serde_json::to_value(record).unwrap();
            let stored = serde_json::from_str::<serde_json::Value>(line).unwrap();
            let place = path.display();
            assert!(
                holds(&again, &stored),
                "no field is lost: {place}: {again} {stored}"
            );
        }
        let state = PlanExecuteState::replay(&records);
        ends.push((
            path.file_stem().unwrap().to_string_lossy().into_owned(),
            state.status,
            state.past_steps.len(),
            state.revision,
        ));
    }
    ends.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        ends,
        [
            ("0.1.0-forced".to_owned(), RunStatus::Completed, 4, 1),
            ("0.1.0-replanned".to_owned(), RunStatus::Completed, 6, 2),
            ("0.1.0-waiting".to_owned(), RunStatus::Waiting, 0, 1),
        ]
    );
}

/// Whether one JSON value has everything that the other one has, and perhaps more fields.
fn holds(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::Object;
    match (one, other) {
        (Object(one), Object(other)) => {
            let mut fields = other.iter();
            fields.all(|(name, value)| one.get(name).is_some_and(|own| holds(own, value)))
        }
        _ => one == other,
    }
}

#[test]
fn what_is_let_go_of_a_long_run_is_what_nothing_goes_on_from() {
    let mut state = PlanExecuteState::default();
    let mut seq = 0;
    let mut apply = |state: &mut PlanExecuteState, event: RunEvent| {
        seq += 1;
        state.apply(&EventRecord {
            run: RunId::new("r"),
            seq,
            at: Timestamp::UNIX_EPOCH,
            scope: Vec::new(),
            event,
        });
    };
    let steps: Vec<Step> = (1..=30)
        .map(|n| Step::new(StepId::numbered(n), format!("step {n}")))
        .collect();
    apply(
        &mut state,
        RunEvent::PlanProposed {
            revision: 1,
            source: PlanSource::Planner,
            steps,
            problems: Vec::new(),
            reason: None,
        },
    );
    for n in 1..=30 {
        let (step, call) = (StepId::numbered(n), format!("t{n}"));
        apply(
            &mut state,
            RunEvent::StepStarted {
                step: step.clone(),
                attempt: 1,
            },
        );
        apply(
            &mut state,
            RunEvent::ToolCalled {
                step: step.clone(),
                call: call.clone(),
                tool: "now".to_owned(),
                arguments: serde_json::Value::Null,
                round: 1,
                reach: None,
                asked: None,
            },
        );
        apply(
            &mut state,
            RunEvent::ToolReturned {
                step: step.clone(),
                call,
                tool: "now".to_owned(),
                ok: true,
                output: format!("{n} \u{e9}").repeat(20_000),
                duration_ms: 1,
            },
        );
        if n < 30 {
            apply(
                &mut state,
                RunEvent::StepFinished {
                    step,
                    attempt: 1,
                    status: StepOutcome::Done,
                    result: "so".into(),
                    duration_ms: 1,
                    by: None,
                },
            );
        }
    }
    let whole = state.clone();
    state.shelve_outputs();
    let returned = |state: &PlanExecuteState| -> Vec<(String, bool)> {
        let uses = state.all_tool_uses().into_iter();
        let returned = uses.filter_map(|used| used.returned.as_ref());
        returned.map(|it| (it.output.clone(), it.shelved)).collect()
    };
    let (before, after) = (returned(&whole), returned(&state));
    // The step at work goes on from all of it.
    assert_eq!(before[29], after[29]);
    for (n, ((all, _), (kept, shelved))) in before.iter().zip(&after).enumerate().take(29) {
        assert!(*shelved && all.starts_with(kept), "{n}");
        // What is searched is there: the newest 256 KiB, 16 KiB of each.
        let searched = if n > 14 { SEARCHED_OUTPUT - 1 } else { 0 };
        assert!(kept.len() >= searched, "{n}: {}", kept.len());
    }
    let held: usize = after.iter().map(|(output, _)| output.len()).sum();
    assert!(held <= SEARCHED_OUTPUTS + before[29].0.len());
    let again = state.clone();
    state.shelve_outputs();
    assert_eq!(state, again, "twice is once");
}
