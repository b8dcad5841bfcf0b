//! Nothing is ever sent that would not fit.

use planwright::session::RunOutcome;

use super::harness::{Bench, STEPS, plan, respond, watch, with_plan};
use crate::support::{ChatSeen, FakeModel, Kind, Reply, Script};

/// Tokens by a count of our own, four bytes each, so that the engine's estimate is not measured against itself.
fn fits(chat: &ChatSeen) {
    let bytes: usize = chat.messages.iter().map(|(_, text)| text.len()).sum();
    let tokens = bytes as u64 / 4 + u64::try_from(chat.num_predict.unwrap()).unwrap();
    assert!(
        tokens <= chat.num_ctx.unwrap(),
        "{tokens} tokens into {:?}",
        chat.num_ctx
    );
}

fn long_results(words: usize) -> Script {
    Script::happy(&[])
        .planner(plan(&STEPS))
        .by(move |seen| match seen.kind() {
            Kind::Executor => Reply::text(format!(
                "FIRST{} {} LAST{}",
                seen.nth_of_kind,
                "evidence and more ".repeat(words),
                seen.nth_of_kind
            ))
            .token_chars(4_000),
            Kind::Replanner => respond(),
            Kind::Summarizer => Reply::status(400, "no summaries here"),
            _ => Reply::text("Done."),
        })
}

#[tokio::test]
async fn results_larger_than_the_context_are_shortened_and_that_is_said() {
    let bench = Bench::new(long_results(2_000));
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let asked = bench.server.chat_requests();
    asked.iter().for_each(fits);
    let answer = asked.last().unwrap().last();
    for n in 0..3 {
        assert!(
            answer.contains(&format!("FIRST{n}")) && answer.contains(&format!("LAST{n}")),
            "both ends of every result are there"
        );
    }
    assert!(answer.contains("characters left out here"));
    assert!(
        ran.notices()
            .contains("results shortened for the finalizer"),
        "{}",
        ran.notices()
    );
    assert!(
        ran.results()[0].len() > 30_000,
        "the log keeps the whole result"
    );
}

#[tokio::test]
async fn small_contexts_work_too() {
    let bench = Bench::with(
        long_results(300).models([FakeModel::new("tiny:1b").context(2048)]),
        |_| {},
    );
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    bench.server.chat_requests().iter().for_each(fits);
}

#[tokio::test]
async fn a_task_that_cannot_fit_is_refused_before_anything_is_sent() {
    let bench = Bench::new(Script::happy(&STEPS));
    let ran = bench.run(&"word ".repeat(20_000)).await;
    let RunOutcome::Failed { error, hint } = ran.outcome else {
        panic!("{:?}", ran.outcome)
    };
    assert!(
        error.contains("tiny:1b") && error.contains("8192"),
        "{error}"
    );
    assert!(hint.unwrap().contains("num_ctx"));
    assert!(bench.server.chat_requests().is_empty());
}

#[tokio::test]
async fn the_estimate_learns_from_what_the_server_counts() {
    // A server whose tokens are three times as many as estimated.
    let script = Script::happy(&[])
        .planner(plan(&STEPS))
        .by(|seen| match seen.kind() {
            Kind::Executor => Reply::text("evidence ".repeat(1_500))
                .token_chars(4_000)
                .prompt_eval_count(seen.total_chars as u64),
            Kind::Replanner => respond(),
            _ => Reply::text("Done."),
        });
    let bench = Bench::new(script);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let asked = bench.server.chat_requests();
    let answer = asked.last().unwrap();
    let real = answer.total_chars as u64 + u64::try_from(answer.num_predict.unwrap()).unwrap();
    assert!(real <= 8192, "{real} of the server's own tokens");
}

#[tokio::test]
async fn an_answer_that_reached_its_bound_says_so() {
    let script =
        Script::happy(&STEPS).answer(Reply::text("An answer that was cut").done_reason("length"));
    let ran = Bench::new(script).run("Compare").await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert!(ran.state.incomplete.clone().unwrap().contains("cut off"));
}

#[tokio::test]
async fn a_plan_longer_than_the_context_runs_to_its_end() {
    let bench = Bench::with(
        Script::happy(&[]).by(|seen| match seen.kind() {
            Kind::Executor => Reply::text(format!("Figure {} is known.", seen.nth_of_kind + 1)),
            Kind::Summarizer => {
                let lines = seen
                    .last()
                    .lines()
                    .filter(|line| line.starts_with("Figure"));
                Reply::text(lines.collect::<Vec<_>>().join(" "))
            }
            Kind::Replanner => respond(),
            _ => Reply::text("Done."),
        }),
        |config| {
            config.limits.max_steps = 200;
            config.ollama.num_ctx = 4096;
        },
    );
    let steps: Vec<String> = (1..=200)
        .map(|n| format!("Look up the figure number {n} and note it"))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let ran = watch(bench.start(with_plan("Gather them", &steps)), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    assert_eq!(ran.state.past_steps.len(), 200);
    let asked = bench.server.chat_requests();
    asked.iter().for_each(fits);
    let first = asked[0].last();
    assert!(first.contains("figure number 2 ") && first.contains("steps left out here"));
    let answer = asked.last().unwrap().last();
    assert!(answer.contains("Figure 200 is known"), "the newest result");
    assert!(answer.contains("Figure 1 is known"), "the oldest, too");
    assert!(ran.notices().contains("the first "), "{}", ran.notices());
}
