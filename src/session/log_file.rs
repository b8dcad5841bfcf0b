//! What a process did and met, in a file: for the person who asks why. Runs have their own records; here stands what is
//! around them. One line each, without secrets, bounded in length and number.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use log::{LevelFilter, Log, Metadata, Record};

use super::Session;
use crate::domain::sanitize;
use crate::engine::masking::Masking;

/// A file that is longer makes room for a new one; one old one is kept. Bytes.
const MOST_BYTES: u64 = 2 * 1024 * 1024;
/// The longest line, in characters.
const MOST_CHARS: usize = 2_000;
/// As much of its end as is read. Bytes.
const MOST_READ: u64 = 512 * 1024;

impl Session {
    /// Writes what this process does from now on to the file that the settings name, as much as they want. The file is that
    /// of the first session that had one; what another program has for its log stays.
    ///
    /// # Errors
    /// Where the file cannot be written: one sentence.
    pub fn keep_log(&self) -> Result<(), String> {
        static KEPT: AtomicBool = AtomicBool::new(false);
        let level = self.config.log_level;
        let path = &self.config.paths.log_file;
        if level != LevelFilter::Off && !KEPT.load(Ordering::SeqCst) {
            let writer = Writer::open(path).map_err(|error| {
                format!("the log `{}` cannot be written: {error}", path.display())
            })?;
            let file = LogFile {
                writer: Mutex::new(writer),
                masking: self.providers.masking.clone(),
            };
            let taken = log::set_boxed_logger(Box::new(file)).is_ok();
            KEPT.fetch_or(taken, Ordering::SeqCst);
        }
        if KEPT.load(Ordering::SeqCst) {
            log::set_max_level(level);
        }
        Ok(())
    }

    /// The end of the log, oldest line first; at most 512 KiB. Empty where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn log_end(&self) -> io::Result<String> {
        match read_end(&self.config.paths.log_file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        }
    }
}

/// The whole lines at the end of a file.
fn read_end(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(MOST_READ);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(MOST_READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match text.split_once('\n') {
        Some((_, whole)) if from > 0 => whole.to_owned(),
        _ => text,
    })
}

struct LogFile {
    writer: Mutex<Writer>,
    masking: Masking,
}

impl Log for LogFile {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What libraries say is for those who write them.
        metadata.target().starts_with("planwright")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let said = self.masking.text(&record.args().to_string());
        let line = line(record, &said, Timestamp::now());
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk is no reason to stop.
        let _ = writer.write(line.as_bytes());
    }

    fn flush(&self) {}
}

fn line(record: &Record<'_>, said: &str, now: Timestamp) -> String {
    let target = record.target().trim_start_matches("planwright::");
    let said = sanitize::line(said);
    let cut: String = said.chars().take(MOST_CHARS).collect();
    let more = if cut.len() < said.len() { "…" } else { "" };
    let process = std::process::id();
    format!(
        "{now:.3} {:<5} [{process}] {target}: {cut}{more}\n",
        record.level()
    )
}

/// Appends lines, each in one piece: several processes may write to one file.
struct Writer {
    path: PathBuf,
    file: File,
    /// How long the file was when last looked at, and what was written since.
    len: u64,
}

impl Writer {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path)?;
        let len = file.metadata()?.len();
        let path = path.to_owned();
        Ok(Self { path, file, len })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.len > MOST_BYTES {
            self.make_room()?;
        }
        self.file.write_all(line)?;
        self.len += line.len() as u64;
        Ok(())
    }

    /// Begins a new file, unless another process has done so.
    fn make_room(&mut self) -> io::Result<()> {
        if std::fs::metadata(&self.path).is_ok_and(|now| now.len() > MOST_BYTES) {
            std::fs::rename(&self.path, self.path.with_extension("old.log"))?;
        }
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_makes_room_and_its_end_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/planwright.log");
        let mut writer = Writer::open(&path).unwrap();
        let mut other = Writer::open(&path).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        for _ in 0..3_000 {
            writer.write(line.as_bytes()).unwrap();
        }
        other.write(b"the last one\n").unwrap();
        let old = std::fs::metadata(path.with_extension("old.log")).unwrap();
        assert!(old.len() >= MOST_BYTES);
        assert!(std::fs::metadata(&path).unwrap().len() < MOST_BYTES);
        let end = read_end(&path).unwrap();
        assert!(end.len() <= 512 * 1024);
        assert!(end.starts_with("xxx") && end.lines().all(|line| line.len() == 999));
    }

    #[test]
    fn a_line_is_one_line_and_says_who_when_and_what() {
        let record = Record::builder()
            .level(log::Level::Warn)
            .target("planwright::engine::call")
            .args(format_args!(""))
            .build();
        let now = "2026-11-20T14:02:00.5Z".parse().unwrap();
        let line = line(&record, "two\nlines \u{1b}[31m\u{202e}", now);
        let process = std::process::id();
        assert_eq!(
            line,
            format!("2026-11-20T14:02:00.500Z WARN  [{process}] engine::call: two lines\n")
        );
    }
}
