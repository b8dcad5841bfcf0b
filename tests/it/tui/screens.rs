//! How every screen looks at the three sizes.

use std::collections::BTreeMap;

use planwright::config::theme::Theme;
use planwright::domain::chat::Role;
use planwright::domain::event::{Decision, DeltaKind, StepOutcome, ToolDecision};
use planwright::domain::state::RunStatus;
use planwright::domain::state::StepStatus;
use planwright::model::ModelError;
use planwright::session::{RunOutcome, ServerStatus};
use planwright::store::SearchHit;
use planwright::tui::app::AppOptions;
use planwright::tui::effect::{Endpoint, Msg, Preview};
use planwright::tui::look::Look;
use planwright::tui::palette::{Colors, Depth};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

use super::desk::{Desk, options, server};
use super::log::{self, Log};

pub(crate) const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 15)];

/// Snapshots of what `scene` sets up, at every size.
fn snapshot(name: &str, scene: impl Fn(&mut Desk)) {
    for (width, height) in SIZES {
        let mut desk = Desk::new(width, height).served();
        desk.tell(Msg::Runs(log::past_runs(), 4));
        scene(&mut desk);
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), desk.screen());
        });
    }
    let looks = [Theme::Dark, Theme::Light].map(|theme| {
        let palette = theme.palette();
        let options = AppOptions {
            look: Look {
                color: true,
                colors: Colors::new(&palette, Depth::Full),
                ..Look::default()
            },
            ..options()
        };
        let mut desk = Desk::with(&options, 80, 24).served();
        desk.tell(Msg::Runs(log::past_runs(), 4));
        scene(&mut desk);
        format!("{}\n{}", theme.word(), styles(&desk.buffer()))
    });
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
        insta::assert_snapshot!(format!("{name}_colours"), looks.join("\n"));
    });
}

/// The styles of a screen: of each row what differs from the style of most of the screen, as the first and last column, what
/// stands there, and how.
fn styles(buffer: &Buffer) -> String {
    let style = |cell: &Cell| {
        let color = |color: Color| color.to_string();
        let modifiers = format!("{:?}", cell.modifier).replace(" | ", "+");
        let modifiers = modifiers.replace("NONE", "").to_lowercase();
        let style = format!("{}/{} {modifiers}", color(cell.fg), color(cell.bg));
        style.trim_end().to_owned()
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for cell in &buffer.content {
        *count.entry(style(cell)).or_default() += 1;
    }
    let most = count.iter().max_by_key(|(_, count)| **count);
    let most = most.map_or_else(String::new, |(style, _)| style.clone());
    let mut text = format!("most of it: {most}\n");
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let here = style(&buffer[(x, y)]);
            let from = x;
            let mut words = String::new();
            while x < buffer.area.width && style(&buffer[(x, y)]) == here {
                words.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            if here != most {
                text.push_str(&format!(
                    "{y:>2} {from:>2}-{:<2} {here}  {:?}\n",
                    x - 1,
                    words.trim_end()
                ));
            }
        }
    }
    text
}

pub(crate) fn unreachable() -> ServerStatus {
    ServerStatus {
        version: Err(ModelError::Unreachable {
            url: "http://127.0.0.1:11434".to_owned(),
            reason: "connection refused".to_owned(),
        }),
        models: Vec::new(),
        ..server()
    }
}

/// A run whose third step streams.
pub(crate) fn streaming(desk: &mut Desk) {
    desk.app.now = super::desk::at(14_000);
    desk.watching(log::running().records);
    desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Restart, "");
    desk.delta(
        "c4",
        Role::Executor,
        Some("s3"),
        DeltaKind::Thinking,
        "The user wants the ratio.\n",
    );
    let text = "The ratio of Germany to France is\n\n    4.53 / 3.03 = 1.495\n\nso the German economy is about 50 % larger in nominal terms. The absolute gap is 1.50 trillion dollars.\n\n```python\ngap = 4.53 - 3.03\n```\n";
    desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Content, text);
}

#[test]
fn home() {
    snapshot("home", |desk| {
        desk.types("Compare the GDP of France and Germany");
    });
}

#[test]
fn home_without_a_server() {
    snapshot("home_unreachable", |desk| {
        desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
    });
}

#[test]
fn home_without_a_server_and_letters_as_commands() {
    snapshot("home_unreachable_pane", |desk| {
        desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
        desk.keys("esc");
    });
}

