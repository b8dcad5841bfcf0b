//! `write_file`: a whole file, made or replaced at once.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::changes::{Shown, current, diff, write};
use super::{arguments, blocking, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
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
    shown: Shown,
}

impl WriteFile {
    /// Writes in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Writes a whole text file; one that is there is replaced. To change a part, use edit_file.";
        Self {
            spec: spec::<Arguments>("write_file", description, Effect::Mutating),
            workspace,
            shown: Shown::default(),
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
        Box::pin(async move {
            let Arguments { path, content } = arguments(given).ok()?;
            let before = current(&self.workspace, &path, &self.reach(given)).ok()?;
            self.shown.remember(given, before.as_deref());
            Some(diff(&path, before.as_deref(), &content))
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
            let Arguments { path, content } = arguments(&given)?;
            let before = current(&workspace, &path, &context.reach)?;
            shown.check(&given, before.as_deref())?;
            write(&workspace, &path, context, &content)?;
            let what = if before.is_some() { "replaced" } else { "made" };
            let lines = content.lines().count();
            Ok(ToolOutput::new(format!(
                "{what}: {path}, {lines} lines, {} bytes",
                content.len()
            )))
        })
    }
}
