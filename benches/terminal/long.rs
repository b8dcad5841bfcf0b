//! A run far longer than people's: what engine, store and interface keep of it in memory, fed record by record in this
//! process.

use std::sync::Arc;

use jiff::Timestamp;
use planwright::domain::event::{
    Approver, Limits, Mode, PlanSource, RoleModels, RunEvent, RunSettings, StepOutcome,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::engine::journal::{Journal, wall_clock};
use planwright::store::sqlite::SqliteStore;
use planwright::tui::app::{App, AppOptions};
use planwright::tui::effect::Msg;
use planwright::tui::{update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc;

use super::{megabytes, resident_of, row};

/// Steps of the run, and the bytes that a tool brings in each.
const STEPS: usize = 1_000;
const OUTPUT: usize = 100_000;

pub(crate) fn measure() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(feed());
}

async fn feed() {
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&home.path().join("planwright.db")).unwrap());
    let run = RunId::new("7f3a11220000000000000000000000aa");
    let (told, mut updates) = mpsc::channel(64);
    let journal = Journal::new(run.clone(), store, &[], told, wall_clock());
    let mut app = App::new(&AppOptions::default(), Timestamp::now());
    update::update(&mut app, Msg::Resize(120, 40));
    update::update(&mut app, Msg::Watching(run, Vec::new()));
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let before = resident_of("self");
    for (number, event) in events().enumerate() {
        journal.record(event).await.unwrap();
        while let Ok(news) = updates.try_recv() {
            update::update(&mut app, Msg::Engine(news));
        }
        if number % 50 == 0 {
            terminal.draw(|frame| view::draw(&app, frame)).unwrap();
        }
    }
    let after = resident_of("self");
    row(
        "1,000 steps, 100 MB from tools: memory grew by",
        &megabytes(after.saturating_sub(before)),
        "80 MB in all",
    );
}

fn events() -> impl Iterator<Item = RunEvent> {
    let steps: Vec<Step> = (1..=STEPS)
        .map(|n| {
            Step::new(
                StepId::numbered(n),
                format!("Read part {n} of what was found"),
            )
        })
        .collect();
    let models = RoleModels {
        planner: "m".to_owned(),
        executor: "m".to_owned(),
        replanner: "m".to_owned(),
        ..RoleModels::default()
    };
    let begun = [
        RunEvent::RunStarted {
            task: "Read all of it".to_owned(),
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
            source: PlanSource::File,
            steps: steps.clone(),
            problems: Vec::new(),
            reason: None,
        },
        RunEvent::PlanApproved {
            revision: 1,
            by: Approver::User,
            hash: plan_hash(&steps),
            feedback: None,
        },
    ];
    begun.into_iter().chain((1..=STEPS).flat_map(work))
}

fn work(number: usize) -> [RunEvent; 4] {
    let (step, call) = (StepId::numbered(number), format!("t{number}"));
    let line = format!("a line of part {number}, as long as lines are\n");
    let tool = "read_file".to_owned();
    [
        RunEvent::StepStarted {
            step: step.clone(),
            attempt: 1,
        },
        RunEvent::ToolCalled {
            step: step.clone(),
            call: call.clone(),
            tool: tool.clone(),
            arguments: serde_json::json!({"path": format!("part-{number}.txt")}),
            round: 1,
            reach: None,
            asked: None,
        },
        RunEvent::ToolReturned {
            step: step.clone(),
            call,
            tool,
            ok: true,
            output: line.repeat(OUTPUT / line.len()),
            duration_ms: 3,
        },
        RunEvent::StepFinished {
            step,
            attempt: 1,
            status: StepOutcome::Done,
            result: line.repeat(10).into(),
            duration_ms: 10,
            by: None,
        },
    ]
}
