//! `list_files`: the files of a folder, by a glob.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::tree::Tree;
use super::{arguments, blocking, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::workspace::Workspace;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The most files that are listed.
const MOST_LISTED: usize = 1_000;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Which files, such as "src/**/*.rs" or "*.md"; without it, all.
    #[serde(default)]
    pattern: Option<String>,
    /// The folder to look in; without it, the workspace.
    #[serde(default)]
    folder: Option<String>,
    /// Whether hidden files are meant, too.
    #[serde(default)]
    hidden: Option<bool>,
}

/// Lists files.
pub struct ListFiles {
    spec: ToolSpec,
    workspace: Arc<Workspace>,
}

impl ListFiles {
    /// Lists files of this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description =
            "Lists files with their sizes in bytes. Files that git ignores are left out.";
        Self {
            spec: spec::<Arguments>("list_files", description, Effect::ReadOnly),
            workspace,
        }
    }
}

impl Tool for ListFiles {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        let folder = given["folder"].as_str().unwrap_or(".");
        self.workspace.reach(Effect::ReadOnly, [folder])
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let workspace = Arc::clone(&self.workspace);
        blocking(context, move |context| {
            let given: Arguments = arguments(&given)?;
            let folder = given.folder.as_deref().unwrap_or(".");
            let hidden = given.hidden.unwrap_or(false);
            let glob = given.pattern.as_deref();
            let mut tree = Tree::new(&workspace, folder, glob, hidden, context)?;
            let (mut text, mut listed, mut more) = (String::new(), 0, 0_usize);
            while let Some(entry) = tree.next(context) {
                if listed < MOST_LISTED {
                    text.push_str(&format!("{}  {}\n", entry.name, entry.size));
                    listed += 1;
                } else {
                    more += 1;
                }
            }
            if listed == 0 {
                text.push_str("no files");
            }
            if more > 0 {
                text.push_str(&format!(
                    "[{more} more files; give a pattern or a folder]\n"
                ));
            }
            if let Some(why) = tree.cut {
                text.push_str(&format!("[not complete: {why}]\n"));
            }
            Ok(ToolOutput::new(text))
        })
    }
}