#[test]
fn home_with_the_demo_model() {
    snapshot("home_demo", |desk| {
        desk.tell(Msg::Probed(unreachable(), "demo".to_owned()));
        desk.keys("esc");
    });
}

#[test]
fn install() {
    snapshot("install", |desk| {
        desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
        desk.keys("esc i");
    });
}

#[test]
fn review() {
    snapshot("review", |desk| {
        desk.watching(log::reviewing().records).keys("j j o");
        desk.types("State data year and caveats").keys("enter");
    });
}

#[test]
fn review_of_a_new_version() {
    snapshot("review_replanned", |desk| {
        desk.watching(log::replanned().records);
    });
}

#[test]
fn live() {
    snapshot("live", streaming);
}

#[test]
fn live_before_the_first_token() {
    snapshot("live_loading", |desk| {
        desk.app.now = super::desk::at(2_000);
        desk.watching(Log::gdp().records);
        desk.delta("c1", Role::Planner, None, DeltaKind::Restart, "");
        desk.wait(12_000);
    });
}

#[test]
fn live_while_the_plan_is_written() {
    snapshot("live_planning", |desk| {
        desk.app.now = super::desk::at(2_000);
        desk.watching(Log::gdp().records);
        desk.delta("c1", Role::Planner, None, DeltaKind::Restart, "");
        let json = r#"{"steps":[{"description":"Search current GDP of France","#;
        desk.delta("c1", Role::Planner, None, DeltaKind::Content, json);
    });
}

#[test]
fn live_with_a_decision_made() {
    snapshot("live_decided", |desk| {
        let mut log = log::running();
        log.finished("s3", StepOutcome::Done, "4.53 / 3.03 = 1.495");
        log.done("s4", "Population and industry.");
        log.decided(Decision::Respond, "all four steps have results");
        desk.watching(log.records);
    });
}

#[test]
fn live_in_ascii() {
    for (width, height) in SIZES {
        let ascii = planwright::tui::app::AppOptions {
            look: Look {
                ascii: true,
                ..Look::default()
            },
            ..options()
        };
        let mut desk = Desk::with(&ascii, width, height).served();
        streaming(&mut desk);
        let screen = desk.screen();
        assert!(screen.is_ascii(), "{screen}");
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
            insta::assert_snapshot!(format!("live_ascii_{width}x{height}"), screen);
        });
    }
}

#[test]
fn calls() {
    snapshot("calls", |desk| {
        desk.app.now = super::desk::at(26_000);
        desk.watching(log::using().records).keys("3 g [");
    });
}

#[test]
fn calls_opened() {
    snapshot("calls_opened", |desk| {
        desk.app.now = super::desk::at(26_000);
        desk.watching(log::using().records).keys("3 g ] x");
    });
}

#[test]
fn nested() {
    snapshot("nested", |desk| {
        desk.app.now = super::desk::at(20_000);
        desk.watching(log::nested().records).keys("2");
    });
}

#[test]
fn tools() {
    snapshot("tools", |desk| {
        let log = log::with_tools(log::using(), &["calc", "run_command", "gone"]);
        desk.watching(log.records).keys("u");
        let missing = vec!["the server `files` could not be started".to_owned()];
        desk.tell(Msg::Tools(super::desk::tools(), missing))
            .keys("j j");
    });
}

#[test]
fn request() {
    snapshot("request", |desk| {
        desk.watching(log::requesting_twice().records);
    });
}

#[test]
fn request_with_a_diff() {
    snapshot("request_diff", |desk| {
        let mut log = log::requesting_twice();
        log.permitted("s3", "t1", ToolDecision::Allow, "by a person");
        desk.watching(log.records).keys("v");
    });
}

#[test]
fn request_put_off() {
    snapshot("request_later", |desk| {
        desk.watching(log::requesting_twice().records).keys("esc");
    });
}

#[test]
fn asked() {
    snapshot("asked", |desk| {
        desk.watching(log::asking().records);
        desk.types("By purchasing power");
    });
}

#[test]
fn decisions() {
    snapshot("decisions", |desk| {
        let mut log = log::replanned();
        log.approved().notice("step s5 took 40 s").started("s5");
        desk.watching(log.records).keys("4");
    });
}

#[test]
fn diff() {
    snapshot("diff", |desk| {
        let mut log = log::replanned();
        log.approved().started("s5");
        desk.watching(log.records).keys("d");
    });
}

