//! A step's `done_when` is held against its result; what is missing is told to the next attempt.

use planwright::domain::chat::Role;
use planwright::domain::event::{Judge, RunEvent, StepOutcome, Verify};
use planwright::domain::plan::{DraftStep, plan_hash};
use planwright::domain::state::StepStatus;
use planwright::engine::Halt;
use planwright::engine::call::{Caller, Job};
use planwright::engine::nodes::{BoxFuture, Replanner};
use planwright::session::{PlanExecuteGraph, RunCommand, RunOutcome, RunRequest};
use serde_json::json;

use super::harness::{Bench, Ran, STEPS, attended, config, request, respond, watch};
use crate::support::{ChatSeen, FakeOllama, Kind, Reply, Script};

fn one_step(done_when: &str) -> RunRequest {
    let step = DraftStep {
        done_when: Some(done_when.to_owned()),
        ..DraftStep::new("Find the height of Everest")
    };
    RunRequest {
        plan: Some(vec![step]),
        ..request("How high is Everest?")
    }
}

/// Answers the n-th attempt with the n-th of these; the last one repeats.
fn attempts(replies: &'static [&'static str]) -> Script {
    Script::new().by(move |seen: &ChatSeen| match seen.kind() {
        Kind::Executor => Reply::text(replies[seen.nth_of_kind.min(replies.len() - 1)]),
        Kind::Replanner => respond(),
        Kind::Verifier => {
            let met = seen.now().contains("8849");
            Reply::json(json!({"met": met, "gap": "the height is not given"}))
        }
        _ => Reply::text("The answer."),
    })
}

fn verdicts(ran: &Ran) -> Vec<(u32, bool, Judge)> {
    let checked = ran.records.iter().filter_map(|record| match &record.event {
        RunEvent::StepChecked {
            attempt, met, by, ..
        } => Some((*attempt, *met, *by)),
        _ => None,
    });
    checked.collect()
}

