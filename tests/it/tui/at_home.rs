//! Home, keys and time: (log, keys, screen).

use planwright::domain::event::ApprovalPolicy;
use planwright::domain::state::RunStatus;
use planwright::session::{Drafts, RunOutcome, RunRequest};
use planwright::tui::app::AppOptions;
use planwright::tui::effect::{Clock, EditTarget, Effect, Msg, Preview};
use planwright::tui::look::Look;

use super::desk::{Desk, options, reviewing, server};
use super::log::{self};
use super::screens::{streaming, unreachable};

const NONE: [&str; 0] = [];

fn request(task: &str) -> Effect {
    Effect::Start(RunRequest {
        task: task.to_owned(),
        plan: None,
        recipe: None,
        approval: ApprovalPolicy::First,
        attended: true,
        approve_tools: false,
        plan_only: false,
        thread: None,
    })
}

#[test]
fn it_opens_by_asking_for_the_runs_and_the_server() {
    let mut desk = Desk::new(80, 24);
    assert_eq!(
        desk.take_effects(),
        [Effect::ListRuns, Effect::Probe, Effect::TakeDrafts]
    );
    let task = AppOptions {
        task: Some("count".to_owned()),
        ..options()
    };
    let desk = Desk::with(&task, 80, 24);
    assert_eq!(
        desk.effects,
        [
            Effect::ListRuns,
            Effect::Probe,
            Effect::TakeDrafts,
            request("count")
        ]
    );
}

#[test]
fn a_task_of_several_lines_is_typed_and_run() {
    let mut desk = Desk::new(80, 24).served();
    desk.types("compare")
        .keys("alt-enter")
        .types("a and b")
        .keys("ctrl-j shift-enter enter");
    assert_eq!(desk.take_effects(), [request("compare\na and b")]);
    desk.expect("What is to be done?");
    desk.keys("up").expect("a and b");
}

#[test]
fn an_empty_task_is_not_run() {
    let mut desk = Desk::new(80, 24).served();
    desk.keys("enter").expect("type a task first");
    desk.types("  ").keys("enter");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Paste(
        "one\rtwo\r\nthree\u{1b}[31m\u{202e}\tq".to_owned(),
    ))
    .keys("enter");
    assert_eq!(desk.take_effects(), [request("one\ntwo\nthree   q")]);
    desk.watching(log::reviewing().records).wait(500);
    desk.tell(Msg::Paste("xXs\r".to_owned()));
    assert_eq!(desk.take_effects(), []);
    desk.expect("4 steps, nothing wrong");
}

#[test]
fn a_text_that_is_too_long_is_refused_and_not_cut() {
    let mut desk = Desk::new(80, 24).served();
    desk.types("the old task");
    let long = "word ".repeat(60_000);
    desk.tell(Msg::Edited(EditTarget::Task, Ok(long.clone())));
    desk.expect("longer than 128 KiB").expect("the old task");
    desk.keys("ctrl-g");
    assert_eq!(
        desk.take_effects(),
        [Effect::Edit(EditTarget::Task, long)],
        "it can be shortened where it was written"
    );
    desk.tell(Msg::Edited(EditTarget::Task, Ok("short".to_owned())))
        .keys("enter");
    assert_eq!(desk.take_effects(), [request("short")]);
    desk.keys("ctrl-g");
    assert_eq!(
        desk.take_effects(),
        [Effect::Edit(EditTarget::Task, String::new())]
    );
}

#[test]
fn an_earlier_task_that_is_too_long_is_said_to_be() {
    let mut desk = Desk::new(80, 24).served();
    let long = log::summary(
        1,
        &"word ".repeat(60_000),
        planwright::domain::state::RunStatus::Failed,
    );
    desk.tell(Msg::Runs(vec![long], 1)).types("mine").keys("up");
    desk.expect("too long for the editor").expect("mine");
}

#[test]
fn earlier_tasks_come_back_with_up_and_the_draft_with_down() {
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Runs(log::past_runs(), 4)).types("my draft");
    desk.keys("up up").keys("ctrl-a").keys("enter");
    assert_eq!(
        desk.take_effects(),
        [request("Eurostat inflation table by month")]
    );
    desk.types("my draft").keys("up down").keys("enter");
    assert_eq!(desk.take_effects(), [request("my draft")]);
}

