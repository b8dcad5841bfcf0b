//! What file tools must never do, whatever a model asks for and whoever changes the folder meanwhile.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use planwright::domain::policy::{Permission, Policy};
use planwright::tool::{CallContext, Tool, ToolError};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Place, call};

/// Calls a tool with a reach that a person would have been shown for something in the workspace.
async fn as_if_inside(tool: &dyn Tool, arguments: Value, shown: &str) -> Result<String, ToolError> {
    let mut reach = tool.reach(&arguments);
    reach.outside = false;
    reach.paths = vec![shown.to_owned()];
    let context = CallContext {
        cancel: CancellationToken::new(),
        reach,
    };
    tool.call(context, arguments)
        .await
        .map(|output| output.text)
}

#[tokio::test]
async fn every_way_out_is_asked_about_and_never_taken_for_a_way_in() {
    let place = Place::new();
    let secret = place.home.path().join("secret.txt");
    symlink(&secret, place.root().join("link.txt")).expect("it can be made");
    symlink(place.home.path(), place.root().join("up")).expect("it can be made");
    symlink("/nowhere/at/all", place.root().join("dangling")).expect("it can be made");
    let read = place.tool("read_file");
    let absolute = secret.to_string_lossy().into_owned();
    for path in [
        "../secret.txt",
        "./a/../../secret.txt",
        &absolute,
        "link.txt",
        "up/secret.txt",
        "up/work/../secret.txt",
    ] {
        let arguments = json!({ "path": path });
        let reach = read.reach(&arguments);
        assert!(reach.outside, "{path}");
        assert_eq!(reach.paths.len(), 1);
        assert!(reach.paths[0].starts_with('/'), "{path}: {:?}", reach.paths);
        assert_eq!(
            Policy::default().decide("read_file", &reach).0,
            Permission::Ask,
            "{path}"
        );
        // Whoever was asked about something else has not allowed this.
        let taken = as_if_inside(&*read, arguments, "secret.txt").await;
        assert!(
            matches!(taken, Err(ToolError::Refused(_))),
            "{path}: {taken:?}"
        );
    }
    for path in ["~/secret.txt", "a\0b"] {
        assert!(
            matches!(
                place.call("read_file", json!({ "path": path })).await,
                Err(ToolError::BadArguments(_))
            ),
            "{path}"
        );
    }
    // What a person was shown and allowed is read.
    assert_eq!(
        place
            .call("read_file", json!({"path": "../secret.txt"}))
            .await,
        Ok("TOP SECRET\n".to_owned())
    );
    for (name, arguments) in [
        ("list_files", json!({"pattern": "**/*"})),
        ("search_files", json!({"pattern": "SECRET"})),
    ] {
        let told = place.call(name, arguments).await.expect("it works");
        assert!(
            !told.contains("secret.txt") && !told.contains("TOP"),
            "{told}"
        );
    }
    let through = json!({"path": "dangling", "content": "x"});
    assert!(place.call("write_file", through).await.is_err());
    assert!(
        !std::path::Path::new("/nowhere").exists(),
        "nothing is written through a link"
    );
}

#[tokio::test]
async fn writing_through_a_link_outside_is_asked_about_by_its_real_name() {
    let place = Place::new();
    let secret = place.home.path().join("secret.txt");
    symlink(&secret, place.root().join("link.txt")).expect("it can be made");
    for name in ["write_file", "edit_file"] {
        let tool = place.tool(name);
        let arguments = json!({"path": "link.txt", "content": "gone", "old": "TOP", "new": "gone"});
        assert!(tool.reach(&arguments).outside);
        let taken = as_if_inside(&*tool, arguments, "link.txt").await;
        assert!(
            matches!(taken, Err(ToolError::Refused(_))),
            "{name}: {taken:?}"
        );
    }
    assert_eq!(
        fs::read_to_string(secret).expect("it is there"),
        "TOP SECRET\n"
    );
}

