//! A past run, record by record; two runs side by side; a model call looked into.

use planwright::domain::chat::Role;
use planwright::domain::compare::compare;
use planwright::domain::event::{Decision, StepOutcome};
use planwright::domain::fork::ForkPoint;
use planwright::domain::ids::RunId;
use planwright::domain::state::RunStatus;
use planwright::store::CallTranscript;
use planwright::tui::effect::{Clock, Effect, Endpoint, Msg};

use super::desk::Desk;
use super::log::{self, Log};

/// A run with a step that failed, a new plan and an answer.
pub(crate) fn past() -> Log {
    let mut log = Log::gdp();
    log.planned(log::gdp_steps()).approved();
    log.done("s1", "France $3.03 T (2023)");
    log.started("s2");
    log.finished("s2", StepOutcome::Failed, "404");
    log.decided(Decision::Replan, "the page has moved");
    let mut steps = log::gdp_steps();
    "Compute it from Eurostat".clone_into(&mut steps[2].description);
    log.proposed(
        planwright::domain::event::PlanSource::Replanner,
        steps,
        Some("the page has moved"),
    );
    log.approved();
    log.done("s3", "Germany $4.53 T (2023)");
    log.answered("Germany is larger by half.", None);
    log
}

/// Replays it from the history.
pub(crate) fn replaying(desk: &mut Desk) {
    let records = past().records;
    let run = records[0].run.clone();
    desk.tell(Msg::Runs(
        vec![log::summary(
            1,
            "a",
            planwright::domain::state::RunStatus::Completed,
        )],
        1,
    ));
    desk.keys("esc esc f3 p");
    let asked = desk.take_effects();
    let listed = asked.iter().find_map(|effect| match effect {
        Effect::Open(run) => Some(run.clone()),
        _ => None,
    });
    desk.tell(Msg::Opened(
        listed.unwrap_or(run),
        records,
        RunStatus::Completed,
    ));
}

#[test]
fn a_run_is_replayed_record_by_record() {
    let mut desk = Desk::new(120, 40).served();
    replaying(&mut desk);
    desk.expect("Replay  event 1 of ").expect("paused");
    desk.keys("]").expect("rev 1").expect_not("rev 2");
    desk.keys("] ] ").expect("France $3.03 T").expect_not("404");
    desk.keys("} ")
        .expect("rev 2")
        .expect("Compute it from Eurostat");
    desk.keys("{").expect_not("from Eurostat");
    desk.keys("G")
        .expect("Germany is larger by half.")
        .expect("end");
    desk.keys("g").expect("event 1 of ");
    desk.keys("l l h").expect("event 2 of ");
    desk.keys("5")
        .expect_not("event 2 of ")
        .expect_not("Germany is larger");
    desk.keys("i")
        .expect("Record ")
        .expect("\"seq\"")
        .keys("esc");
    // What is left is shown whole.
    desk.keys("esc")
        .expect("Germany is larger by half.")
        .expect_not("Replay  event");
}

#[test]
fn no_time_passes_where_it_rests() {
    let mut desk = Desk::new(120, 40).served();
    replaying(&mut desk);
    let mut at_work = 0;
    for _ in 1..past().records.len() {
        desk.keys("l");
        let there = desk.screen();
        desk.wait(3_600_000);
        assert_eq!(desk.screen(), there);
        at_work += usize::from(there.contains("1 running"));
    }
    assert!(at_work > 0, "a step at work was seen");
}

#[test]
fn it_plays_at_the_speed_that_is_asked_for_and_stops_at_the_end() {
    let mut desk = Desk::new(120, 40).served();
    replaying(&mut desk);
    assert_eq!(desk.app.clock(), Clock::Still);
    desk.keys("space").expect("playing");
    assert_eq!(desk.app.clock(), Clock::Spinner);
    desk.wait(2_100).expect("event 4 of ");
    desk.keys("> > >").expect("x8").wait(500);
    desk.expect_not("event 4 of ");
    desk.keys("space").expect("paused");
    let there = desk.screen();
    desk.wait(5_000);
    assert_eq!(desk.screen(), there, "nothing moves while it rests");
    desk.keys("space")
        .wait(60_000)
        .expect("Germany is larger by half.");
    assert_eq!(desk.app.clock(), Clock::Still);
    desk.keys("space").expect("event 1 of ");
}

#[test]
fn a_fork_goes_on_from_what_is_shown() {
    let mut desk = Desk::new(120, 40).served();
    replaying(&mut desk);
    desk.keys("] ]").take_effects();
    desk.keys("f");
    let effects = desk.take_effects();
    let [Effect::Fork(_, ForkPoint::Seq(seq))] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(desk.shows(&format!("event {seq} of ")), "{}", desk.screen());
    let new = RunId::new("99999999000000000000000000000000");
    desk.tell(Msg::Forked(new.clone()));
    assert_eq!(desk.take_effects(), [Effect::ListRuns, Effect::Resume(new)]);
}

