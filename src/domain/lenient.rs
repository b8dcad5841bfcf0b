//! Reading JSON out of what a model wrote: fences, prose around it, single quotes, trailing commas, bare words.
//! Nothing is evaluated and nothing that was cut off is completed.

use serde_json::Value;

/// The JSON in `text`, and whether `text` was nothing but that JSON.
///
/// Takes the last balanced object that can be read, else the last array; thinking between `<think>` tags is passed over.
pub fn json(text: &str) -> Option<(Value, bool)> {
    let filled = |value: &Value| value.as_object().is_some_and(|object| !object.is_empty());
    if let Some(value) = serde_json::from_str(text.trim()).ok().filter(filled) {
        return Some((value, true));
    }
    let text = without_thinking(text);
    let read = |open, close| {
        balanced(&text, open, close)
            .into_iter()
            .rev()
            .find_map(|piece| {
                serde_json::from_str(piece)
                    .or_else(|_| serde_json::from_str(&mend(piece)))
                    .ok()
            })
    };
    read('{', '}')
        .filter(|value: &Value| value.as_object().is_some_and(|object| !object.is_empty()))
        .or_else(|| read('[', ']'))
        .map(|value| (value, false))
}

/// The outermost balanced objects in a text, as they stand there.
pub fn pieces(text: &str) -> Vec<&str> {
    balanced(text, '{', '}')
}

/// The object that such a piece is, mended where it can be.
pub fn object(piece: &str) -> Option<Value> {
    let value = serde_json::from_str(piece).or_else(|_| serde_json::from_str(&mend(piece)));
    value.ok().filter(Value::is_object)
}

/// The text without what stands between `<think>` and `</think>`, without an unclosed `<think>` and all after it, and
/// without everything up to a lone `</think>`.
pub fn without_thinking(text: &str) -> String {
    let mut rest = match (text.find("<think>"), text.find("</think>")) {
        (None, Some(end)) => &text[end + "</think>".len()..],
        (Some(start), Some(end)) if end < start => &text[end + "</think>".len()..],
        _ => text,
    };
    let mut kept = String::with_capacity(rest.len());
    while let Some(start) = rest.find("<think>") {
        kept.push_str(&rest[..start]);
        match rest[start..].find("</think>") {
            Some(end) => rest = &rest[start + end + "</think>".len()..],
            None => return kept,
        }
    }
    kept.push_str(rest);
    kept
}

/// The outermost balanced pieces between `open` and `close`, brackets inside double-quoted strings not counted.
fn balanced(text: &str, open: char, close: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut depth, mut start) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
        } else if c == '"' && depth > 0 {
            in_string = true;
        } else if c == open {
            if depth == 0 {
                start = at;
            }
            depth += 1;
        } else if c == close && depth > 0 {
            depth -= 1;
            if depth == 0 {
                pieces.push(&text[start..at + c.len_utf8()]);
            }
        }
    }
    pieces
}

/// Rewrites the JSON-like text that models produce as JSON.
fn mend(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '"' | '\'' | '“' | '”' => at = mend_string(&chars, at, &mut out),
            ',' if matches!(next_solid(&chars, at + 1), Some('}' | ']')) => at += 1,
            '/' if chars.get(at + 1) == Some(&'/') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            c if c.is_alphabetic() || c == '_' => {
                let start = at;
                while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
                let word: String = chars[start..at].iter().collect();
                match word.as_str() {
                    "true" | "True" => out.push_str("true"),
                    "false" | "False" => out.push_str("false"),
                    "null" | "None" => out.push_str("null"),
                    "e" | "E" => out.push_str(&word),
                    _ => out.push_str(&Value::String(word).to_string()),
                }
            }
            c => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

/// Copies one string as JSON and returns the index behind it. A quote closes the string where punctuation follows.
fn mend_string(chars: &[char], start: usize, out: &mut String) -> usize {
    let double = chars[start] == '"';
    let mut value = String::new();
    let mut at = start + 1;
    while at < chars.len() {
        let c = chars[at];
        let closes = match chars[start] {
            '"' => c == '"',
            '\'' => c == '\'',
            _ => matches!(c, '“' | '”'),
        };
        if c == '\\' {
            at += 1;
            match chars.get(at) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('u') => {
                    let code: String = chars.iter().skip(at + 1).take(4).collect();
                    value.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                    at += 4;
                }
                Some(other) => value.push(*other),
                None => {}
            }
        } else if closes
            && (double
                || matches!(
                    next_solid(chars, at + 1),
                    None | Some(',' | ':' | '}' | ']')
                ))
        {
            at += 1;
            break;
        } else {
            value.push(c);
        }
        at += 1;
    }
    out.push_str(&Value::String(value).to_string());
    at
}

fn next_solid(chars: &[char], from: usize) -> Option<char> {
    chars
        .iter()
        .skip(from)
        .copied()
        .find(|c| !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::{json, without_thinking};

    #[test]
    fn reads_what_models_write() {
        let cases = [
            ("{\"a\":1}", value!({"a": 1}), true),
            (
                "```json\n{\"a\": [1, 2,],}\n```",
                value!({"a": [1, 2]}),
                false,
            ),
            (
                "Sure! {'a': 'it\\'s', 'b': True, c: None} Hope that helps.",
                value!({"a": "it's", "b": true, "c": null}),
                false,
            ),
            (
                "{\"a\": \"}{\"} and then {\"a\": \"last\"}",
                value!({"a": "last"}),
                false,
            ),
            (
                "<think>{\"a\": 0}</think>{\"a\": 1} // done",
                value!({"a": 1}),
                false,
            ),
            (
                "{\"a\": \"two\nlines\"}",
                value!({"a": "two\nlines"}),
                false,
            ),
            ("[\"x\", \"y\"]", value!(["x", "y"]), false),
            ("{'a': 'don't stop'}", value!({"a": "don't stop"}), false),
        ];
        for (text, wanted, strict) in cases {
            assert_eq!(json(text), Some((wanted, strict)), "{text}");
        }
    }

    #[test]
    fn what_was_cut_off_is_nothing() {
        for text in [
            "",
            "{",
            "{\"a\": \"b",
            "{\"steps\": [\"x\", \"y\"",
            "no json here",
            "{}",
        ] {
            assert_eq!(json(text), None, "{text}");
        }
    }

    #[test]
    fn thinking_is_passed_over() {
        assert_eq!(without_thinking("a<think>b</think>c<think>d"), "ac");
        assert_eq!(without_thinking("b</think>c"), "c");
        assert_eq!(without_thinking("plain"), "plain");
    }
}
