//! Traps that lie in a folder, and hands that move things about while a call is on its way.

use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use planwright::domain::policy::Reach;
use planwright::tool::builtin::read_file::ReadFile;
use planwright::tool::workspace::Workspace;
use planwright::tool::{CallContext, Tool, ToolError};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Place, call};

/// Calls a tool that was decided on with this reach.
async fn decided(tool: &dyn Tool, arguments: Value, reach: Reach) -> Result<String, ToolError> {
    let context = CallContext {
        cancel: CancellationToken::new(),
        reach,
    };
    let output = tool.call(context, arguments).await;
    output.map(|output| output.text)
}

/// Nothing may take long, or for ever.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, work)
        .await
        .expect("nothing waits")
}

/// Puts a link in the place of a file or folder and the thing back again, over and over, until told to stop.
fn swap(thing: PathBuf, target: PathBuf, stop: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let stop = Arc::clone(stop);
    let (aside, link) = (thing.with_extension("aside"), thing.with_extension("link"));
    std::thread::spawn(move || {
        let mut swaps = 0;
        while !stop.load(Ordering::Relaxed) {
            symlink(&target, &link).expect("it can be made");
            fs::rename(&thing, &aside).expect("it can be moved");
            fs::rename(&link, &thing).expect("it can be moved");
            fs::remove_file(&thing).expect("it can be removed");
            fs::rename(&aside, &thing).expect("it can be moved");
            swaps += 1;
        }
        swaps
    })
}

