//! Text that means harm in every place that shows text, and every size of the terminal.

use planwright::domain::chat::Role;
use planwright::domain::event::{
    DeltaKind, PlanSource, Question, StepOutcome, ToolDecision, Wanted,
};
use planwright::domain::policy::{Permission, Reach, Rule};
use planwright::domain::state::{RunStatus, StepStatus};
use planwright::model::ModelError;
use planwright::session::{RunOutcome, ServerStatus};
use planwright::store::{RunPage, SearchHit};
use planwright::tui::effect::{EditTarget, Effect, Endpoint, Msg, Pointer, Press, Preview};
use proptest::prelude::*;

use super::desk::{Desk, buffer_of, key_event, server};
use super::log::{self, Log, step};
use super::screens::streaming;

/// Sequences that a terminal would act upon, characters that hide or turn text, wide ones and broken ones.
const HOSTILE: &str = "a\u{1b}[2J\u{1b}]0;owned\u{7}b\u{1b}]52;c;ZXZpbA==\u{1b}\\c\u{1b}P+q\u{1b}\\\u{9b}31m\u{8}\u{7f}\u{0}\t\u{202e}evil\u{2066}\u{200b}\u{feff}\r\n\u{85}\u{2028}end 漢字 👨‍👩‍👧 e\u{301} \u{300}";

fn hostile_desks(text: &str) -> Vec<Desk> {
    let mut desks = desks_around(text);
    desks.extend(desks_of_runs(
        text,
        &["", "3", "4", "4 z", "d", "t", "v", "esc", "q", "?", ":"],
    ));
    desks
}

/// Home, history and messages with this text.
fn desks_around(text: &str) -> Vec<Desk> {
    let mut desks = Vec::new();
    let mut desk = |scene: &dyn Fn(&mut Desk)| {
        let mut desk = Desk::new(80, 24).served();
        scene(&mut desk);
        desks.push(desk);
    };
    let mut summary = log::summary(1, text, RunStatus::Failed);
    text.clone_into(&mut summary.model);
    let down = ServerStatus {
        url: text.to_owned(),
        version: Err(ModelError::Reported {
            message: text.to_owned(),
        }),
        models: Vec::new(),
    };

    desk(&|desk| {
        desk.tell(Msg::Paste(text.to_owned()));
        desk.tell(Msg::Runs(vec![summary.clone()], 1))
            .tell(Msg::Probed(down.clone(), text.to_owned()));
    });
    desk(&|desk| {
        desk.tell(Msg::Probed(
            ServerStatus {
                version: Ok(text.to_owned()),
                ..server()
            },
            text.to_owned(),
        ));
        desk.tell(Msg::Failed(text.to_owned(), Some(text.to_owned())));
    });
    desk(&|desk| {
        desk.tell(Msg::Exported(text.into()));
    });
    desk(&|desk| {
        desk.tell(Msg::Runs(vec![summary.clone()], 1))
            .keys("f3 /")
            .tell(Msg::Paste(text.to_owned()));
        let hit = SearchHit {
            summary: summary.clone(),
            snippet: text.to_owned(),
        };
        desk.finds(&[hit]);
    });
    desks
}

/// Review and run with this text, and these keys pressed there.
fn desks_of_runs(text: &str, presses: &[&str]) -> Vec<Desk> {
    let mut desks = Vec::new();
    let mut desk = |scene: &dyn Fn(&mut Desk)| {
        let mut desk = Desk::new(80, 24).served();
        scene(&mut desk);
        desks.push(desk);
    };
    let mut plan = log::Log::new(text);
    let mut bad = step(1, text);
    bad.done_when = Some(text.to_owned());
    plan.planned(vec![bad.clone(), step(2, text)]);
    let review = plan.records.clone();
    plan.approved()
        .started("s1")
        .finished("s1", StepOutcome::Failed, text)
        .notice(text);
    plan.decided(planwright::domain::event::Decision::Replan, text);
    plan.proposed(PlanSource::Replanner, vec![bad, step(3, text)], Some(text))
        .approved()
        .started("s3");
    let running = plan.records.clone();
    plan.failed(text, text);
    let failed = plan.records;
    desk(&|desk| {
        desk.watching(review.clone());
    });
    desk(&|desk| {
        desk.watching(review.clone()).keys("e");
    });
    desk(&|desk| {
        desk.watching(review.clone())
            .tell(Msg::Edited(EditTarget::Plan, Ok(text.to_owned())));
        desk.tell(Msg::Edited(EditTarget::Task, Err(text.to_owned())));
    });
    for keys in presses {
        desk(&|desk| {
            desk.watching(running.clone()).delta(
                "c9",
                Role::Executor,
                Some("s3"),
                DeltaKind::Thinking,
                text,
            );
            desk.delta("c9", Role::Executor, Some("s3"), DeltaKind::Restart, text);
            desk.keys(keys);
        });
        desk(&|desk| {
            desk.watching(running.clone()).delta(
                "c9",
                Role::Executor,
                Some("s3"),
                DeltaKind::Thinking,
                text,
            );
            desk.delta("c9", Role::Executor, Some("s3"), DeltaKind::Content, text)
                .keys("T")
                .keys(keys);
        });
    }
    desk(&|desk| {
        desk.tell(Msg::Opened(
            failed[0].run.clone(),
            failed.clone(),
            RunStatus::Completed,
        ));
    });
    desks
}

