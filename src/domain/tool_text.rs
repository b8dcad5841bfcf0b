//! Tool calls that a model writes as text: JSON by itself, in fences, in tags, in the shapes that models were trained on.
//! Nothing is evaluated; what was cut off is no call.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::chat::ToolCall;
use super::lenient;
use super::near::meant;

/// The most calls of one reply that are read.
pub const MOST_CALLS: usize = 16;

/// The names under which models put a tool's name and its arguments.
const NAMES: [&str; 5] = ["name", "tool", "tool_name", "function", "action"];
const ARGUMENTS: [&str; 6] = [
    "arguments",
    "parameters",
    "args",
    "input",
    "action_input",
    "tool_input",
];

/// Marks around calls, opening and closing; a closing one may be missing at the end of a reply.
const MARKS: [(&str, &str); 7] = [
    ("<tool_call>", "</tool_call>"),
    ("<tool_calls>", "</tool_calls>"),
    ("<function_call>", "</function_call>"),
    ("<tool_use>", "</tool_use>"),
    ("<|tool_call|>", "<|/tool_call|>"),
    ("[TOOL_CALLS]", "[/TOOL_CALLS]"),
    ("<|python_tag|>", "<|eom_id|>"),
];

/// The calls in `text`; empty where it is plain text. `known` are the tools there are.
///
/// Between marks everything in the shape of a call is one, whatever its name. Elsewhere a call must be all there is in
/// the reply, or in a fence, or name a tool that is known: an answer that happens to be JSON is an answer.
pub fn calls(text: &str, known: &[&str]) -> Vec<ToolCall> {
    let text = lenient::without_thinking(text);
    let text = text.trim();
    let mut found = tagged(text);
    if found.is_empty() {
        found = marked(text, known);
    }
    if found.is_empty() {
        found = bare(text, known);
    }
    found.truncate(MOST_CALLS);
    found
}

