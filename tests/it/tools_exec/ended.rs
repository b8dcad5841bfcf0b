//! How programs end that do not want to.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use planwright::tool::ToolError;
use serde_json::json;

use super::place::Place;

/// Whether a file has stopped growing: nobody writes to it any more.
async fn is_quiet(file: &Path) -> bool {
    let length = || fs::metadata(file).map_or(0, |data| data.len());
    let before = length();
    tokio::time::sleep(Duration::from_millis(150)).await;
    before > 0 && before == length()
}

fn is_written(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|data| data.len() > 0)
}

/// A script that writes to a file without end, and takes no notice of SIGTERM.
const STUBBORN: &str = "trap '' TERM HUP INT; while :; do echo x >> FILE; sleep 0.01; done";

fn stubborn(way: &str, file: &str) -> String {
    way.replace(
        "STUBBORN",
        &format!("bash -c \"{}\"", STUBBORN.replace("FILE", file)),
    )
}

async fn all_end(ways: &[&str]) {
    let ended = join_all(ways.iter().map(|way| async move {
        let place = Place::new();
        let file = place.path("home/work/f");
        let script = stubborn(way, file.to_str().unwrap());
        let began = Instant::now();
        let given = json!({"command": ["bash", "-c", script], "timeout": 1});
        let text = place.call(given).await.unwrap_err().to_string();
        let expected = "ended by force: its time of 1 s was up";
        assert!(text.starts_with(expected), "{way}: {text}");
        assert!(!text.contains("could not be ended"), "{way}: {text}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(6), "{way}: {took:?}");
        (way, file, place)
    }));
    for (way, file, _place) in ended.await {
        assert!(is_quiet(&file).await, "{way} goes on");
    }
}

#[tokio::test]
async fn when_its_time_is_up_it_ends_with_all_that_it_started() {
    all_end(&[
        "STUBBORN",
        "STUBBORN & wait",
        "setsid STUBBORN & sleep 60",
        "(setsid STUBBORN &) ; sleep 60",
        "trap '' TERM; (setsid setsid STUBBORN & exit) ; sleep 60",
        "set -m; STUBBORN & env -i /usr/bin/sleep 60",
    ])
    .await;
}

/// In a process of its own, as what throws its mark away is ended when no other call is at work in the process.
#[cfg(target_os = "linux")]
#[test]
fn what_throws_its_mark_away_ends_too() {
    let name = "tools_exec::ended::throwing_the_mark_away";
    let ran = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", name])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && text.contains("1 passed"), "{text}");
}

#[cfg(target_os = "linux")]
#[ignore = "the test above runs it"]
#[tokio::test]
async fn throwing_the_mark_away() {
    all_end(&[
        "(env -i /usr/bin/setsid STUBBORN &) ; sleep 60",
        "setsid -f env -i PATH=/usr/bin:/bin STUBBORN; sleep 60",
        "set -m; (env -i PATH=/usr/bin:/bin STUBBORN &); sleep 60",
    ])
    .await;
}

#[tokio::test]
async fn the_output_so_far_is_told_when_its_time_is_up() {
    let place = Place::new();
    let given = json!({"command": ["bash", "-c", "echo so far; sleep 60"], "timeout": 1});
    let error = place.call(given).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ended by force: its time of 1 s was up\n\nso far"
    );
}

#[tokio::test]
async fn cancelling_ends_it_at_once() {
    let place = Place::new();
    let file = place.path("home/work/f");
    let script = stubborn("setsid STUBBORN & STUBBORN", file.to_str().unwrap());
    let cancel = place.cancel.clone();
    let written = file.clone();
    tokio::spawn(async move {
        while !is_written(&written) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    });
    let began = Instant::now();
    let ended = place.call(json!({"command": ["bash", "-c", script]})).await;
    assert_eq!(ended, Err(ToolError::Cancelled));
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    assert!(is_quiet(&file).await);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let place = Place::new();
    let file = place.path("home/work/f");
    let script = stubborn("setsid STUBBORN & STUBBORN", file.to_str().unwrap());
    let tool = place.tool(false);
    let call = place.use_tool(&tool, json!({"command": ["bash", "-c", script]}));
    let written = async {
        while !is_written(&file) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        ended = call => panic!("{ended:?}"),
        () = written => {}
    }
    let until = Instant::now() + Duration::from_secs(4);
    while !is_quiet(&file).await {
        assert!(Instant::now() < until, "it goes on");
    }
}

#[tokio::test]
async fn what_it_leaves_behind_is_ended_and_told() {
    let place = Place::new();
    let began = Instant::now();
    let text = place.bash("sleep 60 & echo started").await;
    assert!(
        text.contains("; 1 process that it left running was ended"),
        "{text}"
    );
    assert!(text.ends_with("started"), "{text}");
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    let text = place.bash("echo alone").await;
    assert!(!text.contains("left running"), "{text}");
}

#[tokio::test]
async fn of_calls_side_by_side_each_ends_its_own_only() {
    let place = Place::new();
    let (short, long) = (
        place.bash("(setsid sleep 60 &); sleep 0.2"),
        place.bash("(setsid bash -c 'sleep 1.2; echo survived > kept' &); sleep 1.5; cat kept"),
    );
    let (short, long) = tokio::join!(short, long);
    assert!(short.contains("was ended"), "{short}");
    assert!(long.ends_with("survived"), "{long}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_dead_are_buried() {
    let place = Place::new();
    place
        .bash("cp $(type -P sleep) pw-buried; for i in 1 2 3; do (setsid ./pw-buried 0.01 &); done; sleep 0.2")
        .await;
    let own = std::process::id();
    let marks: Vec<String> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
            let rest = stat.rsplit_once(')')?.1;
            let dead = rest.starts_with(&format!(" Z {own} ")) && stat.contains("(pw-buried)");
            dead.then_some(stat)
        })
        .collect();
    assert!(marks.is_empty(), "{marks:?}");
}