const TOOL_KEYS: [&str; 5] = ["", "v G", "esc", "esc esc", "d"];

/// Calls of tools with this text, waiting and done.
fn desks_of_tools(text: &str, presses: &[&str]) -> Vec<Desk> {
    let mut desks = Vec::new();
    let reach = Reach {
        outside: true,
        paths: vec![text.to_owned()],
        host: Some(text.to_owned()),
        ..log::command(text)
    };
    let arguments = serde_json::json!({text: text, "n": 3, "list": [text]});
    for wanted in [Wanted::Permission, Wanted::Answer] {
        let mut log = Log::new(text);
        log.planned(vec![step(1, text)]).approved().started("s1");
        let asked = Question {
            wanted,
            text: text.to_owned(),
            preview: Some(format!("@@ {text}\n+{text}\n-{text}")),
            rule: Some(Rule::allowing(text, &reach)),
        };
        for call in ["t1", "t2"] {
            let asked = Some(asked.clone());
            log.uses("s1", call, text, arguments.clone(), reach.clone(), asked);
        }
        for keys in presses {
            let mut desk = Desk::new(80, 24).served();
            desk.watching(log.records.clone()).wait(500).keys(keys);
            desks.push(desk);
        }
        log.permitted("s1", "t1", ToolDecision::Allow, text)
            .returned("s1", "t1", text, true, text)
            .permitted("s1", "t2", ToolDecision::Deny, text)
            .returned("s1", "t2", text, false, text);
        let entry = super::desk::tool(text, text, Permission::Ask);
        for keys in ["3", "3 o", "2", "1", "u"] {
            let mut desk = Desk::new(80, 24).served();
            desk.watching(log.records.clone()).wait(500).keys(keys);
            desk.tell(Msg::Tools(vec![entry.clone()], vec![text.to_owned()]));
            desks.push(desk);
        }
    }
    desks
}

const SIZES: [(u16, u16); 5] = [(120, 40), (80, 24), (60, 44), (40, 15), (20, 5)];

fn assert_clean(desk: &Desk, sizes: &[(u16, u16)]) {
    assert_harmless(desk, sizes);
    for (width, height) in sizes {
        let screen = super::desk::rows(&buffer_of(&desk.app, *width, *height)).join("\n");
        for junk in ["[2J", "]0;", "owned", "52;c;", "+q", "[31m"] {
            assert!(!screen.contains(junk), "{junk}\n{screen}");
        }
    }
}

/// No cell and no title holds what a terminal would act upon.
fn assert_harmless(desk: &Desk, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        let buffer = buffer_of(&desk.app, *width, *height);
        for cell in buffer.content() {
            let bad = cell.symbol().chars().find(|c| {
                c.is_control() || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{2028}')
            });
            assert_eq!(bad, None, "{:?}", cell.symbol());
        }
    }
    let title = desk.app.title();
    assert!(!title.chars().any(char::is_control), "{title:?}");
}

#[test]
fn nothing_a_terminal_would_act_upon_reaches_a_cell() {
    for desk in hostile_desks(HOSTILE) {
        assert_clean(&desk, &SIZES);
    }
    // A request shows what the text hides, on purpose.
    for desk in desks_of_tools(HOSTILE, &TOOL_KEYS) {
        assert_harmless(&desk, &SIZES);
    }
}

