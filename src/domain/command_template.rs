//! A command with places for values: `{name}` in a word stands for a value, whole or in part. A value stays within its word
//! whatever it holds, is never looked at again, and cannot become an option.
//!
//! Braces around anything that is no name mean nothing (`{ print $1 }`, `{"a": 1}`); `{{name}}` is `{name}` as text.

use serde_json::Value;

/// The most bytes of one value.
const MOST_VALUE: usize = 64 * 1024;

/// Programs that carry out text that they are given, and the ends of the options that say so.
const EVALUATING: &[(&str, &[&str])] = &[
    ("sh", &["c"]),
    ("bash", &["c"]),
    ("dash", &["c"]),
    ("zsh", &["c"]),
    ("ksh", &["c"]),
    ("fish", &["c", "command"]),
    ("pwsh", &["c", "command", "Command"]),
    ("python", &["c"]),
    ("python3", &["c"]),
    ("perl", &["e", "E"]),
    ("ruby", &["e"]),
    ("node", &["e", "p", "eval", "print"]),
    ("deno", &["eval"]),
    ("php", &["r"]),
    ("lua", &["e"]),
];

/// Programs whose first word that is no option is carried out.
const SCRIPTED: &[&str] = &["awk", "gawk", "mawk", "sed", "jq", "eval"];

/// A command with places for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandTemplate {
    words: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(String),
}

impl CommandTemplate {
    /// Reads a command, and looks whether it fits the `parameters`, a JSON schema of an object.
    ///
    /// # Errors
    /// What is wrong and how it is put right: the rest of a sentence that begins with what holds the command.
    pub fn new(words: &[String], parameters: &Value) -> Result<Self, String> {
        let words: Vec<Vec<Piece>> = words.iter().map(|word| pieces(word)).collect();
        match words.first().map(Vec::as_slice) {
            None | Some([]) => {
                return Err(
                    "names no program: it is a list such as `[\"ping\", \"-c\", \"1\", \"{host}\"]`"
                        .to_owned(),
                );
            }
            Some([Piece::Text(_)]) => {}
            Some(_) => {
                return Err("has a place for a value in its first word: a model must not choose the program that runs".to_owned());
            }
        }
        let template = Self { words };
        for place in template.places() {
            let schema = &parameters["properties"][place];
            if schema.is_null() {
                return Err(format!(
                    "has a place `{{{place}}}`, but there is no parameter `{place}`: add it to `parameters`, or write `{{{{{place}}}}}` where braces are meant"
                ));
            }
            let kind = schema["type"].as_str().unwrap_or_default();
            if !matches!(kind, "string" | "integer" | "number" | "boolean") {
                return Err(format!(
                    "has a place `{{{place}}}`, but the parameter `{place}` is no text, number or switch: a value must fit into one word"
                ));
            }
        }
        for name in parameters["properties"].as_object().into_iter().flatten() {
            if !template.places().any(|place| place == name.0) {
                return Err(format!(
                    "does not use the parameter `{0}`: put `{{{0}}}` where its value belongs",
                    name.0
                ));
            }
        }
        match template.evaluated() {
            Some((place, program)) => Err(format!(
                "puts `{{{place}}}` into text that `{program}` carries out, which would let a model write programs: hand it over as an argument, as in `[\"sh\", \"-c\", \"grep -- \\\"$1\\\" notes.txt\", \"sh\", \"{{{place}}}\"]`"
            )),
            None => Ok(template),
        }
    }

    /// The words with their values. A word with a place that has no value is left out.
    ///
    /// # Errors
    /// Which value cannot be taken, for a model.
    pub fn fill(&self, values: &Value, parameters: &Value) -> Result<Vec<String>, String> {
        let mut filled = Vec::new();
        let mut options_over = false;
        for word in &self.words {
            let Some(text) = fill(word, values, parameters)? else {
                continue;
            };
            let becomes_option = text.starts_with('-')
                && matches!(word.first(), Some(Piece::Place(_)))
                && !options_over;
            if becomes_option {
                let name = word.iter().find_map(Piece::place).unwrap_or_default();
                return Err(format!(
                    "`{name}` must not begin with `-`, as it would be read as an option"
                ));
            }
            options_over |= text == "--" && word.iter().all(|piece| piece.place().is_none());
            filled.push(text);
        }
        Ok(filled)
    }

