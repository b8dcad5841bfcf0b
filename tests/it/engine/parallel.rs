//! Steps that do not build on each other are at work at the same time; what builds on a failed one is left out.

use std::time::Duration;

use planwright::domain::event::{Decision, RunEvent, StepOutcome};
use planwright::domain::ids::StepId;
use planwright::domain::plan::DraftStep;
use planwright::domain::state::StepStatus;
use planwright::session::{RunOutcome, RunRequest};

use super::harness::{Bench, Ran, request, respond, watch};
use crate::support::{Kind, Reply, Script};

/// A plan of steps `a`, `b`, …, each with the names of those it builds on.
fn graph(steps: &[(&str, &[&str])]) -> RunRequest {
    let drafts = steps.iter().map(|(name, after)| DraftStep {
        label: Some((*name).to_owned()),
        depends_on: after.iter().map(|&name| name.to_owned()).collect(),
        ..DraftStep::new(format!("Do the work called {name}"))
    });
    RunRequest {
        plan: Some(drafts.collect()),
        ..request("Work")
    }
}

/// Every step takes 80 ms; the one called `bad` fails.
fn slow() -> Script {
    Script::new().by(|seen| match seen.kind() {
        Kind::Executor if seen.now().contains("called bad") => Reply::text("CANNOT: it is bad"),
        Kind::Executor => Reply::text("done").first_delay(Duration::from_millis(80)),
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    })
}

