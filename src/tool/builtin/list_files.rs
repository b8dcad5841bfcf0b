//! `list_files`: the files of a folder, by a glob.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::tree::{Kind, Tree, Wanted};
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
    /// Whether hidden files, and those that git ignores, are meant, too.
    #[serde(default)]
    hidden: Option<bool>,
    /// How many folders deep: 1 for the folder alone; without it, all of them.
    #[serde(default)]
    depth: Option<u64>,
}

/// The files of a workspace as a person may name them, hidden and ignored ones left out; as many as that at most.
///
/// # Errors
/// Where the folder cannot be read.
pub fn names(workspace: &Workspace, most: usize) -> Result<Vec<String>, ToolError> {
    let wanted = Wanted {
        top: ".",
        glob: None,
        hidden: false,
        depth: None,
    };
    let context = CallContext {
        cancel: CancellationToken::new(),
        reach: workspace.reach(Effect::ReadOnly, ["."]),
    };
    let mut tree = Tree::new(workspace, &wanted, &context)?;
    let mut names = Vec::new();
    while names.len() < most
        && let Some(entry) = tree.next(&context)
    {
        if matches!(entry.kind, Kind::File(_)) {
            names.push(entry.name);
        }
    }
    names.sort();
    Ok(names)
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
            let wanted = Wanted {
                top: given.folder.as_deref().unwrap_or("."),
                glob: given.pattern.as_deref(),
                hidden: given.hidden.unwrap_or(false),
                depth: given
                    .depth
                    .map(|depth| usize::try_from(depth).unwrap_or(usize::MAX)),
            };
            let mut tree = Tree::new(&workspace, &wanted, context)?;
            let (mut text, mut listed, mut more) = (String::new(), 0, 0_usize);
            while let Some(entry) = tree.next(context) {
                if listed == MOST_LISTED {
                    more += 1;
                    continue;
                }
                let name = entry.name;
                text.push_str(&match entry.kind {
                    Kind::File(size) => format!("{name}  {size}\n"),
                    Kind::Link => format!("{name}  (a link)\n"),
                    Kind::Folder => format!("{name}/\n"),
                });
                listed += 1;
            }
            if listed == 0 {
                text.push_str(if wanted.hidden {
                    "no files\n"
                } else {
                    "no files; hidden and ignored ones are not looked at without `hidden`\n"
                });
            }
            if more > 0 {
                text.push_str(&format!(
                    "[{more} more files; give a pattern, a folder or a depth]\n"
                ));
            }
            text.push_str(&tree.remarks());
            Ok(ToolOutput::new(text))
        })
    }
}
