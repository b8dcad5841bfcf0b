//! `edit_file`: one text in a file replaced by another.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::changes::{Before, diff};
use super::edits::{Edit, edited};
use super::seen::Seen;
use super::{arguments, changing, looking, shown, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;
use crate::tool::workspace::Workspace;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

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
    seen: Seen,
}

impl EditFile {
    /// Edits in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Replaces one text in a file by another. Read the file first.";
        Self {
            spec: spec::<Arguments>("edit_file", description, Effect::Mutating),
            workspace,
            seen: Seen::default(),
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
        let workspace = Arc::clone(&self.workspace);
        let context = looking(self.reach(given));
        let (seen, given) = (self.seen.clone(), given.clone());
        shown(move || {
            let edit: Arguments = arguments(&given)?;
            let before = Before::read(&workspace, &edit.path, &context)?;
            seen.remember(&given, before.text());
            let text = text_of(&edit, &before)?;
            let (after, _) = edited(&edit.edit(), text)?;
            Ok(diff(&edit.path, Some(text), &after))
        })
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let workspace = Arc::clone(&self.workspace);
        let seen = self.seen.clone();
        changing(context, move |context| {
            let edit: Arguments = arguments(&given)?;
            let before = Before::read(&workspace, &edit.path, context)?;
            seen.check(&given, before.text())?;
            let (after, places) = edited(&edit.edit(), text_of(&edit, &before)?)?;
            let remarks = before.replace(&edit.path, &after, context)?;
            let places = if places == 1 {
                "1 place".to_owned()
            } else {
                format!("{places} places")
            };
            let path = visible(&edit.path);
            Ok(ToolOutput::new(format!(
                "changed: {path}, {places}{remarks}"
            )))
        })
    }
}

impl Arguments {
    fn edit(&self) -> Edit<'_> {
        Edit {
            old: &self.old,
            new: &self.new,
            all: self.all.unwrap_or(false),
        }
    }
}

fn text_of<'a>(edit: &Arguments, before: &'a Before) -> Result<&'a str, ToolError> {
    before.text().ok_or_else(|| {
        let path = visible(&edit.path);
        ToolError::Failed(format!("there is no `{path}`; write_file makes one"))
    })
}
