//! The tools themselves, on a real filesystem.

mod attacks;
mod attacks_on_files;
mod calculate;
mod files;
mod reading;
mod web;

use std::path::Path;
use std::sync::Arc;

use planwright::tool::builtin::edit_file::EditFile;
use planwright::tool::builtin::list_files::ListFiles;
use planwright::tool::builtin::read_file::ReadFile;
use planwright::tool::builtin::search_files::SearchFiles;
use planwright::tool::builtin::write_file::WriteFile;
use planwright::tool::workspace::Workspace;
use planwright::tool::{CallContext, Tool, ToolError};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A folder with a workspace in it, and something beside it that is nobody's business.
struct Place {
    home: TempDir,
    workspace: Arc<Workspace>,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let work = home.path().join("work");
        std::fs::create_dir(&work).expect("it can be made");
        std::fs::write(home.path().join("secret.txt"), "TOP SECRET\n").expect("it can be written");
        let workspace = Arc::new(Workspace::open(&work).expect("it can be opened"));
        Self { home, workspace }
    }

    fn root(&self) -> &Path {
        self.workspace.root()
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        std::fs::write(path, content).expect("it can be written");
    }

    fn get(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).expect("it can be read")
    }

    fn tool(&self, name: &str) -> Arc<dyn Tool> {
        let workspace = Arc::clone(&self.workspace);
        match name {
            "read_file" => Arc::new(ReadFile::new(workspace)),
            "list_files" => Arc::new(ListFiles::new(workspace)),
            "search_files" => Arc::new(SearchFiles::new(workspace)),
            "write_file" => Arc::new(WriteFile::new(workspace)),
            _ => Arc::new(EditFile::new(workspace)),
        }
    }

    /// Calls a tool as the engine does: what it reaches is asked first.
    async fn call(&self, name: &str, arguments: Value) -> Result<String, ToolError> {
        call(&*self.tool(name), arguments).await
    }
}

async fn call(tool: &dyn Tool, arguments: Value) -> Result<String, ToolError> {
    let context = CallContext {
        cancel: CancellationToken::new(),
        reach: tool.reach(&arguments),
    };
    tool.call(context, arguments)
        .await
        .map(|output| output.text)
}