/// A folder in the workspace is swapped, again and again, with a link to the one beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_between_look_and_use_brings_nothing_from_outside() {
    let place = Place::new();
    let outside = place.home.path().join("outside");
    fs::create_dir(&outside).expect("it can be made");
    fs::write(outside.join("file.txt"), "TOP SECRET\n").expect("it can be written");
    place.put("folder/file.txt", "harmless\n");
    let (folder, aside, link) = (
        place.root().join("folder"),
        place.root().join("aside"),
        place.root().join("link"),
    );
    let stop = Arc::new(AtomicBool::new(false));
    let swapping = {
        let (stop, outside) = (Arc::clone(&stop), outside.clone());
        std::thread::spawn(move || {
            let mut swaps = 0;
            // A writer may have made the folder anew meanwhile: that one goes.
            let move_to_folder = |from: &std::path::Path| {
                while fs::rename(from, &folder).is_err() {
                    let _ = fs::remove_dir_all(&folder);
                }
            };
            while !stop.load(Ordering::Relaxed) {
                symlink(&outside, &link).expect("it can be made");
                fs::rename(&folder, &aside).expect("it can be moved");
                move_to_folder(&link);
                fs::remove_file(&folder).expect("it can be removed");
                move_to_folder(&aside);
                swaps += 1;
            }
            swaps
        })
    };
    let (read, write) = (place.tool("read_file"), place.tool("write_file"));
    let search = place.tool("search_files");
    let mut harmless = 0;
    for n in 0..600 {
        // Decided on while it leads inside.
        let shown = "folder/file.txt";
        match as_if_inside(&*read, json!({ "path": shown }), shown).await {
            Ok(text) => {
                assert_eq!(text, "harmless\n", "round {n}");
                harmless += 1;
            }
            Err(error) => assert!(!error.to_string().contains("SECRET")),
        }
        let _ = as_if_inside(
            &*write,
            json!({"path": "folder/new.txt", "content": "x"}),
            "folder/new.txt",
        )
        .await;
        let pattern = json!({"pattern": "SECRET|harmless", "folder": "folder"});
        let found = as_if_inside(&*search, pattern, "folder").await;
        assert!(
            !found.unwrap_or_default().contains("TOP SECRET"),
            "round {n}"
        );
    }
    stop.store(true, Ordering::Relaxed);
    let swaps = swapping.join().expect("it ends");
    assert!(swaps > 100, "{swaps} swaps");
    assert!(harmless > 0);
    let names: Vec<_> = fs::read_dir(&outside)
        .expect("it is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["file.txt"], "nothing was written outside");
    assert_eq!(
        fs::read_to_string(outside.join("file.txt")).expect("it is there"),
        "TOP SECRET\n"
    );
}

#[tokio::test]
async fn what_is_no_file_is_refused_and_nothing_waits() {
    let place = Place::new();
    let pipe = place.root().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("it runs")
            .success()
    );
    let socket =
        std::os::unix::net::UnixListener::bind(place.root().join("socket")).expect("it binds");
    for path in ["pipe", "socket"] {
        for (name, arguments) in [
            ("read_file", json!({ "path": path })),
            ("edit_file", json!({"path": path, "old": "a", "new": "b"})),
            ("write_file", json!({"path": path, "content": "a"})),
        ] {
            let work = place.call(name, arguments);
            let ended = tokio::time::timeout(Duration::from_secs(5), work)
                .await
                .expect("nothing waits");
            assert!(ended.is_err(), "{name} {path}: {ended:?}");
        }
    }
    for (name, arguments) in [
        ("list_files", json!({})),
        ("search_files", json!({"pattern": "."})),
    ] {
        let work = place.call(name, arguments);
        let told = tokio::time::timeout(Duration::from_secs(5), work)
            .await
            .expect("nothing waits");
        assert!(!told.expect("it works").contains("pipe"));
    }
    drop(socket);
    let device = json!({"path": "/dev/zero"});
    assert!(place.tool("read_file").reach(&device).outside);
    let work = place.call("read_file", device);
    let ended = tokio::time::timeout(Duration::from_secs(5), work)
        .await
        .expect("nothing waits");
    assert!(matches!(ended, Err(ToolError::Refused(_))), "{ended:?}");
}

#[tokio::test]
async fn names_with_control_characters_reach_nobody_raw() {
    let place = Place::new();
    place.put("bad\u{1b}[31m\u{202e}.txt", "needle\n");
    for (name, arguments) in [
        ("list_files", json!({})),
        ("search_files", json!({"pattern": "needle"})),
    ] {
        let told = place.call(name, arguments).await.expect("it works");
        assert!(told.contains("bad\\x1b[31m\\u{202e}.txt"), "{told:?}");
        assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'));
    }
    let missing = place
        .call("read_file", json!({"path": "no\u{1b}[2J"}))
        .await
        .expect_err("there is none");
    assert!(!missing.to_string().contains('\u{1b}'));
}

#[tokio::test]
async fn patterns_and_sizes_are_bounded() {
    let place = Place::new();
    place.put("a.txt", "a".repeat(100_000));
    let work = place.call("search_files", json!({"pattern": "(a+)+$x(a|aa)*"}));
    tokio::time::timeout(Duration::from_secs(10), work)
        .await
        .expect("no pattern runs for ever")
        .ok();
    let large = place
        .call("search_files", json!({"pattern": "(a{1000}){1000}"}))
        .await;
    assert!(
        large
            .expect_err("it is too large")
            .to_string()
            .contains("no regular expression")
    );
    let huge = json!({"path": "huge.txt", "content": "x".repeat(5 * 1024 * 1024)});
    assert!(matches!(
        place.call("write_file", huge).await,
        Err(ToolError::Refused(_))
    ));
    assert!(!place.root().join("huge.txt").exists());
}

#[tokio::test]
async fn a_call_that_was_stopped_ends_at_once() {
    let place = Place::new();
    place.put("big.txt", "x\n".repeat(20_000_000));
    let tool = place.tool("read_file");
    let arguments = json!({"path": "big.txt", "first_line": 19_999_999});
    let cancel = CancellationToken::new();
    let context = CallContext {
        cancel: cancel.clone(),
        reach: tool.reach(&arguments),
    };
    cancel.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(1), tool.call(context, arguments)).await;
    assert_eq!(ended.expect("it ends"), Err(ToolError::Cancelled));
    assert!(
        call(&*tool, json!({"path": "big.txt", "lines": 1}))
            .await
            .is_ok()
    );
}
