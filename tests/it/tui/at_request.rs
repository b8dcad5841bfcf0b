//! Calls of tools that wait for a person: (log, keys, what the run is told).

use planwright::domain::chat::Role;
use planwright::domain::event::{DeltaKind, Keep, ToolDecision};
use planwright::session::{RunCommand, RunOutcome};
use planwright::tui::effect::Msg;

use super::desk::Desk;
use super::log::{self, Log};

fn at_work(log: &Log) -> Desk {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log.records.clone()).take_effects();
    desk
}

/// A request that has been looked at.
fn looked_at(log: &Log) -> Desk {
    let mut desk = at_work(log);
    desk.wait(500);
    desk
}

fn decide(call: &str, decision: ToolDecision, keep: Keep, words: Option<&str>) -> RunCommand {
    RunCommand::Decide {
        call: call.to_owned(),
        decision,
        keep,
        words: words.map(str::to_owned),
    }
}

#[test]
fn each_key_gives_its_answer() {
    let allow = |keep| decide("t1", ToolDecision::Allow, keep, None);
    let deny = decide("t1", ToolDecision::Deny, Keep::Once, None);
    for (keys, told) in [
        ("y", allow(Keep::Once)),
        ("A", allow(Keep::Run)),
        ("n", deny.clone()),
        // The default is the one that does no harm.
        ("enter", deny.clone()),
        ("tab enter", allow(Keep::Once)),
        ("l right enter", allow(Keep::Run)),
        ("h enter", allow(Keep::Always)),
        ("tab s-tab enter", deny),
    ] {
        let mut desk = looked_at(&log::requesting());
        desk.expect("[ Deny ]").keys(keys);
        assert_eq!(desk.commands(), [told], "{keys}");
        desk.expect_not("[ Deny ]").keys("y enter");
        assert_eq!(desk.commands(), [], "it is answered once: {keys}");
    }
}

#[test]
fn everything_that_counts_is_shown() {
    let mut desk = looked_at(&log::requesting());
    desk.expect("step 3 wants to use run_command")
        .expect("Compute ratio and gap")
        .expect("$ curl -s https://example.org/gdp.csv")
        .expect("runs a program in the workspace, uses the network")
        .expect("allow: run_command, command \"curl\"")
        .expect("no control or hidden character");
    let mut log = log::running();
    let reach = log::command("rm \u{202e}x \u{1b}[2K;ls");
    let asked = log::permission("run\u{1b}[2J", &reach, None);
    let arguments = serde_json::json!({"command": "rm \u{202e}x \u{1b}[2K"});
    log.uses("s3", "t1", "run\u{1b}[2J", arguments, reach, Some(asked));
    let mut desk = looked_at(&log);
    desk.expect("wants to use run\\x1b[2J")
        .expect("'\\u{202e}x' '\\x1b[2K;ls'")
        .expect("5 control or hidden characters");
}

#[test]
fn keys_pressed_before_it_was_looked_at_decide_nothing() {
    let mut desk = at_work(&log::requesting());
    // Not even drawn, however much time passes.
    desk.app.now += jiff::SignedDuration::from_secs(9);
    for key in ["y", "A", "n", "enter", "d", "tab"] {
        desk.keys(key);
        assert_eq!(desk.commands(), [], "{key}");
    }
    desk.expect("[ Deny ]").wait(399).keys("y A enter d");
    assert_eq!(desk.commands(), []);
    // Whoever types on has not read it yet.
    desk.expect("press again").wait(399).keys("y");
    assert_eq!(desk.commands(), []);
    desk.wait(400).keys("y");
    assert_eq!(desk.commands().len(), 1);
}

#[test]
fn nobody_is_asked_to_wait_for_a_model_that_waits_for_them() {
    let mut desk = at_work(&log::running());
    let again = "the connection broke";
    desk.delta("c4", Role::Executor, Some("s3"), DeltaKind::Restart, again);
    desk.wait(5000).expect("waiting for the first token");
    desk.event(log::requesting().last()).keys("esc");
    desk.expect("1 request")
        .expect_not("waiting for the first token");
}

#[test]
fn the_next_request_must_be_looked_at_by_itself() {
    let mut desk = looked_at(&log::requesting_twice());
    desk.expect("(2 waiting)").keys("y y y");
    assert_eq!(
        desk.commands(),
        [decide("t1", ToolDecision::Allow, Keep::Once, None)]
    );
    desk.expect("wants to use edit_file")
        .expect("+Germany 4.53")
        .wait(500)
        .keys("n");
    assert_eq!(
        desk.commands(),
        [decide("t2", ToolDecision::Deny, Keep::Once, None)]
    );
}

#[test]
fn leaving_it_decides_nothing_and_it_can_be_opened_again() {
    let mut desk = looked_at(&log::requesting());
    desk.keys("esc").expect_not("[ Deny ]");
    assert_eq!(desk.commands(), []);
    desk.expect("1 request, a").keys("y A");
    assert_eq!(desk.commands(), []);
    desk.keys("a").expect("[ Deny ]").keys("y");
    assert_eq!(desk.commands(), [], "it is looked at anew");
    desk.wait(500).keys("y");
    assert_eq!(desk.commands().len(), 1);
}

