//! The interface as a person at a terminal meets it, measured through a PTY at 120x40. Run by hand:
//! `cargo bench --bench terminal`; `PLANWRIGHT_BINARY=PATH` measures another build. Prints a table beside the budgets; fails nothing, since machines differ.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool to run by hand"
)]

use std::time::{Duration, Instant};

use support::pty::{Launch, Pty};

#[path = "terminal/full.rs"]
mod full;
#[path = "terminal/long.rs"]
mod long;
#[path = "terminal/stream.rs"]
mod stream;
#[path = "../tests/it/support/mod.rs"]
mod support;

/// Starts that are timed.
const STARTS: usize = 15;
/// Keys that are timed.
const KEYS: usize = 200;
/// How long the idle screen is watched.
const IDLE: Duration = Duration::from_secs(3);

fn main() {
    println!("{:<44}{:>14}{:>14}", "measure", "here", "budget");
    let size = std::fs::metadata(binary()).unwrap().len();
    row("binary", &megabytes(size), "15 MB");

    let mut firsts: Vec<Duration> = (0..STARTS).map(|_| first_frame()).collect();
    row(
        "first frame, empty history, median",
        &millis(percentile(&mut firsts, 50)),
        "60 ms",
    );

    let home = tempfile::tempdir().unwrap();
    let mut pty = open(&home);
    pty.settle(Duration::from_millis(500));
    row("CPU from start until idle", &millis(cpu(&pty)), "100 ms");
    let (written, spent) = (pty.written(), cpu(&pty));
    pty.settle(IDLE);
    row(
        "idle, bytes written in 3 s",
        &(pty.written() - written).to_string(),
        "0",
    );
    let share = cpu(&pty).checked_sub(spent).unwrap().as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    row("idle, CPU", &format!("{share:.2} %"), "0.1 %");
    row("resident memory, idle", &megabytes(resident(&pty)), "25 MB");

    pty.type_keys("i");
    pty.settle(Duration::from_millis(200));
    let before = pty.written();
    let mut echoes: Vec<Duration> = (0..KEYS).map(|at| echo(&mut pty, at)).collect();
    row(
        "key to echo, median",
        &millis(percentile(&mut echoes, 50)),
        "10 ms",
    );
    row(
        "key to echo, p95",
        &millis(percentile(&mut echoes, 95)),
        "20 ms",
    );
    row(
        "terminal bytes per key",
        &((pty.written() - before) / KEYS).to_string(),
        "120",
    );
    drop(pty);
    for runs in [5_000, 100_000] {
        full::measure(runs);
    }
    stream::measure();
    long::measure();
}

fn row(measure: &str, here: &str, budget: &str) {
    println!("{measure:<44}{here:>14}{budget:>14}");
}

/// The demo's home screen: it needs no server, so nothing but the program is measured.
fn launch(home: &tempfile::TempDir) -> Pty {
    Launch::program(&binary(), home.path())
        .arg("demo")
        .size(120, 40)
        .start()
}

fn binary() -> String {
    std::env::var("PLANWRIGHT_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_planwright").to_owned())
}

fn open(home: &tempfile::TempDir) -> Pty {
    let pty = launch(home);
    pty.wait_for_text("Recent runs");
    pty
}

fn first_frame() -> Duration {
    let home = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let pty = launch(&home);
    pty.wait_for_bytes(b"\x1b[?2026l", 0);
    start.elapsed()
}

/// Types one letter into the task, or takes it back every other time, and waits for the frame.
fn echo(pty: &mut Pty, at: usize) -> Duration {
    let before = pty.written();
    let start = Instant::now();
    pty.type_keys(if at.is_multiple_of(2) { "x" } else { "\x7f" });
    pty.wait_for_bytes(b"\x1b[?2026l", before);
    let took = start.elapsed();
    // A person's pace: the ration of frames is not what is measured.
    pty.settle(Duration::from_millis(40));
    took
}

/// Processor time of the program so far.
fn cpu(pty: &Pty) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pty.pid())).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    // Linux counts 100 ticks a second on every machine this runs on.
    Duration::from_millis(ticks * 10)
}

/// Resident memory in bytes.
fn resident(pty: &Pty) -> u64 {
    resident_of(&pty.pid().to_string())
}

fn resident_of(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