#[test]
fn the_keys_of_a_text_edit_whole_characters() {
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    let mut desk = Desk::new(80, 24).served();
    desk.tell(Msg::Paste(format!("a{family}e\u{301}z")))
        .keys("left backspace backspace enter");
    assert_eq!(desk.take_effects(), [request("az")]);
    desk.tell(Msg::Paste(format!("a{family}b")))
        .keys("ctrl-a right delete enter");
    assert_eq!(desk.take_effects(), [request("ab")]);
    desk.types("one two three")
        .keys("ctrl-w ctrl-a alt-f ctrl-k ctrl-e ctrl-y ctrl-_ alt-Z alt-z home")
        .types("x")
        .keys("enter");
    assert_eq!(desk.take_effects(), [request("xone")]);
}

#[test]
fn without_a_server_one_key_each_helps() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
        .take_effects();
    desk.expect("unreachable at http://127.0.0.1:11434");
    desk.types("my task").keys("enter").expect("cannot be used");
    assert_eq!(desk.take_effects(), []);
    desk.keys("esc r");
    assert_eq!(desk.take_effects(), [Effect::Probe]);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()));
    desk.keys("u ctrl-u").types("gpu:11434").keys("enter");
    assert_eq!(
        desk.take_effects(),
        [Effect::UseServer("gpu:11434".to_owned())]
    );
    desk.tell(Msg::Failed(
        "`gpu` is no URL".to_owned(),
        Some("write `http://host:port`".to_owned()),
    ));
    desk.expect("hint: write");
    desk.keys("i").expect("install.sh").keys("esc");
    desk.keys("d");
    assert_eq!(desk.take_effects(), [Effect::UseModel("demo".to_owned())]);
    desk.tell(Msg::Probed(unreachable(), "demo".to_owned()));
    desk.expect("demo (scripted)").expect_not("unreachable");
    desk.keys("1").expect("Task *").keys("enter");
    assert!(matches!(desk.take_effects()[..], [Effect::Start(_)]));
}

#[test]
fn a_server_without_a_model_is_said_so() {
    let mut desk = Desk::new(80, 24);
    let empty = planwright::session::ServerStatus {
        models: Vec::new(),
        ..server()
    };
    desk.tell(Msg::Probed(empty, "auto".to_owned()));
    desk.expect("no model at http://127.0.0.1:11434")
        .expect("f8 go on with the demo model");
}

#[test]
fn a_reachable_server_closes_the_instructions() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Msg::Probed(unreachable(), "auto".to_owned()))
        .keys("f7 r");
    desk.tell(Msg::Probed(server(), "llama3.2:3b".to_owned()));
    desk.expect_not("install.sh").expect("answers");
}

#[test]
fn ctrl_c_goes_up_one_rung_at_a_time() {
    let mut desk = Desk::new(120, 40).served();
    streaming(&mut desk);
    desk.keys("esc i").take_effects();
    desk.types("a draft").keys("f1 ctrl-c").expect("a draft");
    assert!(desk.footer().contains("^c clear"), "{}", desk.footer());
    desk.keys("ctrl-c").expect_not("a draft│");
    assert!(desk.footer().contains("^c stop run"), "{}", desk.footer());
    desk.keys("ctrl-c").expect("again to stop the run");
    assert_eq!(desk.take_effects(), []);
    desk.wait(2000).keys("ctrl-c");
    assert_eq!(desk.take_effects(), [], "two seconds are over");
    desk.wait(1999).keys("ctrl-c");
    assert_eq!(desk.take_effects(), [Effect::Cancel]);
    desk.tell(Msg::Ended(RunOutcome::Interrupted))
        .keys("ctrl-c")
        .take_effects();
    assert!(
        desk.footer().contains("^c again: quit"),
        "{}",
        desk.footer()
    );
    desk.keys("ctrl-c");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.types("kept").keys("ctrl-c up").expect("kept");
}

#[test]
fn another_key_disarms_ctrl_c() {
    let mut desk = Desk::new(80, 24).served();
    desk.keys("ctrl-c").types("x").keys("backspace ctrl-c");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn leaving_is_asked_about_while_a_run_is_at_work() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.keys("q n").expect("1 Plan").keys("q y");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.keys("esc q");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
    let mut desk = Desk::new(80, 24).served();
    desk.keys("ctrl-d");
    assert_eq!(desk.take_effects(), [Effect::Quit]);
}

#[test]
fn one_run_is_at_work_at_a_time() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.tell(Msg::Runs(log::past_runs(), 4));
    desk.keys("n esc j").take_effects();
    desk.keys("R").expect("a run is at work");
    assert_eq!(desk.take_effects(), []);
}

fn starts(effects: &[Effect]) -> Vec<&str> {
    let tasks = effects.iter().filter_map(|effect| match effect {
        Effect::Start(request) => Some(request.task.as_str()),
        _ => None,
    });
    tasks.collect()
}

