//! planwright.

use std::io::Write;
use std::process::ExitCode;

use planwright::cli::Cli;

fn main() -> ExitCode {
    let _ = Cli::from_process();
    let _ = std::io::stdout().flush();
    ExitCode::SUCCESS
}
