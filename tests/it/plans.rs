//! Plans as text, plans with faults, plans that are mended.

use planwright::domain::ids::StepId;
use planwright::domain::plan::{DraftStep, Naming, Step, StepChange, diff, name_drafts, plan_hash};
use planwright::domain::plan_text::{parse, render};
use planwright::domain::validate::{check, mend};
use proptest::prelude::*;

fn texts(drafts: &[DraftStep]) -> Vec<&str> {
    drafts
        .iter()
        .map(|draft| draft.description.as_str())
        .collect()
}

#[test]
fn every_way_to_write_a_list_is_a_plan() {
    let wanted = ["Measure the room", "Buy 2.5 l of paint", "Paint it"];
    let ways = [
        "1. Measure the room\n2. Buy 2.5 l of paint\n3. Paint it\n",
        "1) Measure the room\n2) Buy 2.5 l of paint\n3) Paint it",
        "- Measure the room\n- Buy 2.5 l of paint\n- Paint it",
        "* Measure the room\r\n* Buy 2.5 l of paint\r\n* Paint it\r\n",
        "- [ ] Measure the room\n- [ ] Buy 2.5 l of paint\n- [x] Paint it",
        "\u{feff}# My plan\n\nSome words first.\n\n1. Measure the room\n\n2. Buy 2.5 l\n   of paint\n\n3. Paint it\n\nThat is all.\n",
        "{\"steps\": [\"Measure the room\", \"Buy 2.5 l of paint\", \"Paint it\"]}",
        "{\"steps\": [{\"description\": \"Measure the room\"}, {\"description\": \"Buy 2.5 l of paint\"}, {\"id\": \"p\", \"description\": \"Paint it\"}]}",
        "[\"Measure the room\", \"Buy 2.5 l of paint\", \"Paint it\"]",
        "1. **Measure the room**\n2. Buy 2.5 l of paint\n3. Paint it",
    ];
    for way in ways {
        assert_eq!(texts(&parse(way).unwrap()), wanted, "{way}");
    }
    let nested =
        parse("1. Paint it\n   - first the walls\n   - then the ceiling\n2. Rest").unwrap();
    assert_eq!(
        texts(&nested),
        ["Paint it; first the walls; then the ceiling", "Rest"]
    );
}

#[test]
fn what_is_no_plan_is_named_with_its_line() {
    for (text, line, words) in [
        ("", 1, "no list item"),
        ("\n\njust prose\nand more", 3, "no list item"),
        ("{\"steps\": [\n  \"a\",\n  oops\n]}", 3, "not JSON"),
        ("{\"steps\": []}", 1, "no steps"),
        ("{\"steps\": 3}", 1, "steps"),
        (
            "{\"steps\": [\"a\", {\"done_when\": \"x\"}]}",
            1,
            "step 2 has no `description`",
        ),
        ("1. a\n2.\n3. c", 2, "empty"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.to_string().contains(words), "{text:?}: {error}");
    }
}

#[test]
fn names_and_dependencies_of_a_persons_plan_are_kept() {
    let text = r#"{"steps": [{"id": "fetch", "description": "Fetch it"}, {"id": "cook", "description": "Cook it", "depends_on": ["fetch"], "done_when": "it is hot"}, {"description": "Eat it", "depends_on": [2]}]}"#;
    let steps = name_drafts(parse(text).unwrap(), &[], Naming::KeepLabels);
    let names: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(names, ["fetch", "cook", "s3"]);
    assert_eq!(steps[1].depends_on, [StepId::new("fetch")]);
    assert_eq!(steps[2].depends_on, [StepId::new("cook")]);
    assert_eq!(steps[1].done_when.as_deref(), Some("it is hot"));
    assert_eq!(check(&steps, 30), []);
}

#[test]
fn new_names_never_take_over_old_ones() {
    let old = [StepId::new("s1"), StepId::new("s7"), StepId::new("cook")];
    let steps = name_drafts(
        vec![DraftStep::new("a"), DraftStep::new("b")],
        &old,
        Naming::Fresh,
    );
    assert_eq!([steps[0].id.as_str(), steps[1].id.as_str()], ["s8", "s9"]);
}

fn step(n: usize, description: &str, after: &[usize]) -> Step {
    let mut step = Step::new(StepId::numbered(n), description);
    step.depends_on = after.iter().map(|&n| StepId::numbered(n)).collect();
    step
}