#[test]
fn a_place_that_is_refused_comes_back_to_be_mended() {
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Runs(log::past_runs(), 4));
    desk.keys("f3 f").types("17").keys("enter");
    desk.expect_not("Fork before which step");
    let no = "run 7f3a has no step `17`".to_owned();
    desk.tell(Msg::Failed(no, Some("its plan has 4 steps".to_owned())));
    desk.expect("Fork before which step")
        .expect("│17 ")
        .expect("has no step");
    // What was taken, and what somebody has gone on from, does not.
    desk.keys("backspace enter");
    desk.tell(Msg::Forked(RunId::new("99999999000000000000000000000000")));
    desk.tell(Msg::Failed("something else".to_owned(), None));
    desk.expect_not("Fork before which step")
        .expect("something else");
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Runs(log::past_runs(), 4));
    desk.keys("f3 f").types("17").keys("enter j");
    desk.tell(Msg::Failed("late".to_owned(), None));
    desk.expect_not("Fork before which step");
    // Nor does a file that is there already lose its name.
    let mut desk = Desk::new(120, 40).served();
    desk.watching(log::answered(None).records);
    desk.keys("e").types(".txt").keys("enter");
    desk.tell(Msg::Failed("is there already".to_owned(), None));
    desk.expect("Write to file").expect(".txt");
}

#[test]
fn replay_looks_like_this() {
    for (width, height) in super::screens::SIZES {
        let mut desk = Desk::new(width, height).served();
        replaying(&mut desk);
        desk.keys("} l l");
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
            insta::assert_snapshot!(format!("replay_{width}x{height}"), desk.screen());
        });
    }
}

fn two_marked(width: u16, height: u16) -> Desk {
    let mut desk = Desk::new(width, height).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3 m");
    desk.expect("is marked").keys("j m");
    let effects = desk.take_effects();
    let compared = effects.iter().any(|effect| {
        matches!(effect, Effect::Compare(a, b) if *a == log::past_runs()[0].run && *b == log::past_runs()[1].run)
    });
    assert!(compared, "{effects:?}");
    let other = log::answered(None);
    let comparison = compare(&past().records, &other.records);
    desk.tell(Msg::Compared(Box::new(comparison)));
    desk
}

#[test]
fn two_runs_stand_side_by_side() {
    for (width, height) in super::screens::SIZES {
        let mut desk = two_marked(width, height);
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
            insta::assert_snapshot!(format!("compared_{width}x{height}"), desk.screen());
        });
        desk.keys("G")
            .expect("Germany is larger by half.")
            .keys("g")
            .expect("Runs");
        desk.keys("esc").expect("History");
    }
}

#[test]
fn a_run_that_is_marked_twice_is_marked_no_more() {
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3 m m");
    desk.expect("no run is marked any more");
}

#[test]
fn a_run_is_forked_before_a_step_and_its_task_run_again() {
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).keys("f3 f");
    desk.expect("Fork before which step? (1 to 6)")
        .types("2")
        .keys("enter");
    let run = log::past_runs()[0].run.clone();
    let effects = desk.take_effects();
    assert!(
        effects.contains(&Effect::Fork(
            run.clone(),
            ForkPoint::BeforeStep("2".to_owned())
        )),
        "{effects:?}"
    );
    desk.keys("r");
    assert!(desk.take_effects().contains(&Effect::Open(run.clone())));
    desk.tell(Msg::Opened(run, past().records, RunStatus::Completed));
    let effects = desk.take_effects();
    let Some(Effect::Start(request)) = effects.first() else {
        panic!("{effects:?}");
    };
    assert_eq!(
        request.task,
        "Compare the GDP of France and Germany and explain the difference"
    );
}

/// While a run is at work, or waits for its review, a fork of another one is made and rests; a task run again waits.
#[test]
fn beside_a_run_at_work_a_fork_rests_and_a_task_waits_for_its_turn() {
    for live in [log::running(), log::reviewing()] {
        let mut desk = Desk::new(120, 40).served();
        desk.watching(live.records).wait(1_000);
        desk.tell(Msg::Runs(log::past_runs(), 4));
        desk.keys("f3 f").types("2").keys("enter").take_effects();
        let new = RunId::new("99999999000000000000000000000000");
        desk.tell(Msg::Forked(new))
            .expect("it rests until it is resumed");
        assert_eq!(desk.take_effects(), [Effect::ListRuns]);
        desk.keys("r").take_effects();
        let run = log::past_runs()[0].run.clone();
        desk.tell(Msg::Opened(run, past().records, RunStatus::Completed))
            .expect("it begins when the run at work has ended");
        let effects = desk.take_effects();
        assert!(
            matches!(&effects[..], [Effect::KeepDrafts(drafts), ..] if drafts.queue.len() == 1),
            "{effects:?}"
        );
    }
}