#[tokio::test]
async fn what_the_program_can_check_costs_no_call_and_a_miss_is_tried_again() {
    let bench = Bench::new(attempts(&["It is high.", "It is 8849 m high."]));
    let ran = watch(bench.start(one_step("number >= 8000")), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(
        verdicts(&ran),
        [(1, false, Judge::Checks), (2, true, Judge::Checks)]
    );
    assert_eq!(ran.results(), ["It is 8849 m high."]);
    let asked = bench.server.chat_requests();
    assert_eq!(asked.len(), 4, "two attempts, a decision, the answer");
    assert!(
        asked[1].now().contains("there is no number in the result"),
        "{}",
        asked[1].now()
    );
    let step = &ran.state.plan[0];
    assert_eq!((step.attempts, step.check.as_ref().unwrap().met), (2, true));
}

#[tokio::test]
async fn attempts_are_bounded_and_the_last_result_is_kept() {
    for max in [1, 3] {
        let bench = Bench::with(attempts(&["It is high."]), |config| {
            config.limits.max_attempts = max;
        });
        let ran = watch(bench.start(one_step("contains \"8849\"")), |_| None).await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(verdicts(&ran).len(), max as usize);
        let step = &ran.state.plan[0];
        assert_eq!(step.status, StepStatus::Finished(StepOutcome::Failed));
        let result = step.result.as_deref().unwrap();
        assert!(
            result.starts_with("Step failed:") && result.ends_with("It is high."),
            "{result}"
        );
    }
}

#[tokio::test]
async fn words_are_judged_by_a_model_only_where_that_is_wanted() {
    for (how, calls, expected) in [
        (Verify::Checks, 3, vec![]),
        (Verify::Off, 3, vec![]),
        (
            Verify::Model,
            6,
            vec![(1, false, Judge::Model), (2, true, Judge::Model)],
        ),
    ] {
        let script = attempts(&["It is high.", "It is 8849 m high."]);
        let bench = Bench::with(script, |config| config.settings.verify = how);
        let ran = watch(
            bench.start(one_step("the height is given in metres")),
            |_| None,
        )
        .await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(verdicts(&ran), expected, "{how:?}");
        assert_eq!(ran.state.totals.model_calls, calls, "{how:?}");
    }
}

#[tokio::test]
async fn a_verdict_that_cannot_be_read_is_none() {
    let script = attempts(&["It is high."]).on(Kind::Verifier, Reply::text("Hm."));
    let bench = Bench::with(script, |config| config.settings.verify = Verify::Model);
    let ran = watch(bench.start(one_step("the height is given")), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(verdicts(&ran).is_empty());
    assert!(ran.notices().contains("not verified"), "{}", ran.notices());
    assert_eq!(
        ran.state.plan[0].status,
        StepStatus::Finished(StepOutcome::Done)
    );
}

#[tokio::test]
async fn files_and_commands_are_looked_at_where_that_is_allowed() {
    for (done_when, allowed, verdict, said) in [
        ("file exists Cargo.toml", false, Some(true), ""),
        ("file exists no/such.file", false, Some(false), ""),
        (
            "file exists ../../etc/passwd",
            false,
            None,
            "not below the workspace",
        ),
        (
            "command true exits 0",
            false,
            None,
            "`verify_commands` is off",
        ),
        ("command true exits 0", true, Some(true), ""),
        ("command false exits 0", true, Some(false), ""),
        ("command /no/such/program exits 0", true, Some(false), ""),
    ] {
        let bench = Bench::with(attempts(&["done"]), |config| {
            config.settings.verify_commands = allowed;
            config.limits.max_attempts = 1;
        });
        let ran = watch(bench.start(one_step(done_when)), |_| None).await;
        let found = verdicts(&ran).first().map(|(_, met, _)| *met);
        assert_eq!(found, verdict, "{done_when}, allowed: {allowed}");
        assert!(
            ran.notices().contains(said),
            "{done_when}: {}",
            ran.notices()
        );
    }
}

/// Attempts that bring the same to the same words end in an answer that says so, however many are allowed.
#[tokio::test]
async fn an_attempt_that_is_the_same_for_the_third_time_ends_in_an_answer() {
    let bench = Bench::with(attempts(&["It is high."]), |config| {
        config.limits.max_attempts = 10;
    });
    let ran = watch(bench.start(one_step("number >= 8000")), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.response(), "The answer.");
    let why = ran.state.incomplete.as_deref().unwrap();
    assert!(
        why.contains("was asked the same 3 times in step s1"),
        "{why}"
    );
    assert!(
        why.contains("Find the height of Everest"),
        "what was not done is named: {why}"
    );
    let kinds: Vec<Kind> = bench
        .server
        .chat_requests()
        .iter()
        .map(ChatSeen::kind)
        .collect();
    let executor = Kind::Executor;
    // The first attempt is not told that one fell short, the others are.
    assert_eq!(
        kinds,
        [executor, executor, executor, executor, Kind::Finalizer]
    );

    let other = attempts(&[
        "a",
        "b",
        "b",
        "c",
        "b",
        "b",
        "d",
        "e",
        "f",
        "It is 8849 m high.",
    ]);
    let bench = Bench::with(other, |config| config.limits.max_attempts = 10);
    let ran = watch(bench.start(one_step("number >= 8000")), |_| None).await;
    assert_eq!(
        ran.state.incomplete, None,
        "other words are another attempt"
    );
    assert_eq!(ran.results(), ["It is 8849 m high."]);
}

/// A replanner that asks and never decides.
struct Undecided;

impl Replanner for Undecided {
    fn decide<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(async move {
            let model = caller.model(Role::Replanner).await?;
            let job = Job {
                role: Role::Replanner,
                step: None,
                text: "# Now: decide\nWhat now?".to_owned(),
                temperature: 0.0,
            };
            caller.text(&model, &job).await.map(drop)
        })
    }
}

/// A node of one's own that asks the same for ever is stopped, too.
#[tokio::test]
async fn a_node_that_asks_the_same_for_ever_ends_in_an_answer() {
    let server = FakeOllama::start(attempts(&["It is 8849 m high."]));
    let graph = PlanExecuteGraph::builder(config(&server.url()));
    let graph = graph.replanner(Undecided).build().unwrap();
    let ran = watch(graph.stream(one_step("number >= 8000")).unwrap(), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.results(), ["It is 8849 m high."]);
    assert_eq!(ran.response(), "The answer.");
    let why = ran.state.incomplete.as_deref().unwrap();
    assert!(
        why.contains("the replanner was asked the same 3 times"),
        "{why}"
    );
    let asked = server.chat_requests();
    let decisions = asked.iter().filter(|seen| seen.kind() == Kind::Replanner);
    assert_eq!(decisions.count(), 3);
}

/// What a person has done again is no repetition.
#[tokio::test]
async fn a_person_may_ask_for_the_same_as_often_as_he_likes() {
    let bench = Bench::new(Script::happy(&STEPS));
    let mut rejected = 0;
    let ran = watch(bench.start(attended("Compare GDPs")), |record| {
        let RunEvent::PlanProposed { steps, .. } = &record.event else {
            return None;
        };
        rejected += 1;
        let feedback = Some("Make it shorter".to_owned());
        Some(if rejected <= 5 {
            RunCommand::Reject { feedback }
        } else {
            let hash = plan_hash(steps);
            RunCommand::Approve {
                hash,
                stepwise: false,
            }
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.incomplete, None);
    let asked = bench.server.chat_requests();
    let planned = asked.iter().filter(|seen| seen.kind() == Kind::Planner);
    let prompts: Vec<&str> = planned.map(ChatSeen::last).collect();
    assert_eq!(prompts.len(), 6);
    let same = |pair: &[&str]| pair[0] == pair[1];
    assert!(
        prompts[1..].windows(2).all(same),
        "word for word: {prompts:#?}"
    );
}

/// An attempt that a person held, as one that a crash cut short, was no try.
#[tokio::test]
async fn what_was_cut_short_uses_up_no_try() {
    let script = attempts(&["It is high.", "It is high.", "It is 8849 m high."]);
    let bench = Bench::with(
        script.once(Kind::Executor, Reply::text("It is").hang_after(1)),
        |config| config.limits.max_attempts = 2,
    );
    let request = RunRequest {
        attended: true,
        ..one_step("contains \"8849\"")
    };
    let ran = watch(bench.start(request), |record| match &record.event {
        RunEvent::StepStarted { attempt: 1, .. } => Some(RunCommand::Hold),
        RunEvent::RunPaused { .. } => Some(RunCommand::Continue { stepwise: false }),
        _ => None,
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let step = &ran.state.plan[0];
    assert_eq!(
        (step.status, step.attempts),
        (StepStatus::Finished(StepOutcome::Done), 3)
    );
}

/// A try whose result was looked at and missed something stays one, whatever is held after it.
#[tokio::test]
async fn a_miss_is_remembered_over_a_hold() {
    let script = Script::new().by(|seen: &ChatSeen| match seen.kind() {
        Kind::Executor if seen.nth_of_kind == 1 => Reply::text("It is").hang_after(1),
        Kind::Executor => Reply::text("It is high."),
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    });
    let bench = Bench::with(script, |config| config.limits.max_attempts = 2);
    let request = RunRequest {
        attended: true,
        ..one_step("contains \"8849\"")
    };
    let ran = watch(bench.start(request), |record| match &record.event {
        RunEvent::StepStarted { attempt: 2, .. } => Some(RunCommand::Hold),
        RunEvent::RunPaused { .. } => Some(RunCommand::Continue { stepwise: false }),
        _ => None,
    })
    .await;
    let step = &ran.state.plan[0];
    assert_eq!(
        (step.status, step.attempts, step.misses),
        (StepStatus::Finished(StepOutcome::Failed), 3, 2)
    );
}