#[test]
fn answer() {
    snapshot("answer", |desk| {
        desk.watching(log::answered(None).records);
        desk.tell(Msg::Ended(RunOutcome::Completed));
    });
}

#[test]
fn answer_that_is_incomplete() {
    snapshot("answer_incomplete", |desk| {
        let why = "3 decisions were made and steps 5 and 6 were not begun";
        desk.watching(log::answered(Some(why)).records);
        desk.tell(Msg::Ended(RunOutcome::Completed));
    });
}

#[test]
fn a_failed_run_opened_to_read() {
    snapshot("failed", |desk| {
        let records = log::failed().records;
        desk.tell(Msg::Opened(
            records[0].run.clone(),
            records,
            RunStatus::Completed,
        ));
    });
}

#[test]
fn history() {
    snapshot("history", |desk| {
        desk.keys("f3 j");
    });
}

#[test]
fn history_searched() {
    snapshot("history_search", |desk| {
        desk.tell(Msg::Runs(log::past_runs(), 340))
            .keys("f3 /")
            .types("eurostat gdp");
        let hit = SearchHit {
            summary: log::past_runs().remove(1),
            snippet: "moved to the new **Eurostat** browser, **GDP** series".to_owned(),
        };
        desk.finds(&[hit]).keys("enter");
    });
}

#[test]
fn help() {
    snapshot("help", |desk| {
        desk.watching(log::reviewing().records).keys("?");
    });
}

#[test]
fn palette() {
    snapshot("palette", |desk| {
        streaming(desk);
        desk.keys(":").types("st");
    });
}

#[test]
fn question() {
    snapshot("question", |desk| {
        streaming(desk);
        desk.keys("q");
    });
}

#[test]
fn settings() {
    snapshot("settings", |desk| {
        desk.keys("esc ,");
        desk.tell(Msg::Settings(super::at_home::settings()))
            .keys("down down");
    });
}

#[test]
fn earlier_tasks() {
    snapshot("earlier_tasks", |desk| {
        desk.keys("ctrl-r down");
    });
}

#[test]
fn files() {
    snapshot("files", |desk| {
        desk.types("read @no").keys("tab");
        let files = ["docs/notes.md", "notes.txt", "src/node.rs"];
        let files = files.map(str::to_owned).to_vec();
        desk.tell(Msg::Files("no".to_owned(), files)).keys("down");
    });
}

#[test]
fn the_log() {
    snapshot("log", |desk| {
        let line = |n: usize| {
            format!(
                "2026-11-20T14:02:{n:02}.100Z INFO  [4711] engine::diary: run 7f3a1122: call c{n} ended\n"
            )
        };
        desk.tell(Msg::LogRead((0..60).map(line).collect()));
        desk.keys("/").types("c57").keys("enter");
    });
}

#[test]
fn a_model_call() {
    snapshot("model_call", |desk| {
        let mut log = Log::gdp();
        log.planned(log::gdp_steps());
        let call = log.records.iter().find_map(|record| match &record.event {
            planwright::domain::event::RunEvent::ModelCalled(call) => Some(call.clone()),
            _ => None,
        });
        let call = call.expect("the planner was called");
        desk.tell(Msg::Opened(
            log.records[0].run.clone(),
            log.records,
            RunStatus::Completed,
        ));
        let kept = planwright::store::CallTranscript {
            call: call.call.clone(),
            request: r#"{"model":"m","messages":[{"role":"system","content":"You plan."},{"role":"user","content":"Compare"}]}"#.to_owned(),
            reply: r#"{"steps":["Find"]}"#.to_owned(),
            thinking: "two countries".to_owned(),
        };
        desk.tell(Msg::CallRead(call, Some(kept), Endpoint::default()));
    });
}

#[test]
fn history_with_what_a_run_came_to() {
    snapshot("history_preview", |desk| {
        desk.keys("esc H j");
        let run = log::past_runs()[1].run.clone();
        let step = |text: &str| (StepStatus::Finished(StepOutcome::Done), text.to_owned());
        let preview = Preview {
            answer: "Germany's economy was larger by 1.5 trillion dollars,\n\nabout half of that of France.".to_owned(),
            steps: vec![step("Search current GDP of France"), step("Compute ratio and gap")],
        };
        desk.tell(Msg::Previewed(run, preview));
    });
}
