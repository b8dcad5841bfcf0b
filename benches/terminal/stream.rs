//! A run at work: what it costs while the model is silent, and while it writes.

use std::time::{Duration, Instant};

use super::support::{FakeModel, FakeOllama, Reply, Script};
use super::{Launch, Pty, binary, cpu, millis, percentile, row};

/// How long is watched.
const WATCHED: Duration = Duration::from_secs(5);
/// How fast the model writes.
const RATE: f64 = 200.0;

/// Silence, then text.
pub(crate) fn measure() {
    let plan = serde_json::json!({"steps": [
        {"description": "Wait for the model", "done_when": "", "depends_on": []},
        {"description": "Write a long text", "done_when": "", "depends_on": [1]},
    ]});
    let words = "The harbour lies in the north, and `code` stands **out** in it.\n\n".repeat(6_000);
    let script = Script::new()
        .models([FakeModel::new("tiny:1b")])
        .planner(Reply::json(plan))
        .step(Reply::text("Waited.").first_delay(WATCHED + Duration::from_secs(3)))
        .step(Reply::text(words).token_chars(5).tokens_per_second(RATE));
    let server = FakeOllama::start(script);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("config.toml"), "approval = \"never\"\n").unwrap();
    let mut pty = Launch::program(&binary(), home.path())
        .env("OLLAMA_HOST", &server.url())
        .env("PLANWRIGHT_MODEL", "tiny:1b")
        .arg("Write something long")
        .size(120, 40)
        .start();
    pty.wait_for_text("waiting for the first token");
    std::thread::sleep(Duration::from_secs(1));
    let (share, bytes, _) = watch(&pty);
    row(
        "running, model silent: CPU",
        &format!("{share:.2} %"),
        "1 %",
    );
    row(
        "running, model silent: bytes a second",
        &bytes.to_string(),
        "4096",
    );
    pty.wait_for_text("The harbour");
    std::thread::sleep(Duration::from_secs(1));
    let (share, bytes, frames) = watch(&pty);
    row(
        "streaming 200 tokens/s: CPU",
        &format!("{share:.2} %"),
        "5 %",
    );
    row(
        "streaming 200 tokens/s: frames a second",
        &format!("{frames:.1}"),
        "20",
    );
    row(
        "streaming 200 tokens/s: bytes a second",
        &bytes.to_string(),
        "",
    );
    let mut echoes: Vec<Duration> = (0..60).map(|_| tab(&mut pty)).collect();
    row(
        "key to frame while streaming, median",
        &millis(percentile(&mut echoes, 50)),
        "10 ms",
    );
    row(
        "key to frame while streaming, p95",
        &millis(percentile(&mut echoes, 95)),
        "20 ms",
    );
}

/// Share of a processor, bytes a second and frames a second.
fn watch(pty: &Pty) -> (f64, usize, f64) {
    let (spent, written) = (cpu(pty), pty.written());
    std::thread::sleep(WATCHED);
    let share = cpu(pty).saturating_sub(spent).as_secs_f64() / WATCHED.as_secs_f64() * 100.0;
    let bytes = pty.bytes().split_off(written);
    let end = b"\x1b[?2026l";
    let frames = bytes
        .windows(end.len())
        .filter(|window| *window == end)
        .count();
    let seconds = usize::try_from(WATCHED.as_secs()).unwrap_or(1);
    (
        share,
        bytes.len() / seconds,
        f64::from(u32::try_from(frames).unwrap_or(u32::MAX)) / WATCHED.as_secs_f64(),
    )
}

/// Moves the focus from pane to pane; the next frame shows it.
fn tab(pty: &mut Pty) -> Duration {
    let before = pty.written();
    let start = Instant::now();
    pty.type_keys("\t");
    pty.wait_for_bytes(b"\x1b[?2026l", before);
    let took = start.elapsed();
    std::thread::sleep(Duration::from_millis(60));
    took
}
