//! `edit_file`: one text in a file replaced by another.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::changes::{Shown, current, diff, write};
use super::{arguments, blocking, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;
use crate::tool::workspace::Workspace;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The most places that an error names.
const MOST_PLACES: usize = 5;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The file, from the workspace on.
    path: String,
    /// The text to replace, exactly as it stands in the file, with enough around it to stand there only once.
    old: String,
    /// The text to put in its place; empty to take it out.
    new: String,
    /// Replace it wherever it stands.
    #[serde(default)]
    all: Option<bool>,
}

/// Edits files.
pub struct EditFile {
    spec: ToolSpec,
    workspace: Arc<Workspace>,
    shown: Shown,
}

impl EditFile {
    /// Edits in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Replaces one text in a file by another. Read the file first.";
        Self {
            spec: spec::<Arguments>("edit_file", description, Effect::Mutating),
            workspace,
            shown: Shown::default(),
        }
    }
}

impl Tool for EditFile {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        self.workspace
            .reach(Effect::Mutating, given["path"].as_str())
    }

    fn preview<'a>(&'a self, given: &'a Value) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            let edit: Arguments = arguments(given).ok()?;
            let before = current(&self.workspace, &edit.path, &self.reach(given)).ok()??;
            self.shown.remember(given, Some(&before));
            match edited(&edit, &before) {
                Ok((after, _)) => Some(diff(&edit.path, Some(&before), &after)),
                Err(error) => Some(format!("It would change nothing: {error}")),
            }
        })
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let workspace = Arc::clone(&self.workspace);
        let shown = self.shown.clone();
        blocking(context, move |context| {
            let edit: Arguments = arguments(&given)?;
            let before = current(&workspace, &edit.path, &context.reach)?;
            shown.check(&given, before.as_deref())?;
            let before = before.ok_or_else(|| {
                let text = format!(
                    "there is no `{}`; write_file makes one",
                    visible(&edit.path)
                );
                ToolError::Failed(text)
            })?;
            let (after, places) = edited(&edit, &before)?;
            write(&workspace, &edit.path, context, &after)?;
            let places = if places == 1 {
                "1 place".to_owned()
            } else {
                format!("{places} places")
            };
            Ok(ToolOutput::new(format!("changed: {}, {places}", edit.path)))
        })
    }
}

/// The text after the edit, and how many places it changed.
fn edited(edit: &Arguments, before: &str) -> Result<(String, usize), ToolError> {
    let wrong = |text: &str| Err(ToolError::BadArguments(text.to_owned()));
    if edit.old.is_empty() {
        return wrong("`old` is empty; write_file makes whole files");
    }
    // A model sees no line ends: those of the file are meant.
    let crlf = before.contains("\r\n") && !edit.old.contains('\r');
    let ends = |text: &str| {
        if crlf {
            text.replace('\n', "\r\n")
        } else {
            text.to_owned()
        }
    };
    let (old, new) = (ends(&edit.old), ends(&edit.new));
    if old == new {
        return wrong("`old` and `new` are the same");
    }
    let places = before.matches(&old).count();
    match places {
        0 => Err(ToolError::Failed(not_found(&edit.old, before))),
        1 => Ok((before.replacen(&old, &new, 1), 1)),
        _ if edit.all == Some(true) => Ok((before.replace(&old, &new), places)),
        _ => {
            let lines = before
                .match_indices(&old)
                .take(MOST_PLACES)
                .map(|(at, _)| line_of(before, at).to_string());
            let lines: Vec<String> = lines.collect();
            Err(ToolError::Failed(format!(
                "`old` stands there {places} times (lines {}{}): give more of the text around it, or set `all`",
                lines.join(", "),
                if places > MOST_PLACES { ", …" } else { "" }
            )))
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// What is said of a text that does not stand there: where something like it does.
fn not_found(old: &str, before: &str) -> String {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = old
        .lines()
        .map(plain)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let alike = before.lines().enumerate().filter(|(_, line)| {
        let line = plain(line);
        !line.is_empty() && (line == first || (first.len() >= 8 && line.contains(&first)))
    });
    let alike: Vec<String> = alike
        .take(MOST_PLACES)
        .map(|(index, line)| {
            format!(
                "{}: {}",
                index + 1,
                line.chars().take(200).collect::<String>()
            )
        })
        .collect();
    if alike.is_empty() {
        return "`old` does not stand in the file; read the file and copy the text from it"
            .to_owned();
    }
    format!(
        "`old` does not stand in the file like this; its first line is like\n{}\nwhite space and the lines below must be the same",
        alike.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::{Arguments, edited};

    fn edit(old: &str, new: &str, all: bool) -> Arguments {
        Arguments {
            path: "a".to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            all: Some(all),
        }
    }

    #[test]
    fn one_place_is_replaced_or_all_of_them() {
        let text = "one\ntwo\none two\n";
        assert_eq!(
            edited(&edit("two\none", "2\n1", false), text),
            Ok(("one\n2\n1 two\n".to_owned(), 1))
        );
        assert_eq!(
            edited(&edit("two", "2", true), text),
            Ok(("one\n2\none 2\n".to_owned(), 2))
        );
        let error = |old: &str, new: &str| {
            edited(&edit(old, new, false), text)
                .expect_err("it is refused")
                .to_string()
        };
        assert!(error("two", "2").contains("2 times (lines 2, 3)"));
        assert!(error("", "x").contains("empty"));
        assert!(error("two\n", "two\n").contains("the same"));
        assert!(error("three", "3").contains("does not stand in the file"));
        assert!(error("  one   two", "x").contains("3: one two"));
    }

    #[test]
    fn line_ends_of_the_file_are_kept() {
        let text = "one\r\ntwo\r\n";
        assert_eq!(
            edited(&edit("one\ntwo", "1\n2", false), text),
            Ok(("1\r\n2\r\n".to_owned(), 1))
        );
    }
}
