//! What somebody was typing when the interface was closed, kept until it is opened again.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Session;
use crate::domain::ids::RunId;

/// The longest file that is read, in bytes.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// What was typed and not sent yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafts {
    /// The task in the editor.
    #[serde(default)]
    pub task: String,
    /// Tasks that wait for the run at work to end, the next one first.
    #[serde(default)]
    pub queue: Vec<String>,
    /// What was typed to steer the run at work.
    #[serde(default)]
    pub steering: String,
    /// That run.
    #[serde(default)]
    pub steered: Option<RunId>,
}

impl Drafts {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.task.trim().is_empty() && self.queue.is_empty() && self.steering.trim().is_empty()
    }
}

/// What the files of drafts are called, before and after the number of the process.
const NAME: (&str, &str) = ("drafts-", ".json");

impl Session {
    /// Keeps what is typed in this process, in the place of what was kept before; for the owner alone.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep_drafts(&self, drafts: &Drafts) -> io::Result<()> {
        let folder = &self.config.paths.data_dir;
        let own = format!("{}{}{}", NAME.0, std::process::id(), NAME.1);
        let path = folder.join(own);
        if drafts.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string(drafts)?.as_bytes())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// What was kept by processes that are gone; from then on it is with the caller alone, so that no second window has it,
    /// too. None where there is none, or nobody can read it.
    pub fn take_drafts(&self) -> Option<Drafts> {
        let mut found = Drafts::default();
        let mut entries: Vec<_> = fs::read_dir(&self.config.paths.data_dir)
            .ok()?
            .flatten()
            .collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let process = name
                .strip_prefix(NAME.0)
                .and_then(|name| name.strip_suffix(NAME.1));
            let Some(process) = process.and_then(|process| process.parse::<u32>().ok()) else {
                continue;
            };
            if process != std::process::id() && is_alive(process) {
                continue;
            }
            let drafts = read(&entry.path());
            let _ = fs::remove_file(entry.path());
            if let Some(drafts) = drafts {
                found.queue.extend(drafts.queue);
                if found.steering.is_empty() {
                    (found.steering, found.steered) = (drafts.steering, drafts.steered);
                }
                if found.task.is_empty() {
                    found.task = drafts.task;
                } else if !drafts.task.trim().is_empty() {
                    found.queue.push(drafts.task);
                }
            }
        }
        Some(found).filter(|drafts| !drafts.is_empty())
    }
}

fn read(path: &Path) -> Option<Drafts> {
    let mut text = String::new();
    let file = fs::File::open(path).ok()?;
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn is_alive(process: u32) -> bool {
    let process = rustix::process::Pid::from_raw(process.cast_signed());
    process.is_some_and(|process| {
        let looked = rustix::process::test_kill_process(process);
        looked != Err(rustix::io::Errno::SRCH)
    })
}
