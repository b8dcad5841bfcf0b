//! What a call brought, as text for a model. Read from plain JSON, so that a part of a kind that is not known yet takes
//! nothing of the others with it.

use serde_json::Value;

use super::words;
use crate::tool::{ToolError, ToolOutput};

/// The output of a call.
///
/// # Errors
/// [`ToolError::Failed`] with the server's words where it says that the call failed, or wants what is not offered.
pub(super) fn output(answer: &Value) -> Result<ToolOutput, ToolError> {
    let kind = answer["resultType"].as_str().unwrap_or("complete");
    if kind != "complete" {
        let text = format!(
            "the server wants more than an answer (`{}`), which planwright does not offer",
            words(kind)
        );
        return Err(ToolError::Failed(text));
    }
    let none = Vec::new();
    let parts = answer["content"].as_array().unwrap_or(&none);
    let mut texts: Vec<String> = parts.iter().map(part).collect();
    // By the protocol the same stands in a text, too; most servers keep to that.
    let structured = &answer["structuredContent"];
    let is_there = |part: &Value| {
        let text = part["text"].as_str().unwrap_or_default();
        serde_json::from_str::<Value>(text).is_ok_and(|value| value == *structured)
            || structured.as_object().is_some_and(|object| {
                object.len() == 1 && object.values().all(|value| value.as_str() == Some(text))
            })
    };
    if !structured.is_null() && !parts.iter().any(is_there) {
        texts.push(structured.to_string());
    }
    let ToolOutput { text } = ToolOutput::new(texts.join("\n"));
    let blank = text.trim().is_empty();
    if answer["isError"] == Value::Bool(true) {
        let text = if blank {
            "it failed without saying why".to_owned()
        } else {
            text
        };
        return Err(ToolError::Failed(text));
    }
    let text = if blank {
        "(no output)".to_owned()
    } else {
        text
    };
    Ok(ToolOutput { text })
}

fn part(part: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let short = |value: &Value| words(value.as_str().unwrap_or("unknown"));
    match part["type"].as_str().unwrap_or_default() {
        "text" => text(&part["text"]),
        kind @ ("image" | "audio") => format!(
            "[{kind}, {}, {} bytes, not shown]",
            short(&part["mimeType"]),
            decoded(&part["data"])
        ),
        "resource_link" => {
            let about = words(part["description"].as_str().unwrap_or_default());
            let about = if about.is_empty() {
                about
            } else {
                format!(": {about}")
            };
            format!(
                "[resource {} <{}>{about}]",
                short(&part["name"]),
                short(&part["uri"])
            )
        }
        "resource" => {
            let resource = &part["resource"];
            let uri = short(&resource["uri"]);
            match resource["text"].as_str() {
                Some(text) => format!("[resource <{uri}>]\n{text}"),
                None => format!(
                    "[resource <{uri}>, {}, {} bytes, not shown]",
                    short(&resource["mimeType"]),
                    decoded(&resource["blob"])
                ),
            }
        }
        kind => format!("[a part of kind `{}`, not shown]", words(kind)),
    }
}

/// How many bytes stand in a Base64 text.
fn decoded(data: &Value) -> usize {
    data.as_str()
        .unwrap_or_default()
        .trim_end_matches('=')
        .len()
        * 3
        / 4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::output;
    use crate::tool::{MOST_OUTPUT, ToolError};

    #[test]
    fn every_kind_of_part_is_told() {
        let answer = json!({"content": [
            {"type": "text", "text": "a"},
            {"type": "image", "mimeType": "image/png", "data": "AAAA"},
            {"type": "resource_link", "name": "n", "uri": "file:///x", "description": "d"},
            {"type": "resource", "resource": {"uri": "file:///y", "text": "inner"}},
            {"type": "resource", "resource": {"uri": "file:///z", "mimeType": "m", "blob": "AAA="}},
            {"type": "film"},
            7
        ]});
        assert_eq!(
            output(&answer).unwrap().text,
            "a\n[image, image/png, 3 bytes, not shown]\n[resource n <file:///x>: d]\n[resource <file:///y>]\ninner\n\
             [resource <file:///z>, m, 2 bytes, not shown]\n[a part of kind `film`, not shown]\n[a part of kind ``, not shown]"
        );
    }

    #[test]
    fn structured_content_is_told_once() {
        let twice = json!({"content": [{"type": "text", "text": "{\"a\": 1}"}], "structuredContent": {"a": 1}});
        assert_eq!(output(&twice).unwrap().text, "{\"a\": 1}");
        let beside =
            json!({"content": [{"type": "text", "text": "see"}], "structuredContent": {"a": 1}});
        assert_eq!(output(&beside).unwrap().text, "see\n{\"a\":1}");
        assert_eq!(output(&json!({"content": []})).unwrap().text, "(no output)");
    }

    #[test]
    fn errors_are_errors_and_everything_is_bounded() {
        let failed = json!({"content": [{"type": "text", "text": "no"}], "isError": true});
        assert_eq!(output(&failed), Err(ToolError::Failed("no".to_owned())));
        let asks = json!({"resultType": "input_required"});
        assert!(matches!(output(&asks), Err(ToolError::Failed(_))));
        let long = "x".repeat(2 * MOST_OUTPUT);
        for is_error in [true, false] {
            let answer = json!({"content": [{"type": "text", "text": long}], "isError": is_error});
            let text = match output(&answer) {
                Ok(output) => output.text,
                Err(error) => error.to_string(),
            };
            assert!(text.len() <= MOST_OUTPUT && text.contains("left out"));
        }
    }
}
