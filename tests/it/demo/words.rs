//! Texts, lists, all other tasks, and what a person says about a plan.

use planwright::domain::chat::Role;
use planwright::model::demo::EXAMPLES;

use super::talk::{Talk, descriptions, has};

#[test]
fn a_text_is_counted_ranked_and_summarised() {
    let (results, answer) = Talk::through(
        "Summarise this text: Rain fell on the river. The river rose, and the river broke its banks! Dr. Low saw 3.5 m of water. Who knew?",
    );
    has(&results[0], "23 words, 4 sentences and");
    has(&results[1], "river (3)");
    has(
        &results[2],
        "The river rose, and the river broke its banks!",
    );
    has(&answer, "23 words");
    let (results, _) = Talk::through("Count the characters of this text: “äöü 👩‍👩‍👧 is one two”");
    has(&results[0], "16 characters (12 without spaces)");
    assert_eq!(results.len(), 2);
}

#[test]
fn a_list_is_counted_sorted_and_searched_for_duplicates() {
    let (results, answer) =
        Talk::through("Sort this list and find duplicates: pear, Apple, fig, apple and plum.");
    has(&results[0], "5 items, 4 of them different");
    has(&results[1], "- Apple\n- apple\n- fig\n- pear\n- plum");
    has(&answer, "- Apple: 2 times");
    let (results, _) = Talk::through("Sort the list:\n- 10\n- 9\n- 1,000\n- -2");
    has(&results[1], "by size:\n- -2\n- 9\n- 10\n- 1,000");
    let (results, _) = Talk::through("sort pear, fig, apple");
    has(&results[1], "- apple\n- fig\n- pear");
}

#[test]
fn any_other_task_is_declined_in_plain_words() {
    let (results, answer) = Talk::through("Write a poem about the sea");
    has(
        &results[0],
        "cannot do this task: it needs a language model",
    );
    has(&results[1], "ollama pull llama3.2");
    has(&answer, "https://ollama.com");
    has(&answer, "cannot do this task");
    let (_, answer) = Talk::through("Compare the GDP of France and Germany");
    has(&answer, "does not give two amounts");
    let talk = Talk::planned("Write a poem");
    has(
        &talk.step("s9", "Find a rhyme for month"),
        "CANNOT: the demo is a script",
    );
}

#[test]
fn a_step_with_its_own_material_is_carried_out_on_it() {
    let talk = Talk::planned("Write a poem");
    has(
        &talk.step("s1", "Sort the list: pear, fig, apple"),
        "- apple\n- fig\n- pear",
    );
    has(
        &talk.step("s1", "Compute the difference of 8 kg and 5 kg"),
        "8 kg - 5 kg = 3 kg",
    );
    let talk = Talk::planned("Compare 8 kg and 5 kg");
    has(&talk.step("s1", "Subtract the smaller amount from the larger one; then Divide the larger amount by the smaller one"), "3 kg\n\n(8 kg) / (5 kg) = 1.6");
}

#[test]
fn feedback_is_followed_where_it_is_understood() {
    let talk = Talk::about("Compare 8 kg and 5 kg");
    let plan = descriptions(&talk.plan());
    assert_eq!(plan.len(), 4);
    let lines: Vec<String> = plan
        .iter()
        .map(|step| format!("- {step} | done when: x"))
        .collect();
    let rejected = lines.join("\n");
    assert_eq!(talk.plan_after(&rejected, "make it shorter"), plan[2..]);
    assert_eq!(
        talk.plan_after(&rejected, "without the subtraction, please")
            .len(),
        3
    );
    assert_eq!(talk.plan_after(&rejected, "drop the reading"), plan[1..]);
    assert_eq!(
        talk.plan_after(
            "1. Read the 2 quantities in the task",
            "add: count the words in: one two three four five"
        ),
        [
            "Read the 2 quantities in the task",
            "Count the words in: one two three four five"
        ]
    );
    let last = talk.plan_after(&rejected, "be more poetic").pop().unwrap();
    assert_eq!(last, "Say that a script cannot follow: be more poetic");
    has(
        &talk.step("s5", &last),
        "cannot follow free instructions (be more poetic)",
    );
}

#[test]
fn the_answer_holds_only_what_was_done() {
    let mut talk = Talk::planned("Compare 8 kg and 5 kg");
    let answer = talk.ask(
        Role::Finalizer,
        "answer\nWork stopped before its end, because the time is spent. Not done: x. Answer with what is known.",
    );
    has(&answer, "State the comparison in words: not begun");
    has(&answer, "Work stopped early: the time is spent.");
    assert!(!answer.contains("3 kg"), "{answer}");
    talk.execute();
    has(&talk.answer(), "by 3 kg");
}

#[test]
fn a_last_decision_never_asks_for_more() {
    let mut talk = Talk::planned(EXAMPLES[1]);
    talk.execute();
    let reply = talk.ask(
        Role::Replanner,
        "decide\nThis was the last plan that could run: no further steps are possible.",
    );
    has(&reply, "\"decision\":\"respond\"");
}