#[test]
fn typing_is_never_interrupted() {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::running().records).keys("ctrl-n");
    desk.types("a task").event(log::requesting().last());
    desk.expect("1 request, esc then a").types(" y A");
    desk.tell(Msg::Paste("y\ny\n".to_owned())).wait(500);
    assert_eq!(desk.commands(), []);
    desk.expect("a task y A").keys("esc").expect("1 request, a");
    desk.keys("a").expect("[ Deny ]").keys("esc ctrl-n");
    desk.expect("a task y A");
    // Over a list, too, it waits to be called.
    let mut desk = Desk::new(100, 30).served();
    desk.watching(log::running().records).keys("H");
    desk.event(log::requesting().last()).wait(500);
    desk.expect_not("[ Deny ]").expect("1 request, a");
}

#[test]
fn a_paste_decides_nothing() {
    let mut desk = looked_at(&log::requesting());
    desk.tell(Msg::Paste("y\nA\n\r".to_owned()));
    assert_eq!(desk.commands(), []);
    desk.expect("[ Deny ]");
}

#[test]
fn a_denial_can_say_why() {
    let mut desk = looked_at(&log::requesting());
    desk.keys("d").types("use the saved file");
    desk.keys("enter");
    let words = Some("use the saved file");
    assert_eq!(
        desk.commands(),
        [decide("t1", ToolDecision::Deny, Keep::Once, words)]
    );
    let mut desk = looked_at(&log::requesting());
    desk.keys("d enter").expect("the call waits on");
    assert_eq!(desk.commands(), []);
    // Decided elsewhere while the reason is typed.
    desk.wait(500).keys("d").types("no");
    let mut log = log::requesting();
    log.permitted("s3", "t1", ToolDecision::Allow, "by another hand");
    desk.event(log.last()).keys("enter");
    desk.expect("no longer waits");
    assert_eq!(desk.commands(), []);
}

#[test]
fn a_question_is_answered_in_words() {
    let mut desk = looked_at(&log::asking());
    desk.expect("Nominal figures, or by purchasing power?")
        .keys("enter")
        .expect("type an answer first");
    desk.types("By purchasing power, y").keys("alt-enter");
    desk.types("and say so").keys("esc");
    assert_eq!(desk.commands(), []);
    desk.keys("a").expect("By purchasing power, y").wait(500);
    desk.keys("enter");
    let words = Some("By purchasing power, y\nand say so");
    assert_eq!(
        desk.commands(),
        [decide("t1", ToolDecision::Allow, Keep::Once, words)]
    );
    let mut desk = looked_at(&log::asking());
    desk.keys("f8");
    assert_eq!(
        desk.commands(),
        [decide("t1", ToolDecision::Deny, Keep::Once, None)]
    );
}

#[test]
fn a_long_request_can_be_read_to_its_end() {
    let mut log = log::running();
    let reach = log::command("cat");
    let content: String =
        (0..300).fold(String::new(), |text, n| text + &format!("line {n} of it\n"));
    let asked = log::permission("write_file", &reach, None);
    let arguments = serde_json::json!({"content": content});
    log.uses("s3", "t1", "write_file", arguments, reach, Some(asked));
    for (width, height) in [(100, 30), (40, 15)] {
        let mut desk = Desk::new(width, height).served();
        desk.watching(log.records.clone()).wait(500);
        desk.expect_not("line 299 of it").keys("G");
        desk.expect("why    no rule allows it")
            .keys("g v pgdn pgdn");
        desk.keys("pgup g").expect("$ cat").keys("v");
        desk.expect("Deny");
    }
}

#[test]
fn what_waits_is_said_everywhere() {
    let mut desk = looked_at(&log::requesting());
    assert!(
        desk.app.title().contains("! request"),
        "{}",
        desk.app.title()
    );
    desk.keys("esc").expect("REQUEST 2/4").keys("esc");
    desk.expect("1 request, a").expect("Recent runs");
    desk.keys("a").expect("[ Deny ]");
    let mut log = log::requesting();
    log.permitted("s3", "t1", ToolDecision::Allow, "by another hand");
    desk.event(log.last()).expect_not("[ Deny ]");
    assert!(!desk.app.title().contains("request"));
    desk.keys("a").expect("no call of a tool waits");
}

#[test]
fn a_request_ends_with_the_work_on_its_run() {
    let mut desk = looked_at(&log::asking());
    desk.types("by power")
        .tell(Msg::Ended(RunOutcome::Interrupted))
        .expect_not("asks you");
    desk.watching(log::asking().records);
    desk.expect("by power");
}

/// A call inside the plan of a step is asked about like any other.
#[test]
fn a_call_inside_a_step_is_asked_about() {
    let mut log = log::running();
    let reach = log::command("ls");
    let asked = log::permission("run_command", &reach, None);
    log.scope(&["s3"]);
    log.planned(vec![log::step(31, "List the files")])
        .approved();
    log.started("s31");
    log.uses(
        "s31",
        "t7",
        "run_command",
        serde_json::json!({}),
        reach,
        Some(asked),
    );
    let mut desk = looked_at(&log);
    desk.expect("step s31 wants to use run_command").keys("y");
    assert_eq!(
        desk.commands(),
        [decide("t7", ToolDecision::Allow, Keep::Once, None)]
    );
}
