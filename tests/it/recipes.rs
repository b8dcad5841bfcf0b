//! Templates and recipes as the library sees them: laws that hold for every text.

use std::path::Path;

use planwright::config::recipes::{parse, render};
use planwright::domain::plan::DraftStep;
use planwright::domain::recipe::{Param, ParamKind, Recipe};
use planwright::domain::template::{TemplateError, escape, fill, generalize, places};
use proptest::prelude::*;

fn filled(template: &str, values: &[(String, String)]) -> Result<String, TemplateError> {
    let mut room = 1 << 20;
    let value = |name: &str| {
        let found = values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    fill(template, value, &mut room)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_place_is_two_braces_and_a_name_and_nothing_else() {
    let values = [pair("a", "1"), pair("b", "{{a}}")];
    for (template, wanted) in [
        ("{{a}}", "1"),
        ("{{a}}{{a}} {{b}}", "11 {{a}}"),
        ("{ {a} } }} {", "{ {a} } }} {"),
        ("{{{{a}}", "{{a}}"),
        ("{{{a}}}", "{1}"),
        ("{{{{{{a}}", "{{1"),
        (r#"{"n":{{a}}}"#, r#"{"n":1}"#),
    ] {
        assert_eq!(filled(template, &values).unwrap(), wanted, "{template}");
    }
    for template in [
        "{{ a }}", "{{a", "{{}}", "{{a b}}", "{{1}}", "{{a+1}}", "{{a.b}}",
    ] {
        let error = filled(template, &values).unwrap_err();
        assert!(
            matches!(error, TemplateError::Malformed(_)),
            "{template}: {error}"
        );
        assert!(error.to_string().contains("{{name}}"), "{error}");
    }
    let unknown = filled("{{c}}", &values).unwrap_err();
    assert_eq!(unknown, TemplateError::Unknown("c".to_owned()));
    assert!(unknown.to_string().contains("`{{c}}`"), "{unknown}");
    assert_eq!(places("{{a}} {{{{x}} {{b}}{{a}}").unwrap(), ["a", "b", "a"]);
}

#[test]
fn the_recipe_of_the_readme_can_be_run() {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```toml\n").skip(1);
    let mut recipes = blocks.filter_map(|block| block.split("```").next());
    let text = recipes
        .find(|block| block.contains("[[steps]]"))
        .expect("there is one");
    let recipe = parse(Path::new("README.md"), text).expect("it is one");
    let given = [pair("city_a", "Bern"), pair("count", "4")];
    let filled = recipe.fill(&given).expect("these values fit");
    assert_eq!(
        filled.task,
        "Compare the climate of Bern and Oslo in 4 points"
    );
    assert_eq!(
        filled.steps[0].done_when.as_deref(),
        Some("there are 4 for each")
    );
}

#[test]
fn what_the_engine_puts_in_is_left_to_it_and_to_the_author() {
    let text = r#"
        task = "{{what}}"
        [params.what]
        [[steps]]
        description = "List"
        [[steps]]
        description = "Weigh {{item}} for {{what}}"
        input = "Weigh {{item}} by #E1, {{what}}"
        for_each = 1
    "#;
    let recipe = parse(Path::new("r.toml"), text).unwrap();
    let steps = recipe.fill(&[pair("what", "#Every {item}")]).unwrap().steps;
    assert_eq!(steps[1].description, "Weigh {{item}} for #Every {item}");
    assert_eq!(
        steps[1].input.as_deref(),
        Some("Weigh {{item}} by #E1, #Every {item}")
    );
    for value in ["{{item}}", "#E1", "all #E22"] {
        let problem = recipe.fill(&[pair("what", value)]).unwrap_err();
        assert!(
            problem.text.contains("more than itself in step 2"),
            "{value}: {problem}"
        );
    }
    let joined = parse(Path::new("r.toml"), &text.replace("#E1, ", "#E1")).unwrap();
    assert!(
        joined.fill(&[pair("what", "0")]).is_err(),
        "`#E1` does not become `#E10`"
    );
    let outside = parse(Path::new("r.toml"), &text.replace("for_each = 1", ""));
    assert!(
        outside
            .unwrap_err()
            .text
            .contains("`{{item}}` stands for nothing")
    );
    let named = parse(Path::new("r.toml"), &text.replace("what", "item"));
    assert!(named.unwrap_err().text.contains("cannot be the name"));
}

#[test]
fn values_that_would_fill_the_memory_are_refused() {
    let template = "{{a}}".repeat(2_000);
    let error = filled(&template, &[pair("a", &"x".repeat(1_000))]).unwrap_err();
    assert_eq!(error, TemplateError::TooLong);
}

#[test]
fn only_whole_words_become_places_and_the_longest_value_counts() {
    let values = [
        pair("n", "5"),
        pair("city", "Oslo"),
        pair("port", "Oslo harbour"),
    ];
    let (template, found) =
        generalize("5 of 15 in Oslo harbour, Oslo, Oslofjord, 2025: 5", &values);
    assert_eq!(
        template,
        "{{n}} of 15 in {{port}}, {{city}}, Oslofjord, 2025: {{n}}"
    );
    assert_eq!(found, [true, true, true]);
    assert_eq!(generalize("none", &values).1, [false, false, false]);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[{}ab \n]{0,24}", "\\PC{0,24}"]
}

proptest! {
    #[test]
    fn an_escaped_text_is_itself(text in text()) {
        prop_assert_eq!(filled(&escape(&text), &[]).unwrap(), text);
    }

    #[test]
    fn what_is_made_general_becomes_the_same_again(text in text(), a in text(), b in text()) {
        let values = [pair("a", &a), pair("b", &b)];
        let (template, _) = generalize(&text, &values);
        prop_assert_eq!(filled(&template, &values).unwrap(), text);
    }

    #[test]
    fn a_value_is_put_in_as_it_is(before in text(), value in text(), after in "[^}]{0,8}") {
        let template = format!("{}{{{{v}}}}{}", escape(&before), escape(&after));
        let values = [pair("v", &value), pair("a", "wrong"), pair("b", "wrong")];
        prop_assert_eq!(filled(&template, &values).unwrap(), format!("{before}{value}{after}"));
    }

    #[test]
    fn nothing_makes_the_reader_panic(text in ".{0,200}") {
        let _ = places(&text);
        let _ = parse(Path::new("r.toml"), &text);
    }

    #[test]
    fn a_recipe_is_read_as_it_was_written(
        texts in prop::collection::vec("[a-z{}\"'\\\\ \n#\u{e4}]{1,30}", 4),
        whole in any::<i64>(),
        number in -1e9..1e9_f64,
    ) {
        let said = |index: usize| format!("Do {} now", escape(&texts[index]));
        let param = |name: &str, kind, default: Option<String>| Param {
            name: name.to_owned(),
            kind,
            description: Some(texts[3].clone()),
            default,
        };
        let recipe = Recipe {
            name: "weekly".to_owned(),
            description: Some(texts[3].clone()),
            task: "{{a}} {{b}} {{c}} {{d}} {{e}} {{f}}".to_owned(),
            params: vec![
                param("a", ParamKind::Text, Some(texts[0].clone())),
                param("b", ParamKind::Integer { min: Some(whole), max: None }, Some(whole.to_string())),
                param("c", ParamKind::Number { min: None, max: Some(number) }, Some(number.to_string())),
                param("d", ParamKind::Choice(texts.clone()), Some(texts[1].clone())),
                param("e", ParamKind::Boolean, Some("true".to_owned())),
                param("f", ParamKind::Path, None),
            ],
            steps: vec![
                DraftStep {
                    label: Some("one".to_owned()),
                    done_when: Some(said(1)),
                    input: Some(said(2)),
                    tool: Some("calc".to_owned()),
                    ..DraftStep::new(said(0))
                },
                DraftStep {
                    depends_on: vec!["one".to_owned()],
                    for_each: Some("one".to_owned()),
                    subplan: true,
                    ..DraftStep::new("Then {{a}}")
                },
            ],
            tools: Some(vec!["calc".to_owned()]),
            mode: None,
        };
        let written = render(&recipe).unwrap();
        let read = parse(Path::new("weekly.toml"), &written);
        prop_assert_eq!(read.map_err(|error| format!("{error}\n{written}")), Ok(recipe));
    }
}
