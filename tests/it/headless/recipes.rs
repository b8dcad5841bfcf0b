//! `recipes` and `run --recipe`: plans with places for values.

use serde_json::{Value, json};

use super::{happy, newest_run, program_on, types};
use crate::program::{Program, Ran};
use crate::support::{FakeOllama, Kind, Script};

const WEEKLY: &str = r#"
name = "weekly"
description = "Two cities side by side"
task = "Compare {{city_a}} and {{city_b}}"

[params.city_a]
type = "text"
description = "the first city"

[params.city_b]
default = "Oslo"

[params.count]
type = "integer"
min = 1
max = 5
default = 3

[params.form]
type = "choice"
choices = ["table", "list"]
default = "table"

[[steps]]
id = "facts"
description = "Collect {{count}} facts about {{city_a}} and {{city_b}}"
done_when = "there are {{count}} facts"

[[steps]]
id = "compare"
description = "Compare them in a {{form}}"
depends_on = ["facts"]
"#;

fn recipe(program: &Program, name: &str, content: &str) {
    std::fs::create_dir_all(program.home().join("recipes")).unwrap();
    program.file(&format!("recipes/{name}.toml"), content);
}

fn ready() -> (FakeOllama, Program) {
    let server = FakeOllama::start(Script::happy(&["Collect", "Compare"]));
    let program = program_on(&server);
    recipe(&program, "weekly", WEEKLY);
    (server, program)
}

fn of_type<'a>(records: &'a [Value], name: &str) -> &'a Value {
    let found = records.iter().find(|record| record["type"] == name);
    found.expect("there is such a record")
}

#[track_caller]
fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.stderr.contains(word), "no `{word}` in {}", ran.stderr);
    }
}

#[test]
fn a_recipe_runs_without_a_planner() {
    let (server, program) = ready();
    let run = [
        "run",
        "--yes",
        "--json",
        "--recipe",
        "weekly",
        "city_a=Bern {{count}}",
        "count=2",
    ];
    let records = program.run(&run).exits(0).json_lines();
    let started = &records[0];
    assert_eq!(
        started["task"], "Compare Bern {{count}} and Oslo",
        "values are data"
    );
    let values =
        json!({"city_a": "Bern {{count}}", "city_b": "Oslo", "count": "2", "form": "table"});
    assert_eq!(
        started["recipe"],
        json!({"name": "weekly", "values": values})
    );
    let proposed = of_type(&records, "plan_proposed");
    assert_eq!(proposed["source"], "file");
    assert_eq!(proposed["steps"][0]["id"], "facts");
    assert_eq!(proposed["steps"][0]["done_when"], "there are 2 facts");
    let first = "Collect 2 facts about Bern {{count}} and Oslo";
    assert_eq!(proposed["steps"][0]["description"], first);
    assert_eq!(proposed["steps"][1]["depends_on"], json!(["facts"]));
    assert_eq!(types(&records).last(), Some(&"run_finished"));
    assert!(
        !server.kinds().contains(&Kind::Planner),
        "{:?}",
        server.kinds()
    );
    let shown = program
        .run(&["runs", "show", &newest_run(&program)])
        .exits(0)
        .stdout;
    assert!(shown.contains("recipe   weekly city_a=Bern"), "{shown}");
}

#[test]
fn a_recipe_is_asked_about_as_any_plan_and_may_stand_anywhere() {
    let (server, program) = ready();
    program.file("mine.toml", WEEKLY.replace("weekly", "another"));
    let waits = program
        .run(&["run", "--recipe", "./mine.toml", "city_a=Bern"])
        .exits(3);
    says(
        &waits,
        &["Collect 3 facts about Bern and Oslo", "waits for approval"],
    );
    assert_eq!(server.chat_requests().len(), 0);
    program.run(&["resume", "--yes"]).exits(0);
    // A setting that carries no plan out does not keep a recipe from being one.
    let program = program.with("PLANWRIGHT_MODE", "direct");
    let ran = program.run(&[
        "run",
        "--yes",
        "--json",
        "--recipe",
        "weekly",
        "city_a=Rome",
    ]);
    assert_eq!(ran.exits(0).json_lines()[0]["mode"], "plan-execute");
    let refused = [
        "run",
        "--recipe",
        "weekly",
        "city_a=Rome",
        "--mode",
        "direct",
    ];
    says(
        &program.run(&refused).exits(2),
        &["takes no plan", "hint: "],
    );
}

