//! What a command takes: from TOML to a JSON schema.

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::MOST_NAME;
use crate::config::given::quoted;

/// The most parameters.
const MOST_PARAMETERS: usize = 20;
/// How deep a schema may be.
const MOST_DEPTH: usize = 20;

/// A JSON schema: written out where `type` is `object` and there are `properties`, else one entry for each parameter, which
/// is its type (`"string"`, with `?` behind it where it may be left out) or its own schema.
pub(super) fn parameters(value: &DeValue<'_>) -> Result<Value, String> {
    let DeValue::Table(table) = value else {
        return Err("must be a table, such as `{ city = \"string\" }`".to_owned());
    };
    let whole = json_table(table, 0)?;
    let is_schema = whole["type"] == "object" && whole["properties"].is_object();
    let schema = if is_schema {
        whole
    } else {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (name, given) in whole.as_object().into_iter().flatten() {
            let (property, optional) = property(name, given)?;
            if !optional {
                required.push(Value::from(name.as_str()));
            }
            properties.insert(name.clone(), property);
        }
        json!({"type": "object", "properties": properties, "required": required})
    };
    check_schema(&schema)?;
    Ok(schema)
}

fn property(name: &str, given: &Value) -> Result<(Value, bool), String> {
    match given {
        Value::String(word) => {
            let kind = word.strip_suffix('?');
            let property = json!({"type": kind.unwrap_or(word)});
            Ok((property, kind.is_some()))
        }
        Value::Object(own) => {
            let mut own = own.clone();
            let optional = match own.remove("optional") {
                None => own.contains_key("default"),
                Some(Value::Bool(optional)) => optional,
                Some(_) => {
                    let name = quoted(name);
                    return Err(format!(
                        "has {name} with an `optional` that is neither `true` nor `false`"
                    ));
                }
            };
            Ok((Value::Object(own), optional))
        }
        _ => Err(format!(
            "has {} without a type: write `\"string\"`, `\"integer\"`, `\"number\"` or `\"boolean\"`",
            quoted(name)
        )),
    }
}

fn check_schema(schema: &Value) -> Result<(), String> {
    let properties = schema["properties"].as_object();
    if properties.is_some_and(|all| all.len() > MOST_PARAMETERS) {
        return Err(format!("has more than {MOST_PARAMETERS} parameters"));
    }
    for (name, property) in properties.into_iter().flatten() {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let shown = quoted(name);
        if name.is_empty() || name.len() > MOST_NAME || !name.chars().all(letters) {
            return Err(format!(
                "has {shown}, which is no name: letters, digits and `_`, at most {MOST_NAME}"
            ));
        }
        let kind = property["type"].as_str().unwrap_or_default();
        let known = ["string", "integer", "number", "boolean"];
        if !known.contains(&kind) {
            return Err(format!(
                "gives {shown} a type that no word of a command can hold: one of `{}`",
                known.join("`, `")
            ));
        }
        let texts = |value: &Value| {
            value
                .as_array()
                .is_some_and(|all| all.iter().all(Value::is_string))
        };
        if !property["enum"].is_null() && kind == "string" && !texts(&property["enum"]) {
            return Err(format!("gives {shown} an `enum` that is no list of texts"));
        }
        if !property["description"].is_null() && !property["description"].is_string() {
            return Err(format!("gives {shown} a `description` that is no text"));
        }
    }
    let required = &schema["required"];
    let names = required.as_array().into_iter().flatten();
    for name in names {
        let known = name
            .as_str()
            .is_some_and(|name| properties.is_some_and(|all| all.contains_key(name)));
        if !known {
            return Err(format!("requires {name}, which is no parameter"));
        }
    }
    if !required.is_null() && !required.is_array() {
        return Err("has a `required` that is no list of names".to_owned());
    }
    Ok(())
}

fn json_table(table: &DeTable<'_>, depth: usize) -> Result<Value, String> {
    let mut object = Map::new();
    for (name, value) in table {
        object.insert(
            name.get_ref().to_string(),
            json_value(value.get_ref(), depth + 1)?,
        );
    }
    Ok(Value::Object(object))
}

fn json_value(value: &DeValue<'_>, depth: usize) -> Result<Value, String> {
    if depth > MOST_DEPTH {
        return Err("is nested too deeply".to_owned());
    }
    let number = || "holds a number that JSON has no word for".to_owned();
    match value {
        DeValue::String(text) => Ok(Value::from(text.as_ref())),
        DeValue::Boolean(on) => Ok(Value::from(*on)),
        DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
            .map(Value::from)
            .map_err(|_| number()),
        DeValue::Float(float) => {
            let float: f64 = float.as_str().parse().map_err(|_| number())?;
            serde_json::Number::from_f64(float)
                .map(Value::Number)
                .ok_or_else(number)
        }
        DeValue::Datetime(_) => Err("holds a date, which no JSON schema has".to_owned()),
        DeValue::Array(items) => {
            let items = items
                .iter()
                .map(|item| json_value(item.get_ref(), depth + 1));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        DeValue::Table(inner) => json_table(inner, depth),
    }
}
