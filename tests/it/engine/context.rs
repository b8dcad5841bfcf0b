//! Evidence is never lost for lack of room: it is put in fewer words once, and gone through in parts for the answer.

use planwright::domain::event::RunEvent;
use planwright::session::RunOutcome;

use super::harness::{Bench, Ran, respond, watch, with_plan};
use crate::support::{ChatSeen, Kind, Reply, Script};

const NAMES: [&str; 8] = [
    "Read file one",
    "Read file two",
    "Read file three",
    "Read file four",
    "Read file five",
    "Read file six",
    "Read file seven",
    "Read file eight",
];

/// Steps that bring this many words each; a summarizer that keeps the lines with figures.
fn reader(words: usize) -> Script {
    Script::new().by(move |seen: &ChatSeen| match seen.kind() {
        Kind::Executor => {
            let filler = "so it goes on and on ".repeat(words / 12);
            let n = seen.nth_of_kind;
            Reply::text(format!(
                "start {n}\n{filler}\nFIGURE {n} is 4{n}7.\n{filler}\nend {n}"
            ))
            .token_chars(4_000)
        }
        Kind::Summarizer => {
            let lines = seen.last().lines().filter(|line| line.contains("FIGURE"));
            Reply::text(lines.collect::<Vec<_>>().join("\n") + ".")
        }
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    })
}