#[test]
fn values_that_do_not_fit_are_refused_before_anything_runs() {
    let (server, program) = ready();
    let cases: [(&[&str], &str, &str); 10] = [
        (&[], "lacks a value for `city_a`", "city_a=(a text)"),
        (
            &["city_a=Bern", "count=six"],
            "must be a whole number from 1 to 5, not `six`",
            "hint: ",
        ),
        (&["city_a=Bern", "count=9"], "not `9`", "from 1 to 5"),
        (&["city_a=Bern", "form=poem"], "not `poem`", "table, list"),
        (
            &["city_a=Bern", "city_c=Rome"],
            "`city_c` is no parameter",
            "city_a, city_b",
        ),
        (&["city_a=Bern", "city_a=Rome"], "given twice", "once"),
        (
            &["city_a=\u{1b}[31mBern"],
            "without control characters",
            "\\x1b",
        ),
        (
            &["Compare these"],
            "is not NAME=VALUE",
            "brings its own task",
        ),
        (
            &["city_a=Bern", "Compare these"],
            "is not NAME=VALUE",
            "brings its own task",
        ),
        (
            &["city_a=Bern", "--plan", "x.md"],
            "cannot be used with",
            "--recipe",
        ),
    ];
    for (values, error, remedy) in cases {
        let arguments = [&["run", "--yes", "--recipe", "weekly"], values].concat();
        let ran = program.run(&arguments).exits(2);
        says(&ran, &[error, remedy]);
        assert!(!ran.stderr.contains('\u{1b}'));
    }
    says(
        &program.run(&["run", "--recipe", "nowhere"]).exits(2),
        &["nowhere.toml", "recipes list"],
    );
    says(
        &program.run(&["run", "--recipe", "no way"]).exits(2),
        &["cannot be the name"],
    );
    assert_eq!(server.chat_requests().len(), 0);
    assert_eq!(
        program.run(&["runs", "list", "--json"]).exits(0).json(),
        json!([])
    );
}

#[expect(clippy::too_many_lines, reason = "one table: every mistake")]
#[test]
fn a_file_that_is_no_recipe_says_where_and_what_to_do() {
    let program = Program::new();
    let step = "[[steps]]\ndescription = \"Go\"\n";
    let task = "task = \"Go\"\n";
    let cases: [(String, &str, &str); 22] = [
        ("task = \n".to_owned(), "r.toml:1", "TOML"),
        (step.to_owned(), "the task is empty", "task = "),
        (task.to_owned(), "no steps", "[[steps]]"),
        (
            format!("{task}taks = 1\n{step}"),
            "r.toml:2: there is no key `taks`",
            "`task`",
        ),
        (
            format!("{task}{step}tol = \"x\"\n"),
            "r.toml:4: there is no key `tol`",
            "`tool`",
        ),
        (
            format!("task = 5\n{step}"),
            "r.toml:1: `task` must not be of type integer",
            "quotes",
        ),
        (
            format!("{task}[[steps]]\ndescription = \"{{{{who}}}}\"\n"),
            "r.toml:3: `{{who}}` stands for nothing",
            "[params.who]",
        ),
        (
            format!("task = \"{{{{ who }}}}\"\n{step}"),
            "r.toml:1: `{{ who }}` is no place",
            "without spaces",
        ),
        (
            format!("{task}[params.who]\n{step}"),
            "r.toml:2: the parameter `who` is used nowhere",
            "{{who}}",
        ),
        (
            format!("{task}[params.a-b]\n{step}"),
            "r.toml:2: `a-b` cannot be the name",
            "letter",
        ),
        (
            format!("task = \"{{{{n}}}}\"\n[params.n]\ntype = \"int\"\n{step}"),
            "r.toml:3: `type` cannot be `int`",
            "integer",
        ),
        (
            format!(
                "task = \"{{{{n}}}}\"\n[params.n]\ntype = \"integer\"\ndefault = \"x\"\n{step}"
            ),
            "r.toml:4: `n` must be a whole number",
            "whole number",
        ),
        (
            format!("task = \"{{{{n}}}}\"\n[params.n]\nmin = 1\n{step}"),
            "r.toml:3: `min` means nothing",
            "number and integer",
        ),
        (
            format!("task = \"{{{{n}}}}\"\n[params.n]\ntype = \"choice\"\n{step}"),
            "r.toml:2: there is nothing to choose from",
            "choices",
        ),
        (
            format!("{task}{step}id = \"a\"\n{step}id = \"a\"\n"),
            "r.toml:5: step 2 has the name `a`",
            "name of its own",
        ),
        (
            format!(
                "{task}{step}id = \"a\"\ndepends_on = [\"b\"]\n{step}id = \"b\"\ndepends_on = [\"a\"]\n"
            ),
            "a cycle",
            "steps before it",
        ),
        (
            format!("{task}{step}depends_on = [\"zzz2\"]\n"),
            "r.toml:4: step 1 names `zzz2`, which is no step",
            "position",
        ),
        (
            format!("{task}tools = [\"calc\"]\n{step}tool = \"shell\"\n"),
            "r.toml:5: step 1 uses `shell`",
            "calc",
        ),
        (
            format!("{task}{step}tool = \"{{{{t}}}}\"\n"),
            "r.toml:4: `tool` cannot hold a place",
            "done_when",
        ),
        (
            format!("{task}mode = \"direct\"\n{step}"),
            "r.toml:2: `mode` cannot be `direct`",
            "rewoo",
        ),
        (
            format!("{task}[[steps]]\ndescription = \"Ring \\u0007\"\n"),
            "r.toml:3: there is a control character in it: `\\x07`",
            "leave it out",
        ),
        (
            format!("{task}{step}#{}", "x".repeat(256 * 1024)),
            "longer than 256 KiB",
            "short",
        ),
    ];
    for (content, error, remedy) in cases {
        program.file("r.toml", &content);
        let ran = program.run(&["recipes", "check", "r.toml"]).exits(2);
        says(&ran, &["r.toml", error, "hint: ", remedy]);
        let ran = program
            .run(&["run", "--model", "demo", "--recipe", "r.toml"])
            .exits(2);
        says(&ran, &[error]);
    }
    program.file("r.toml", b"task = \"a\"\n\xff");
    says(
        &program.run(&["recipes", "check", "r.toml"]).exits(2),
        &["r.toml:2", "UTF-8"],
    );
    program.file("r.toml", format!("\u{feff}{task}{step}"));
    let fine = program.run(&["recipes", "check", "r.toml"]).exits(0);
    assert_eq!(fine.stdout, "`r` is a recipe: 1 step, 0 parameters\n");
}

