//! `write_file`: a whole file, made or replaced at once.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::changes::{Before, diff};
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
    /// The file, from the workspace on. Folders are made where they are missing.
    path: String,
    /// All of its text.
    content: String,
}

/// Makes and replaces files.
pub struct WriteFile {
    spec: ToolSpec,
    workspace: Arc<Workspace>,
    seen: Seen,
}

impl WriteFile {
    /// Writes in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Writes a whole text file; one that is there is replaced. To change a part, use edit_file.";
        Self {
            spec: spec::<Arguments>("write_file", description, Effect::Mutating),
            workspace,
            seen: Seen::default(),
        }
    }
}

impl Tool for WriteFile {
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
            let Arguments { path, content } = arguments(&given)?;
            let before = Before::read(&workspace, &path, &context)?;
            seen.remember(&given, before.text());
            Ok(diff(&path, before.text(), &content))
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
            let Arguments { path, content } = arguments(&given)?;
            let before = Before::read(&workspace, &path, context)?;
            seen.check(&given, before.text())?;
            let what = before.text().map_or("made", |_| "replaced");
            let remarks = before.replace(&path, &content, context)?;
            Ok(ToolOutput::new(format!(
                "{what}: {}, {} lines, {} bytes{remarks}",
                visible(&path),
                content.lines().count(),
                content.len()
            )))
        })
    }
}
