//! What a plan is expected to cost, and what it did cost, in words.

use super::format::{duration, plural, thousands};
use crate::domain::estimate::Comparison;
use crate::domain::event::{Estimate, RoleModels};
use crate::domain::sanitize::line;

/// What is expected: `7 calls, about 9,000 tokens, about 40 s`, or whose speed is not known yet.
pub(super) fn expected(estimate: &Estimate, models: &RoleModels) -> String {
    let Estimate {
        model_calls,
        prompt_tokens,
        output_tokens,
        tool_calls,
        ..
    } = *estimate;
    let tokens = rounded(prompt_tokens.saturating_add(output_tokens));
    let time = match (estimate.duration_ms, models.names().as_slice()) {
        (Some(ms), _) => format!("about {}", duration(rounded(ms)).replace(".0 s", " s")),
        (None, [only]) => format!("speed of {} not known yet", line(only)),
        (None, _) => "speed of its models not known yet".to_owned(),
    };
    format!(
        "{}, about {} tokens, {time}",
        calls(model_calls, tool_calls),
        thousands(tokens)
    )
}

/// What it took, beside what was expected.
pub(super) fn compared(comparison: &Comparison, models: &RoleModels) -> String {
    let took = comparison.took;
    format!(
        "took {}, {} tokens, {}; expected {}",
        calls(took.model_calls, took.tool_calls),
        thousands(took.prompt_tokens.saturating_add(took.output_tokens)),
        duration(took.duration_ms),
        expected(&comparison.expected, models)
    )
}

fn calls(of_models: u64, of_tools: u64) -> String {
    let calls = plural(of_models, "call");
    match of_tools {
        0 => calls,
        n => format!("{calls}, {}", plural(n, "use")) + " of tools",
    }
}

/// To two digits that count: an estimate knows no more.
fn rounded(n: u64) -> u64 {
    let unit = 10_u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(1));
    n.saturating_add(unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::{compared, expected, rounded};
    use crate::domain::estimate::Comparison;
    use crate::domain::event::{Estimate, RoleModels, Totals};

    #[test]
    fn an_estimate_says_no_more_than_it_knows() {
        assert_eq!([0, 7, 94, 951, 8_949].map(rounded), [0, 7, 94, 950, 8_900]);
        let expects = Estimate {
            model_calls: 7,
            prompt_tokens: 8_312,
            output_tokens: 655,
            duration_ms: Some(40_129),
            measured_calls: 12,
            tool_calls: 0,
        };
        let one = RoleModels::all("qwen3:4b");
        let said = expected(&expects, &one);
        assert_eq!(said, "7 calls, about 9,000 tokens, about 40 s");
        let unknown = Estimate {
            duration_ms: None,
            ..expects
        };
        assert!(expected(&unknown, &one).ends_with("speed of qwen3:4b not known yet"));
        let tools = Estimate {
            tool_calls: 2,
            ..expects
        };
        assert!(expected(&tools, &one).starts_with("7 calls, 2 uses of tools, about"));
        let took = Totals {
            model_calls: 1,
            tool_calls: 1,
            prompt_tokens: 1_000_000,
            duration_ms: 37_000,
            ..Totals::default()
        };
        let comparison = Comparison {
            expected: expects,
            took,
        };
        assert_eq!(
            compared(&comparison, &one),
            "took 1 call, 1 use of tools, 1,000,000 tokens, 37.0 s; expected 7 calls, about 9,000 tokens, about 40 s"
        );
    }
}
