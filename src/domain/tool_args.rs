//! Arguments that a model wrote, coerced to what a tool's schema asks for: numbers in quotes, one value for a list, names
//! that are nearly right. What cannot be put right is told in one short line.

mod value;

use serde_json::{Map, Value};

use super::lenient;
use super::near::meant;
use value::{fitted, kinds};

/// The arguments as an object that fits `schema`, and what was changed, one note each.
///
/// # Errors
/// What is wrong, for a model: all of it at once, in one or two sentences.
pub fn coerce(schema: &Value, given: &Value) -> Result<(Value, Vec<String>), String> {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let mut notes = Vec::new();
    let mut object = unwrapped(object(schema, properties, given)?, properties);
    let required: Vec<&str> = strings(&schema["required"]);
    rename(&mut object, properties, &mut notes);
    let mut problems = Vec::new();
    for (name, wanted) in properties {
        let Some(value) = object.get(name) else {
            continue;
        };
        let optional = !required.contains(&name.as_str());
        let is_blank = value.is_null()
            || value
                .as_str()
                .is_some_and(|text| text.trim().is_empty() && !kinds(wanted).contains(&"string"));
        if optional && is_blank {
            object.remove(name);
            continue;
        }
        match fitted(wanted, value) {
            Ok(None) => {}
            Ok(Some(other)) => {
                object.insert(name.clone(), other);
            }
            Err(why) => problems.push(format!("`{name}` {why}")),
        }
    }
    for name in &required {
        if !object.contains_key(*name) {
            let about = properties
                .get(*name)
                .and_then(|wanted| wanted["description"].as_str());
            let about = about.map_or(String::new(), |about| {
                format!(" ({})", about.trim_end_matches('.'))
            });
            problems.push(format!("`{name}` is missing{about}"));
        }
    }
    if schema["additionalProperties"] == Value::Bool(false) {
        let unknown: Vec<String> = object
            .keys()
            .filter(|name| !properties.contains_key(*name))
            .cloned()
            .collect();
        for name in unknown {
            object.remove(&name);
            notes.push(format!("`{name}` was left out: there is no such argument"));
        }
    }
    if problems.is_empty() {
        return Ok((Value::Object(object), notes));
    }
    Err(format!(
        "{}. The arguments are: {}",
        problems.join("; "),
        signature(schema)
    ))
}

