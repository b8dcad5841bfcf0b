//! A home with keys in it, a workspace, and `run_command` in that workspace.
#![allow(clippy::print_stderr, reason = "what is not tried here has to be said")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use planwright::tool::builtin::run_command::RunCommand;
use planwright::tool::sandbox::{Sandbox, SandboxOptions};
use planwright::tool::{CallContext, Tool, ToolError, ToolOutput};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Where programs are.
pub(super) const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

pub(super) struct Place {
    root: TempDir,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) cancel: CancellationToken,
}

impl Place {
    pub(super) fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// With these options, which may name things below the root.
    pub(super) fn with(change: impl FnOnce(&Path, &mut SandboxOptions)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let at = root.path().canonicalize().unwrap();
        for folder in ["home/.ssh", "home/.config/planwright", "home/work/sub"] {
            fs::create_dir_all(at.join(folder)).unwrap();
        }
        for (file, text) in [
            ("home/.ssh/id", "private-key"),
            ("home/.config/planwright/config.toml", "own-settings"),
            ("home/letter.txt", "a-letter"),
            ("home/work/readme.txt", "hello"),
        ] {
            fs::write(at.join(file), text).unwrap();
        }
        let variable = |name: &str, value: OsString| (OsString::from(name), value);
        let mut options = SandboxOptions {
            workspace: at.join("home/work"),
            protected: vec![at.join("home/.config/planwright")],
            environment: vec![
                variable("PATH", PATH.into()),
                variable("HOME", at.join("home").into_os_string()),
                variable("CLUSTER_API_KEY", "sk-secret-4711".into()),
                variable("PLAIN", "plain-value".into()),
            ],
            ..SandboxOptions::default()
        };
        change(&at, &mut options);
        Self {
            root,
            sandbox: Arc::new(Sandbox::new(options).unwrap()),
            cancel: CancellationToken::new(),
        }
    }

    /// A path below the root.
    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    pub(super) fn tool(&self, network: bool) -> RunCommand {
        RunCommand::new(self.sandbox.clone(), network, Duration::from_secs(60))
    }

    pub(super) async fn call(&self, given: Value) -> Result<ToolOutput, ToolError> {
        self.use_tool(&self.tool(false), given).await
    }

    pub(super) async fn use_tool(
        &self,
        tool: &dyn Tool,
        given: Value,
    ) -> Result<ToolOutput, ToolError> {
        let context = CallContext {
            cancel: self.cancel.clone(),
            reach: tool.reach(&given),
        };
        tool.call(context, given).await
    }

    /// The output of a script of bash, whatever became of it.
    pub(super) async fn bash(&self, script: &str) -> String {
        match self.call(json!({"command": ["bash", "-c", script]})).await {
            Ok(output) => output.text,
            Err(error) => error.to_string(),
        }
    }

    /// Whether files are contained here; where not, says why the test cannot show it.
    pub(super) fn contains_files(&self) -> bool {
        let contained = self.sandbox.contains_files();
        if !contained {
            let how = self
                .sandbox
                .containment(&planwright::tool::sandbox::Allowance::default());
            eprintln!("not tried: {how}");
        }
        contained
    }

    /// Whether the network can be kept away here; where not, says why the test cannot show it.
    pub(super) fn contains_network(&self) -> bool {
        let contained = self.sandbox.contains_network();
        if !contained {
            let how = self
                .sandbox
                .containment(&planwright::tool::sandbox::Allowance::default());
            eprintln!("not tried: {how}");
        }
        contained
    }
}
