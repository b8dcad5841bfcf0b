//! The tools of a run, as every role is told of them.

use super::fill;
use crate::domain::chat::ToolSpec;
use crate::domain::context::estimate;
use crate::domain::tool_args::signature;

const TOOLS: &str = include_str!("../../../assets/prompts/tools.md");

/// Tokens of the list, however large the context.
const MOST: u32 = 600;

/// The part of the context that the list may take, in percent.
const PERCENT: u32 = 8;

/// The list of tools behind the standing rules, for a context of `num_ctx` tokens; empty where there are none. Where it
/// would be too long, descriptions go first, then arguments, then names.
pub fn tools<'a>(specs: impl Iterator<Item = &'a ToolSpec>, num_ctx: u32) -> String {
    let specs: Vec<&ToolSpec> = specs.collect();
    if specs.is_empty() {
        return String::new();
    }
    let most = (num_ctx / 100 * PERCENT).min(MOST);
    let first = |text: &str| {
        text.split(". ")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let arguments = |spec: &ToolSpec| signature(&spec.parameters);
    let full = |spec: &&ToolSpec| {
        format!(
            "- {}({}): {}",
            spec.name,
            arguments(spec),
            first(&spec.description)
        )
    };
    let short = |spec: &&ToolSpec| format!("- {}({})", spec.name, arguments(spec));
    let name = |spec: &&ToolSpec| format!("- {}", spec.name);
    let joined =
        |line: &dyn Fn(&&ToolSpec) -> String| specs.iter().map(line).collect::<Vec<_>>().join("\n");
    let ways: [&dyn Fn(&&ToolSpec) -> String; 3] = [&full, &short, &name];
    let list = ways
        .iter()
        .map(|line| joined(*line))
        .find(|list| estimate(list) <= most);
    let list = list.unwrap_or_else(|| {
        let mut left = most;
        let shown = specs.iter().map(name).take_while(|line| {
            let cost = estimate(line) + 1;
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        });
        let mut shown: Vec<String> = shown.collect();
        let rest = specs.len() - shown.len();
        shown.push(format!("[… {rest} more tools left out here …]"));
        shown.join("\n")
    });
    format!("\n{}", fill(TOOLS, &[("tools", &list)]).trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::tools;
    use crate::domain::chat::{Effect, ToolSpec};
    use crate::domain::context::estimate;

    fn specs(count: usize) -> Vec<ToolSpec> {
        let spec = |n: usize| ToolSpec {
            name: format!("tool_{n}"),
            description: "Does something useful. At length.".to_owned(),
            parameters: json!({"type": "object", "properties": {"path": {"type": "string"}, "lines": {}}, "required": ["path"]}),
            effect: Effect::ReadOnly,
        };
        (0..count).map(spec).collect()
    }

    #[test]
    fn the_list_gives_up_words_before_names() {
        assert_eq!(tools([].iter(), 8192), "");
        let list = |count| tools(specs(count).iter(), 8192);
        assert!(list(2).contains("- tool_0(path, lines?): Does something useful\n- tool_1"));
        assert!(!list(2).contains("At length"));
        assert!(list(40).contains("- tool_39(path, lines?)") && !list(40).contains("useful"));
        assert!(list(10_000).contains("more tools left out here"));
        assert!(estimate(&list(10_000)) < 800);
    }
}
