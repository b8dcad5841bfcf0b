//! The items of a list that a step brought, for steps that are done once for each of them.

use serde_json::Value;

use super::lenient;

/// The most characters of one item.
const MOST_CHARS: usize = 2_000;

/// The items in a step's result: of a JSON array (also as the only array in an object), else of a Markdown list, else
/// the lines that are not empty. Repeated items are kept: how many there are is for the list to say.
pub fn items(result: &str) -> Vec<String> {
    let found = from_json(result)
        .or_else(|| from_list(result))
        .unwrap_or_else(|| from_lines(result));
    found.iter().map(|item| clip(item)).collect()
}

fn from_json(text: &str) -> Option<Vec<String>> {
    let start = text.find('[')?;
    let in_object = text.find('{').is_some_and(|object| object < start);
    let list = if in_object {
        let (value, _) = lenient::json(text)?;
        let mut arrays = value.as_object()?.values().filter_map(Value::as_array);
        match (arrays.next(), arrays.next()) {
            (Some(only), None) => only.clone(),
            _ => return None,
        }
    } else {
        serde_json::from_str(text.get(start..=text.rfind(']')?)?).ok()?
    };
    let word = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let items = list.iter().map(word).filter(|item| !item.is_empty());
    Some(items.collect())
}

/// The items at the outermost level; what is indented below one belongs to it.
fn from_list(text: &str) -> Option<Vec<String>> {
    let mut items: Vec<String> = Vec::new();
    let mut level = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        match (marked(bare), level) {
            (Some(item), None) => {
                level = Some(indent);
                items.push(item.to_owned());
            }
            (Some(item), Some(outer)) if indent <= outer => items.push(item.to_owned()),
            (_, Some(outer)) if indent > outer && !bare.is_empty() => {
                if let Some(last) = items.last_mut() {
                    last.push_str(&format!(" {}", bare.trim_end()));
                }
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    (!items.is_empty()).then_some(items)
}

/// The text behind the mark of a list item, where the line is one.
fn marked(line: &str) -> Option<&str> {
    let behind = ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark));
    let numbered = || {
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let rest = line.get(digits..)?;
        let rest = rest.strip_prefix('.').or_else(|| rest.strip_prefix(')'))?;
        (digits > 0 && digits <= 4 && rest.starts_with(' ')).then_some(rest)
    };
    behind.or_else(numbered).map(str::trim)
}

fn from_lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn clip(item: &str) -> String {
    let words = item.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The text of a step for one item: `{{item}}` in it stands for the item; a text without that names it at its end.
pub fn for_item(text: &str, item: &str) -> String {
    if text.contains("{{item}}") {
        text.replace("{{item}}", item)
    } else {
        format!("{text}: {item}")
    }
}

#[cfg(test)]
mod tests {
    use super::{for_item, items};

    #[test]
    fn a_list_is_read_in_whatever_form_it_comes() {
        let expected = ["Oslo", "Bergen", "Oslo"];
        for text in [
            "[\"Oslo\", \"Bergen\", \"Oslo\"]",
            "```json\n{\"cities\": [\"Oslo\", \"Bergen\", \"Oslo\"]}\n```",
            "The cities are: [\"Oslo\", \"Bergen\", \"Oslo\"] as asked.",
            "Here they are:\n- Oslo\n- Bergen\n- Oslo\nThat is all.",
            "1. Oslo\n2) Bergen\n10. Oslo",
            "Oslo\n\nBergen\nOslo\n",
        ] {
            assert_eq!(items(text), expected, "{text}");
        }
        assert_eq!(
            items("- Oslo\n  - in Norway\n- Rome"),
            ["Oslo - in Norway", "Rome"]
        );
        assert!(items(" \n").is_empty() && items("[]").is_empty());
        assert_eq!(items("[1, {\"a\": 2}]"), ["1", "{\"a\":2}"]);
    }

    #[test]
    fn an_item_is_data() {
        assert_eq!(for_item("Weigh {{item}}", "{{item}} 2"), "Weigh {{item}} 2");
        assert_eq!(for_item("Weigh it", "Oslo"), "Weigh it: Oslo");
    }
}