#[test]
fn tasks_wait_for_their_turn_and_can_be_taken_back() {
    let mut desk = Desk::new(80, 24).served();
    streaming(&mut desk);
    desk.keys("n")
        .types("first")
        .keys("enter")
        .expect("it begins when");
    desk.types("second")
        .keys("enter")
        .types("third")
        .keys("enter");
    desk.expect("next: first").expect("then: third");
    let effects = desk.take_effects();
    assert_eq!(starts(&effects), NONE);
    let queue = ["first", "second", "third"].map(str::to_owned).to_vec();
    let task = String::new();
    assert_eq!(
        effects.last(),
        Some(&Effect::KeepDrafts(Drafts {
            task,
            queue,
            ..Drafts::default()
        }))
    );
    // Taken back, and what was typed waits in its place.
    desk.types("fourth").keys("alt-up").expect("│ third");
    desk.expect("then: fourth");
    // Whoever reads the answer of the run before goes on reading it.
    desk.keys("f4").tell(Msg::Ended(RunOutcome::Completed));
    assert_eq!(starts(&desk.take_effects()), ["first"]);
    let mut next = log::Log::new("first");
    next.records[0].run = planwright::domain::ids::RunId::new("aaaa");
    desk.tell(Msg::Watching(next.records[0].run.clone(), next.records));
    desk.expect("the next task has begun")
        .expect("Compare the GDP");
    desk.keys("f4").expect("first");
    // One that was stopped has the others wait until they are begun.
    desk.tell(Msg::Ended(RunOutcome::Interrupted)).keys("n");
    assert_eq!(starts(&desk.take_effects()), NONE);
    desk.keys("ctrl-c").expect("next: second");
    desk.expect("`enter` begins it").keys("enter");
    assert_eq!(starts(&desk.take_effects()), ["second"]);
}

#[test]
fn a_new_task_does_not_overtake_those_that_wait() {
    let mut desk = Desk::new(80, 24).served();
    let queue = vec!["first".to_owned(), "second".to_owned()];
    let task = String::new();
    desk.tell(Msg::DraftsTaken(Drafts {
        task,
        queue,
        ..Drafts::default()
    }));
    desk.types("third").keys("enter");
    let effects = desk.take_effects();
    assert_eq!(starts(&effects), ["first"]);
    let queue = ["second", "third"].map(str::to_owned).to_vec();
    let task = String::new();
    assert_eq!(
        effects.last(),
        Some(&Effect::KeepDrafts(Drafts {
            task,
            queue,
            ..Drafts::default()
        }))
    );
}

#[test]
fn what_was_typed_when_it_was_closed_is_there_again() {
    let mut desk = Desk::new(80, 24).served();
    let queue = vec!["another".to_owned()];
    let task = "a draft\nof two lines".to_owned();
    desk.tell(Msg::DraftsTaken(Drafts {
        task,
        queue,
        ..Drafts::default()
    }));
    desk.expect("is here again")
        .expect("of two lines")
        .expect("next: another");
    // What is typed already is not written over, and what was is not lost.
    desk.take_effects();
    let task = "older".to_owned();
    desk.tell(Msg::DraftsTaken(Drafts {
        task,
        ..Drafts::default()
    }));
    desk.expect("then: older").expect("a draft");
    let kept = desk.take_effects();
    assert!(
        matches!(&kept[..], [Effect::KeepDrafts(drafts)] if drafts.queue == ["another", "older"]),
        "{kept:?}"
    );
}

#[test]
fn what_stands_still_asks_for_no_time() {
    let mut desk = Desk::new(80, 24).served();
    assert_eq!(desk.app.clock(), Clock::Still);
    streaming(&mut desk);
    assert_eq!(desk.app.clock(), Clock::Spinner);
    desk.tell(Msg::Focus(false));
    assert_eq!(desk.app.clock(), Clock::Second);
    let calm = AppOptions {
        look: Look {
            reduced_motion: true,
            ..Look::default()
        },
        ..options()
    };
    let mut desk = Desk::with(&calm, 80, 24).served();
    streaming(&mut desk);
    assert_eq!(desk.app.clock(), Clock::Second);
    desk.expect_not("⠋");
    assert_eq!(reviewing().app.clock(), Clock::Still);
    let mut desk = Desk::new(80, 24).served();
    desk.watching(log::answered(None).records)
        .tell(Msg::Ended(RunOutcome::Completed));
    assert_eq!(desk.app.clock(), Clock::Still);
}

