//! Reading, listing, searching, writing and editing files.

use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use planwright::domain::chat::Effect;
use planwright::tool::ToolError;
use serde_json::json;

use super::{Place, call};

#[tokio::test]
async fn a_file_is_read_whole_or_page_by_page() {
    let place = Place::new();
    let lines: Vec<String> = (1..=5_000).map(|n| format!("line {n}\n")).collect();
    place.put("notes/long.txt", lines.concat());
    place.put("short.txt", "\u{feff}one\r\ntwo");
    assert_eq!(
        place.call("read_file", json!({"path": "short.txt"})).await,
        Ok("one\r\ntwo".to_owned())
    );
    let (mut first, mut read) = (1, String::new());
    loop {
        let page = place
            .call(
                "read_file",
                json!({"path": "notes/long.txt", "first_line": first}),
            )
            .await
            .expect("it is read");
        let (text, mark) = page.split_once("\n[lines").unwrap_or((&page, ""));
        read.push_str(text);
        match mark.split("first_line ").nth(1) {
            Some(next) => first = next.trim_end_matches(']').parse().expect("a number"),
            None => break,
        }
    }
    assert_eq!(read, lines.concat());
    let some = place
        .call(
            "read_file",
            json!({"path": "notes/long.txt", "first_line": 10, "lines": 2}),
        )
        .await;
    let some = some.expect("it is read");
    assert!(
        some.starts_with("line 10\nline 11\n\n[lines 10 to 11") && some.contains("first_line 12"),
        "{some}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_what_would_be_right() {
    let place = Place::new();
    place.put("empty.txt", "");
    place.put("picture.png", b"\x89PNG\x00\x00\x01");
    place.put("latin.txt", b"caf\xe9\n");
    place.put("two.txt", "1\n2\n");
    std::fs::create_dir(place.root().join("folder")).expect("it can be made");
    let read = |path: &str, first: u64| {
        let call = place.tool("read_file");
        let arguments = json!({"path": path, "first_line": first});
        async move { super::call(&*call, arguments).await }
    };
    assert_eq!(
        read("empty.txt", 1).await,
        Ok("(the file is empty)".to_owned())
    );
    let error = |ended: Result<String, ToolError>| ended.expect_err("it is refused").to_string();
    assert!(error(read("picture.png", 1).await).contains("a binary file of 7 bytes"));
    assert!(error(read("nothing.txt", 1).await).contains("there is no `nothing.txt`"));
    assert!(error(read("folder", 1).await).contains("is a folder: use list_files"));
    assert!(error(read("two.txt", 9).await).contains("there is no line 9: the file has 2"));
    assert!(
        read("latin.txt", 1)
            .await
            .expect("it is read")
            .contains("caf\u{fffd}")
    );
}

#[tokio::test]
async fn huge_files_and_lines_cost_little() {
    let place = Place::new();
    place.put("one_line.txt", "x".repeat(50_000_000));
    let mut sparse =
        std::fs::File::create(place.root().join("sparse.txt")).expect("it can be made");
    let start = format!("first\n{}", "next\n".repeat(2_000));
    sparse
        .write_all(start.as_bytes())
        .expect("it can be written");
    sparse
        .seek(SeekFrom::Start(10_000_000_000))
        .expect("it can be sparse");
    sparse.write_all(b"last\n").expect("it can be written");
    let started = Instant::now();
    let line = place
        .call("read_file", json!({"path": "one_line.txt"}))
        .await
        .expect("it is read");
    assert!(
        line.len() < 10_000 && line.contains("bytes of this line left out"),
        "{}",
        line.len()
    );
    let first = place
        .call("read_file", json!({"path": "sparse.txt", "lines": 1}))
        .await
        .expect("it is read");
    assert!(first.starts_with("first\n"));
    let beyond = place
        .call(
            "read_file",
            json!({"path": "sparse.txt", "first_line": 2_003}),
        )
        .await;
    assert!(
        beyond
            .expect_err("it is bounded")
            .to_string()
            .contains("is beyond the first")
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn files_are_listed_and_searched_as_git_sees_them() {
    let place = Place::new();
    place.put("src/main.rs", "fn main() {\n    let answer = 42;\n}\n");
    place.put("src/deep/lib.rs", "// the ANSWER\n");
    place.put("target/out.rs", "answer");
    place.put(".hidden.rs", "answer");
    place.put(".gitignore", "target/\n");
    place.put("notes.md", "no\n");
    place.put("data.bin", b"answer\x00answer");
    let listed = place
        .call("list_files", json!({"pattern": "**/*.rs"}))
        .await
        .expect("it lists");
    assert_eq!(listed, "src/deep/lib.rs  14\nsrc/main.rs  35\n");
    let hidden = place
        .call("list_files", json!({"pattern": "*.rs", "hidden": true}))
        .await
        .expect("it lists");
    assert!(hidden.contains(".hidden.rs"), "{hidden}");
    let folder = place
        .call("list_files", json!({"folder": "src", "pattern": "deep/*"}))
        .await
        .expect("it lists");
    assert_eq!(folder, "src/deep/lib.rs  14\n");
    let found = place
        .call(
            "search_files",
            json!({"pattern": "answer", "ignore_case": true}),
        )
        .await
        .expect("it searches");
    assert_eq!(
        found,
        "src/deep/lib.rs\n1: // the ANSWER\n\nsrc/main.rs\n2:     let answer = 42;\n\n[2 matches in 2 files]\n[1 binary files were not searched]\n"
    );
    let around = place
        .call(
            "search_files",
            json!({"pattern": "answer =", "glob": "*.rs", "context": 1}),
        )
        .await;
    assert_eq!(around, Ok("src/main.rs\n1- fn main() {\n2:     let answer = 42;\n3- }\n\n[1 matches in 1 files]\n".to_owned()));
    assert_eq!(
        place
            .call("search_files", json!({"pattern": "nowhere"}))
            .await,
        Ok("no matches\n[1 binary files were not searched]\n".to_owned())
    );
    let wrong = place
        .call("search_files", json!({"pattern": "(unclosed"}))
        .await
        .expect_err("it is none")
        .to_string();
    assert!(wrong.contains("no regular expression"), "{wrong}");
    let wrong = place
        .call("list_files", json!({"pattern": "[a"}))
        .await
        .expect_err("it is none")
        .to_string();
    assert!(wrong.contains("the glob is none"), "{wrong}");
}

#[tokio::test]
async fn many_files_and_matches_are_bounded_and_said_to_be() {
    let place = Place::new();
    for n in 0..1_200 {
        place.put(&format!("many/{n:04}.txt"), "same\nsame\n");
    }
    let listed = place.call("list_files", json!({})).await.expect("it lists");
    assert!(
        listed.contains("[200 more files"),
        "{}",
        &listed[listed.len() - 80..]
    );
    let found = place
        .call("search_files", json!({"pattern": "same"}))
        .await
        .expect("it searches");
    assert!(
        found.contains("[200 matches in 100 files]")
            && found.contains("[not complete: there may be more")
    );
}

#[tokio::test]
async fn a_file_is_written_at_once_and_its_difference_shown_before() {
    let place = Place::new();
    let write = place.tool("write_file");
    let new = json!({"path": "a/b/new.txt", "content": "one\ntwo\n"});
    assert_eq!(write.reach(&new).effect, Effect::Mutating);
    assert_eq!(write.reach(&new).paths, ["a/b/new.txt"]);
    let shown = write.preview(&new).await.expect("there is one");
    assert_eq!(
        shown,
        "--- /dev/null\n+++ b/a/b/new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n"
    );
    assert_eq!(
        call(&*write, new).await,
        Ok("made: a/b/new.txt, 2 lines, 8 bytes".to_owned())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = place.root().join("a/b/new.txt");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("it is ours");
        let again = json!({"path": "./a/b/../b/new.txt", "content": "one\n2\n"});
        let shown = write.preview(&again).await.expect("there is one");
        assert!(shown.contains("-two\n+2\n"), "{shown}");
        assert!(
            call(&*write, again)
                .await
                .expect("it is written")
                .starts_with("replaced: ")
        );
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
    assert_eq!(place.get("a/b/new.txt"), "one\n2\n");
    let left = std::fs::read_dir(place.root().join("a/b"))
        .expect("it is there")
        .count();
    assert_eq!(left, 1, "no temporary file stays");
}

#[tokio::test]
async fn an_edit_does_what_was_shown_or_nothing() {
    let place = Place::new();
    place.put("a.txt", "one\ntwo\nthree\n");
    let edit = place.tool("edit_file");
    let change = json!({"path": "a.txt", "old": "two", "new": "2"});
    let shown = edit.preview(&change).await.expect("there is one");
    assert_eq!(
        shown,
        "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    );
    // Somebody else changes the file while the person thinks.
    place.put("a.txt", "zero\none\ntwo\nthree\n");
    let refused = call(&*edit, change.clone())
        .await
        .expect_err("it is another file")
        .to_string();
    assert!(
        refused.contains("has changed since it was looked at"),
        "{refused}"
    );
    assert_eq!(place.get("a.txt"), "zero\none\ntwo\nthree\n");
    edit.preview(&change).await.expect("there is one");
    assert_eq!(
        call(&*edit, change).await,
        Ok("changed: a.txt, 1 place".to_owned())
    );
    assert_eq!(place.get("a.txt"), "zero\none\n2\nthree\n");
    let missing = call(&*edit, json!({"path": "b.txt", "old": "x", "new": "y"})).await;
    assert!(
        missing
            .expect_err("there is none")
            .to_string()
            .contains("write_file makes one")
    );
    place.put("bytes.txt", b"caf\xe9\n");
    let bytes = call(
        &*edit,
        json!({"path": "bytes.txt", "old": "caf", "new": "x"}),
    )
    .await;
    assert!(
        bytes
            .expect_err("it would lose bytes")
            .to_string()
            .contains("is no UTF-8 text")
    );
}
