//! One value, as its schema wants it.

use serde_json::{Number, Value};

use crate::domain::lenient;
use crate::domain::near::meant;

/// The kinds that a schema allows; empty for any.
pub(super) fn kinds(wanted: &Value) -> Vec<&str> {
    match &wanted["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => {
            let any = wanted["anyOf"]
                .as_array()
                .or_else(|| wanted["oneOf"].as_array());
            any.into_iter().flatten().flat_map(kinds).collect()
        }
    }
}

/// The value as the schema wants it; `None` where it fits as it is.
pub(super) fn fitted(wanted: &Value, value: &Value) -> Result<Option<Value>, String> {
    let kinds = kinds(wanted);
    let fits = kinds.is_empty() || kinds.iter().any(|kind| is(value, kind));
    let fixed = if fits {
        None
    } else {
        let coerced = kinds.iter().find_map(|kind| coerced(kind, wanted, value));
        Some(
            coerced
                .ok_or_else(|| format!("must be {}, not {}", kinds.join(" or "), shown(value)))?,
        )
    }
    .or_else(|| items(wanted, value));
    let Some(allowed) = wanted["enum"].as_array() else {
        return Ok(fixed);
    };
    let words: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
    match fixed.as_ref().unwrap_or(value).as_str() {
        Some(text) if !words.contains(&text) => match meant(text, words.iter().copied()) {
            Some(word) => Ok(Some(word.into())),
            None => Err(format!("must be one of {}", words.join(", "))),
        },
        _ => Ok(fixed),
    }
}

/// A list whose items need coercion.
fn items(wanted: &Value, value: &Value) -> Option<Value> {
    let list = value.as_array().filter(|_| wanted["items"].is_object())?;
    let mut changed = false;
    let fixed = list
        .iter()
        .map(|item| match fitted(&wanted["items"], item) {
            Ok(Some(other)) => {
                changed = true;
                other
            }
            _ => item.clone(),
        });
    let fixed: Vec<Value> = fixed.collect();
    changed.then_some(Value::Array(fixed))
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn coerced(kind: &str, wanted: &Value, value: &Value) -> Option<Value> {
    let text = value.as_str().map(str::trim);
    match kind {
        "string" => match value {
            Value::Array(items) if items.len() == 1 => items[0].as_str().map(Into::into),
            Value::Null | Value::String(_) => None,
            _ => Some(value.to_string().into()),
        },
        "integer" => {
            let number = match text {
                Some(text) => text.parse::<f64>().ok(),
                None => value.as_f64(),
            };
            let number = number.filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
            // Exact: it has no fraction and is below 2^53.
            format!("{number:.0}").parse::<i64>().ok().map(Into::into)
        }
        "number" => {
            let number: f64 = text?.replace('_', "").parse().ok()?;
            Number::from_f64(number).map(Value::Number)
        }
        "boolean" => match text?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true.into()),
            "false" | "no" | "0" => Some(false.into()),
            _ => None,
        },
        "array" => {
            if let Some(read) = text
                .filter(|text| text.starts_with('['))
                .and_then(|text| serde_json::from_str::<Value>(text).ok())
            {
                return Some(read).filter(Value::is_array);
            }
            let item = match fitted(&wanted["items"], value) {
                Ok(other) => other.unwrap_or_else(|| value.clone()),
                Err(_) => return None,
            };
            Some(Value::Array(vec![item]))
        }
        "object" => text
            .and_then(lenient::json)
            .map(|(value, _)| value)
            .filter(Value::is_object),
        _ => None,
    }
}

/// A value for a message, short.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