#[test]
fn the_title_says_how_far_the_run_is() {
    let mut desk = Desk::new(80, 24).served();
    assert_eq!(desk.app.title(), "planwright");
    desk.watching(log::reviewing().records);
    assert!(desk.app.title().starts_with("planwright review Compare"));
    streaming(&mut desk);
    assert!(desk.app.title().starts_with("planwright 2/4 Compare"));
}

#[test]
fn esc_never_loses_what_is_typed() {
    let mut desk = Desk::new(80, 24).served();
    desk.types("half a task")
        .keys("esc esc ? esc f3 esc f2 esc")
        .expect("half a task");
}

#[test]
fn an_earlier_task_is_found_by_its_words_and_taken() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(super::log::past_runs(), 4));
    desk.types("a draft").keys("ctrl-r").expect("Earlier tasks");
    let wanted = super::log::past_runs()[2].task.clone();
    let word = wanted.split_whitespace().last().unwrap().to_owned();
    desk.types(&word).expect(&wanted).keys("enter");
    desk.expect_not("Earlier tasks").expect(&wanted);
    // The draft is not lost.
    desk.keys("up").expect("a draft");
}

#[test]
fn an_address_that_is_none_stays_to_be_mended() {
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Probed(
        super::screens::unreachable(),
        "auto".to_owned(),
    ));
    desk.keys("f6 ctrl-u")
        .types("gpu:99999")
        .keys("enter")
        .take_effects();
    desk.expect("gpu:99999").expect("URL of the Ollama server");
    desk.keys("backspace enter");
    assert_eq!(
        desk.take_effects(),
        [Effect::UseServer("gpu:9999".to_owned())]
    );
}

pub(crate) fn settings() -> Vec<(String, String, String)> {
    let of = |name: &str, value: &str, origin: &str| {
        (name.to_owned(), value.to_owned(), origin.to_owned())
    };
    vec![
        of("model", "\"auto\"", "default"),
        of("ui.ascii", "false", "default"),
        of("ui.theme", "\"dark\"", "config.toml line 3, column 9"),
    ]
}

#[test]
fn settings_are_found_explained_and_changed() {
    let mut desk = Desk::new(100, 30).served();
    desk.keys("esc ,");
    assert!(desk.take_effects().contains(&Effect::ListSettings));
    desk.tell(Msg::Settings(settings()));
    desk.types("theme")
        .expect("ui.theme")
        .expect_not("ui.ascii");
    desk.expect("config.toml line 3")
        .expect("sixteen of your terminal");
    desk.keys("enter ctrl-u").types("light").keys("enter");
    assert!(desk.take_effects().contains(&Effect::KeepSetting(
        "ui.theme".to_owned(),
        Some("light".to_owned())
    )));
    let mut changed = settings();
    changed[2].1 = "\"light\"".to_owned();
    let look = Look {
        ascii: true,
        color: true,
        reduced_motion: true,
        ..Look::default()
    };
    desk.tell(Msg::SettingKept(
        "ui.theme".to_owned(),
        changed,
        look,
        false,
    ))
    .expect("`ui.theme` is written to the config file; it holds at once");
    assert_eq!(desk.take_effects(), [Effect::Wear(look, false)]);
    desk.expect("\"light\"").expect("+ Settings -");
    // What is refused stays to be mended.
    let refused = |typed: &str| {
        let why = "`ui.theme` must be one of these".to_owned();
        Msg::SettingRefused("ui.theme".to_owned(), typed.to_owned(), why)
    };
    desk.tell(refused("pink"))
        .expect("must be one of these")
        .expect("pink");
    desk.keys("esc alt-x");
    assert!(
        desk.take_effects()
            .contains(&Effect::KeepSetting("ui.theme".to_owned(), None))
    );
    // A switch is thrown at once.
    desk.keys("ctrl-u").types("ui.ascii").keys("enter");
    let thrown = desk.take_effects();
    assert!(
        matches!(thrown.last(), Some(Effect::KeepSetting(name, Some(_))) if name == "ui.ascii"),
        "{thrown:?}"
    );
}

