//! The keymap: every key of the table is documented, can be typed, means one thing, and does something.

use std::collections::HashSet;

use planwright::domain::chat::Role;
use planwright::domain::event::DeltaKind;
use planwright::session::RunOutcome;
use planwright::store::SearchHit;
use planwright::tui::action::Action;
use planwright::tui::effect::{Effect, Endpoint, Msg};
use planwright::tui::keymap::{self, Context, KeyChange, Keymap, TABLE};

use super::at_replay::replaying;
use super::desk::{Desk, key_event};
use super::log;
use super::screens::{streaming, unreachable};

/// The interface in a context, with enough around it for every key there to mean something.
#[expect(clippy::too_many_lines, reason = "one table: a scene for each context")]
fn in_context(context: Context) -> Desk {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4));
    match context {
        Context::HomeEmpty => {}
        Context::Everywhere | Context::Text | Context::HomeEditor => {
            desk.tell(Msg::DraftsTaken(planwright::session::Drafts {
                queue: vec!["waits".to_owned()],
                ..planwright::session::Drafts::default()
            }));
            desk.types("one two")
                .keys("alt-enter")
                .types("three four")
                .keys("ctrl-w alt-b")
                .types("x")
                .keys("ctrl-_");
            if context == Context::HomeEditor {
                desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
            }
        }
        Context::Pane | Context::HomePane => {
            desk.keys("esc j");
        }
        Context::HomeTrouble => {
            desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
                .keys("esc");
        }
        Context::HomeDemo => {
            desk.tell(Msg::Probed(unreachable(), "demo".to_owned()))
                .keys("esc");
        }
        Context::Review => {
            desk.watching(log::reviewing().records).wait(1000);
            desk.keys("j x").keys("x u");
        }
        Context::Steer => {
            desk.tell(Msg::DraftsTaken(planwright::session::Drafts {
                queue: vec!["waits".to_owned()],
                ..planwright::session::Drafts::default()
            }));
            desk.watching(log::running().records);
            desk.keys("i").types("heed this");
        }
        Context::Run | Context::Plan => {
            let mut log = log::replanned();
            log.approved().started("s5");
            desk.watching(log.records);
            desk.delta(
                "c9",
                Role::Executor,
                Some("s5"),
                DeltaKind::Thinking,
                "hm\n",
            );
            desk.delta(
                "c9",
                Role::Executor,
                Some("s5"),
                DeltaKind::Content,
                "so\nthen\n",
            );
        }
        Context::Output => {
            desk.watching(log::using().records);
            desk.keys("3 [");
        }
        Context::Timeline => {
            let mut log = log::replanned();
            log.approved().started("s5");
            desk.watching(log.records).keys("2");
        }
        Context::OutputFind => {
            streaming(&mut desk);
            desk.keys("/").types("the").keys("enter");
        }
        Context::Decisions => {
            let mut log = log::replanned();
            log.approved().started("s5");
            desk.watching(log.records).keys("4");
        }
        Context::History => {
            desk.keys("f3 j x");
            desk.tell(Msg::Deleted(log::past_runs()[1].run.clone()));
        }
        Context::HistorySearch => {
            desk.keys("f3 /").types("gdp");
        }
        Context::Replay => {
            replaying(&mut desk);
            desk.keys("} } l l > G h h h h h h");
        }
        Context::Files => {
            desk.types("read @n").keys("tab");
            let files = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
            desk.tell(Msg::Files("n".to_owned(), files));
        }
        Context::ReadText => {
            desk.tell(Msg::LogRead("a line of the log\n".repeat(100)));
            desk.keys("/").types("log").keys("enter");
        }
        Context::Inspector => {
            desk.watching(log::replanned().records);
            let mut log = log::Log::gdp();
            log.called(Role::Executor, None);
            let planwright::domain::event::RunEvent::ModelCalled(call) = log.last().event else {
                unreachable!("it was just called");
            };
            let kept = planwright::store::CallTranscript {
                call: "c7".to_owned(),
                request: "{}".to_owned(),
                reply: "so".to_owned(),
                thinking: String::new(),
            };
            desk.tell(Msg::CallRead(call, Some(kept), Endpoint::default()));
        }
        Context::Models => {
            super::at_models::listing(&mut desk);
            desk.tell(Msg::Pulling(super::at_models::progress(1, 2)));
        }
        Context::Tools => {
            desk.watching(log::using().records).keys("u");
            desk.tell(Msg::Tools(super::desk::tools(), Vec::new()));
        }
        Context::Reader => {
            let mut log = log::replanned();
            log.approved();
            desk.watching(log.records).keys("d");
        }
        Context::Install => {
            desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
                .keys("esc i");
        }
        Context::Prompt => {
            desk.watching(log::reviewing().records).keys("e");
        }
        Context::Question => {
            streaming(&mut desk);
            desk.keys("q");
        }
        Context::Request => {
            desk.watching(log::requesting().records).wait(500);
        }
        Context::Asked => {
            desk.watching(log::asking().records).wait(500);
            desk.types("one two").keys("alt-enter").types("three four");
            desk.keys("ctrl-w alt-b").types("x").keys("ctrl-_");
        }
        Context::Help => {
            desk.keys("f1 down down");
        }
        Context::Settings => {
            desk.keys("esc ,")
                .tell(Msg::Settings(super::at_home::settings()));
            desk.keys("down");
        }
        Context::Tasks => {
            desk.keys("ctrl-r down");
        }
        Context::Palette => {
            desk.keys("f2 down");
        }
    }
    desk.take_effects();
    desk
}