    fn places(&self) -> impl Iterator<Item = &str> {
        self.words.iter().flatten().filter_map(Piece::place)
    }

    /// A place in text that a program of this command would carry out, and the program.
    fn evaluated(&self) -> Option<(&str, &str)> {
        for (at, word) in self.words.iter().enumerate() {
            let program = text(word)?.rsplit('/').next().unwrap_or_default();
            let rest = &self.words[at + 1..];
            if let Some((name, options)) = EVALUATING.iter().find(|(name, _)| *name == program) {
                let script = rest.iter().enumerate().find_map(|(at, word)| {
                    let option = text(word).is_some_and(|text| is_option(text, options));
                    let next = rest.get(at + 1).filter(|_| option);
                    next.and_then(|next| next.iter().find_map(Piece::place))
                });
                // Without such an option the first argument is a file that is carried out.
                let first = rest
                    .first()
                    .and_then(|word| word.iter().find_map(Piece::place));
                // What follows belongs to it, and is data.
                return script.or(first).map(|place| (place, *name));
            }
            if let Some(name) = SCRIPTED.iter().find(|name| **name == program) {
                let is_argument =
                    |word: &&Vec<Piece>| text(word).is_none_or(|text| !text.starts_with('-'));
                let script = rest.iter().find(is_argument);
                let place = script.and_then(|word| word.iter().find_map(Piece::place));
                return place.map(|place| (place, *name));
            }
        }
        None
    }
}

impl Piece {
    fn place(&self) -> Option<&str> {
        match self {
            Self::Place(name) => Some(name),
            Self::Text(_) => None,
        }
    }
}