/// The arguments of a schema in one line, optional ones with a `?`: `path, first_line?`.
pub fn signature(schema: &Value) -> String {
    let required = strings(&schema["required"]);
    let properties = schema["properties"].as_object();
    let names: Vec<&String> = properties
        .map(|all| all.keys().collect())
        .unwrap_or_default();
    let (first, rest): (Vec<&String>, Vec<&String>) = names
        .into_iter()
        .partition(|name| required.contains(&name.as_str()));
    let rest = rest.into_iter().map(|name| format!("{name}?"));
    first
        .into_iter()
        .cloned()
        .chain(rest)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The arguments as an object: from JSON in a text, or, where there is one text to be given, from the text itself.
fn object(
    schema: &Value,
    properties: &Map<String, Value>,
    given: &Value,
) -> Result<Map<String, Value>, String> {
    match given {
        Value::Object(object) => Ok(object.clone()),
        Value::Null => Ok(Map::new()),
        Value::Array(items) if items.len() == 1 && items[0].is_object() => {
            object(schema, properties, &items[0])
        }
        other => {
            if let Some(text) = other.as_str() {
                if text.trim().is_empty() {
                    return Ok(Map::new());
                }
                if let Some((Value::Object(object), _)) = lenient::json(text) {
                    return Ok(object);
                }
            }
            let required = strings(&schema["required"]);
            let only = match required.as_slice() {
                [only] => Some((*only).to_owned()),
                [] if properties.len() == 1 => properties.keys().next().cloned(),
                _ => None,
            };
            match only {
                Some(name) => Ok(std::iter::once((name, other.clone())).collect()),
                None => Err(format!(
                    "the arguments must be a JSON object with: {}",
                    signature(schema)
                )),
            }
        }
    }
}

/// Arguments that a model wrapped once more.
fn unwrapped(object: Map<String, Value>, properties: &Map<String, Value>) -> Map<String, Value> {
    if object.len() == 1 {
        for wrapper in ["arguments", "parameters", "args", "input", "properties"] {
            if let Some(Value::Object(inner)) = object.get(wrapper)
                && !properties.contains_key(wrapper)
            {
                return inner.clone();
            }
        }
    }
    object
}

fn rename(
    object: &mut Map<String, Value>,
    properties: &Map<String, Value>,
    notes: &mut Vec<String>,
) {
    let unknown: Vec<String> = object
        .keys()
        .filter(|name| !properties.contains_key(*name))
        .cloned()
        .collect();
    for name in unknown {
        let free = properties
            .keys()
            .filter(|known| !object.contains_key(*known))
            .map(String::as_str);
        if let Some(known) = meant(&name, free).map(str::to_owned)
            && let Some(value) = object.remove(&name)
        {
            notes.push(format!("`{name}` was read as `{known}`"));
            object.insert(known, value);
        }
    }
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{coerce, signature};

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "The file." },
                "first_line": { "type": ["integer", "null"] },
                "ratio": { "type": "number" },
                "all": { "type": "boolean" },
                "globs": { "type": "array", "items": { "type": "string" } },
                "kind": { "enum": ["file", "folder"], "type": "string" },
                "more": { "type": "object" },
            },
            "required": ["path"],
            "additionalProperties": false,
        })
    }

    #[test]
    fn what_is_meant_is_taken() {
        let cases = [
            (
                json!({"path": "a", "first_line": "12"}),
                json!({"path": "a", "first_line": 12}),
            ),
            (
                json!({"path": "a", "first_line": 12.0, "ratio": "1.5"}),
                json!({"path": "a", "first_line": 12, "ratio": 1.5}),
            ),
            (
                json!({"path": 7, "all": "yes"}),
                json!({"path": "7", "all": true}),
            ),
            (
                json!({"path": "a", "globs": "*.rs"}),
                json!({"path": "a", "globs": ["*.rs"]}),
            ),
            (
                json!({"path": "a", "globs": "[\"x\", \"y\"]"}),
                json!({"path": "a", "globs": ["x", "y"]}),
            ),
            (
                json!({"path": "a", "globs": ["x", 1]}),
                json!({"path": "a", "globs": ["x", "1"]}),
            ),
            (
                json!({"path": "a", "kind": "Folder"}),
                json!({"path": "a", "kind": "folder"}),
            ),
            (
                json!({"path": "a", "more": "{'x': 1}"}),
                json!({"path": "a", "more": {"x": 1}}),
            ),
            (json!({"arguments": {"path": "a"}}), json!({"path": "a"})),
            (
                json!({"Path": "a", "firstLine": 3, "nothing": 1}),
                json!({"path": "a", "first_line": 3}),
            ),
            (json!("{\"path\": \"a\"}"), json!({"path": "a"})),
            (json!("a.txt"), json!({"path": "a.txt"})),
            (json!([{"path": "a"}]), json!({"path": "a"})),
            (
                json!({"path": "a", "first_line": null, "ratio": ""}),
                json!({"path": "a"}),
            ),
        ];
        for (given, wanted) in cases {
            assert_eq!(
                coerce(&schema(), &given).map(|(value, _)| value),
                Ok(wanted),
                "{given}"
            );
        }
    }

    #[test]
    fn changes_of_names_are_noted() {
        let (_, notes) = coerce(&schema(), &json!({"pathh": "a", "x": 1})).expect("it can be read");
        assert_eq!(
            notes,
            [
                "`pathh` was read as `path`",
                "`x` was left out: there is no such argument"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_at_once_and_in_short() {
        let error = |given: Value| coerce(&schema(), &given).expect_err("it is wrong");
        let all = error(json!({"first_line": "ten", "kind": "socket"}));
        assert_eq!(
            all,
            "`first_line` must be integer or null, not \"ten\"; `kind` must be one of file, folder; `path` is missing (The file). \
             The arguments are: path, first_line?, ratio?, all?, globs?, kind?, more?"
        );
        assert!(
            error(json!({"path": {"x": "y".repeat(10_000)}, "ratio": "y".repeat(10_000)})).len()
                < 400
        );
    }

    #[test]
    fn a_schema_that_is_none_takes_what_comes() {
        assert_eq!(
            coerce(&json!(null), &json!({"a": 1})).map(|(value, _)| value),
            Ok(json!({"a": 1}))
        );
        assert_eq!(signature(&json!(7)), "");
    }
}