#[test]
fn every_row_is_documented_and_can_be_typed() {
    assert!(keymap::is_well_formed());
    for row in TABLE {
        assert!(
            !row.keys.is_empty() && !row.label.is_empty() && !row.help.is_empty(),
            "{row:?}"
        );
        assert!(row.label.chars().count() <= 15, "{row:?}");
        assert!(!row.help.ends_with('.'), "{row:?}");
    }
}

#[test]
fn no_key_means_two_things_in_one_context() {
    let mut seen = HashSet::new();
    for row in TABLE {
        for key in row.keys {
            assert!(
                seen.insert((row.context, *key)),
                "{key} twice in {:?}",
                row.context
            );
        }
    }
}

#[test]
fn no_row_is_out_of_reach() {
    for row in TABLE {
        let found = row
            .keys
            .iter()
            .any(|key| Keymap::default().lookup(row.context, key_event(key)) == Some(row.action));
        assert!(found, "{row:?}");
    }
}

#[test]
fn nothing_is_reached_by_a_control_chord_alone() {
    // The palette has them all, and leaving is also `q` after `esc`.
    let by_palette = [
        Action::Suspend,
        Action::Redraw,
        Action::Interrupt,
        Action::Quit,
    ];
    for row in TABLE {
        let reached = TABLE
            .iter()
            .filter(|other| other.action == row.action)
            .filter(|other| {
                other.context == row.context || row.context.chain().any(|c| c == other.context)
            })
            .flat_map(|other| other.keys)
            .any(|key| !key.starts_with("ctrl-"));
        assert!(reached || by_palette.contains(&row.action), "{row:?}");
    }
}

/// What a key changed: the screen, or what the world is asked for.
fn does_something(context: Context, key: &str) -> bool {
    let mut desk = in_context(context);
    let before = desk.buffer();
    let title = (desk.app.title(), desk.app.clock());
    desk.keys(key);
    before != desk.buffer()
        || !desk.effects.is_empty()
        || title != (desk.app.title(), desk.app.clock())
}

/// Keys that rightly leave the screen as it is, in the scene that this test sets up for them.
const AT_REST: [(Context, &str); 5] = [
    // The task editor is where they lead.
    (Context::Everywhere, "ctrl-n"),
    (Context::Everywhere, "f10"),
    // The task fits in its line; `at_run` has one that does not.
    (Context::Review, "t"),
    (Context::Run, "t"),
    // The plan is in focus already.
    (Context::Run, "1"),
];

