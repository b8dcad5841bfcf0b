//! Finds the key to a provider where the settings say that it is. No key is ever part of a message.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::config::KeySource;
use crate::engine::masking::Masking;
use crate::model::Secret;

/// The most bytes that are read in search of a key.
const MAX_BYTES: u64 = 64 * 1024;
/// The longest time that a command may take.
const COMMAND_TIME: Duration = Duration::from_secs(30);

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoKey {
    /// One sentence.
    pub(super) reason: String,
    /// What to do about it.
    pub(super) remedy: String,
}

/// Where the key is looked for, in words.
pub(super) fn place(source: &KeySource) -> String {
    match source {
        KeySource::None => "nowhere".to_owned(),
        KeySource::Environment(name) => format!("the variable {name} of the environment"),
        KeySource::Command(words) => format!("the command `{}`", program(words)),
        KeySource::File(path) => format!("the file {}", path.display()),
    }
}

/// The key, where it needs no command to be found: nothing is run and nobody is asked.
pub(super) fn at_hand(source: &KeySource) -> Result<Option<Secret>, NoKey> {
    match source {
        KeySource::None | KeySource::Command(_) => Ok(None),
        KeySource::Environment(name) => variable(name).map(Some),
        KeySource::File(path) => file(path).map(Some),
    }
}

/// The key, which is masked from then on. A command is run without a shell and bounded in time and output.
pub(super) async fn find(source: &KeySource, masking: &Masking) -> Result<Option<Secret>, NoKey> {
    let found = match source {
        KeySource::Command(words) => command(words).await.map(Some),
        other => at_hand(other),
    }?;
    if let Some(key) = &found {
        masking.learn(key.reveal());
    }
    Ok(found)
}

/// The secrets that the environment holds: the values of variables whose names say so.
pub(super) fn of_environment() -> Masking {
    let masking = Masking::default();
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy().to_uppercase();
        let ends = [
            "KEY",
            "TOKEN",
            "SECRET",
            "PASSWORD",
            "PASSWD",
            "CREDENTIALS",
        ];
        let value = value.to_string_lossy();
        // A path or a word is none: it would be masked in ordinary text.
        let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase());
        if ends.iter().any(|end| name.ends_with(end)) && !value.contains('/') && !is_word {
            masking.learn(&value);
        }
    }
    masking
}

fn variable(name: &str) -> Result<Secret, NoKey> {
    let no_key = |reason: &str| NoKey {
        reason: format!("the variable {name}, which should hold its key, {reason}"),
        remedy: format!("set {name} in the environment to the key"),
    };
    let value = std::env::var_os(name).ok_or_else(|| no_key("is not set"))?;
    Secret::new(&value.to_string_lossy()).map_err(no_key)
}

fn file(path: &Path) -> Result<Secret, NoKey> {
    let path = at_home(path);
    let shown = path.display();
    let no_key = |reason: String, remedy: String| NoKey {
        reason: format!("the file {shown}, which should hold its key, {reason}"),
        remedy,
    };
    let unreadable = |reason: String| {
        let remedy =
            format!("put the key into {shown}, and let nobody else read it: `chmod 600 {shown}`");
        no_key(reason, remedy)
    };
    let failed = |error: std::io::Error| unreadable(format!("cannot be read: {error}"));
    // A pipe would wait for a writer before it could be looked at.
    if !std::fs::metadata(&path).map_err(failed)?.is_file() {
        return Err(unreadable("is no file".to_owned()));
    }
    let file = File::open(&path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(no_key(
                format!("can be used by others than its owner (mode {mode:o})"),
                format!(
                    "`chmod 600 {shown}`; and take another key if somebody may have read this one"
                ),
            ));
        }
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Secret::new(first_line(&bytes).as_ref()).map_err(|reason| unreadable(reason.to_owned()))
}

async fn command(words: &[String]) -> Result<Secret, NoKey> {
    let no_key = |reason: String| NoKey {
        reason: format!(
            "the command `{}`, which should print its key, {reason}",
            program(words)
        ),
        remedy: "try `api_key_command` by hand: the first line that it prints must be the key"
            .to_owned(),
    };
    let (name, arguments) = words
        .split_first()
        .ok_or_else(|| no_key("is empty".to_owned()))?;
    let started = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(|error| no_key(format!("cannot be run: {error}")))?;
    let mut bytes = Vec::new();
    let work = async {
        if let Some(output) = child.stdout.take() {
            output.take(MAX_BYTES).read_to_end(&mut bytes).await?;
        }
        child.wait().await
    };
    let late = |_| {
        let seconds = COMMAND_TIME.as_secs();
        no_key(format!("did not end within {seconds} s"))
    };
    let ended = tokio::time::timeout(COMMAND_TIME, work).await;
    let ended = ended
        .map_err(late)?
        .map_err(|error| no_key(format!("cannot be read: {error}")))?;
    if !ended.success() {
        return Err(no_key(format!("failed ({ended})")));
    }
    Secret::new(first_line(&bytes).as_ref())
        .map_err(|reason| no_key(format!("printed what {reason}")))
}

fn first_line(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    String::from_utf8_lossy(line)
}

/// The program without its arguments, which may say too much.
fn program(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

/// `~/` at the beginning stands for the person's home.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}
