//! Which rung reads which reply, and what is recorded of it.

use planwright::domain::event::{ParsedBy, RunEvent};
use planwright::session::RunOutcome;
use serde_json::{Value, json};

use super::harness::{Bench, Ran, STEPS, plan, respond};
use crate::support::{FakeModel, Kind, Reply, Script};

/// Name, use and rung of the calls that planned.
fn planning(ran: &Ran) -> Vec<(bool, Option<ParsedBy>)> {
    let calls = ran.records.iter().filter_map(|record| match &record.event {
        RunEvent::ModelCalled(call) if call.role == planwright::domain::chat::Role::Planner => {
            Some((call.ok, call.parsed_by))
        }
        _ => None,
    });
    calls.collect()
}

fn script(planner: Reply) -> Script {
    Script::happy(&[])
        .once(Kind::Planner, planner)
        .step(Reply::text("a result"))
        .decide(respond())
        .answer(Reply::text("Done."))
}

#[tokio::test]
async fn a_schema_is_sent_and_a_reply_that_keeps_it_is_read_at_once() {
    let bench = Bench::new(script(plan(&STEPS)));
    let ran = bench.run("Compare").await;
    assert_eq!(planning(&ran), [(true, Some(ParsedBy::Schema))]);
    let asked = bench.server.chat_requests();
    let schema = &asked[0].body["format"];
    assert_eq!(schema["type"], "object");
    assert!(
        schema.to_string().len() < 1_000 && !schema.to_string().contains("$ref"),
        "{schema}"
    );
    assert!(
        asked[0].last().contains("\"steps\":["),
        "the shape stands in the prompt as well"
    );
    let answer = asked.last().unwrap();
    assert_eq!(
        answer.body.get("format").unwrap_or(&Value::Null),
        &Value::Null,
        "the answer is plain text"
    );
}

#[tokio::test]
async fn mended_replies_are_marked_as_such() {
    let shapes = [
        "```json\n{\"steps\":[{\"description\":\"A thing\"},{\"description\":\"B thing\"}]}\n```",
        "{\"steps\":[\"A thing\",\"B thing\"]}",
        "{\"response\":{\"plan\":[\"A thing\",\"B thing\"]}}",
        "{'steps': ['A thing', 'B thing'],}",
        "[\"A thing\", \"B thing\"]",
    ];
    for shape in shapes {
        let ran = Bench::new(script(Reply::text(shape))).run("Compare").await;
        assert_eq!(
            planning(&ran),
            [(true, Some(ParsedBy::Repaired))],
            "{shape}"
        );
        assert_eq!(ran.plan(), ["A thing", "B thing"], "{shape}");
    }
}

#[tokio::test]
async fn an_echoed_schema_is_no_plan() {
    let echo = json!({"type": "object", "properties": {"steps": {"type": "array", "items": {"type": "string"}}}, "required": ["steps"]});
    let bench = Bench::new(script(Reply::json(echo)).once(Kind::Planner, plan(&STEPS)));
    let ran = bench.run("Compare").await;
    assert_eq!(ran.plan(), STEPS);
    assert_eq!(
        planning(&ran),
        [(false, None), (true, Some(ParsedBy::AskedAgain))]
    );
    let again = &bench.server.chat_requests()[1];
    assert!(
        again.last().contains("could not be used"),
        "{}",
        again.last()
    );
    assert_eq!(again.body["format"], "json");
}

#[tokio::test]
async fn the_last_rung_is_a_plain_list_and_below_it_a_single_step() {
    let nonsense = || Reply::text("Let me think about that for a while.");
    let list = Reply::text("Sure:\n1. Weigh it\n2. Report the weight");
    let bench = Bench::new(
        script(nonsense())
            .once(Kind::Planner, nonsense())
            .once(Kind::Planner, list),
    );
    let ran = bench.run("Weigh").await;
    assert_eq!(
        planning(&ran),
        [(false, None), (false, None), (true, Some(ParsedBy::Text))]
    );
    assert_eq!(ran.plan(), ["Weigh it", "Report the weight"]);
    let bench = Bench::new(script(nonsense()).planner(nonsense()));
    let ran = bench.run("Weigh").await;
    assert_eq!(
        planning(&ran),
        [
            (false, None),
            (false, None),
            (true, Some(ParsedBy::Fallback))
        ]
    );
    assert_eq!(ran.plan(), ["Weigh"]);
    assert_eq!(ran.outcome, RunOutcome::Completed);
}

#[tokio::test]
async fn a_server_that_refuses_schemas_is_asked_without_one() {
    let bench = Bench::new(
        script(Reply::status(400, "format is not supported")).once(Kind::Planner, plan(&STEPS)),
    );
    let ran = bench.run("Compare").await;
    assert_eq!(ran.plan(), STEPS);
    assert_eq!(bench.server.chat_requests()[1].body["format"], "json");
}

#[tokio::test]
async fn endless_white_space_under_a_schema_is_stopped_and_asked_again() {
    let runaway = Reply::text("{\"steps\": [").endless_whitespace_after(2);
    let bench = Bench::new(script(runaway).once(Kind::Planner, plan(&STEPS)));
    let ran = bench.run("Compare").await;
    assert_eq!(ran.plan(), STEPS);
}

#[tokio::test]
async fn thinking_is_shown_apart_and_never_read_or_fed_back() {
    let script = Script::happy(&STEPS)
        .models([FakeModel::new("tiny:1b").capabilities(["completion", "thinking"])])
        .once(
            Kind::Executor,
            Reply::text("The result.").thinking("SECRET THOUGHT"),
        )
        .once(
            Kind::Executor,
            Reply::text("<think>SECRET THOUGHT</think>Another result."),
        );
    let bench = Bench::new(script);
    let ran = bench.run("Compare").await;
    assert_eq!(ran.results()[..2], ["The result.", "Another result."]);
    let thoughts: String = ran
        .deltas
        .iter()
        .filter(|delta| delta.kind == planwright::domain::event::DeltaKind::Thinking)
        .map(|delta| delta.text.as_str())
        .collect();
    assert_eq!(thoughts, "SECRET THOUGHTSECRET THOUGHT");
    assert!(
        bench
            .server
            .chat_requests()
            .iter()
            .all(|chat| !chat.transcript().contains("SECRET THOUGHT"))
    );
    assert!(
        bench
            .server
            .chat_requests()
            .iter()
            .all(|chat| chat.body["think"] == false),
        "a model that can think is told not to"
    );
}