/// Where in the log steps begin and end, such as `+a -a +b -b`.
fn order(ran: &Ran) -> String {
    let step = |event: &RunEvent| match event {
        RunEvent::StepStarted { step, .. } => Some(format!("+{step}")),
        RunEvent::StepFinished { step, .. } => Some(format!("-{step}")),
        _ => None,
    };
    let steps = ran.records.iter().filter_map(|record| step(&record.event));
    steps.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn as_many_steps_are_at_work_as_allowed_and_no_more() {
    let plan = graph(&[("a", &[]), ("b", &[]), ("c", &[]), ("d", &["a", "b", "c"])]);
    for (allowed, most) in [(1, 1), (2, 2), (3, 3), (8, 3)] {
        let bench = Bench::with(slow(), |config| config.limits.max_parallel = allowed);
        let ran = watch(bench.start(plan.clone()), |_| None).await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(bench.server.most_at_once(), most, "{allowed} allowed");
        assert!(order(&ran).ends_with("+d -d"), "{}", order(&ran));
    }
}

#[tokio::test]
async fn one_at_a_time_means_the_order_of_the_plan() {
    let plan = graph(&[("a", &[]), ("b", &[]), ("c", &["a"])]);
    let ran = watch(Bench::new(slow()).start(plan), |_| None).await;
    assert_eq!(order(&ran), "+a -a +b -b +c -c");
}

/// A step begins as soon as what it builds on is there, not when a whole wave is through.
#[tokio::test]
async fn nobody_waits_for_a_step_that_he_does_not_build_on() {
    let script = Script::new().by(|seen| match seen.kind() {
        Kind::Executor if seen.now().contains("called slow") => {
            Reply::text("done").first_delay(Duration::from_millis(400))
        }
        Kind::Executor => Reply::text("done").first_delay(Duration::from_millis(40)),
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    });
    let plan = graph(&[("slow", &[]), ("a", &[]), ("b", &["a"]), ("c", &["b"])]);
    let bench = Bench::with(script, |config| config.limits.max_parallel = 4);
    let ran = watch(bench.start(plan), |_| None).await;
    assert_eq!(order(&ran), "+slow +a -a +b -b +c -c -slow");
}

#[tokio::test]
async fn what_builds_on_a_failed_step_is_left_out_and_the_replanner_hears_why() {
    let plan = graph(&[("bad", &[]), ("b", &["bad"]), ("c", &["b"]), ("d", &[])]);
    for allowed in [1, 4] {
        let bench = Bench::with(slow(), |config| config.limits.max_parallel = allowed);
        let ran = watch(bench.start(plan.clone()), |_| None).await;
        let status = |name: &str| ran.state.planned(&StepId::new(name)).unwrap().status;
        assert_eq!(status("bad"), StepStatus::Finished(StepOutcome::Failed));
        assert_eq!(status("b"), StepStatus::Finished(StepOutcome::Skipped));
        assert_eq!(status("c"), StepStatus::Finished(StepOutcome::Skipped));
        assert_eq!(status("d"), StepStatus::Finished(StepOutcome::Done));
        let asked = bench.server.chat_requests();
        let worked = asked.iter().filter(|seen| seen.kind() == Kind::Executor);
        assert_eq!(worked.count(), 2, "no call for what is left out");
        let decide = asked.iter().find(|seen| seen.kind() == Kind::Replanner);
        let prompt = decide.unwrap().last();
        assert!(
            prompt.contains("builds on step bad, which failed")
                && prompt.contains("builds on step b, which was left out"),
            "{prompt}"
        );
        assert_eq!(ran.state.decision, Some(Decision::Respond));
        assert_eq!(
            ran.state.executed(),
            2,
            "what is left out is not counted as done"
        );
    }
}

/// Records of several steps at work stand in the log one after the other, and fold to the same state.
#[tokio::test]
async fn the_log_of_parallel_steps_is_gapless_and_resumes_anywhere() {
    let plan = graph(&[("a", &[]), ("b", &[]), ("c", &[]), ("d", &["a", "b", "c"])]);
    let quick = || {
        Script::happy(&[]).by(|seen| match seen.kind() {
            Kind::Executor => Reply::text("done"),
            Kind::Replanner => respond(),
            _ => Reply::text("The answer."),
        })
    };
    let bench = Bench::with(quick(), |config| config.limits.max_parallel = 3);
    let whole = watch(bench.start(plan), |_| None).await;
    assert!(
        whole
            .records
            .iter()
            .zip(1..)
            .all(|(record, seq)| record.seq == seq)
    );
    for cut in 2..whole.records.len() {
        let bench = Bench::new(quick());
        for record in &whole.records[..cut] {
            bench.session.store().append(record).unwrap();
        }
        let options = planwright::session::ResumeOptions {
            approval: planwright::domain::event::ApprovalPolicy::Never,
            attended: false,
            approve_tools: false,
        };
        let handle = bench
            .session
            .resume(&whole.records[0].run, options)
            .unwrap();
        let ran = watch(handle, |_| None).await;
        assert_eq!(ran.outcome, RunOutcome::Completed, "after {cut}");
        let ends = order(&ran).matches('-').count();
        assert_eq!(ends, 4, "after {cut}: {}", order(&ran));
    }
}

/// A server that goes away ends all steps at work; none is left behind as running.
#[tokio::test]
async fn when_the_run_is_cancelled_all_steps_at_work_stop() {
    let script = Script::new().by(|_| Reply::text("never").hang_after(1));
    let bench = Bench::with(script, |config| config.limits.max_parallel = 3);
    let handle = bench.start(graph(&[("a", &[]), ("b", &[]), ("c", &[])]));
    let cancel = handle.cancel.clone();
    let (server, stop) = (&bench.server, async {
        assert!(bench.server.wait_chats(3, Duration::from_secs(10)).await);
        cancel.cancel();
    });
    let (ran, ()) = tokio::join!(watch(handle, |_| None), stop);
    assert_eq!(ran.outcome, RunOutcome::Interrupted);
    assert!(server.wait_cancelled(3, Duration::from_secs(10)).await);
    let open = ran
        .state
        .plan
        .iter()
        .all(|p| p.status == StepStatus::Pending);
    assert!(open && ran.state.past_steps.is_empty());
}

/// Steps that end at the same moment wait for the same journal: each has to go on while the others do, or all stand still.
#[tokio::test]
async fn steps_that_end_at_once_do_not_stop_each_other() {
    let names: Vec<String> = (1..=12).map(|n| format!("{n} km to miles")).collect();
    let drafts = names
        .iter()
        .map(|name| DraftStep::new(format!("Convert {name}")));
    for _ in 0..5 {
        let bench = Bench::with(Script::new(), |config| {
            "demo".clone_into(&mut config.model);
            config.limits.max_parallel = 12;
        });
        let plan = RunRequest {
            plan: Some(drafts.clone().collect()),
            ..request("Convert 1 km to miles")
        };
        let mut said = 0;
        let ran = watch(bench.start(plan), |record| {
            // Words of a person in the middle of it, which are records, too.
            let begins = matches!(record.event, RunEvent::StepStarted { .. });
            said += usize::from(begins);
            begins.then(|| planwright::session::RunCommand::Hint {
                step: None,
                text: "be quick".to_owned(),
            })
        })
        .await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!((ran.state.executed(), said), (12, 12));
    }
}
