//! What fits into a model's context: a conservative estimate of tokens, and fair cuts.

use super::chat::{Message, ToolSpec};

/// The share of the context that prompt and reserved reply may fill, in percent. The rest covers what the estimate misses.
pub const MAX_FILL_PERCENT: u32 = 90;

/// Tokens that a chat template adds to one tool.
const PER_TOOL: u32 = 16;

/// Tokens that a chat template adds to one message.
const PER_MESSAGE: u32 = 6;

/// About how many tokens a text has; rather too many than too few.
///
/// Letters and spaces count 2/7 of a token each (3.5 characters a token), other ASCII one half, everything else a third
/// of a token per byte of UTF-8, which makes a CJK character one token.
pub fn estimate(text: &str) -> u32 {
    let weight: u64 = text.chars().map(weight).sum();
    u32::try_from(weight.div_ceil(WHOLE)).unwrap_or(u32::MAX)
}

/// The weight of one token in the unit of [`weight`].
const WHOLE: u64 = 42;

fn weight(c: char) -> u64 {
    match c {
        'a'..='z' | 'A'..='Z' | ' ' => 12,
        c if c.is_ascii() => 21,
        c => 14 * c.len_utf8() as u64,
    }
}

/// About how many tokens a chat has.
pub fn estimate_chat(messages: &[Message]) -> u32 {
    messages
        .iter()
        .map(|message| {
            let calls = message.tool_calls.iter();
            let calls = calls.map(|call| {
                estimate(&call.arguments.to_string()).saturating_add(estimate(&call.name))
            });
            calls
                .fold(estimate(&message.content), u32::saturating_add)
                .saturating_add(PER_MESSAGE)
        })
        .fold(0, u32::saturating_add)
}

/// About how many tokens a chat template makes of what a model is told of tools.
pub fn estimate_tools(tools: &[ToolSpec]) -> u32 {
    tools
        .iter()
        .map(|tool| {
            let schema = estimate(&tool.parameters.to_string());
            schema
                .saturating_add(estimate(&tool.name))
                .saturating_add(estimate(&tool.description))
                .saturating_add(PER_TOOL)
        })
        .fold(0, u32::saturating_add)
}

/// Shares `budget` among parts that want `wanted`: small parts get all they want, the larger ones the same each.
pub fn share(wanted: &[u32], budget: u32) -> Vec<u32> {
    let mut granted = vec![0; wanted.len()];
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut left = budget;
    for (served, &index) in order.iter().enumerate() {
        let fair = left / u32::try_from(wanted.len() - served).unwrap_or(u32::MAX);
        granted[index] = wanted[index].min(fair);
        left -= granted[index];
    }
    granted
}

/// The text, or its beginning and end with a mark between them that says how much is missing, in about `tokens` tokens.
///
/// Two thirds of what is kept come from the beginning.
pub fn clip(text: &str, tokens: u32) -> String {
    if estimate(text) <= tokens {
        return text.to_owned();
    }
    let total = text.chars().count();
    let budget = tokens.saturating_sub(24);
    let head = prefix_of(text.chars(), budget * 2 / 3);
    let tail = prefix_of(text.chars().rev(), budget / 3).min(total - head);
    let beginning: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(total - tail).collect();
    format!(
        "{beginning}\n[… {} of {total} characters left out here …]\n{end}",
        total - head - tail
    )
}

/// How many of these characters fit into `tokens`.
fn prefix_of(chars: impl Iterator<Item = char>, tokens: u32) -> usize {
    let mut spent: u64 = 0;
    chars
        .take_while(|&c| {
            spent += weight(c);
            spent <= u64::from(tokens) * WHOLE
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::{clip, estimate, share};

    #[test]
    fn small_parts_are_served_whole() {
        assert_eq!(share(&[100, 10, 500], 300), [100, 10, 190]);
        assert_eq!(share(&[400, 400], 300), [150, 150]);
        assert_eq!(share(&[1, 2], 300), [1, 2]);
        assert_eq!(share(&[], 300), Vec::<u32>::new());
    }

    #[test]
    fn a_cut_fits_and_says_what_is_missing() {
        let text = format!("first {} last", "0123456789 ".repeat(1_000));
        let cut = clip(&text, 200);
        assert!(estimate(&cut) <= 200, "{}", estimate(&cut));
        assert!(
            cut.starts_with("first ")
                && cut.ends_with(" last")
                && cut.contains("of 11011 characters left out"),
            "{cut}"
        );
        assert_eq!(clip("short", 5), "short");
    }
}
