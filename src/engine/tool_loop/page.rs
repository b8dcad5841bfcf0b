//! Outputs that are longer than a model is shown at once: the whole is kept, the model turns the pages.

use serde_json::{Value, json};

use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::context::estimate;
use crate::domain::state::PlanExecuteState;
use crate::engine::talk::Round;

/// The name of the tool that shows more of an output.
pub(super) const NAME: &str = "more_output";

/// Tokens of one page.
const PAGE: u32 = 1_200;

const MARK: &str = "[… more follows: use more_output with call ";

/// What a model is told of that tool.
pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: NAME.to_owned(),
        description: "Shows the next part of a long tool output.".to_owned(),
        parameters: json!({
            "type": "object",
            "properties": {
                "call": { "type": "string", "description": "The call, such as \"t3\"" },
                "from": { "type": "integer", "description": "The character to begin at" },
            },
            "required": ["call", "from"],
        }),
        effect: Effect::ReadOnly,
    }
}

/// The page of an output that begins at this character.
pub(super) fn page(call: &str, output: &str, from: usize) -> String {
    let total = output.chars().count();
    let rest: String = output.chars().skip(from).collect();
    if estimate(&rest) <= PAGE {
        return rest;
    }
    let mut end = 0;
    let mut step = rest.chars().count() / 2;
    // The longest beginning that fits, to within a few characters.
    while step > 8 {
        let longer: String = rest.chars().take(end + step).collect();
        if estimate(&longer) <= PAGE {
            end += step;
        }
        step /= 2;
    }
    let shown: String = rest.chars().take(end).collect();
    // Rather a whole line where one ends near by.
    let at_line = shown.rfind('\n').filter(|at| at * 10 >= shown.len() * 8);
    let shown = at_line.map_or(shown.as_str(), |at| &shown[..=at]);
    let next = from + shown.chars().count();
    format!("{shown}\n{MARK}\"{call}\" and from {next}; it has {total} characters in all]")
}

/// Whether some output is not shown to its end.
pub(super) fn is_cut(rounds: &[Round]) -> bool {
    let mut calls = rounds.iter().flat_map(|round| &round.calls);
    calls.any(|called| called.output.contains(MARK))
}

/// What a call of that tool brings: another page, as it is kept in the log.
pub(super) fn more(state: &PlanExecuteState, arguments: &Value) -> Result<String, String> {
    let call = arguments["call"].as_str().unwrap_or_default();
    let from = arguments["from"].as_u64().unwrap_or(0);
    let used = state.tool_uses.iter().find(|used| used.call == call);
    let Some(returned) = used.and_then(|used| used.returned.as_ref()) else {
        return Err("there is no such call with an output; calls are named t1, t2, …".to_owned());
    };
    if returned.shelved {
        return Err(format!(
            "the step of call {call} is over, and its output is no longer at hand; use the tool again"
        ));
    }
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    if from >= returned.output.chars().count() {
        return Err("there is nothing more: the output ends before that".to_owned());
    }
    Ok(page(call, &returned.output, from))
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let lines: Vec<String> = (0..5_000).map(|n| format!("line {n}\n")).collect();
        let text = lines.concat();
        let (mut from, mut read, mut pages) = (0, String::new(), 0);
        loop {
            let shown = page("t1", &text, from);
            pages += 1;
            let Some((piece, mark)) = shown.split_once("\n[… more follows") else {
                read.push_str(&shown);
                break;
            };
            read.push_str(piece);
            let number = mark
                .split("and from ")
                .nth(1)
                .expect("it says where to go on");
            let next: usize = number
                .split(';')
                .next()
                .and_then(|n| n.parse().ok())
                .expect("a number");
            assert!(next > from);
            from = next;
        }
        assert_eq!(read, text);
        assert!(pages > 5);
        assert_eq!(page("t1", "short", 0), "short");
    }
}
