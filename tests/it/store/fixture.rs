//! Records of short runs, and short questions to a store.

use jiff::{SignedDuration, Timestamp};
use planwright::domain::event::{
    Approver, EventRecord, Limits, Mode, PlanSource, RoleModels, RunEnd, RunEvent, StepOutcome,
    Totals,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::store::{Checkpointer, RunQuery, RunSummary, SearchHit};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_secs(second)
}

pub(crate) fn record(run: &str, seq: u64, second: i64, event: RunEvent) -> EventRecord {
    EventRecord {
        run: RunId::new(run),
        seq,
        at: at(second),
        scope: Vec::new(),
        event,
    }
}

pub(crate) fn started(run: &str, second: i64, task: &str) -> EventRecord {
    let event = RunEvent::RunStarted {
        task: task.to_owned(),
        mode: Mode::PlanExecute,
        thread: None,
        models: RoleModels {
            planner: "big".to_owned(),
            executor: "small".to_owned(),
            replanner: "big".to_owned(),
            ..RoleModels::default()
        },
        limits: Limits::default(),
        settings: planwright::domain::event::RunSettings::default(),
        forked_from: None,
        recipe: None,
        tools: None,
    };
    record(run, 1, second, event)
}

/// A whole run with one step, one record a second.
pub(crate) fn whole_run(
    run: &str,
    second: i64,
    task: &str,
    result: &str,
    answer: &str,
) -> Vec<EventRecord> {
    let step = Step::new(StepId::numbered(1), format!("Look into {task}"));
    let events = [
        RunEvent::PlanProposed {
            revision: 1,
            source: PlanSource::Planner,
            steps: vec![step.clone()],
            problems: Vec::new(),
            reason: None,
        },
        RunEvent::PlanApproved {
            revision: 1,
            by: Approver::Policy,
            hash: plan_hash(&[step]),
            feedback: None,
        },
        RunEvent::StepStarted {
            step: StepId::numbered(1),
            attempt: 1,
        },
        RunEvent::StepFinished {
            step: StepId::numbered(1),
            attempt: 1,
            status: StepOutcome::Done,
            result: result.into(),
            duration_ms: 1000,
            by: None,
        },
        RunEvent::RunFinished {
            status: RunEnd::Completed,
            response: Some(answer.to_owned()),
            incomplete: None,
            error: None,
            hint: None,
            totals: Totals::default(),
        },
    ];
    let mut records = vec![started(run, second, task)];
    for (event, seq) in events.into_iter().zip(2_u64..) {
        records.push(record(
            run,
            seq,
            second + i64::try_from(seq).unwrap(),
            event,
        ));
    }
    records
}

pub(crate) fn append_all(store: &dyn Checkpointer, records: &[EventRecord]) {
    for record in records {
        store.append(record).unwrap();
    }
}

pub(crate) fn runs(store: &dyn Checkpointer) -> Vec<String> {
    let list = store.list(100).unwrap();
    list.into_iter().map(|row| row.run.to_string()).collect()
}

pub(crate) fn found(store: &dyn Checkpointer, words: &str) -> Vec<String> {
    let hits = search(store, words, 100);
    hits.into_iter()
        .map(|hit| hit.summary.run.to_string())
        .collect()
}

pub(crate) fn id(run: &str) -> RunId {
    RunId::new(run)
}

pub(crate) fn of_thread(store: &dyn Checkpointer, thread: &str, limit: usize) -> Vec<RunSummary> {
    let query = RunQuery {
        thread: Some(thread.to_owned()),
        limit,
        ..RunQuery::default()
    };
    let hits = store.page(&query).unwrap().hits.into_iter();
    hits.map(|hit| hit.summary).collect()
}

pub(crate) fn search(store: &dyn Checkpointer, words: &str, limit: usize) -> Vec<SearchHit> {
    let query = RunQuery {
        words: words.to_owned(),
        limit,
        ..RunQuery::default()
    };
    if words.trim().is_empty() {
        return Vec::new();
    }
    store.page(&query).unwrap().hits
}