#[test]
fn a_file_is_named_by_its_beginning() {
    let files = || {
        ["docs/nothing here.md", "notes.txt", "src/a.rs"]
            .map(str::to_owned)
            .to_vec()
    };
    let mut desk = Desk::new(100, 30).served();
    desk.types("read (@no").keys("tab");
    let effects = desk.take_effects();
    assert_eq!(effects.last(), Some(&Effect::ListFiles("no".to_owned())));
    desk.tell(Msg::Files("no".to_owned(), files()));
    desk.expect("docs/nothing here.md")
        .expect("notes.txt")
        .expect_not("src/a.rs");
    desk.keys("down enter")
        .types(") and @")
        .expect("read (notes.txt) and @");
    // One with spaces stands in quotes; the only one that is meant is put in at once.
    desk.types("not").keys("tab");
    desk.take_effects();
    desk.tell(Msg::Files("not".to_owned(), files()))
        .types("h")
        .expect("docs/nothing here.md");
    desk.keys("enter").expect("and \"docs/nothing here.md\"");
    desk.types(" @a.r")
        .keys("tab")
        .tell(Msg::Files("a.r".to_owned(), files()));
    desk.expect("nothing here.md\" src/a.rs");
    // An answer that comes late changes nothing, and without an `@` the key goes on as ever.
    desk.types(" @zz")
        .tell(Msg::Files("a.r".to_owned(), files()))
        .expect("src/a.rs @zz");
    desk.tell(Msg::Files("zz".to_owned(), files()))
        .expect("no file of the workspace");
    desk.types(" ").keys("tab").expect("Recent runs *");
}

#[test]
fn what_is_selected_stays_so_when_runs_are_added_elsewhere() {
    let mut runs = log::past_runs();
    let newest = runs.remove(0);
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(runs.clone(), 3)).keys("esc j");
    let chosen = runs[1].run.clone();
    desk.take_effects();
    desk.tell(Msg::StoreChanged);
    assert_eq!(desk.take_effects(), [Effect::ListRuns]);
    runs.insert(0, newest);
    desk.tell(Msg::Runs(runs.clone(), 4)).keys("enter");
    assert_eq!(desk.take_effects(), [Effect::Open(chosen.clone())]);
    desk.keys("H G k");
    let more = runs
        .clone()
        .into_iter()
        .chain(log::past_runs().pop())
        .collect();
    desk.tell(Msg::Runs(more, 5)).keys("enter");
    assert_eq!(
        desk.take_effects().last(),
        Some(&Effect::Open(runs[2].run.clone()))
    );
}

#[test]
fn a_run_of_another_window_goes_on_before_ones_eyes() {
    let mut log = log::Log::gdp();
    log.planned(log::gdp_steps());
    let run = log.records[0].run.clone();
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Opened(
        run.clone(),
        log.records.clone(),
        RunStatus::Running,
    ));
    desk.take_effects();
    desk.tell(Msg::StoreChanged);
    let seen = log.records.len() as u64;
    assert_eq!(desk.take_effects(), [Effect::Follow(run.clone(), seen)]);
    log.approved().started("s1");
    let mut news = log.records.split_off(usize::try_from(seen).unwrap());
    // What was seen already, or has a gap before it, changes nothing.
    desk.tell(Msg::Followed(
        run.clone(),
        news.split_off(1),
        RunStatus::Running,
    ));
    desk.expect_not("1 running");
    let mut whole = log::Log::gdp();
    whole.planned(log::gdp_steps()).approved().started("s1");
    desk.tell(Msg::Followed(
        run.clone(),
        whole.records.clone(),
        RunStatus::Running,
    ))
    .expect("1 running");
    desk.tell(Msg::Followed(run, whole.records, RunStatus::Running))
        .expect("1 running");
}

#[test]
fn what_the_selected_run_came_to_is_read_one_at_a_time() {
    let runs = log::past_runs();
    let mut desk = Desk::new(100, 30).served();
    desk.tell(Msg::Runs(runs.clone(), 4)).keys("esc H");
    let asked = |desk: &mut Desk| -> Vec<planwright::domain::ids::RunId> {
        let effects = desk.take_effects().into_iter();
        effects
            .filter_map(|effect| match effect {
                Effect::Preview(run) => Some(run),
                _ => None,
            })
            .collect()
    };
    assert_eq!(asked(&mut desk), [runs[0].run.clone()]);
    desk.keys("j").keys("j");
    assert_eq!(asked(&mut desk), []);
    // The answer is for one that is no longer selected: the one that is comes next.
    let answer = |text: &str| Preview {
        answer: text.to_owned(),
        steps: Vec::new(),
    };
    desk.tell(Msg::Previewed(runs[0].run.clone(), answer("of the first")));
    desk.expect_not("of the first");
    assert_eq!(asked(&mut desk), [runs[2].run.clone()]);
    desk.tell(Msg::Previewed(runs[2].run.clone(), answer("of the third")))
        .expect("of the third");
    assert_eq!(asked(&mut desk), []);
    // Where there is no room for it, nothing is read.
    desk.tell(Msg::Resize(80, 24)).keys("k");
    assert_eq!(asked(&mut desk), []);
}