async fn read(words: usize, steps: usize) -> (Bench, Ran) {
    let bench = Bench::new(reader(words));
    let ran = watch(
        bench.start(with_plan("Add the figures", &NAMES[..steps])),
        |_| None,
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    (bench, ran)
}

fn of(bench: &Bench, kind: Kind) -> Vec<ChatSeen> {
    let asked = bench.server.chat_requests().into_iter();
    asked.filter(|seen| seen.kind() == kind).collect()
}

#[tokio::test]
async fn older_results_are_put_in_fewer_words_once_and_only_when_they_do_not_fit() {
    let (bench, ran) = read(300, 8).await;
    assert!(of(&bench, Kind::Summarizer).is_empty(), "all fits");
    assert!(ran.state.summaries.is_empty());

    let (bench, ran) = read(1_600, 8).await;
    let summarized: Vec<String> = ran
        .records
        .iter()
        .filter_map(|record| match &record.event {
            RunEvent::ResultSummarized { step, .. } => Some(step.to_string()),
            _ => None,
        })
        .collect();
    let mut once = summarized.clone();
    once.dedup();
    assert!(!once.is_empty() && once == summarized, "{summarized:?}");
    let last = of(&bench, Kind::Executor).pop().unwrap();
    assert!(
        last.last().contains("FIGURE 0 is 407"),
        "the fact is still there"
    );
    assert!(!last.last().contains("start 0"), "the words are not");
    assert!(
        last.last().contains("start 6") && last.last().contains("end 6"),
        "the last ones are whole"
    );
}

/// A fact anywhere in any result can reach the answer, even where all results together are far larger than the context.
#[tokio::test]
async fn the_answer_is_written_from_all_the_evidence() {
    let (bench, ran) = read(9_000, 4).await;
    let answer = of(&bench, Kind::Finalizer).pop().unwrap();
    for n in 0..4 {
        assert!(
            answer.last().contains(&format!("FIGURE {n} is 4{n}7")),
            "{n}"
        );
    }
    assert!(
        ran.notices().contains("gone through for the answer"),
        "{}",
        ran.notices()
    );
    for seen in bench.server.chat_requests() {
        let tokens = seen.prompt_tokens() + u64::try_from(seen.num_predict.unwrap()).unwrap();
        assert!(tokens <= seen.num_ctx.unwrap());
    }
}

/// Many results share a part; none is left out because there are many of them.
#[tokio::test]
async fn a_long_run_loses_no_fact_either() {
    let names: Vec<String> = (1..=30).map(|n| format!("Read page {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let script = Script::new().by(|seen: &ChatSeen| match seen.kind() {
        Kind::Executor => {
            let n = seen.nth_of_kind;
            let filler = "so it goes on and on and on ".repeat(36);
            Reply::text(format!("{filler}\nFIGURE {n} is {n}7.\n{filler}")).token_chars(4_000)
        }
        Kind::Summarizer => {
            let lines = seen.last().lines().filter(|line| line.contains("FIGURE"));
            Reply::text(lines.collect::<Vec<_>>().join("\n") + ".")
        }
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    });
    let bench = Bench::new(script);
    let ran = watch(bench.start(with_plan("Add the figures", &names)), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let answer = of(&bench, Kind::Finalizer).pop().unwrap();
    for n in 0..30 {
        let fact = format!("FIGURE {n} is {n}7");
        assert!(answer.last().contains(&fact), "{fact}");
    }
}

/// What a person says is bounded, too: it cannot make the prompt too long.
#[tokio::test]
async fn a_long_hint_is_cut_and_stops_nothing() {
    let bench = Bench::new(reader(60));
    let mut said = false;
    let handle = bench.start(with_plan("Add the figures", &NAMES[..3]));
    let ran = watch(handle, |record| {
        let first = matches!(record.event, RunEvent::StepStarted { .. }) && !said;
        said |= first;
        first.then(|| planwright::session::RunCommand::Hint {
            step: None,
            text: "mind this ".repeat(4_000),
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed, "{:?}", ran.state.error);
}

/// Steps that bring as many pages as these each, with a marked fact on each, and a summarizer that copies the facts out.
fn pages(pages: usize) -> Script {
    Script::new().by(move |seen: &ChatSeen| match seen.kind() {
        Kind::Executor => {
            let filler = "so it goes on and on and on ".repeat(440);
            let page = |n: usize| format!("{filler}\nMARK fact {n:03}\n");
            let part = seen.nth_of_kind * pages..(seen.nth_of_kind + 1) * pages;
            Reply::text(part.map(page).collect::<String>()).token_chars(100_000)
        }
        Kind::Summarizer => {
            let lines = seen.last().lines().filter(|line| line.starts_with("MARK"));
            let found = lines.collect::<Vec<_>>().join("\n");
            // What a model writes beside the facts has to go, too.
            Reply::text(format!(
                "{}\n{found}",
                "As I read it, this is so. ".repeat(24)
            ))
        }
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    })
}

/// Far more evidence than what is copied out of it in one round fits beside: it is gone through again, and no fact is lost.
#[tokio::test]
async fn extracts_that_do_not_fit_are_gone_through_again() {
    let bench = Bench::new(pages(18));
    let ran = watch(
        bench.start(with_plan("List the facts", &NAMES[..5])),
        |_| None,
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let answer = of(&bench, Kind::Finalizer).pop().unwrap();
    for n in 0..90 {
        let fact = format!("MARK fact {n:03}");
        assert!(answer.last().contains(&fact), "{fact}");
    }
    assert!(
        !ran.notices().contains("shortened for the finalizer"),
        "{}",
        ran.notices()
    );
    assert!(
        ran.notices()
            .contains("copied out of the evidence is larger"),
        "{}",
        ran.notices()
    );
    let asked = of(&bench, Kind::Summarizer);
    let mut again = asked
        .iter()
        .map(|seen| seen.now().contains("so it goes on"));
    assert!(asked.len() > 55 && again.by_ref().take_while(|raw| *raw).count() > 50);
    assert!(again.all(|raw| !raw), "no result is read twice");
    for seen in bench.server.chat_requests() {
        let tokens = seen.prompt_tokens() + u64::try_from(seen.num_predict.unwrap()).unwrap();
        assert!(tokens <= seen.num_ctx.unwrap());
    }
}

/// What the run may cost bounds it: the answer is affordable in any case, and what is left out is said.
#[tokio::test]
async fn evidence_that_cannot_be_paid_for_is_cut_and_that_is_said() {
    for (calls, tokens) in [(Some(23), None), (None, Some(400_000))] {
        let bench = Bench::with(pages(18), |config| {
            config.limits.max_model_calls = calls;
            config.limits.max_tokens = tokens;
        });
        let ran = watch(
            bench.start(with_plan("List the facts", &NAMES[..5])),
            |_| None,
        )
        .await;
        assert_eq!(ran.outcome, RunOutcome::Completed);
        assert_eq!(ran.state.incomplete, None, "nothing else was wanted");
        assert_eq!(of(&bench, Kind::Finalizer).len(), 1);
        assert!(ran.notices().contains("is left out"), "{}", ran.notices());
        let made = bench.server.chat_requests().len() as u64;
        assert!(calls.is_none_or(|max| made <= max && made > 10), "{made}");
        let spent = ran.state.totals.prompt_tokens + ran.state.totals.output_tokens;
        assert!(tokens.is_none_or(|max| spent < max + 10_000), "{spent}");
        let answer = of(&bench, Kind::Finalizer).pop().unwrap();
        assert!(
            answer.last().contains("MARK fact 000"),
            "the beginning is there"
        );
        assert!(answer.last().contains("MARK fact 089"), "the end is there");
    }
}

/// One part that the model makes nothing of does not spoil the others.
#[tokio::test]
async fn an_empty_reply_to_one_part_is_passed_over() {
    let script = pages(6).once(Kind::Summarizer, Reply::text(""));
    let bench = Bench::new(script);
    let ran = watch(
        bench.start(with_plan("List the facts", &NAMES[..2])),
        |_| None,
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let answer = of(&bench, Kind::Finalizer).pop().unwrap();
    assert!(answer.last().contains("MARK fact 011"));
    assert!(ran.notices().contains("1 of"), "{}", ran.notices());
}

/// The windows of the specification are options: they spare tokens in between, and lose nothing of the answer.
#[tokio::test]
async fn previews_and_a_window_of_the_last_steps_where_they_are_wanted() {
    let bench = Bench::with(reader(300), |config| {
        config.settings.result_preview = Some(200);
        config.settings.recent_steps = Some(3);
    });
    let ran = watch(
        bench.start(with_plan("Add the figures", &NAMES[..6])),
        |_| None,
    )
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let last = of(&bench, Kind::Executor).pop().unwrap();
    assert!(last.last().contains("characters in all]"));
    assert!(
        !last.last().contains("FIGURE 4"),
        "beyond the first 200 characters"
    );
    let line = |n: usize| {
        let text = last.last();
        let from = text.find(&format!("start {n}")).unwrap();
        text[from..].find("... [").unwrap()
    };
    assert_eq!((line(0), line(4)), (80, 200));
    let answer = of(&bench, Kind::Finalizer).pop().unwrap();
    assert!(answer.last().contains("FIGURE 0 is 407"));
}

#[tokio::test]
async fn what_a_person_says_stands_in_what_follows() {
    let bench = Bench::new(reader(60));
    let handle = bench.start(with_plan("Add the figures", &NAMES[..3]));
    let mut said = false;
    let ran = watch(handle, |record| {
        let first = matches!(record.event, RunEvent::StepStarted { .. }) && !said;
        said |= first;
        first.then(|| planwright::session::RunCommand::Hint {
            step: None,
            text: "round to whole numbers".to_owned(),
        })
    })
    .await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let decide = of(&bench, Kind::Replanner).pop().unwrap();
    assert!(
        decide
            .last()
            .contains("The person says: round to whole numbers")
    );
}

/// The planner of a plan inside a step knows the whole task, the results so far and which step it is for.
#[tokio::test]
async fn a_plan_inside_a_step_knows_where_it_stands() {
    let script = Script::new().by(|seen: &ChatSeen| match seen.kind() {
        Kind::Planner => super::harness::plan(&["Write part one", "Write part two"]),
        Kind::Executor => Reply::text(format!("brought {}", seen.nth_of_kind)),
        Kind::Replanner => respond(),
        _ => Reply::text("The answer."),
    });
    let bench = Bench::new(script);
    let mut wanted = with_plan("Report on bees", &["Gather facts", "Write the report"]);
    if let Some(plan) = &mut wanted.plan {
        plan[1].subplan = true;
    }
    let ran = watch(bench.start(wanted), |_| None).await;
    assert_eq!(ran.outcome, RunOutcome::Completed);
    let planner = of(&bench, Kind::Planner).pop().unwrap();
    let prompt = planner.last();
    for part in [
        "Report on bees",
        "brought 0",
        "# Inside step s2",
        "The task is now this step: Write the report",
    ] {
        assert!(prompt.contains(part), "{part}: {prompt}");
    }
    let (total, seen) = bench.server.prefix_stats();
    assert!(seen * 100 / total >= 75, "{seen} of {total}");
}
