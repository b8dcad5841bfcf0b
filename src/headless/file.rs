//! Files that a person names: what is read from them and written to them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::out::Stdout;
use super::{Exit, Failure};
use crate::domain::plan::{DraftStep, Naming, name_drafts};
use crate::domain::plan_text;
use crate::domain::validate::check;

/// The most that is read of a task or a plan.
const MAX_BYTES: u64 = 1024 * 1024;

/// The task as given, or from standard input where it is `-`.
pub(super) fn task(given: &str) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let text = read_bounded(&mut io::stdin().lock(), "standard input")?;
    if text.trim().is_empty() {
        return Err(Failure::usage(
            "standard input holds no task",
            "`echo \"…\" | planwright run -` hands one over",
        ));
    }
    Ok(text.trim().to_owned())
}

/// The plan in a file.
pub(super) fn plan(path: &Path) -> Result<Vec<DraftStep>, Failure> {
    let name = path.display();
    let hint = "a plan is a Markdown list, one step an item, or JSON `{\"steps\":[…]}`";
    let mut file = File::open(path).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read the plan {name}: {error}"))
    })?;
    let text = read_bounded(&mut file, &format!("the plan {name}"))?;
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("the plan {name} is empty"), hint));
    }
    let drafts = plan_text::parse(&text).map_err(|error| {
        Failure::usage(format!("{name}:{}: {}", error.line, error.reason), hint)
    })?;
    if drafts.is_empty() {
        return Err(Failure::usage(format!("{name}:1: no steps here"), hint));
    }
    let steps = name_drafts(drafts.clone(), &[], Naming::KeepLabels);
    match check(&steps, usize::MAX)
        .into_iter()
        .find(|problem| problem.fatal)
    {
        Some(problem) => Err(Failure::usage(
            format!("{name}: the plan cannot run: {}", problem.text),
            "mend the plan in that file",
        )),
        None => Ok(drafts),
    }
}

fn read_bounded(from: &mut dyn Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Usage, format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::new(
            Exit::Usage,
            format!("{name} is larger than 1 MiB"),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        Failure::new(
            Exit::Usage,
            format!("{name}, line {line}: this is not UTF-8 text"),
        )
    })
}

/// A file that will be written when the answer is there.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    /// The folder of a regular file, which is replaced in one go; none for a pipe or a device, which is written to.
    replace_in: Option<PathBuf>,
}

impl Target {
    /// Makes sure, before any work is done, that the file can be written.
    pub(super) fn check(path: &Path) -> Result<Self, Failure> {
        let wrong = |reason: String| {
            Failure::new(
                Exit::Usage,
                format!("cannot write {}: {reason}", path.display()),
            )
        };
        // A link keeps pointing where it points: what it names is replaced, not the link.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(wrong("it is a folder".to_owned())),
            Ok(there) if !there.is_file() => {
                return Ok(Self {
                    path: path.clone(),
                    replace_in: None,
                });
            }
            _ => {}
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if path.file_name().is_none() || !folder.is_dir() {
            return Err(wrong(format!("there is no folder {}", folder.display())));
        }
        tempfile::NamedTempFile::new_in(folder).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            path: path.clone(),
            replace_in: Some(folder.to_owned()),
        })
    }

    /// Writes the file, all of it or nothing.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        let written = match &self.replace_in {
            None => File::options()
                .write(true)
                .open(&self.path)
                .and_then(|mut file| file.write_all(text.as_bytes())),
            Some(folder) => self.replace(folder, text),
        };
        written.map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!("cannot write {}: {error}", self.path.display()),
            )
        })
    }

    fn replace(&self, folder: &Path, text: &str) -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".planwright-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any file of this person's: the umask takes away what it takes away.
            builder.permissions(match fs::metadata(&self.path) {
                Ok(there) => there.permissions(),
                Err(_) => fs::Permissions::from_mode(0o666),
            });
        }
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// Writes what the program itself made to a file, or to standard output.
///
/// # Errors
/// Where it cannot be written.
pub fn deliver(text: &str, output: Option<&Path>, stdout: &mut Stdout) -> Result<Exit, Failure> {
    match output {
        Some(output) => Target::check(output)?.write(text).map(|()| Exit::Done),
        None => stdout.own(|to| to.write_all(text.as_bytes())),
    }
}