#[test]
fn a_line_of_a_megabyte_is_drawn_like_any_other() {
    let long = "x\u{1b}[31m漢".repeat(120_000);
    let mut desks = desks_around(&long);
    desks.extend(desks_of_runs(&long, &["", "4"]));
    for desk in desks_of_tools(&"x\u{1b}[31m漢".repeat(8_000), &["v"]) {
        assert_harmless(&desk, &SIZES[1..2]);
    }
    for desk in desks {
        assert_clean(&desk, &SIZES[1..2]);
    }
}

fn every_scene() -> Vec<Desk> {
    let mut desks = hostile_desks("plain 漢字 words that go on for a while");
    desks.extend(desks_of_tools("plain 漢字 words", &TOOL_KEYS));
    let mut busy = Desk::new(120, 40).served();
    streaming(&mut busy);
    desks.push(busy);
    let mut empty = Desk::new(120, 40);
    empty.watching(Log::gdp().records);
    desks.push(empty);
    let mut models = Desk::new(120, 40).served();
    super::at_models::listing(&mut models);
    desks.push(models);
    let mut replayed = Desk::new(120, 40).served();
    super::at_replay::replaying(&mut replayed);
    replayed.keys("} l");
    desks.push(replayed);
    for keys in ["", "f1", "f2", "f3", "f6", "f7", "esc"] {
        let mut desk = Desk::new(80, 24).served();
        desk.keys(keys);
        desks.push(desk);
    }
    desks
}

/// Set to try every size from 0x0 to 200x60 rather than those at which something changes, which takes minutes.
const EVERY_SIZE: &str = "PLANWRIGHT_TEST_EVERY_SIZE";

#[test]
fn every_screen_is_drawn_at_every_size() {
    let (mut widths, mut heights): (Vec<u16>, Vec<u16>) = (
        vec![
            0, 1, 2, 3, 4, 5, 7, 11, 16, 22, 23, 24, 25, 28, 33, 40, 60, 71, 72, 109, 110, 200,
        ],
        vec![0, 1, 2, 3, 4, 7, 8, 11, 17, 18, 30, 40, 60],
    );
    if std::env::var_os(EVERY_SIZE).is_some() {
        (widths, heights) = ((0..=200).collect(), (0..=60).collect());
    }
    for desk in &mut every_scene() {
        for &width in &widths {
            for &height in &heights {
                buffer_of(&desk.app, width, height);
            }
        }
        for size in [(0, 0), (1, 1), (24, 8), (40, 15), (200, 60)] {
            desk.tell(Msg::Resize(size.0, size.1)).keys("j k pgdn pgup");
            buffer_of(&desk.app, size.0, size.1);
        }
    }
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Happening {
    /// The key of this place in the table.
    Key(usize),
    Text(String),
    Resize(u16, u16),
    Click(u16, u16),
    /// The next record of the log, if it goes on.
    Record,
    Delta(String),
    Wait(i64),
    Ended,
    /// Another window wrote something.
    Elsewhere,
    /// What was asked of the world is answered.
    Answers,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => (0_usize..400).prop_map(Happening::Key),
        1 => "\\PC{0,12}".prop_map(Happening::Text),
        1 => (0_u16..200, 0_u16..60).prop_map(|(width, height)| Happening::Resize(width, height)),
        1 => (0_u16..200, 0_u16..60).prop_map(|(column, row)| Happening::Click(column, row)),
        3 => Just(Happening::Record),
        2 => "(\\PC|\n|\\| a \\| b \\|\n\\|-\\|-\\|\n|```rs\n|\u{1b}\\[2J|漢字|👩‍👩‍👧){0,20}".prop_map(Happening::Delta),
        2 => (0_i64..9_000).prop_map(Happening::Wait),
        1 => Just(Happening::Ended),
        1 => Just(Happening::Elsewhere),
        3 => Just(Happening::Answers),
    ]
}

/// How many there are: `PROPTEST_CASES`, else few enough for every day.
fn cases() -> u32 {
    let given = std::env::var("PROPTEST_CASES").ok();
    given.and_then(|cases| cases.parse().ok()).unwrap_or(64)
}