#[test]
fn every_key_of_the_table_does_something_where_the_table_says() {
    let mut idle = Vec::new();
    for row in TABLE {
        for key in row.keys {
            // A cursor that moves shows in the terminal alone; `at_home` checks those.
            let moves = matches!(
                row.action,
                Action::Left
                    | Action::Right
                    | Action::WordLeft
                    | Action::WordRight
                    | Action::LineStart
                    | Action::LineEnd
                    | Action::Up
                    | Action::Down
                    | Action::Top
                    | Action::Bottom
                    | Action::PageUp
                    | Action::PageDown
                    | Action::HalfUp
                    | Action::HalfDown
            );
            if !moves && !does_something(row.context, key) && !AT_REST.contains(&(row.context, key))
            {
                idle.push(format!("{:?} {key} {:?}", row.context, row.action));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn the_footer_offers_only_what_can_be_done() {
    for row in TABLE {
        let desk = in_context(row.context);
        let footer = desk.footer();
        assert!(
            footer.contains("help") || footer.contains("close"),
            "{:?}: {footer}",
            row.context
        );
    }
    let desk = in_context(Context::Plan);
    assert!(!desk.footer().contains("continue"), "{}", desk.footer());
}

#[test]
fn the_footer_names_one_key_to_close_with() {
    for context in [
        Context::Help,
        Context::Palette,
        Context::Tasks,
        Context::Settings,
        Context::Question,
    ] {
        let footer = in_context(context).footer();
        assert!(!footer.contains("^c"), "{context:?}: {footer}");
        assert!(!footer.contains("up up"), "{context:?}: {footer}");
    }
}

#[test]
fn every_key_is_in_the_help_of_its_context() {
    for row in TABLE {
        let mut desk = in_context(row.context);
        if matches!(
            row.context,
            Context::Help | Context::Palette | Context::Tasks
        ) {
            continue;
        }
        if (row.context, row.action) == (Context::Run, Action::FocusOutput) {
            // Its key stands beside the nearer one of the same action.
            desk.keys("f1").types("text").expect("enter  3");
            continue;
        }
        desk.keys("f1").types(row.help);
        desk.expect(row.help.split_whitespace().next().unwrap());
        let shown = desk.screen();
        let key = row.keys[0].replace("ctrl-", "^");
        assert!(
            shown.contains(&key),
            "{key} of {:?} is not in the help\n{shown}",
            row.context
        );
    }
}

#[test]
fn the_palette_does_what_is_chosen() {
    let mut desk = in_context(Context::Review);
    desk.keys(":").types("pause after each").keys("enter");
    desk.expect("press again");
    desk.wait(1000)
        .keys("f2")
        .types("pause after each")
        .keys("enter")
        .wait(1000);
    let mut desk = in_context(Context::Plan);
    desk.keys(":")
        .types("new task")
        .keys("enter")
        .expect("Recent runs");
}

#[test]
fn a_search_hit_can_be_opened_and_deleted() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(log::past_runs(), 4))
        .keys("f3 /")
        .types("gdp");
    let run = log::summary(9, "found", planwright::domain::state::RunStatus::Completed);
    let hit = SearchHit {
        summary: run.clone(),
        snippet: "**gdp**".to_owned(),
    };
    let other = SearchHit {
        summary: log::summary(8, "next", run.status),
        ..hit.clone()
    };
    let next = other.summary.run.clone();
    desk.finds(&[hit, other]).keys("enter").take_effects();
    // What is deleted is out of sight at once: the next key means the next one.
    desk.keys("x enter");
    assert_eq!(
        desk.take_effects(),
        [Effect::Delete(run.run), Effect::Open(next)]
    );
}

#[test]
fn an_ended_run_is_told_nothing() {
    let mut desk = in_context(Context::Plan);
    desk.tell(Msg::Ended(RunOutcome::Interrupted))
        .take_effects();
    desk.keys("p c C");
    assert_eq!(desk.take_effects(), []);
    desk.keys("R");
    assert!(matches!(desk.take_effects()[..], [Effect::Resume(_)]));
}

fn changed(changes: &[(&str, &str, &[&str])]) -> Result<Keymap, (usize, String)> {
    let owned: Vec<(&str, &str, Vec<String>)> = changes
        .iter()
        .map(|(context, action, keys)| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            (*context, *action, keys)
        })
        .collect();
    Keymap::with(owned.iter().map(|(context, action, keys)| KeyChange {
        context,
        action,
        keys,
    }))
    .map_err(|mistake| (mistake.index, mistake.problem))
}

#[test]
fn keys_can_be_changed_swapped_and_taken_away() {
    let keymap = changed(&[
        ("plan", "skip_step", &["r"]),
        ("plan", "retry_step", &["s", "alt-r"]),
        ("run", "show_diff", &[]),
        ("everywhere", "help", &["alt-h"]),
    ])
    .unwrap();
    let meaning = |context, key| keymap.lookup(context, key_event(key));
    assert_eq!(meaning(Context::Plan, "r"), Some(Action::SkipStep));
    assert_eq!(meaning(Context::Plan, "s"), Some(Action::RetryStep));
    assert_eq!(meaning(Context::Plan, "alt-r"), Some(Action::RetryStep));
    assert_eq!(meaning(Context::Plan, "d"), None);
    assert_eq!(meaning(Context::HomeEditor, "alt-h"), Some(Action::Help));
    assert_eq!(meaning(Context::HomeEditor, "f1"), None);
    let options = planwright::tui::app::AppOptions {
        keymap,
        ..super::desk::options()
    };
    let mut desk = Desk::with(&options, 120, 40).served();
    let mut log = log::replanned();
    log.approved().started("s5");
    desk.watching(log.records)
        .keys("alt-h")
        .types("do this step again");
    desk.expect("s  alt-r");
}

#[test]
fn a_change_of_keys_that_cannot_be_is_told_with_the_remedy() {
    for (changes, index, words) in [
        (
            &[
                ("plan", "skip_step", &["d", "k"][..]),
                ("plan", "retry_step", &["m"]),
            ][..],
            1,
            "`m` means `mark_done` in `plan` too; give that other keys, or none with `mark_done = []`",
        ),
        (
            &[("plan", "skip_stp", &["d"])],
            0,
            "`skip_stp` is no action of `plan`; did you mean `skip_step`?",
        ),
        (
            &[("plann", "skip_step", &["d"])],
            0,
            "`plann` is no place for keys; did you mean `plan`?",
        ),
        (
            &[("plan", "show_tools", &["d"])],
            0,
            "`show_tools` has no keys in `plan`; set it in `[keys.everywhere]` or `[keys.run]`",
        ),
        (
            &[("plan", "skip_step", &["hyper-d"])],
            0,
            "`hyper-d` is no key",
        ),
        (
            &[("home_editor", "start_task", &["x"])],
            0,
            "`x` is typed as text in `home_editor`",
        ),
        (
            &[("everywhere", "interrupt", &[])],
            0,
            "`interrupt` must keep a key",
        ),
    ] {
        let (at, problem) = changed(changes).unwrap_err();
        assert_eq!(at, index, "{problem}");
        assert!(problem.starts_with(words), "{problem}");
    }
}

#[test]
fn every_context_and_action_has_a_name_of_its_own_and_can_be_set_to_what_it_is() {
    let sections = Keymap::default().sections();
    let names: HashSet<&str> = sections
        .iter()
        .map(|section| section.name.as_str())
        .collect();
    assert_eq!(names.len(), sections.len());
    for section in &sections {
        for (action, keys, _) in &section.rows {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let same = changed(&[(&section.name, action, &keys)]);
            // The empty editor has `/` for the palette, where nothing is typed yet.
            let slash = section.name == "home_empty" && keys.contains(&"/");
            assert!(slash || same == Ok(Keymap::default()), "{action} {same:?}");
        }
    }
}