#[test]
fn the_plan_of_a_run_becomes_a_recipe_that_runs() {
    let (server, program) = happy();
    program.file("plan.md", "1. Find the population of Oslo | done when: contains Oslo\n2. Write {{{{ 3 lines about Oslo, not Oslofjord | after: 1\n");
    let run = ["run", "--yes", "--plan", "plan.md", "What of Oslo in 2025?"];
    program.run(&run).exits(0);
    let run = newest_run(&program);
    let save = [
        "recipes",
        "save",
        &run[..8],
        "town",
        "--param",
        "town=Oslo",
        "--param",
        "year=2025",
    ];
    let saved = program.run(&save).exits(0);
    assert!(
        saved.stdout.trim().ends_with("recipes/town.toml"),
        "{}",
        saved.stdout
    );
    says(&saved, &["planwright run --recipe town town=… year=…"]);
    says(
        &program.run(&save).exits(2),
        &["is there already", "another name"],
    );
    let asked = server.chat_requests().len();
    let again = [
        "run",
        "--yes",
        "--json",
        "--recipe",
        "town",
        "town=Bern",
        "year=1999",
    ];
    let records = program.run(&again).exits(0).json_lines();
    assert_eq!(records[0]["task"], "What of Bern in 1999?");
    let steps = &of_type(&records, "plan_proposed")["steps"];
    assert_eq!(steps[0]["description"], "Find the population of Bern");
    assert_eq!(steps[0]["done_when"], "contains Bern");
    assert_eq!(
        steps[1]["description"],
        "Write {{{{ 3 lines about Bern, not Oslofjord"
    );
    assert_eq!(steps[1]["depends_on"], json!([steps[0]["id"]]));
    assert!(!server.kinds()[asked..].contains(&Kind::Planner));
    let wrong: [(&[&str], &str); 5] = [
        (&["abcdef", "x"], "there is no run"),
        (
            &[&run, "x", "--param", "town=Paris"],
            "`Paris` stands nowhere",
        ),
        (
            &[&run, "x", "--param", "a-b=Oslo"],
            "cannot be the name of a parameter",
        ),
        (&[&run, "../x"], "cannot be the name of a recipe"),
        (
            &[&run, "x", "--param", "a=Oslo", "--param", "a=2025"],
            "given twice",
        ),
    ];
    for (arguments, word) in wrong {
        let arguments = [&["recipes", "save"], arguments].concat();
        says(&program.run(&arguments).exits(2), &[word, "hint: "]);
    }
    assert!(!program.home().join("recipes/x.toml").exists());
}

#[test]
fn recipes_are_listed_and_shown() {
    let (_server, program) = ready();
    recipe(&program, "broken", "task = 1\n");
    let listed = program.run(&["recipes", "list"]).exits(0);
    says(&listed, &["broken.toml:1"]);
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", listed.stdout);
    assert!(lines[1].starts_with("weekly") && lines[1].ends_with("Two cities side by side"));
    let json = program.run(&["recipes", "list", "--json"]).exits(0).json();
    assert_eq!(json[0]["name"], "weekly");
    assert_eq!(json[0]["params"][2]["type"], "integer");
    let shown = program.run(&["recipes", "show", "weekly"]).exits(0).stdout;
    for word in [
        "Compare {{city_a}} and {{city_b}}",
        "city_a (a text): the first city",
        "count (a whole number from 1 to 5) [default: 3]",
        "2. Compare them in a {{form}}",
        "after facts",
        "`planwright run --recipe weekly city_a=…` runs it",
    ] {
        assert!(shown.contains(word), "no `{word}` in\n{shown}");
    }
    let shown = program
        .run(&["recipes", "show", "weekly", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["steps"][0]["id"], "facts");
    let empty = Program::new();
    says(
        &empty.run(&["recipes", "list"]).exits(0),
        &["there are no recipes"],
    );
    assert_eq!(
        empty.run(&["recipes", "list", "--json"]).exits(0).json(),
        json!([])
    );
}