/// A word that has no place in it.
fn text(word: &[Piece]) -> Option<&str> {
    match word {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

/// `-c`, `-lc`, `--eval`.
fn is_option(text: &str, options: &[&str]) -> bool {
    let long = text.strip_prefix("--");
    let short = text.strip_prefix('-');
    options.iter().any(|option| match (long, short) {
        (Some(long), _) => long == *option,
        (None, Some(short)) => short == *option || option.len() == 1 && short.ends_with(option),
        _ => text == *option && option.len() > 1,
    })
}

fn fill(word: &[Piece], values: &Value, parameters: &Value) -> Result<Option<String>, String> {
    let mut filled = String::new();
    for piece in word {
        let name = match piece {
            Piece::Text(text) => {
                filled.push_str(text);
                continue;
            }
            Piece::Place(name) => name,
        };
        let usual = &parameters["properties"][name]["default"];
        let value = Some(&values[name]).filter(|value| !value.is_null());
        let value = match value.unwrap_or(usual) {
            Value::Null => return Ok(None),
            Value::String(text) => text.clone(),
            number @ (Value::Number(_) | Value::Bool(_)) => number.to_string(),
            _ => return Err(format!("`{name}` must be one text or number")),
        };
        if value.contains('\0') {
            return Err(format!(
                "`{name}` holds a zero byte, which no program can be given"
            ));
        }
        if value.len() > MOST_VALUE {
            return Err(format!("`{name}` is longer than {MOST_VALUE} bytes"));
        }
        filled.push_str(&value);
    }
    Ok(Some(filled))
}

fn pieces(word: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let doubled = rest.strip_prefix("{{").and_then(|inner| name(inner, "}}"));
        let single = rest.strip_prefix('{').and_then(|inner| name(inner, "}"));
        if let Some((name, after)) = doubled {
            text.push_str(&format!("{{{name}}}"));
            rest = after;
        } else if let Some((name, after)) = single {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Place(name.to_owned()));
            rest = after;
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// A name and its end, and what follows.
fn name<'a>(text: &'a str, end: &str) -> Option<(&'a str, &'a str)> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = text.find(|c| !letters(c)).unwrap_or(text.len());
    let (name, after) = text.split_at(length);
    let is_name = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    after
        .strip_prefix(end)
        .filter(|_| is_name)
        .map(|after| (name, after))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::CommandTemplate;

    fn schema() -> Value {
        let text = json!({"type": "string"});
        json!({"type": "object", "properties": {"a": text, "n": {"type": "integer"}}})
    }

    fn template(words: &[&str], parameters: &Value) -> Result<CommandTemplate, String> {
        let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
        CommandTemplate::new(&words, parameters)
    }

    #[test]
    fn a_value_stays_within_its_word() {
        let schema = schema();
        let made = template(
            &[
                "p",
                "--at={a}",
                "x{a}y{n}",
                "{ print $1 }",
                "{{a}}",
                "{",
                "{}",
            ],
            &schema,
        );
        let filled = made
            .unwrap()
            .fill(&json!({"a": "b c; $(d) {n} {{a}}", "n": 7}), &schema);
        assert_eq!(
            filled.unwrap(),
            [
                "p",
                "--at=b c; $(d) {n} {{a}}",
                "xb c; $(d) {n} {{a}}y7",
                "{ print $1 }",
                "{a}",
                "{",
                "{}"
            ]
        );
    }

    #[test]
    fn a_value_cannot_become_an_option() {
        let schema = schema();
        let fill = |words: &[&str], value: Value| {
            template(words, &schema)
                .unwrap()
                .fill(&json!({"a": value, "n": -5}), &schema)
        };
        let refused = fill(&["p", "{a}", "-n{n}"], json!("--exec=rm"));
        assert!(refused.unwrap_err().contains("`a` must not begin with `-`"));
        assert!(
            fill(&["p", "x", "{n}", "y{a}"], json!("b")).is_err(),
            "-5 is one, too"
        );
        assert!(fill(&["p", "{a}{n}"], json!("")).is_err());
        assert_eq!(
            fill(&["p", "--", "{a}", "{n}"], json!("-x")).unwrap()[2],
            "-x"
        );
        assert_eq!(
            fill(&["p", "-{a}", "{a}{n}"], json!("v")).unwrap(),
            ["p", "-v", "v-5"]
        );
        // A value that is itself the mark for the end of options is none.
        assert!(fill(&["p", "{a}", "{n}"], json!("--")).is_err());
    }

    #[test]
    fn a_word_without_its_value_is_left_out_and_defaults_count() {
        let mut schema = schema();
        let made = template(&["p", "--n={n}", "{a}"], &schema).unwrap();
        assert_eq!(made.fill(&json!({"a": "x"}), &schema).unwrap(), ["p", "x"]);
        schema["properties"]["n"]["default"] = json!(3);
        assert_eq!(
            made.fill(&json!({"a": "x", "n": null}), &schema).unwrap(),
            ["p", "--n=3", "x"]
        );
        for bad in [json!("a\0b"), json!(["x"]), json!("x".repeat(70_000))] {
            assert!(made.fill(&json!({"a": bad}), &schema).is_err());
        }
    }

    #[test]
    fn what_cannot_be_is_said_with_its_remedy() {
        let (schema, one) = (schema(), json!({"properties": {"a": {"type": "string"}}}));
        let list = json!({"properties": {"a": {"type": "array"}}});
        for (words, parameters, expected) in [
            (&[][..], &one, "names no program"),
            (&[""], &one, "names no program"),
            (&["{a}"], &one, "first word"),
            (&["p/{a}"], &one, "first word"),
            (
                &["p", "{b}"],
                &one,
                "no parameter `b`: add it to `parameters`, or write `{{b}}`",
            ),
            (&["p", "{a}"], &list, "must fit into one word"),
            (&["p", "{a}"], &schema, "does not use the parameter `n`"),
            (&["sh", "-c", "echo {a}"], &one, "carries out"),
            (&["/bin/bash", "-lc", "{a}"], &one, "carries out"),
            (
                &["env", "X=1", "python3", "-c", "print({a})"],
                &one,
                "carries out",
            ),
            (&["node", "--eval", "{a}"], &one, "carries out"),
            (&["bash", "{a}"], &one, "carries out"),
            (&["awk", "-F,", "{ print {a} }", "f"], &one, "carries out"),
        ] {
            let problem = template(words, parameters).unwrap_err();
            assert!(problem.contains(expected), "{words:?}: {problem}");
        }
        for words in [
            &["sh", "-c", "grep -- \"$1\" f", "sh", "{a}"][..],
            &["awk", "-F,", "{ print $1 }", "{a}"],
            &["grep", "-c", "{a}"],
        ] {
            assert!(template(words, &one).is_ok(), "{words:?}");
        }
    }
}