/// `<function=NAME><parameter=KEY>value</parameter></function>`, and the same as `<invoke name="NAME">`.
fn tagged(text: &str) -> Vec<ToolCall> {
    if !text.contains("<function=")
        && !text.contains("<function name=")
        && !text.contains("<invoke ")
    {
        return Vec::new();
    }
    let function = Regex::new(
        r#"(?s)<(?:function|invoke)(?:=|\s+name=)"?([\w.-]+)"?\s*>(.*?)(?:</(?:function|invoke)>|$)"#,
    );
    let parameter =
        Regex::new(r#"(?s)<parameter(?:=|\s+name=)"?([\w.-]+)"?[^>]*>(.*?)</parameter>"#);
    let (Ok(function), Ok(parameter)) = (function, parameter) else {
        return Vec::new();
    };
    let part =
        |found: Option<regex_lite::Match<'_>>| found.map_or("", |part| part.as_str()).to_owned();
    let calls = function.captures_iter(text).take(MOST_CALLS).map(|found| {
        let body = part(found.get(2));
        let values = parameter.captures_iter(&body).map(|found| {
            let value = part(found.get(2));
            let value = value.strip_prefix('\n').unwrap_or(&value);
            let value = value.strip_suffix('\n').unwrap_or(value);
            (part(found.get(1)), Value::String(value.to_owned()))
        });
        let values: Map<String, Value> = values.collect();
        // Some put JSON between the tags.
        let arguments = if values.is_empty() {
            lenient::json(&body)
                .map(|(value, _)| value)
                .filter(Value::is_object)
        } else {
            None
        };
        ToolCall {
            id: None,
            name: part(found.get(1)),
            arguments: arguments.unwrap_or(Value::Object(values)),
        }
    });
    calls.collect()
}

/// What stands between marks.
fn marked(text: &str, known: &[&str]) -> Vec<ToolCall> {
    let mut found = Vec::new();
    for (open, close) in MARKS {
        let mut rest = text;
        while let Some(at) = rest.find(open) {
            let behind = &rest[at + open.len()..];
            let (inside, after) = behind.split_once(close).unwrap_or((behind, ""));
            let before = found.len();
            if let Some((value, _)) = lenient::json(inside) {
                found.extend(shaped(&value, known));
            }
            if found.len() == before {
                found.extend(
                    objects(inside)
                        .iter()
                        .flat_map(|value| shaped(value, known)),
                );
            }
            rest = after;
            if found.len() >= MOST_CALLS {
                return found;
            }
        }
    }
    found
}

/// Calls without marks: in fences, or as they are.
fn bare(text: &str, known: &[&str]) -> Vec<ToolCall> {
    let pieces: Vec<&str> = text.split("```").collect();
    let fenced = pieces.iter().skip(1).step_by(2).map(|piece| {
        let body = piece.split_once('\n').map_or("", |(_, body)| body);
        body.trim()
    });
    let fenced: Vec<&str> = fenced.filter(|body| body.starts_with(['{', '['])).collect();
    let alone = match fenced.as_slice() {
        [only] if pieces.len() <= 3 && pieces[0].trim().is_empty() => Some(*only),
        [] => Some(text),
        _ => None,
    };
    if let Some(alone) = alone.filter(|alone| alone.starts_with(['{', '['])) {
        let values = match lenient::json(alone) {
            Some((value, true)) => vec![value],
            _ => objects(alone),
        };
        // The whole reply is a call: then also one of a tool that there is not, which it is to be told.
        let calls: Vec<ToolCall> = values
            .iter()
            .flat_map(|value| shaped(value, known))
            .collect();
        let proper = |value: &Value| ARGUMENTS[..2].iter().any(|key| value.get(*key).is_some());
        let named = |call: &ToolCall| meant(&call.name, known.iter().copied()).is_some();
        if calls.iter().any(named) || values.iter().all(proper) {
            return calls;
        }
    }
    let values: Vec<Value> = if fenced.is_empty() {
        objects(text)
    } else {
        fenced.iter().flat_map(|body| objects(body)).collect()
    };
    let calls = values.iter().flat_map(|value| shaped(value, known));
    calls
        .filter(|call| known.contains(&call.name.as_str()))
        .collect()
}

/// All objects in a text that can be read, in their order.
fn objects(text: &str) -> Vec<Value> {
    let pieces = lenient::pieces(text).into_iter().take(MOST_CALLS);
    pieces.filter_map(lenient::object).collect()
}

/// The calls that a value is, in any of the known shapes.
fn shaped(value: &Value, known: &[&str]) -> Vec<ToolCall> {
    if let Some(all) = value.as_array() {
        return all
            .iter()
            .take(MOST_CALLS)
            .flat_map(|value| shaped(value, known))
            .collect();
    }
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    for wrapper in ["tool_calls", "tool_call", "function_call", "function"] {
        if let Some(inner) = object
            .get(wrapper)
            .filter(|inner| inner.is_object() || inner.is_array())
        {
            return shaped(inner, known);
        }
    }
    let name = NAMES.iter().find_map(|key| object.get(*key)?.as_str());
    let arguments = ARGUMENTS.iter().find_map(|key| object.get(*key));
    let call = |name: &str, arguments: Value| ToolCall {
        id: None,
        name: name.trim().trim_start_matches("functions.").to_owned(),
        arguments,
    };
    match (name, arguments) {
        (Some(name), Some(arguments)) => vec![call(name, text_as_json(arguments))],
        // Without arguments, only a name that is known makes a call.
        (Some(name), None) if known.contains(&name) => {
            let others = object.iter().filter(|(key, _)| {
                !NAMES.contains(&key.as_str()) && *key != "type" && *key != "id"
            });
            let others = others.map(|(key, value)| (key.clone(), value.clone()));
            vec![call(name, Value::Object(others.collect()))]
        }
        _ => match object.iter().next() {
            Some((name, arguments))
                if object.len() == 1 && arguments.is_object() && known.contains(&name.as_str()) =>
            {
                vec![call(name, arguments.clone())]
            }
            _ => Vec::new(),
        },
    }
}

/// Arguments that are JSON inside of a text.
fn text_as_json(arguments: &Value) -> Value {
    let text = arguments
        .as_str()
        .map(str::trim)
        .filter(|text| text.starts_with('{'));
    let read = text.and_then(lenient::json).map(|(value, _)| value);
    read.unwrap_or_else(|| arguments.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::calls;

    const KNOWN: [&str; 2] = ["calculate", "read_file"];

    fn read(text: &str) -> Vec<(String, Value)> {
        let found = calls(text, &KNOWN).into_iter();
        found.map(|call| (call.name, call.arguments)).collect()
    }

    #[test]
    fn every_shape_that_models_write_is_read() {
        let one = ("calculate".to_owned(), json!({"expression": "4.53/3.03"}));
        for text in [
            r#"{"name":"calculate","arguments":{"expression":"4.53/3.03"}}"#,
            r#"{"name": "calculate", "parameters": {"expression": "4.53/3.03"}}"#,
            "```json\n{\"name\":\"calculate\",\"arguments\":{\"expression\":\"4.53/3.03\"}}\n```",
            "I will compute it.\n```tool_call\n{\"name\":\"calculate\",\"arguments\":{\"expression\":\"4.53/3.03\"}}\n```\n",
            r#"{"type":"function","function":{"name":"calculate","arguments":"{\"expression\":\"4.53/3.03\"}"}}"#,
            r#"{"function":{"name":"calculate","parameters":{"expression":"4.53/3.03"}}}"#,
            r#"{"tool_calls":[{"id":"x","type":"function","function":{"name":"calculate","arguments":{"expression":"4.53/3.03"}}}]}"#,
            "<tool_call>\n{\"name\":\"calculate\",\"arguments\":{\"expression\":\"4.53/3.03\"}}\n</tool_call>",
            "<tool_call>{'name': 'calculate', 'arguments': {'expression': '4.53/3.03'}}",
            "<tool_call>\n<function=calculate>\n<parameter=expression>\n4.53/3.03\n</parameter>\n</function>\n</tool_call>",
            "<function=calculate>{\"expression\": \"4.53/3.03\"}</function>",
            "<function_calls><invoke name=\"calculate\"><parameter name=\"expression\">4.53/3.03</parameter></invoke></function_calls>",
            "[TOOL_CALLS] [{\"name\":\"calculate\",\"arguments\":{\"expression\":\"4.53/3.03\"}}]",
            "<|python_tag|>{\"name\": \"calculate\", \"parameters\": {\"expression\": \"4.53/3.03\"}}<|eom_id|>",
            "<think>maybe {\"name\":\"read_file\"}</think>Let me see: {\"tool\":\"calculate\",\"args\":{\"expression\":\"4.53/3.03\"}}",
            r#"{"calculate": {"expression": "4.53/3.03"}}"#,
            r#"{"action":"calculate","action_input":{"expression":"4.53/3.03"}}"#,
        ] {
            assert_eq!(read(text), std::slice::from_ref(&one), "{text}");
        }
    }

    #[test]
    fn several_calls_are_read_in_order_and_bounded() {
        let call = |n: usize| {
            format!(
                "<tool_call>{{\"name\":\"calculate\",\"arguments\":{{\"expression\":\"{n}\"}}}}</tool_call>\n"
            )
        };
        let text: String = (0..10_000).map(call).collect();
        let found = read(&text);
        assert_eq!(found.len(), super::MOST_CALLS);
        assert_eq!(found[1].1, json!({"expression": "1"}));
    }

    #[test]
    fn a_call_of_an_unknown_tool_is_one_where_nothing_else_is_said() {
        assert_eq!(
            read(r#"{"name":"delete_all","arguments":{}}"#)[0].0,
            "delete_all"
        );
        assert_eq!(
            read(r#"<tool_call>{"name":"delete_all","arguments":{}}</tool_call>"#)[0].0,
            "delete_all"
        );
        assert!(
            read(r#"As JSON: {"name":"delete_all","arguments":{}} is what it wrote."#).is_empty()
        );
    }

    #[test]
    fn an_answer_that_is_json_is_an_answer() {
        for text in [
            "The ratio is 1.495.",
            r#"{"name":"Berlin","inhabitants":3700000}"#,
            r#"{"ratio": 1.495}"#,
            "```json\n{\"name\": \"x\", \"value\": 1}\n```",
            r#"{"name":"calculate","arguments":{"expression":"4.5"#,
            "",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
