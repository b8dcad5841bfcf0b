//! A home with many runs in its history.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use planwright::domain::event::{
    Approver, EventRecord, Limits, Mode, PlanSource, RoleModels, RunEnd, RunEvent, RunSettings,
    StepOutcome, Totals,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::store::Checkpointer;
use planwright::store::sqlite::SqliteStore;

use super::{Launch, binary, megabytes, millis, percentile, resident, row};

/// Words that runs are about.
const THINGS: [&str; 12] = [
    "rail network",
    "museum",
    "harbour",
    "reactor",
    "garden",
    "orchestra",
    "bridge",
    "library",
    "glacier",
    "market",
    "satellite",
    "bakery",
];

/// The first frame, the list, opening the history and searching it, with so many runs.
pub(crate) fn measure(runs: usize) {
    let home = tempfile::tempdir().unwrap();
    let filled = Instant::now();
    fill(&home.path().join("planwright.db"), runs);
    let filled = filled.elapsed();
    let named = |what: &str| format!("{what}, {runs} runs");
    let (mut firsts, mut lists, mut opened, mut searched) = (vec![], vec![], vec![], vec![]);
    let mut memory = 0;
    for _ in 0..7 {
        let start = Instant::now();
        let mut pty = Launch::program(&binary(), home.path())
            .arg("demo")
            .arg("--keep")
            .size(120, 40)
            .start();
        pty.wait_for_bytes(b"\x1b[?2026l", 0);
        firsts.push(start.elapsed());
        pty.wait_for_text("Look at the ");
        lists.push(start.elapsed());
        pty.settle(Duration::from_millis(300));
        let start = Instant::now();
        pty.type_keys("\x1bOR");
        pty.wait_for_text("History  ");
        opened.push(start.elapsed());
        pty.type_keys("/");
        pty.settle(Duration::from_millis(100));
        let start = Instant::now();
        pty.type_keys("glacier");
        pty.wait_for_text("\"glacier\"");
        searched.push(start.elapsed());
        memory = memory.max(resident(&pty));
    }
    let budget = if runs <= 5_000 { "120 ms" } else { "" };
    row(
        &named("first frame"),
        &millis(percentile(&mut firsts, 50)),
        budget,
    );
    row(
        &named("first frame with the list"),
        &millis(percentile(&mut lists, 50)),
        budget,
    );
    row(
        &named("history opened"),
        &millis(percentile(&mut opened, 50)),
        "",
    );
    row(
        &named("search found"),
        &millis(percentile(&mut searched, 50)),
        "",
    );
    row(&named("resident memory"), &megabytes(memory), "");
    println!("  (filled in {:.1} s)", filled.as_secs_f64());
}

fn fill(path: &std::path::Path, runs: usize) {
    let store = SqliteStore::open(path).unwrap();
    let begin: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    for number in 0..runs {
        let run = RunId::new(format!("{number:032x}"));
        let at = begin + SignedDuration::from_secs(i64::try_from(number).unwrap() * 300);
        store.append_all(&records(&run, at, number)).unwrap();
    }
}

fn records(run: &RunId, at: Timestamp, number: usize) -> Vec<EventRecord> {
    let thing = THINGS[number % THINGS.len()];
    let steps = vec![
        Step::new(
            StepId::numbered(1),
            format!("Find what is written about the {thing}"),
        ),
        Step::new(
            StepId::numbered(2),
            format!("Say what matters about the {thing} in {number} words"),
        ),
    ];
    let models = RoleModels {
        planner: "demo".to_owned(),
        executor: "demo".to_owned(),
        replanner: "demo".to_owned(),
        ..RoleModels::default()
    };
    let done = |step: usize, result: String| {
        let step = StepId::numbered(step);
        [
            RunEvent::StepStarted {
                step: step.clone(),
                attempt: 1,
            },
            RunEvent::StepFinished {
                step,
                status: StepOutcome::Done,
                result: result.into(),
                attempt: 1,
                by: None,
                duration_ms: 900,
            },
        ]
    };
    let mut events = vec![
        RunEvent::RunStarted {
            task: format!("Look at the {thing} number {number} and tell what is new"),
            mode: Mode::PlanExecute,
            thread: None,
            models,
            limits: Limits::default(),
            settings: RunSettings::default(),
            forked_from: None,
            recipe: None,
            tools: None,
        },
        RunEvent::PlanProposed {
            revision: 1,
            source: PlanSource::Planner,
            problems: Vec::new(),
            reason: None,
            steps: steps.clone(),
        },
        RunEvent::PlanApproved {
            revision: 1,
            by: Approver::Policy,
            hash: plan_hash(&steps),
            feedback: None,
        },
    ];
    events.extend(done(
        1,
        format!("The {thing} was mentioned {} times.", number % 97),
    ));
    events.extend(done(
        2,
        format!("What matters about the {thing} is its place in the town."),
    ));
    events.push(RunEvent::RunFinished {
        status: RunEnd::Completed,
        response: Some(format!("The {thing} is new in {} ways.", number % 13)),
        incomplete: None,
        error: None,
        hint: None,
        totals: Totals::default(),
    });
    let numbered = (1..).zip(events);
    numbered
        .map(|(seq, event)| EventRecord {
            run: run.clone(),
            seq,
            at: at + SignedDuration::from_secs(i64::try_from(seq).unwrap()),
            scope: Vec::new(),
            event,
        })
        .collect()
}