#[test]
fn faults_are_named_exactly() {
    let plan = [
        step(1, "Fetch the figures of 2020", &[3]),
        step(2, "Analyze the data", &[2]),
        step(3, "Fetch the figures of 2021", &[1]),
    ];
    let said: Vec<String> = check(&plan, 2)
        .into_iter()
        .map(|problem| problem.text)
        .collect();
    assert_eq!(
        said,
        [
            "the plan has 3 steps, at most 2 may run",
            "step 1 and step 3 depend on each other (a cycle)",
            "step 2 is vague: it names nothing to work on",
            "step 2 depends on itself",
        ]
    );
    let forward = [
        step(1, "Compare the two figures", &[2]),
        step(2, "Fetch both figures", &[9]),
    ];
    let said: Vec<String> = check(&forward, 9)
        .into_iter()
        .map(|problem| problem.text)
        .collect();
    assert_eq!(
        said,
        [
            "step 1 depends on step 2, which comes later",
            "step 2 depends on `s9`, which is no step of this plan"
        ]
    );
    let good = [
        "Search for France's GDP data from reliable sources",
        "Search for Germany's GDP data from reliable sources",
        "Compare the GDP values and calculate the difference",
    ];
    let good: Vec<Step> = good
        .iter()
        .enumerate()
        .map(|(n, text)| step(n + 1, text, &[]))
        .collect();
    assert_eq!(check(&good, 7), [], "the specification's own good plan");
}

#[test]
fn what_is_safe_is_mended_and_said() {
    let (mended, notes) = mend(
        vec![
            step(1, "Compare both", &[2, 9]),
            step(2, "Fetch both", &[]),
            step(3, " ", &[]),
            step(4, "fetch BOTH.", &[]),
        ],
        10,
    );
    let names: Vec<&str> = mended.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(names, ["s2", "s1"]);
    assert_eq!(mended[1].depends_on, [StepId::new("s2")]);
    assert_eq!(notes.len(), 4, "{notes:?}");
}

#[test]
fn a_difference_shows_what_is_kept_changed_added_and_removed() {
    let old = [step(1, "a", &[]), step(2, "b", &[]), step(3, "c", &[])];
    let new = [
        step(1, "a", &[]),
        step(3, "c, but better", &[]),
        step(4, "d", &[]),
    ];
    assert_eq!(
        diff(&old, &new),
        [
            StepChange::Kept(old[0].clone()),
            StepChange::Removed(old[1].clone()),
            StepChange::Changed(old[2].clone(), new[1].clone()),
            StepChange::Added(new[2].clone()),
        ]
    );
}

#[test]
fn a_step_that_is_repeated_under_a_new_name_is_kept() {
    let old = [step(1, "a", &[]), step(2, "b", &[1])];
    let new = [step(3, "a", &[]), step(4, "c", &[3]), step(5, "b", &[3])];
    assert_eq!(
        diff(&old, &new),
        [
            StepChange::Kept(new[0].clone()),
            StepChange::Added(new[1].clone()),
            StepChange::Kept(new[2].clone()),
        ]
    );
}

fn any_step() -> impl Strategy<Value = (String, Option<String>, Vec<usize>)> {
    let words = "[a-zA-Z0-9é日|\\\\,.:*-]{1,8}( [a-zA-Z0-9|\\\\:.-]{1,8}){0,6}";
    (
        words,
        prop::option::of("[a-z|]{1,9}( [a-z0-9]{1,9}){0,3}"),
        prop::collection::vec(1_usize..9, 0..3),
    )
}

fn any_plan() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any_step(), 1..9).prop_map(|drafts| {
        let build = |(index, (description, done_when, after)): (
            usize,
            (String, Option<String>, Vec<usize>),
        )| Step {
            done_when,
            ..step(index + 1, &description, &after)
        };
        drafts.into_iter().enumerate().map(build).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_mended_plan_can_run(steps in any_plan(), most in 1_usize..7) {
        let (mended, _) = mend(steps, most);
        let fatal: Vec<_> = check(&mended, most).into_iter().filter(|problem| problem.fatal).collect();
        prop_assert!(fatal.is_empty(), "{fatal:?}\n{mended:#?}");
    }

    #[test]
    fn parsing_never_fails_badly(text in "(?s).{0,300}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_difference_rebuilds_the_new_plan(old in any_plan(), new in any_plan()) {
        let rebuilt: Vec<Step> = diff(&old, &new).into_iter().filter_map(|change| match change {
            StepChange::Kept(step) | StepChange::Added(step) | StepChange::Changed(_, step) => Some(step),
            StepChange::Removed(_) => None,
        }).collect();
        prop_assert_eq!(rebuilt, new);
    }

    #[test]
    fn the_fingerprint_tells_plans_apart(one in any_plan(), other in any_plan()) {
        prop_assert_eq!(plan_hash(&one) == plan_hash(&other), one == other);
    }
}

/// What an editor shows is what comes back.
#[test]
fn a_rendered_plan_is_read_back_without_loss() {
    let mut steps = vec![
        step(1, "Pipe `a | b` into \\ and | done when: nothing", &[]),
        step(2, "日本語 with 3.5 numbers: 1, 2", &[1]),
        step(3, "- not a bullet", &[1, 2]),
    ];
    steps[1].done_when = Some("it | works".to_owned());
    steps[2].tool = Some("search".to_owned());
    steps[2].for_each = Some(StepId::numbered(2));
    steps[2].input = Some("a | b".to_owned());
    steps[0].subplan = true;
    let again = name_drafts(parse(&render(&steps)).unwrap(), &[], Naming::Fresh);
    assert_eq!(again, steps);
}
