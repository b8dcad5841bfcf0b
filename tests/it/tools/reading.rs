//! What reading, listing and searching tell of files that are not plain, and of what they leave out.

use std::fs;
use std::os::unix::fs::symlink;

use planwright::tool::ToolError;
use serde_json::json;

use super::Place;

#[tokio::test]
async fn a_page_says_how_many_lines_there_are() {
    let place = Place::new();
    let lines: Vec<String> = (1..=2_310).map(|n| format!("line {n}\n")).collect();
    let lines = lines.concat();
    place.put("long.txt", &lines);
    place.put("open.txt", format!("{lines}the last one has no end"));
    for (path, all) in [("long.txt", 2_310), ("open.txt", 2_311)] {
        let page = place
            .call("read_file", json!({"path": path, "lines": 400}))
            .await
            .expect("it is read");
        let wanted = format!("\n[lines 1 to 400 of {all}; go on with first_line 401]");
        assert!(page.ends_with(&wanted), "{:?}", &page[page.len() - 80..]);
        let last = place
            .call("read_file", json!({"path": path, "first_line": 2_300}))
            .await
            .expect("it is read");
        assert!(last.ends_with(&format!("\n[lines 2300 to {all} of {all}]")));
    }
}

#[tokio::test]
async fn what_is_no_text_is_told_by_more_than_its_first_line() {
    let place = Place::new();
    place.put("real.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR");
    place.put("wide.txt", b"\xff\xfeh\x00i\x00\n\x00");
    for (path, wanted) in [
        ("real.png", "a binary file of 16 bytes"),
        ("wide.txt", "UTF-16"),
    ] {
        let told = place.call("read_file", json!({ "path": path })).await;
        let Err(ToolError::Failed(why)) = told else {
            panic!("{path}: {told:?}");
        };
        assert!(why.contains(wanted), "{why}");
    }
}

#[tokio::test]
async fn a_long_line_is_cut_between_two_characters() {
    let place = Place::new();
    place.put("long.txt", format!("a{}\nnext\n", "€".repeat(5_000)));
    let told = place
        .call("read_file", json!({"path": "long.txt"}))
        .await
        .expect("it is read");
    assert!(
        !told.contains('\u{fffd}') && !told.contains("no UTF-8"),
        "{}",
        &told[4_000..]
    );
    let (start, rest) = told.split_once('[').expect("it says so");
    let left_out = 1 + 3 * 5_000 + 1 - start.len();
    assert!(
        rest.starts_with(&format!(
            "… {left_out} bytes of this line left out]\nnext\n"
        )),
        "{rest}"
    );
}

#[tokio::test]
async fn a_list_shows_links_as_links_and_folders_beyond_its_depth() {
    let place = Place::new();
    place.put("top.txt", "x");
    place.put("src/main.rs", "x");
    place.put("src/deep/lib.rs", "x");
    place.put(".hidden/file", "x");
    symlink(place.home.path(), place.root().join("up")).expect("it can be made");
    for (arguments, wanted) in [
        (json!({"depth": 1}), "src/\ntop.txt  1\nup  (a link)\n"),
        (
            json!({"depth": 2}),
            "src/deep/\nsrc/main.rs  1\ntop.txt  1\nup  (a link)\n",
        ),
        (
            json!({"folder": "src", "depth": 1}),
            "src/deep/\nsrc/main.rs  1\n",
        ),
        (json!({"folder": "src/main.rs"}), "src/main.rs  1\n"),
        (
            json!({"folder": "src/main.rs", "pattern": "*.md"}),
            "src/main.rs  1\n",
        ),
        (
            json!({"pattern": "*.rs"}),
            "src/deep/lib.rs  1\nsrc/main.rs  1\n",
        ),
    ] {
        let told = place.call("list_files", arguments.clone()).await;
        assert_eq!(told, Ok(wanted.to_owned()), "{arguments}");
    }
    let nothing = place.call(
        "list_files",
        json!({"folder": ".hidden", "pattern": "*.rs"}),
    );
    assert!(
        nothing
            .await
            .expect("it lists")
            .contains("without `hidden`")
    );
}

#[tokio::test]
async fn rules_for_git_hold_as_they_do_for_git() {
    let place = Place::new();
    // The repository begins above the workspace.
    fs::create_dir(place.home.path().join(".git")).expect("it can be made");
    fs::write(
        place.home.path().join(".gitignore"),
        "*.pyc\n/work/top.txt\n",
    )
    .expect("it can be written");
    place.put(
        ".gitignore",
        "\u{feff}/built\nlogs/\n*.tmp\n!keep.tmp\n[broken\n",
    );
    for path in [
        "a.pyc",
        "top.txt",
        "sub/top.txt",
        "built/x",
        "sub/built/x",
        "logs/x",
        "sub/logs/x",
        "a.tmp",
        "keep.tmp",
        "sub/keep.tmp",
        "sub/own.txt",
        "sub/other.txt",
    ] {
        place.put(path, "needle\n");
    }
    place.put("sub/.gitignore", "own.txt\n!a.pyc\n*.tmp\n");
    place.put("sub/a.pyc", "needle\n");
    let told = place.call("list_files", json!({})).await.expect("it lists");
    let names: Vec<&str> = told
        .lines()
        .filter_map(|line| line.split("  ").next())
        .collect();
    assert_eq!(
        names,
        [
            "keep.tmp",
            "sub/a.pyc",
            "sub/built/x",
            "sub/other.txt",
            "sub/top.txt"
        ]
    );
    // What is named is looked into; rules from above hold there, too.
    let below = place.call("list_files", json!({"folder": "sub"})).await;
    let below = below.expect("it lists");
    assert!(!below.contains("own.txt") && below.contains("sub/a.pyc") && !below.contains("logs"));
    let logs = place.call("list_files", json!({"folder": "logs"})).await;
    assert_eq!(logs, Ok("logs/x  7\n".to_owned()));
    let all = place.call("list_files", json!({"hidden": true})).await;
    let all = all.expect("it lists");
    assert!(all.contains("a.tmp") && all.contains("built/x") && all.contains(".gitignore"));
}

#[tokio::test]
async fn a_search_says_what_it_did_not_search() {
    let place = Place::new();
    place.put("text.txt", "needle\n");
    place.put("data.bin", b"needle\x00needle");
    place.put("line.txt", format!("needle{}", "x".repeat(20_000_000)));
    let told = place
        .call("search_files", json!({"pattern": "needle"}))
        .await
        .expect("it searches");
    assert!(told.contains("text.txt\n1: needle\n"), "{told}");
    assert!(
        told.contains("[1 binary files were not searched]"),
        "{told}"
    );
    assert!(
        told.contains("[1 files could not be searched to their end]"),
        "{told}"
    );
    let one = place
        .call(
            "search_files",
            json!({"pattern": "needle", "folder": "text.txt"}),
        )
        .await;
    assert_eq!(
        one,
        Ok("text.txt\n1: needle\n\n[1 matches in 1 files]\n".to_owned())
    );
}
