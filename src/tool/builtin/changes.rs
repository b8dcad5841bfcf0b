//! What tools that change files have in common: the text before, the difference, and the writing.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use cap_fs_ext::MetadataExt;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use similar::TextDiff;
use uuid::Uuid;

use crate::domain::sanitize::visible;
use crate::tool::workspace::{Opened, Workspace, failed};
use crate::tool::{CallContext, ToolError};

/// The largest file that is changed, in bytes.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The most bytes of a difference that are shown.
const MOST_DIFF: usize = 128 * 1024;

/// The longest time that is spent on making a difference small.
const DIFF_TIME: Duration = Duration::from_millis(500);

/// A place for a file, and what is there.
pub(super) struct Before {
    place: Opened,
    file: Option<(Metadata, String)>,
}

impl Before {
    /// What is there now.
    ///
    /// # Errors
    /// Where it may not be used, is no text, or is too large.
    pub(super) fn read(
        workspace: &Workspace,
        path: &str,
        context: &CallContext,
    ) -> Result<Self, ToolError> {
        let place = workspace.enter(path, context)?;
        if place.dir.symlink_metadata(&place.path).is_err() {
            return Ok(Self { place, file: None });
        }
        let file = place.file(path)?;
        let known = file.metadata().map_err(|error| failed(path, &error))?;
        let mut bytes = Vec::new();
        let read = file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| failed(path, &error))?;
        let refused = |why: String| ToolError::Refused(format!("`{}` {why}", visible(path)));
        if bytes.len() > MOST_BYTES {
            return Err(refused(format!(
                "has more than {MOST_BYTES} bytes: too large to change here"
            )));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| refused("is no UTF-8 text: it is not changed here".to_owned()))?;
        Ok(Self {
            place,
            file: Some((known, text)),
        })
    }

    /// Its text; none where there is no file.
    pub(super) fn text(&self) -> Option<&str> {
        self.file.as_ref().map(|(_, text)| text.as_str())
    }

    /// Puts a whole text in its place, at once: who reads it meanwhile sees the old or the new one. Permissions and owner
    /// stay. Gives what a reader must know of it, each a line in brackets.
    ///
    /// # Errors
    /// Where it may not be written, or was changed since it was read.
    pub(super) fn replace(
        self,
        path: &str,
        text: &str,
        context: &CallContext,
    ) -> Result<String, ToolError> {
        let refused = |why: &str| Err(ToolError::Refused(format!("`{}` {why}", visible(path))));
        if text.len() > MOST_BYTES {
            return refused("would get too large: no more than 4 MiB are written");
        }
        let known = self.file.map(|(known, _)| known);
        if let Some(known) = &known
            && known.permissions().readonly()
        {
            return refused("is write-protected; only the person may change that");
        }
        let wrong = |error: std::io::Error| failed(path, &error);
        let Opened { dir, path: name } = self.place.made(path)?;
        let temporary = format!(".planwright-{}", Uuid::new_v4().simple());
        let temporary = Path::new(&temporary);
        let written = put(&dir, temporary, text, known.as_ref()).map_err(wrong);
        let ended = written.and_then(|remarks| {
            if context.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            if !is_same(known.as_ref(), dir.symlink_metadata(&name).ok().as_ref()) {
                return Err(changed());
            }
            let moved = dir.rename(temporary, &dir, &name);
            moved.map_err(wrong).map(|()| remarks)
        });
        if ended.is_err() {
            // Best effort: the error is what matters.
            let _ = dir.remove_file(temporary);
        }
        ended
    }
}

/// What is said where a file is not what it was.
pub(super) fn changed() -> ToolError {
    let text =
        "the file has changed since it was looked at, and nothing is done to it; read it again";
    ToolError::Failed(text.to_owned())
}

fn is_same(before: Option<&Metadata>, now: Option<&Metadata>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => {
            (before.dev(), before.ino(), before.len()) == (now.dev(), now.ino(), now.len())
                && before.modified().ok() == now.modified().ok()
        }
        _ => false,
    }
}

/// Writes a new file, made for the place of another one.
fn put(dir: &Dir, path: &Path, text: &str, old: Option<&Metadata>) -> std::io::Result<String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if old.is_some() {
        use cap_std::fs::OpenOptionsExt;
        // Until it has the permissions of the other one, it is nobody else's business.
        options.mode(0o600);
    }
    let mut file = dir.open_with(path, &options)?;
    file.write_all(text.as_bytes())?;
    let mut remarks = String::new();
    if let Some(old) = old {
        if !keep_owner(&file, old)? {
            remarks.push_str("\n[it belonged to somebody else and is yours now]");
        }
        file.set_permissions(old.permissions())?;
        if old.nlink() > 1 {
            remarks.push_str("\n[its other names, which are hard links, keep the text as it was]");
        }
    }
    file.sync_all()?;
    Ok(remarks)
}

/// Whether a file could be given the owner of another one.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> std::io::Result<bool> {
    use cap_std::fs::MetadataExt;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(true);
    }
    let (owner, group) = (
        rustix::fs::Uid::from_raw(old.uid()),
        rustix::fs::Gid::from_raw(old.gid()),
    );
    Ok(rustix::fs::fchown(file, Some(owner), Some(group)).is_ok())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> std::io::Result<bool> {
    Ok(true)
}

/// The difference between two texts of a file, as a unified diff.
pub(super) fn diff(path: &str, before: Option<&str>, after: &str) -> String {
    let old = before.unwrap_or_default();
    let path = visible(path);
    let from = before.map_or("/dev/null".to_owned(), |_| format!("a/{path}"));
    let diff = TextDiff::configure()
        .timeout(DIFF_TIME)
        .diff_lines(old, after);
    let mut text = diff
        .unified_diff()
        .context_radius(3)
        .header(&from, &format!("b/{path}"))
        .to_string();
    if text.is_empty() {
        return match before {
            None => format!("--- {from}\n+++ b/{path}\n(an empty file is made)"),
            Some(_) => "(nothing changes)".to_owned(),
        };
    }
    if text.len() > MOST_DIFF {
        let mut ends = (0..=MOST_DIFF).rev();
        let end = ends.find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        let left_out = text.len() - end;
        text.truncate(end);
        text.push_str(&format!(
            "\n[… {left_out} more bytes of the difference are not shown]"
        ));
    }
    text
}