/// Answers what the world was asked for, as a session would that has a run or two.
fn answer(desk: &mut Desk) {
    for effect in desk.take_effects() {
        let past = super::at_replay::past().records;
        let msg = match effect {
            Effect::Open(run) => Msg::Opened(run, past, RunStatus::Completed),
            Effect::Resume(run) => Msg::Watching(run, past),
            Effect::Start(_) => Msg::Watching(past[0].run.clone(), log::running().records),
            Effect::ListRuns => Msg::Runs(log::past_runs(), 4),
            Effect::Preview(run) => Msg::Previewed(
                run,
                Preview {
                    answer: "an answer \u{1b}[2J\u{202e} of several\nlines".to_owned(),
                    steps: vec![(StepStatus::Pending, "a step \u{9b}2J 漢字".to_owned())],
                },
            ),
            Effect::ReadPage(query) => Msg::Paged(query, Ok(RunPage::default())),
            Effect::Delete(run) => Msg::Deleted(run),
            Effect::Restore(run) => Msg::Restored(run),
            Effect::Fork(run, _) => Msg::Forked(run),
            Effect::Compare(..) => {
                let compared =
                    planwright::domain::compare::compare(&past, &log::answered(None).records);
                Msg::Compared(Box::new(compared))
            }
            Effect::Follow(run, after) => {
                let more = past.into_iter().filter(|record| record.seq > after);
                Msg::Followed(run, more.collect(), RunStatus::Completed)
            }
            Effect::ReadOutput(_, seq) => {
                let read = past.into_iter().find(|record| record.seq == seq);
                read.map_or(Msg::Tick, |record| Msg::OutputRead(Box::new(record)))
            }
            Effect::ListFiles(begun) => {
                let files = ["notes.txt", "a b.md", "\u{202e}odd\u{1b}[2J.rs"];
                Msg::Files(begun, files.map(str::to_owned).to_vec())
            }
            Effect::ReadLog => Msg::LogRead("a line\u{1b}[2J of the log\n".repeat(50)),
            Effect::ListSettings => Msg::Settings(vec![(
                "max_steps".to_owned(),
                "20".to_owned(),
                "default".to_owned(),
            )]),
            Effect::ReadCall(_, call) => Msg::CallRead(call, None, Endpoint::default()),
            Effect::ListTools => {
                Msg::Tools(super::desk::tools(), vec!["one is missing".to_owned()])
            }
            Effect::Pull(name) => Msg::Pulled(name, Some("no such model".to_owned())),
            Effect::Edit(target, text) => {
                Msg::Edited(target, Ok(format!("{text}\n4. One more step")))
            }
            Effect::Cancel => Msg::Ended(RunOutcome::Interrupted),
            _ => continue,
        };
        desk.tell(msg);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Anything at any time on any screen: no panic, and no cell that could do harm.
    #[test]
    fn whatever_happens_leaves_a_screen(
        scene in 0_usize..100,
        happenings in proptest::collection::vec(happening(), 0..60),
        width in 0_u16..140,
        height in 0_u16..50,
    ) {
        let chords: Vec<&str> = planwright::tui::keymap::TABLE.iter().flat_map(|row| row.keys).copied().collect();
        let mut desks = every_scene();
        let scene = scene % desks.len();
        let desk = &mut desks[scene];
        desk.tell(Msg::Resize(width, height));
        let mut size = (width, height);
        let logs = [log::using().records, log::nested().records, log::asking().records, super::at_replay::past().records];
        let mut records = logs[scene % logs.len()].iter();
        for happening in happenings {
            match happening {
                Happening::Key(key) => {
                    desk.tell(Msg::Key(key_event(chords[key % chords.len()])));
                }
                Happening::Text(text) => {
                    desk.tell(Msg::Paste(text));
                }
                Happening::Resize(width, height) => {
                    size = (width, height);
                    desk.tell(Msg::Resize(width, height));
                }
                Happening::Click(column, row) => {
                    // What lies where is known from what was drawn.
                    desk.screen();
                    desk.tell(Msg::Mouse(Pointer { press: Press::Click, column, row }));
                    desk.tell(Msg::Mouse(Pointer { press: Press::Drag, column: row, row: column }));
                    desk.screen();
                    if column % 2 == 0 {
                        desk.tell(Msg::Mouse(Pointer { press: Press::Release, column, row }));
                    }
                }
                Happening::Record => {
                    if let Some(record) = records.next() {
                        desk.event(record.clone());
                    }
                }
                Happening::Delta(text) => {
                    desk.delta("c9", Role::Executor, Some("s1"), DeltaKind::Content, &text);
                }
                Happening::Wait(ms) => {
                    desk.wait(ms);
                }
                Happening::Elsewhere => {
                    desk.tell(Msg::StoreChanged);
                }
                Happening::Ended => {
                    desk.tell(Msg::Ended(RunOutcome::Completed));
                }
                Happening::Answers => answer(desk),
            }
            assert_harmless(desk, &[size]);
        }
    }
}
