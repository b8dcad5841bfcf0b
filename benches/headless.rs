//! A headless run against a model server that answers at once, so that what is measured is planwright. Run by hand:
//! `cargo bench --bench headless`; `PLANWRIGHT_BINARY=PATH` measures another build. Prints a table beside the aims; fails
//! nothing, since machines differ. Needs Linux, and `bash` for the processor time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool to run by hand"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{FakeOllama, Script};
use tempfile::TempDir;

#[path = "../tests/it/support/mod.rs"]
mod support;

/// Runs that are timed, each in a home of its own; the middle one counts.
const RUNS: usize = 21;

/// Steps whose prompts are counted, and whether the plan comes from a file: a planner's own is never as long as 20.
const SIZES: [(usize, bool); 5] = [(4, false), (7, false), (4, true), (7, true), (20, true)];

fn main() {
    let size = std::fs::metadata(binary()).unwrap().len();
    println!(
        "{:<38}{:>12}{:>10}",
        "a run of 4 steps, median", "here", "aim"
    );
    let mut walls: Vec<Duration> = (0..RUNS).map(|_| wall()).collect();
    line("wall", &millis(median(&mut walls)), "150 ms");
    let mut spent: Vec<Duration> = (0..RUNS).map(|_| processor()).collect();
    line("CPU, user and system", &millis(median(&mut spent)), "50 ms");
    let mut peaks: Vec<u64> = (0..RUNS).map(|_| peak()).collect();
    line(
        "peak resident memory",
        &megabytes(median(&mut peaks)),
        "25 MB",
    );
    line("binary", &megabytes(size), "15 MB");

    println!(
        "\n{:<22}{:>8}{:>8}{:>16}{:>16}",
        "steps", "calls", "aim", "prompt chars", "shared prefix"
    );
    for (steps, given) in SIZES {
        let (calls, characters, share) = prompts(steps, given);
        let what = if given { "given" } else { "planned" };
        // Beside the steps: the decision, the answer, and the plan where none is given.
        let aim = steps + if given { 2 } else { 3 };
        println!(
            "{:<22}{calls:>8}{aim:>8}{characters:>16}{share:>16.2}",
            format!("{steps}, {what}")
        );
    }
}

/// Steps of which no two can be taken for the same.
const STEPS: [&str; 20] = [
    "Collect the opening hours of the museum",
    "Look up train connections for Saturday morning",
    "Compare three hotels near the station",
    "Write down the price of a family ticket",
    "Check whether dogs are allowed indoors",
    "Find a restaurant with vegetarian dishes",
    "Estimate walking distances between all stops",
    "Reserve seats for four travellers",
    "Convert every fare into euros",
    "Note what the weather forecast predicts",
    "Pick an alternative in case of rain",
    "List the luggage each person needs",
    "Calculate total cost per head",
    "Ask which exhibitions end this month",
    "Order the visits by closing time",
    "Draw a timetable with half-hour slots",
    "Mark breaks for lunch and coffee",
    "Identify risks such as late trains",
    "Draft a message to the group",
    "Summarise everything in one paragraph",
];

/// A server that plans this many steps, and a home.
struct Bench {
    server: FakeOllama,
    home: TempDir,
}

impl Bench {
    fn new(steps: usize) -> Self {
        Self {
            server: FakeOllama::start(Script::happy(&STEPS[..steps])),
            home: TempDir::new().unwrap(),
        }
    }

    /// `program`, and after it what makes planwright carry the task out.
    fn command(&self, program: &str, before: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(before)
            .args([
                "run",
                "--yes",
                "Plan a weekend in Leipzig for a family of four",
            ])
            .env_clear()
            .env("HOME", self.home.path())
            .env("PLANWRIGHT_HOME", self.home.path())
            .env("OLLAMA_HOST", self.server.url())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

fn wall() -> Duration {
    let bench = Bench::new(4);
    let start = Instant::now();
    let status = bench.command(&binary(), &[]).status().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{status}");
    took
}

/// As the shell counts it: the standard library does not tell.
fn processor() -> Duration {
    const TIMED: &str = r#"TIMEFORMAT="%U %S"; time "$@" 2>/dev/null"#;
    let bench = Bench::new(4);
    let mut command = bench.command("bash", &["-c", TIMED, "bash", &binary()]);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let seconds = told.split_whitespace().map(str::parse::<f64>);
    Duration::from_secs_f64(seconds.sum::<Result<f64, _>>().expect(&told))
}

/// In bytes: the highest mark that was seen while the program ran.
fn peak() -> u64 {
    let bench = Bench::new(4);
    let mut child = bench.command(&binary(), &[]).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = mark(Path::new(&status)).map_or(peak, |now| peak.max(now));
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}

fn mark(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Model calls, characters of all prompts, and the share of them that the server had read as the beginning of an
/// earlier prompt.
fn prompts(steps: usize, given: bool) -> (usize, usize, f64) {
    let bench = Bench::new(steps);
    let mut command = bench.command(&binary(), &[]);
    if given {
        let file = bench.home.path().join("plan.md");
        let lines = STEPS[..steps].iter().map(|step| format!("- {step}\n"));
        std::fs::write(&file, lines.collect::<String>()).unwrap();
        command.arg("--plan").arg(file);
    }
    let status = command.status().unwrap();
    assert!(status.success(), "{status}");
    let (characters, shared) = bench.server.prefix_stats();
    let share =
        f64::from(u32::try_from(shared).unwrap()) / f64::from(u32::try_from(characters).unwrap());
    (bench.server.chat_requests().len(), characters, share)
}

fn binary() -> String {
    std::env::var("PLANWRIGHT_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_planwright").to_owned())
}

fn line(measure: &str, here: &str, aim: &str) {
    println!("{measure:<38}{here:>12}{aim:>10}");
}

fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
