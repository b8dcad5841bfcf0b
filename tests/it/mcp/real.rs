//! Real servers of others, pinned in `tests/mcp/package.json`. They are left out, which is said, only where there is no
//! node or their registry cannot be reached.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use planwright::tool::mcp::{McpOptions, McpServer, Way};
use planwright::tool::{CallContext, ToolError};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{PATIENCE, call, list, options, stdio, tools};

/// Where a server's program is, or why it cannot be had here.
fn installed(name: &str) -> Option<String> {
    static FOLDER: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = Path::new(env!("CARGO_BIN_EXE_planwright"));
        let folder = program.parent().unwrap().join("mcp-servers");
        let ended = Command::new(here.join("tests/mcp/install"))
            .arg(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        match ended.status.code() {
            Some(0) => Ok(folder),
            Some(3) => Err(said),
            _ => panic!("the servers cannot be installed: {said}"),
        }
    });
    match &*FOLDER {
        Ok(folder) => {
            let program = format!("node_modules/@modelcontextprotocol/{name}/dist/index.js");
            Some(folder.join(program).to_string_lossy().into_owned())
        }
        Err(why) => {
            #[expect(clippy::print_stderr, reason = "what is left out must be said")]
            {
                eprintln!("left out: {why}");
            }
            None
        }
    }
}

/// What holds of the server `everything`, whichever way it is reached.
async fn everything(server: &McpServer) {
    let listing = list(server).await.unwrap();
    assert!(
        listing.about.name.contains("everything"),
        "{}",
        listing.about.name
    );
    assert!(listing.odd.is_empty(), "{:?}", listing.odd);
    assert_eq!(
        call(server, "s__echo", json!({"message": "hi"}))
            .await
            .unwrap(),
        "Echo: hi"
    );
    let sum = call(server, "s__get_sum", json!({"a": 2, "b": 40}))
        .await
        .unwrap();
    assert!(sum.contains("42"), "{sum}");
    let wrong = call(server, "s__get_sum", json!({"a": "x"})).await;
    assert!(matches!(wrong, Err(ToolError::Failed(_))), "{wrong:?}");
    let image = call(server, "s__get_tiny_image", json!({})).await.unwrap();
    assert!(
        image.contains("[image, image/png, ") && image.len() < 1000,
        "{image}"
    );
    let links = call(server, "s__get_resource_links", json!({"count": 2}))
        .await
        .unwrap();
    assert_eq!(links.matches("[resource ").count(), 2, "{links}");
    let structured = call(
        server,
        "s__get_structured_content",
        json!({"location": "New York"}),
    );
    let structured = structured.await.unwrap();
    assert_eq!(structured.matches("temperature").count(), 1, "{structured}");
    // A call that is called off returns at once and leaves the connection whole.
    let slow = Arc::clone(&tools(server).await["s__trigger_long_running_operation"]);
    let cancel = CancellationToken::new();
    let context = CallContext {
        reach: planwright::domain::policy::Reach::mutating(),
        cancel: cancel.clone(),
    };
    let begun = Instant::now();
    let called = slow.call(context, json!({"duration": 60, "steps": 600}));
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    };
    let (called, ()) = tokio::join!(called, stop);
    assert_eq!(called, Err(ToolError::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(
        call(server, "s__echo", json!({"message": "on"}))
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_over_standard_input_and_output() {
    let Some(program) = installed("server-everything") else {
        return;
    };
    everything(&McpServer::new(stdio(&["node", &program, "stdio"]))).await;
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_over_streamable_http() {
    let Some(program) = installed("server-everything") else {
        return;
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut child = Command::new("node")
        .args([&program, "streamableHttp"])
        .env("PORT", port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = child.stderr.take().unwrap();
    let _running = Running(child);
    std::thread::spawn(move || {
        BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .for_each(drop);
    });
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < PATIENCE, "it does not listen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let url = format!("http://127.0.0.1:{port}/mcp");
    everything(&McpServer::new(options(Way::Http {
        url,
        authorization: None,
    })))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filesystem_within_its_folder() {
    let Some(program) = installed("server-filesystem") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let server = McpServer::new(McpOptions {
        tools: vec!["*_file".to_owned(), "list_directory".to_owned()],
        ..stdio(&["node", &program, &folder.to_string_lossy()])
    });
    let written = json!({"path": path("a.txt"), "content": "one\ntwo\n"});
    call(&server, "s__write_file", written).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(path("a.txt")).unwrap(),
        "one\ntwo\n"
    );
    let read = call(&server, "s__read_text_file", json!({"path": path("a.txt")})).await;
    assert_eq!(read.unwrap(), "one\ntwo\n");
    let listed = call(&server, "s__list_directory", json!({"path": path("")})).await;
    assert!(listed.unwrap().contains("a.txt"));
    let outside = call(
        &server,
        "s__read_text_file",
        json!({"path": "/etc/hostname"}),
    )
    .await;
    let Err(ToolError::Failed(why)) = outside else {
        panic!("{outside:?}")
    };
    assert!(why.contains("denied"), "{why}");
}
