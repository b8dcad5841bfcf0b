//! A recorded run, told to the terminal interface up to some moment: the frame is the one a person saw at that moment.

use std::collections::HashMap;

use crossterm::event::KeyCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use planwright::domain::chat::Role;
use planwright::domain::event::{ApprovalPolicy, Delta, DeltaKind, EventRecord, RunEvent};
use planwright::domain::ids::{RunId, StepId};
use planwright::session::{EngineUpdate, RunOutcome, ServerStatus};
use planwright::tui::app::{App, AppOptions};
use planwright::tui::effect::Msg;
use planwright::tui::look::Look;
use planwright::tui::shot::picture;
use planwright::tui::update;
use serde_json::Value;

/// What `planwright run --yes --json --stream --model demo` wrote.
const RUN: &str = include_str!("run.jsonl");

/// The moments there are pictures of.
pub(crate) const SCREENS: [&str; 4] = ["live", "home", "review", "answer"];

const SIZE: (u16, u16) = (120, 40);

/// The frame of that screen as SVG; none where there is no such screen.
pub(crate) fn screen(name: &str) -> Option<String> {
    let told = tell(RUN);
    let moment = match name {
        "home" => 0,
        "review" => 1 + told.iter().position(|(_, update)| is_plan(update))?,
        "live" => in_the_middle(&told)?,
        "answer" => told.len(),
        _ => return None,
    };
    let options = AppOptions {
        look: Look {
            color: true,
            ..Look::default()
        },
        approval: ApprovalPolicy::Never,
        time_zone: Some(TimeZone::UTC),
        ..AppOptions::default()
    };
    let mut app = App::new(&options, told.first()?.0);
    update::opening(&mut app);
    let server = ServerStatus {
        url: "http://127.0.0.1:11434".to_owned(),
        version: Ok("not asked".to_owned()),
        models: Vec::new(),
    };
    update::update(&mut app, Msg::Resize(SIZE.0, SIZE.1));
    update::update(&mut app, Msg::Probed(server, "demo".to_owned()));
    for (index, (at, news)) in told.into_iter().take(moment).enumerate() {
        app.now = at;
        if index == 0 {
            update::update(&mut app, Msg::Watching(run_of(&news)?, Vec::new()));
        }
        update::update(&mut app, Msg::Engine(news));
    }
    match name {
        "live" => drop(update::update(
            &mut app,
            Msg::Key(KeyCode::Char('3').into()),
        )),
        "answer" => drop(update::update(&mut app, Msg::Ended(RunOutcome::Completed))),
        _ => {}
    }
    Some(picture(&app, SIZE))
}

/// The lines as updates of the engine, each with its time. Text has none in the log: it is spread evenly over the time
/// between the records around it.
fn tell(log: &str) -> Vec<(Timestamp, EngineUpdate)> {
    let lines = || {
        log.lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    };
    let record = |line: &Value| serde_json::from_value::<EventRecord>(line.clone()).ok();
    // A delta names its call alone; what that call was for is in the record of its end.
    let calls: HashMap<String, (Role, Option<StepId>)> = lines()
        .filter_map(|line| match record(&line)?.event {
            RunEvent::ModelCalled(call) => Some((call.call, (call.role, call.step))),
            _ => None,
        })
        .collect();
    let mut told = Vec::new();
    let mut texts: Vec<Delta> = Vec::new();
    let mut before = Timestamp::UNIX_EPOCH;
    for line in lines() {
        if let Some(record) = record(&line) {
            let span = record.at.duration_since(before);
            let parts = i32::try_from(texts.len() + 1).unwrap_or(i32::MAX);
            for (part, delta) in (1..).zip(texts.drain(..)) {
                told.push((before + span / parts * part, EngineUpdate::Delta(delta)));
            }
            before = record.at;
            told.push((record.at, EngineUpdate::Event(record.into())));
            continue;
        }
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if let Some((role, step)) = calls.get(&text("call")) {
            texts.push(Delta {
                call: text("call"),
                role: *role,
                step: step.clone(),
                kind: DeltaKind::Content,
                text: text("text"),
            });
        }
    }
    told
}

/// Well into the text of the first step after the plan was changed.
fn in_the_middle(told: &[(Timestamp, EngineUpdate)]) -> Option<usize> {
    let changed = told.iter().rposition(|(_, update)| is_plan(update))?;
    let is_text =
        |(_, update): &(Timestamp, EngineUpdate)| matches!(update, EngineUpdate::Delta(_));
    let begins = changed + told[changed..].iter().position(is_text)?;
    let pieces = told[begins..].iter().take_while(|one| is_text(one)).count();
    Some(begins + pieces * 6 / 7)
}

fn is_plan(update: &EngineUpdate) -> bool {
    matches!(update, EngineUpdate::Event(record) if matches!(record.event, RunEvent::PlanProposed { .. }))
}

fn run_of(update: &EngineUpdate) -> Option<RunId> {
    match update {
        EngineUpdate::Event(record) => Some(record.run.clone()),
        EngineUpdate::Delta(_) => None,
    }
}