/// Rules are about paths: what was allowed for one file holds for no other one, though it lies in the workspace, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_swapped_for_a_link_to_another_one_inside_is_not_followed() {
    let place = Place::new();
    place.put("open.txt", "harmless\n");
    place.put("keys/key.txt", "INNER SECRET\n");
    let stop = Arc::new(AtomicBool::new(false));
    let swapping = swap(
        place.root().join("open.txt"),
        place.root().join("keys/key.txt"),
        &stop,
    );
    let (read, search) = (place.tool("read_file"), place.tool("search_files"));
    let reach = Reach {
        paths: vec!["open.txt".to_owned()],
        ..Reach::harmless()
    };
    let mut harmless = 0;
    for _ in 0..1_500 {
        let one = decided(&*read, json!({"path": "open.txt"}), reach.clone()).await;
        let arguments = json!({"pattern": "SECRET|harmless", "folder": "open.txt"});
        let other = decided(&*search, arguments, reach.clone()).await;
        for told in [one, other].into_iter().flatten() {
            assert!(!told.contains("INNER SECRET"), "{told}");
            harmless += usize::from(told.contains("harmless"));
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(swapping.join().expect("it ends") > 100);
    assert!(harmless > 0);
}

/// The person allowed one file outside. Neither it nor its folder may be swapped for another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_allowed_outside_is_that_file_and_no_other() {
    for folder_too in [false, true] {
        let place = Place::new();
        let outside = place.home.path().join("outside");
        let other = place.home.path().join("other");
        for (folder, text) in [(&outside, "harmless\n"), (&other, "OTHER SECRET\n")] {
            fs::create_dir(folder).expect("it can be made");
            fs::write(folder.join("file.txt"), text).expect("it can be written");
        }
        let read = place.tool("read_file");
        let arguments = json!({ "path": outside.join("file.txt") });
        let reach = read.reach(&arguments);
        assert!(reach.outside);
        let stop = Arc::new(AtomicBool::new(false));
        let swapping = if folder_too {
            swap(outside.clone(), other.clone(), &stop)
        } else {
            swap(outside.join("file.txt"), other.join("file.txt"), &stop)
        };
        let mut harmless = 0;
        for _ in 0..1_500 {
            if let Ok(told) = decided(&*read, arguments.clone(), reach.clone()).await {
                assert_eq!(told, "harmless\n");
                harmless += 1;
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(swapping.join().expect("it ends") > 100);
        assert!(harmless > 0);
    }
}

#[tokio::test]
async fn names_that_only_look_the_same_are_not_taken_for_each_other() {
    let place = Place::new();
    for bytes in [b"\xff", b"\xfe"] {
        let name = std::ffi::OsStr::from_bytes(bytes);
        fs::write(place.root().join(name), "x").expect("it can be written");
    }
    let odd = place.root().join(std::ffi::OsStr::from_bytes(b"\xff"));
    symlink(odd, place.root().join("link")).expect("it can be made");
    let read = place.tool("read_file");
    assert!(read.reach(&json!({"path": "link"})).paths.is_empty());
    let told = call(&*read, json!({"path": "link"})).await;
    assert!(matches!(told, Err(ToolError::BadArguments(_))), "{told:?}");
}

/// A repository that somebody else made is only listed, and its rules for git are a trap.
#[tokio::test]
async fn rules_for_git_are_read_like_any_untrusted_file() {
    let place = Place::new();
    place.put("a/kept.txt", "needle\n");
    let trap = place.root().join("a/.gitignore");
    let pipe = || {
        let made = std::process::Command::new("mkfifo").arg(&trap).status();
        assert!(made.expect("it runs").success());
    };
    let endless = || symlink("/dev/zero", &trap).expect("it can be made");
    let outside = || {
        let rules = place.home.path().join("rules");
        fs::write(&rules, "*.txt\n").expect("it can be written");
        symlink(rules, &trap).expect("it can be made");
    };
    let huge = || {
        let file = File::create(&trap).expect("it can be made");
        file.set_len(10_000_000_000).expect("it can be sparse");
    };
    let makers: [&dyn Fn(); 4] = [&pipe, &endless, &outside, &huge];
    for make in makers {
        make();
        let listed = soon(place.call("list_files", json!({}))).await;
        assert!(
            listed.expect("it lists").starts_with("a/kept.txt  7\n"),
            "what is no file of rules hides nothing"
        );
        let found = soon(place.call("search_files", json!({"pattern": "needle"}))).await;
        assert!(found.expect("it searches").contains("1: needle"));
        fs::remove_file(&trap).expect("it can be removed");
    }
}

#[tokio::test]
async fn what_the_kernel_makes_up_is_no_file_whoever_allows_it() {
    let place = Place::new();
    for path in [
        "/proc/self/environ",
        "/proc/self/mem",
        "/sys/kernel/uevent_seqnum",
    ] {
        if !Path::new(path).exists() {
            continue;
        }
        let told = soon(place.call("read_file", json!({ "path": path }))).await;
        assert!(
            matches!(told, Err(ToolError::Refused(_))),
            "{path}: {told:?}"
        );
    }
    // A workspace may be all there is.
    let everything = ReadFile::new(Arc::new(Workspace::open(Path::new("/")).expect("it opens")));
    let arguments = json!({"path": "proc/self/environ"});
    assert!(!everything.reach(&arguments).outside);
    let told = soon(call(&everything, arguments)).await;
    assert!(matches!(told, Err(ToolError::Refused(_))), "{told:?}");
}

#[tokio::test]
async fn a_hard_link_is_cut_and_never_written_through() {
    let place = Place::new();
    let secret = place.home.path().join("secret.txt");
    fs::hard_link(&secret, place.root().join("inside.txt")).expect("it can be made");
    let told = place
        .call(
            "write_file",
            json!({"path": "inside.txt", "content": "mine\n"}),
        )
        .await
        .expect("it is written");
    assert!(
        told.contains("hard links, keep the text as it was"),
        "{told}"
    );
    assert_eq!(place.get("inside.txt"), "mine\n");
    assert_eq!(
        fs::read_to_string(secret).expect("it is there"),
        "TOP SECRET\n"
    );
}

#[tokio::test]
async fn what_is_protected_stays_as_it_is() {
    let place = Place::new();
    place.put("fixed.txt", "fixed\n");
    let path = place.root().join("fixed.txt");
    fs::set_permissions(&path, Permissions::from_mode(0o444)).expect("it is ours");
    for (name, arguments) in [
        ("write_file", json!({"path": "fixed.txt", "content": "x"})),
        (
            "edit_file",
            json!({"path": "fixed.txt", "old": "fixed", "new": "x"}),
        ),
    ] {
        let told = place.call(name, arguments).await;
        let Err(ToolError::Refused(why)) = told else {
            panic!("{name}: {told:?}");
        };
        assert!(why.contains("write-protected"), "{why}");
    }
    assert_eq!(place.get("fixed.txt"), "fixed\n");
}

#[tokio::test]
async fn permissions_are_kept_and_never_wider_meanwhile() {
    let place = Place::new();
    place.put("keys.txt", "old\n");
    let path = place.root().join("keys.txt");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
    let stop = Arc::new(AtomicBool::new(false));
    let watching = {
        let (stop, root) = (Arc::clone(&stop), place.root().to_owned());
        std::thread::spawn(move || {
            let mut widest = 0;
            while !stop.load(Ordering::Relaxed) {
                let entries = fs::read_dir(&root).expect("it is there").flatten();
                let modes = entries.filter_map(|entry| entry.metadata().ok());
                widest = modes.fold(widest, |widest, known| {
                    widest | (known.permissions().mode() & 0o077)
                });
            }
            widest
        })
    };
    for n in 0..200 {
        let arguments = json!({"path": "keys.txt", "content": format!("{n}\n")});
        place
            .call("write_file", arguments)
            .await
            .expect("it is written");
    }
    stop.store(true, Ordering::Relaxed);
    assert_eq!(
        watching.join().expect("it ends"),
        0,
        "nobody else could read it"
    );
    let mode = fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_write_that_was_stopped_before_it_began_writes_nothing() {
    let place = Place::new();
    for n in 0..20 {
        let write = place.tool("write_file");
        let arguments = json!({"path": format!("{n}.txt"), "content": "x"});
        let context = CallContext {
            cancel: CancellationToken::new(),
            reach: write.reach(&arguments),
        };
        context.cancel.cancel();
        let ended = soon(write.call(context, arguments)).await;
        assert_eq!(ended, Err(ToolError::Cancelled));
    }
    let left = fs::read_dir(place.root()).expect("it is there").count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_edit_that_would_fill_the_memory_is_refused_when_it_is_shown_and_when_it_is_called() {
    let place = Place::new();
    place.put("a.txt", "a".repeat(4_000_000));
    let edit = place.tool("edit_file");
    let arguments = json!({"path": "a.txt", "old": "a", "new": "b".repeat(500_000), "all": true});
    let started = Instant::now();
    let shown = soon(edit.preview(&arguments)).await.expect("it says why");
    assert!(shown.contains("too large"), "{shown:.200}");
    let told = soon(call(&*edit, arguments)).await;
    assert!(matches!(told, Err(ToolError::Refused(_))));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_cannot_be_written_says_why_and_leaves_nothing_behind() {
    let place = Place::new();
    place.put("file.txt", "x");
    fs::create_dir(place.root().join("folder")).expect("it can be made");
    let long = "n".repeat(300);
    for (path, wanted) in [
        ("file.txt/below.txt", "which is no folder"),
        ("folder", "is a folder"),
        (".", "is a folder"),
        (long.as_str(), "too long"),
    ] {
        let told = place
            .call("write_file", json!({"path": path, "content": "y"}))
            .await
            .expect_err("it cannot be written");
        assert!(told.to_string().contains(wanted), "{path:.20}: {told}");
    }
    let mut names: Vec<_> = fs::read_dir(place.root())
        .expect("it is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["file.txt", "folder"]);
    assert_eq!(place.get("file.txt"), "x");
}
