//! Quantities: read, brought to one unit, computed with.

use planwright::model::demo::EXAMPLES;

use super::talk::{Talk, descriptions, has};

#[test]
fn two_amounts_are_compared_exactly() {
    let (results, answer) = Talk::through(
        "Compare the GDP of France, 3.03 trillion dollars, with the GDP of Germany, 4.53 trillion dollars",
    );
    has(&results[0], "GDP of France: 3.03 trillion dollars");
    has(&results[1], "= 1.5 trillion dollars");
    has(&results[2], "= 1.49505 (rounded to 6 significant digits)");
    has(
        &answer,
        "GDP of Germany (4.53 trillion dollars) is larger than GDP of France (3.03 trillion dollars) by 1.5 trillion dollars",
    );
    has(&answer, "about 1.49505 times as much (about 49.505 % more)");
}

#[test]
fn amounts_are_brought_to_one_unit_first() {
    let (results, answer) = Talk::through("Which is longer: 5 km or 3 miles?");
    has(&results.join("\n"), "3 miles = 4.828032 km");
    has(&answer, "5 km is larger than 3 miles by 0.171968 km");
    let (_, answer) = Talk::through("Compare 1 GiB and 1,000 MB");
    has(&answer, "by about 0.0686774 GiB");
    let (_, answer) = Talk::through("compare 90 km/h to 30 m/s");
    has(
        &answer,
        "30 m/s is larger than 90 km/h by 18 km/h, 1.2 times as much (20 % more)",
    );
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (task, difference) in [
        ("Compare $1,200.50 and $1,000", "by 200.5 dollars"),
        ("Compare 1.200,50 € with 1.000,25 €", "by 200.25 euros"),
        ("Compare 3,5 kg and 2,25 kg", "by 1.25 kg"),
        ("Compare 12k and 11,500", "by 0.5 thousand"),
        (
            "Compare 2.5bn USD and 900 million USD",
            "by 1.6 billion dollars",
        ),
        ("Compare £5m with £4.2m", "by 0.8 million pounds"),
        ("Compare 25% and 20 percent", "by 5 percentage points"),
        ("Compare 1e3 g and 0.5 kg", "by 500 g"),
        ("Compare -5 and 7", "by 12"),
        (
            "In 2023 Alice sold 12 apples and Bob 7 apples, compare them",
            "by 5 apples",
        ),
    ] {
        let (_, answer) = Talk::through(task);
        has(&answer, difference);
    }
}

#[test]
fn labels_are_found_near_the_numbers() {
    for (task, labels) in [
        (
            "GDP of France is 3.03 trillion, Germany 4.53 trillion: compare",
            ["France", "Germany"],
        ),
        (
            "Compare the heights of Mount Everest, 8,849 m, and K2, 8,611 m",
            ["Mount Everest", "K2"],
        ),
        (
            "Is 384,400 km (Moon) larger than 12,742 km (Earth)?",
            ["Moon", "Earth"],
        ),
        (
            "Compare revenue: 5 million dollars for Acme Corp, 4 million dollars for Initech",
            ["Acme Corp", "Initech"],
        ),
    ] {
        let read = Talk::planned(task).execute().remove(0);
        for label in labels {
            has(&read, &format!("- {label}: "));
        }
    }
}

#[test]
fn what_is_part_of_a_word_or_a_date_is_no_amount() {
    let (results, _) = Talk::through(
        "Compare on 2024-05-01 at 12:30 the 4th GPT-4 run of s1 with 64-bit: 10 s and 4 s",
    );
    has(&results[0], "gives 2 quantities:\n- 64-bit: 10 s\n- 4 s");
}

#[test]
fn a_ratio_to_zero_fails_and_is_planned_anew() {
    let mut talk = Talk::planned(EXAMPLES[1]);
    let results = talk.execute();
    assert_eq!(
        results.last().unwrap(),
        "Step failed: the ratio to 0 m would divide by zero"
    );
    has(&results[1], "8,849 m - 8,611 m = 238 m");
    let decision = talk.decide();
    assert_eq!(decision["decision"], "replan");
    has(decision["reason"].as_str().unwrap(), "divide by zero");
    let steps = decision["steps"].as_array().unwrap().clone();
    has(&descriptions(&steps)[0], "leaving out the ratio to 0 m");
    talk.approve(&steps);
    let again = talk.execute();
    has(
        &again[0],
        "Mount Everest (8,849 m) is larger than K2 (8,611 m) by 238 m",
    );
    has(&again[1], "no number times zero");
    assert_eq!(talk.decide()["decision"], "respond");
    let answer = talk.answer();
    has(&answer, "by 238 m");
    has(
        &answer,
        "Not done:\n- Compute the ratio of each to 0 m: the ratio to 0 m would divide by zero",
    );
}

#[test]
fn a_failing_step_can_be_mended_by_a_person() {
    let talk = Talk::planned(EXAMPLES[1]);
    has(
        &talk.step("s4", "Compute the ratio of each to 2 km"),
        "(8,849 m) / (2,000 m) = 4.4245",
    );
}

#[test]
fn amounts_without_a_common_unit_are_compared_as_far_as_they_can_be() {
    let mut talk = Talk::planned("Compare 5 km, 10 kg and 3 miles");
    let results = talk.execute();
    has(
        results.last().unwrap(),
        "5 km is a length and 10 kg is a mass, so they have no common unit",
    );
    let decision = talk.decide();
    assert_eq!(decision["decision"], "replan");
    talk.approve(&decision["steps"].as_array().unwrap().clone());
    has(
        &talk.execute()[0],
        "5 km is larger than 3 miles by 0.171968 km",
    );
    assert_eq!(talk.decide()["decision"], "respond");

    let mut talk = Talk::planned("Compare 20 euros and 25 dollars");
    has(
        talk.execute().last().unwrap(),
        "an amount in EUR and 25 dollars is an amount in USD",
    );
}

#[test]
fn a_ratio_of_temperatures_is_refused() {
    let mut talk = Talk::planned("Compare 20 °C and 50 °F");
    let results = talk.execute();
    has(&results.join("\n"), "50 °F = 10 °C");
    has(&results.join("\n"), "20 °C - 10 °C = 10 °C");
    has(
        &results.join("\n"),
        "Step failed: zero degrees is no absence of temperature",
    );
    assert_eq!(talk.decide()["decision"], "replan");
}
