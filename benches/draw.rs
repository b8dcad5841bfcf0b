//! Frames of the interface with far more in them than anyone expects, drawn at 120x40 into memory. Run by hand:
//! `cargo bench --bench draw`. Prints the median and the slowest of many frames beside the budget; fails nothing, since machines
//! differ.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool to run by hand"
)]

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use planwright::domain::chat::Role;
use planwright::domain::event::{
    Approver, Delta, DeltaKind, EventRecord, Limits, Mode, PlanSource, RoleModels, RunEvent,
    StepOutcome,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::domain::state::RunStatus;
use planwright::session::EngineUpdate;
use planwright::store::RunSummary;
use planwright::tui::app::{App, AppOptions};
use planwright::tui::effect::Msg;
use planwright::tui::look::Look;
use planwright::tui::{update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (120, 40);
/// Frames of each scene.
const FRAMES: usize = 200;
/// Bytes of a result that is far too long.
const HUGE: usize = 100_000_000;
/// Runs in a long history.
const RUNS: usize = 5_000;
const BUDGET: &str = "16000";

fn main() {
    println!(
        "{:<58}{:>10}{:>10}{:>10}",
        "µs from news or key to frame", "median", "slowest", "budget"
    );
    let paragraph = "some words of a result ".repeat((1 << 20) / 23);
    let lines = "a line of the result of this step, as long as lines are\n".repeat(20_000);
    for (name, text) in [
        ("1 MB in one paragraph", &paragraph),
        ("20,000 lines", &lines),
    ] {
        let mut bench = Bench::new();
        bench.watch(running("count", &steps("count the words")));
        bench.delta(text);
        bench.measure(&format!("{name}, streaming on"), |bench| {
            bench.delta("more of it ");
        });
        bench.key('3');
        bench.measure(&format!("{name}, scrolling"), |bench| bench.key('k'));
        let mut records = running("count", &steps("count the words"));
        records.push(RunEvent::StepFinished {
            step: StepId::numbered(1),
            attempt: 1,
            status: StepOutcome::Done,
            result: text.clone().into(),
            duration_ms: 1,
            by: None,
        });
        let mut bench = Bench::new();
        bench.watch(records);
        bench.measure(&format!("{name}, as a result, spinner"), Bench::tick);
    }

    huge();

    let task = "x".repeat(128 * 1024 - 1);
    let mut bench = Bench::new();
    bench.tell(Msg::Paste(task.clone()));
    bench.measure(
        "home, a task of 128 KiB in one line, standing still",
        |_| {},
    );
    bench.measure(
        "home, a task of 128 KiB in one line, typing",
        Bench::type_and_delete,
    );
    let many_words = "word ".repeat(25 * 1024);
    let mut bench = Bench::new();
    bench.tell(Msg::Paste(many_words.clone()));
    bench.measure(
        "home, a task of 125 KiB of words, typing",
        Bench::type_and_delete,
    );
    // Such a task comes by way of the command line: the editor does not take it.
    let (task, many_words) = (task.repeat(2), many_words.repeat(2));
    for (name, long) in [("one word", &task), ("words", &many_words)] {
        let mut bench = Bench::new();
        bench.watch(running(long, &steps("count the words")));
        bench.measure(
            &format!("a run with a task of 256 KiB, {name}"),
            Bench::tick,
        );
        bench.key('t');
        bench.measure(
            &format!("the same, the whole task shown, {name}"),
            Bench::tick,
        );
    }

    let mut bench = Bench::new();
    bench.watch(using());
    bench.measure("200 calls of tools, streaming on", |bench| {
        bench.delta("more of it ");
    });
    bench.key('3');
    bench.key('x');
    bench.measure("an output of 256 KiB opened, spinner", Bench::tick);
    bench.measure("the same, scrolling", |bench| bench.key('k'));

    replayed();

    let (first, second) = ("step ".repeat(20_000), "another ".repeat(13_000));
    let mut log = running("compare", &steps(&first));
    log.propose(PlanSource::Replanner, &steps(&second));
    let mut bench = Bench::new();
    bench.watch(log.clone());
    bench.measure("review of steps of 100 KB", |bench| bench.key('j'));
    log.approve();
    let mut bench = Bench::new();
    bench.watch(log);
    bench.measure("run with steps of 100 KB", Bench::tick);
    bench.key('d');
    bench.measure("diff of steps of 100 KB, scrolling", |bench| bench.key('j'));

    let mut bench = Bench::new();
    bench.tell(Msg::Runs(runs(), RUNS));
    bench.measure("home, 5,000 runs, typing", Bench::type_and_delete);
    bench.measure("home, 5,000 runs, recalling tasks", |bench| {
        bench.press(KeyCode::Up);
    });
    bench.press(KeyCode::Esc);
    bench.measure("home, 5,000 runs, moving", |bench| bench.key('j'));
    bench.key('H');
    bench.measure("history, 5,000 runs, moving", |bench| bench.key('j'));
    bench.key('G');
    bench.measure("history, 5,000 runs, at the end", |bench| bench.key('k'));
}

/// A result of 100 MB: when it is there, and how it scrolls.
fn huge() {
    for (name, words) in [("English", "words of a result "), ("CJK", "結果の言葉です")] {
        let line = words.repeat(60 / words.len()) + "\n";
        let mut log = running("read", &steps("read"));
        log.push(RunEvent::StepFinished {
            step: StepId::numbered(1),
            attempt: 1,
            status: StepOutcome::Done,
            result: line.repeat(HUGE / line.len()).into(),
            duration_ms: 1,
            by: None,
        });
        let mut bench = Bench::new();
        let start = Instant::now();
        bench.watch(log);
        bench.tick();
        bench.measure_once();
        println!(
            "100 MB of {name}: first frame after {} ms",
            start.elapsed().as_millis()
        );
        bench.key('3');
        bench.measure(&format!("100 MB of {name}, scrolling"), |bench| {
            bench.key('k');
        });
    }
}

/// A run of 10,000 records, replayed.
fn replayed() {
    let mut log = running("read", &steps("read"));
    while log.records.len() < 10_000 {
        let n = log.records.len();
        log.push(RunEvent::StepReset {
            step: StepId::numbered(1),
            reason: "again".to_owned(),
        });
        log.push(RunEvent::StepStarted {
            step: StepId::numbered(1),
            attempt: 1,
        });
        log.push(RunEvent::StepFinished {
            step: StepId::numbered(1),
            attempt: 1,
            status: StepOutcome::Done,
            result: format!("result {n}\n").repeat(20).into(),
            duration_ms: 1,
            by: None,
        });
    }
    let run = log.records[0].run.clone();
    let mut bench = Bench::new();
    bench.tell(Msg::Opened(
        run.clone(),
        log.records.clone(),
        RunStatus::Completed,
    ));
    bench.key('P');
    bench.tell(Msg::Opened(run, log.records, RunStatus::Completed));
    bench.measure("replay of 10,000 records, forward", |bench| bench.key('l'));
    bench.key('G');
    bench.measure("replay of 10,000 records, back from its end", |bench| {
        bench.key('h');
    });
}

/// The interface without a terminal.
struct Bench {
    app: App,
    terminal: Terminal<TestBackend>,
    frame: usize,
}

impl Bench {
    fn new() -> Self {
        let options = AppOptions {
            look: Look {
                color: true,
                ..Look::default()
            },
            ..AppOptions::default()
        };
        let mut app = App::new(&options, now());
        update::opening(&mut app);
        update::update(&mut app, Msg::Resize(SIZE.0, SIZE.1));
        Self {
            app,
            terminal: Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap(),
            frame: 0,
        }
    }

    fn tell(&mut self, msg: Msg) {
        update::update(&mut self.app, msg);
    }

    fn tick(&mut self) {
        self.app.now += jiff::SignedDuration::from_millis(100);
        self.tell(Msg::Tick);
    }

    fn press(&mut self, code: KeyCode) {
        self.tell(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    fn key(&mut self, key: char) {
        self.press(KeyCode::Char(key));
    }

    fn type_and_delete(&mut self) {
        if self.frame.is_multiple_of(2) {
            self.key('x');
        } else {
            self.press(KeyCode::Backspace);
        }
    }

    fn watch(&mut self, log: Log) {
        let run = log.records[0].run.clone();
        self.tell(Msg::Watching(run, log.records));
    }

    fn delta(&mut self, text: &str) {
        self.tell(Msg::Engine(EngineUpdate::Delta(Delta {
            call: "c1".to_owned(),
            role: Role::Executor,
            step: Some(StepId::numbered(1)),
            kind: DeltaKind::Content,
            text: text.to_owned(),
        })));
    }

    fn measure_once(&mut self) {
        let app = &self.app;
        self.terminal.draw(|frame| view::draw(app, frame)).unwrap();
    }

    /// Times what happens before each frame together with the frame; the first one counts as the slowest like any other.
    fn measure(&mut self, name: &str, mut before: impl FnMut(&mut Self)) {
        let mut times = Vec::with_capacity(FRAMES);
        let limit = Instant::now() + Duration::from_secs(5);
        while times.len() < FRAMES && (times.is_empty() || Instant::now() < limit) {
            self.frame += 1;
            let start = Instant::now();
            before(self);
            let app = &self.app;
            self.terminal.draw(|frame| view::draw(app, frame)).unwrap();
            times.push(start.elapsed().as_micros());
        }
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{name:<58}{median:>10}{slowest:>10}{BUDGET:>10}");
    }
}

fn now() -> Timestamp {
    "2026-11-20T14:02:00Z".parse().unwrap()
}

/// The records of one run.
#[derive(Clone)]
struct Log {
    records: Vec<EventRecord>,
    steps: Vec<Step>,
    revision: u32,
}

impl Log {
    fn push(&mut self, event: RunEvent) {
        self.records.push(EventRecord {
            run: RunId::new("7f3a11220000000000000000000000aa"),
            seq: self.records.len() as u64 + 1,
            at: now(),
            scope: Vec::new(),
            event,
        });
    }

    fn propose(&mut self, source: PlanSource, steps: &[Step]) {
        self.revision += 1;
        self.steps = steps.to_vec();
        self.push(RunEvent::PlanProposed {
            revision: self.revision,
            source,
            steps: steps.to_vec(),
            problems: Vec::new(),
            reason: Some("other steps are needed".to_owned()),
        });
    }

    fn approve(&mut self) {
        self.push(RunEvent::PlanApproved {
            revision: self.revision,
            by: Approver::User,
            hash: plan_hash(&self.steps),
            feedback: None,
        });
    }
}

/// A run whose first step has used a tool 200 times, and was brought 256 KiB by the last call.
fn using() -> Log {
    let mut log = running("count", &steps("count the words"));
    for n in 1..=200 {
        let call = format!("t{n}");
        let lines = if n == 200 { 10_000 } else { 20 };
        log.push(RunEvent::ToolCalled {
            step: StepId::numbered(1),
            call: call.clone(),
            tool: "read_file".to_owned(),
            arguments: serde_json::json!({"path": "notes.txt"}),
            round: n,
            reach: None,
            asked: None,
        });
        log.push(RunEvent::ToolReturned {
            step: StepId::numbered(1),
            call,
            tool: "read_file".to_owned(),
            ok: true,
            output: "a line of what it brought\n".repeat(lines),
            duration_ms: 3,
        });
    }
    log
}

fn steps(text: &str) -> Vec<Step> {
    (1..=8)
        .map(|n| Step::new(StepId::numbered(n), format!("{n} {text}")))
        .collect()
}

/// A run whose first step is at work.
fn running(task: &str, steps: &[Step]) -> Log {
    let mut log = Log {
        records: Vec::new(),
        steps: Vec::new(),
        revision: 0,
    };
    log.push(RunEvent::RunStarted {
        task: task.to_owned(),
        mode: Mode::PlanExecute,
        thread: None,
        models: RoleModels::default(),
        limits: Limits::default(),
        settings: planwright::domain::event::RunSettings::default(),
        forked_from: None,
        recipe: None,
        tools: None,
    });
    log.propose(PlanSource::Planner, steps);
    log.approve();
    log.push(RunEvent::StepStarted {
        step: StepId::numbered(1),
        attempt: 1,
    });
    log
}

fn runs() -> Vec<RunSummary> {
    (0..RUNS)
        .map(|n| RunSummary {
            run: RunId::new(format!("{n:032x}")),
            task: format!("Compare the amounts of item {n} with those of the year before"),
            status: RunStatus::Completed,
            started_at: now(),
            duration_ms: 102_000,
            steps: 6,
            model: "qwen3:4b".to_owned(),
            steps_finished: 6,
            replans: 1,
            thread: None,
            forked_from: None,
        })
        .collect()
}