#[test]
fn a_model_call_is_looked_into_and_copied_as_a_command() {
    let mut desk = Desk::new(120, 40).served();
    let mut log = Log::gdp();
    log.planned(log::gdp_steps());
    let run = log.records[0].run.clone();
    desk.tell(Msg::Opened(run.clone(), log.records, RunStatus::Completed))
        .keys("I");
    let effects = desk.take_effects();
    let Some(Effect::ReadCall(of, call)) = effects.last() else {
        panic!("{effects:?}");
    };
    assert_eq!((of, call.role), (&run, Role::Planner));
    let transcript = CallTranscript {
        call: call.call.clone(),
        request: r#"{"model":"m","messages":[{"role":"system","content":"You plan."},{"role":"user","content":"Compare\nthem \u001b[2J"}],"options":{"num_ctx":8192}}"#.to_owned(),
        reply: "{\"steps\":[]}".to_owned(),
        thinking: "hm".to_owned(),
    };
    let endpoint = Endpoint {
        url: "http://127.0.0.1:11434/api/chat".to_owned(),
        key_variable: None,
    };
    desk.tell(Msg::CallRead(call.clone(), Some(transcript), endpoint));
    for words in [
        "planner by llama3.1:8b",
        "prompt read in",
        "-- system",
        "You plan.",
        "== Thinking",
        "{\"steps\":[]}",
        "\"num_ctx\": 8192",
    ] {
        desk.expect(words);
    }
    desk.keys("/")
        .types("HM")
        .keys("enter")
        .expect("match 1 of 1");
    desk.keys("y").expect("a curl command was offered");
    let effects = desk.take_effects();
    let [Effect::Copy(command)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(
        command.starts_with("curl -sN 'http://127.0.0.1:11434/api/chat' "),
        "{command}"
    );
}

#[test]
fn from_one_model_call_one_goes_to_the_next_and_back() {
    let mut desk = Desk::new(120, 40).served();
    let mut log = log::replanned();
    log.approved();
    desk.tell(Msg::Opened(
        log.records[0].run.clone(),
        log.records,
        RunStatus::Completed,
    ))
    .keys("I");
    let read = |desk: &mut Desk| match desk.take_effects().pop() {
        Some(Effect::ReadCall(_, call)) => {
            let name = call.call.clone();
            desk.tell(Msg::CallRead(call, None, Endpoint::default()));
            name
        }
        other => panic!("{other:?}"),
    };
    let shown = read(&mut desk);
    desk.keys("[");
    let before = read(&mut desk);
    assert_ne!(shown, before);
    desk.expect(&format!("Call {before}"));
    desk.keys("]");
    assert_eq!(read(&mut desk), shown);
    // One call in the place of the other: one step back leaves them.
    desk.keys("esc").expect_not(&format!("Call {shown}"));
}

#[test]
fn going_back_shows_what_going_forward_showed() {
    let mut log = Log::gdp();
    log.planned(log::gdp_steps()).approved();
    while log.records.len() < 1_300 {
        let n = log.records.len();
        log.started("s1").done("s1", &format!("result {n}"));
        log.push(planwright::domain::event::RunEvent::StepReset {
            step: planwright::domain::ids::StepId::new("s1"),
            reason: "again".to_owned(),
        });
    }
    let run = log.records[0].run.clone();
    let open = || {
        let mut desk = Desk::new(120, 40).served();
        desk.tell(Msg::Opened(
            run.clone(),
            log.records.clone(),
            RunStatus::Completed,
        ))
        .keys("W");
        desk.tell(Msg::Opened(
            run.clone(),
            log.records.clone(),
            RunStatus::Completed,
        ));
        desk
    };
    let (mut forward, mut back) = (open(), open());
    back.keys("G");
    let mut shown: Vec<String> = Vec::new();
    for at in 1..=log.records.len() {
        if at > 1 {
            forward.keys("l");
        }
        shown.push(if at % 97 == 0 {
            forward.screen()
        } else {
            String::new()
        });
    }
    for at in (1..log.records.len()).rev() {
        back.keys("h");
        if at % 97 == 0 {
            assert_eq!(back.screen(), shown[at - 1], "at {at}");
        }
    }
}

/// A replay is left for the run as it is now: the one at work here, or one that another process has.
#[test]
fn leaving_a_replay_shows_the_run_as_it_is() {
    let mut desk = Desk::new(120, 40).served();
    let log = log::running();
    let run = log.records[0].run.clone();
    desk.watching(log.records.clone()).keys("W");
    desk.tell(Msg::Opened(
        run.clone(),
        log.records.clone(),
        RunStatus::Running,
    ));
    desk.expect("Replay").keys("esc");
    desk.expect("RUNNING 2/4").expect_not("INTERRUPTED");
    assert!(
        desk.take_effects()
            .iter()
            .all(|effect| !matches!(effect, Effect::Resume(_)))
    );
    let mut desk = Desk::new(120, 40).served();
    desk.tell(Msg::Opened(
        run.clone(),
        log.records.clone(),
        RunStatus::Running,
    ))
    .keys("W");
    desk.tell(Msg::Opened(
        run.clone(),
        log.records.clone(),
        RunStatus::Running,
    ));
    desk.take_effects();
    desk.keys("esc");
    let seen = log.records.len() as u64;
    assert_eq!(desk.take_effects(), [Effect::Follow(run.clone(), seen)]);
    desk.tell(Msg::Followed(run, Vec::new(), RunStatus::Running))
        .expect("ELSEWHERE 2/4");
}
