//! What `shot` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::nested::run_name;

/// What `shot` takes.
#[derive(Debug, Clone, Args)]
pub struct ShotArgs {
    /// The run, or the first characters of its name
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub run: String,
    /// Which screen
    #[arg(long, value_enum, default_value_t = ScreenName::Run)]
    pub screen: ScreenName,
    /// The run as it was after its record with this number, at work; without it, all of it
    #[arg(long, value_name = "SEQ")]
    pub at: Option<u64>,
    /// The step that is selected, by its number in the plan: `3`, or `3.1` in the plan inside step 3
    #[arg(long, value_name = "N")]
    pub step: Option<String>,
    /// Keys pressed then, as `planwright keys` writes them, with spaces between them
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// Columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// The theme; without it, the settings'
    #[arg(long, value_name = "THEME", value_parser = ["terminal", "dark", "light", "contrast"])]
    pub theme: Option<String>,
    /// Use ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// A screen that has a name; all others are reached by keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScreenName {
    /// The run
    Run,
    /// Its plan, alone
    Plan,
    /// Its time line, alone
    Timeline,
    /// Its text, alone
    Output,
    /// Its decisions, alone
    Decisions,
    /// The review of its last plan
    Review,
    /// What its last version of the plan changed
    Diff,
    /// Its replay
    Replay,
    /// The model call of the text that is shown
    Call,
    /// All runs
    History,
    /// The first screen
    Home,
    /// The keys
    Help,
    /// The tools
    Tools,
}

impl ScreenName {
    /// The keys that lead there from the run.
    pub fn keys(self) -> &'static str {
        match self {
            Self::Run | Self::Review => "",
            Self::Plan => "1 z",
            Self::Timeline => "2 z",
            Self::Output => "3 z",
            Self::Decisions => "4 z",
            Self::Diff => "4 d",
            Self::Replay => "W G",
            Self::Call => "I",
            Self::History => "f3",
            Self::Home => "esc",
            Self::Help => "f1",
            Self::Tools => "f12",
        }
    }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let wrong = || "must be columns and rows such as `120x40`, each from 1 to 500".to_owned();
    let (columns, rows) = text.split_once('x').ok_or_else(wrong)?;
    let read = |text: &str| text.parse().ok().filter(|size| (1..=500).contains(size));
    read(columns).zip(read(rows)).ok_or_else(wrong)
}
