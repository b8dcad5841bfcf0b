//! What tools that change files have in common: the text before, the difference, and the writing.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cap_std::fs::{Dir, OpenOptions};
use serde_json::Value;
use similar::TextDiff;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;
use crate::tool::workspace::{Workspace, failed};
use crate::tool::{CallContext, ToolError};

/// The largest file that is changed, in bytes.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The most bytes of a difference that are shown.
const MOST_DIFF: usize = 128 * 1024;

/// The longest time that is spent on making a difference small.
const DIFF_TIME: Duration = Duration::from_millis(500);

/// Calls that a person was shown at one time.
const MOST_SHOWN: usize = 64;

/// The text of a file as it is; none where there is no file.
///
/// # Errors
/// Where it may not be used, is no text, or is too large.
pub(super) fn current(
    workspace: &Workspace,
    path: &str,
    reach: &Reach,
) -> Result<Option<String>, ToolError> {
    let context = CallContext {
        cancel: CancellationToken::new(),
        reach: reach.clone(),
    };
    let place = workspace.enter(path, &context)?;
    if place.dir.symlink_metadata(&place.path).is_err() {
        return Ok(None);
    }
    let file = place.file(path)?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        let text = format!(
            "`{}` has more than {MOST_BYTES} bytes: too large to change here",
            visible(path)
        );
        return Err(ToolError::Refused(text));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        ToolError::Refused(format!(
            "`{}` is no UTF-8 text: it is not changed here",
            visible(path)
        ))
    })?;
    Ok(Some(text))
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
        return "(nothing changes)".to_owned();
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

/// Puts a whole text in the place of a file, at once: who reads it meanwhile sees the old or the new one.
///
/// # Errors
/// Where it may not be written.
pub(super) fn write(
    workspace: &Workspace,
    path: &str,
    context: &CallContext,
    text: &str,
) -> Result<(), ToolError> {
    if text.len() as u64 > MOST_BYTES {
        return Err(ToolError::Refused(format!(
            "more than {MOST_BYTES} bytes are not written"
        )));
    }
    let place = workspace.enter(path, context)?;
    let wrong = |error: std::io::Error| failed(path, &error);
    let folder = place.path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        place.dir.create_dir_all(folder).map_err(wrong)?;
    }
    let known = place.dir.symlink_metadata(&place.path).ok();
    if known.as_ref().is_some_and(cap_std::fs::Metadata::is_dir) {
        return Err(ToolError::BadArguments(format!(
            "`{}` is a folder",
            visible(path)
        )));
    }
    let temporary = folder.join(format!(".planwright-{}", Uuid::new_v4().simple()));
    let written = put(&place.dir, &temporary, text).and_then(|()| {
        if let Some(known) = known.filter(cap_std::fs::Metadata::is_file) {
            place.dir.set_permissions(&temporary, known.permissions())?;
        }
        place.dir.rename(&temporary, &place.dir, &place.path)
    });
    written.map_err(|error| {
        // Best effort: the error is what matters.
        let _ = place.dir.remove_file(&temporary);
        wrong(error)
    })
}

fn put(dir: &Dir, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = dir.open_with(path, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What files were like when the calls on them were shown to a person: what he saw is what is done.
#[derive(Clone, Default)]
pub(super) struct Shown(Arc<Mutex<BTreeMap<String, u64>>>);

impl Shown {
    /// Takes note of the text that a call was shown with.
    pub(super) fn remember(&self, call: &Value, before: Option<&str>) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.len() >= MOST_SHOWN {
            shown.clear();
        }
        shown.insert(call.to_string(), mark(before));
    }

    /// Whether the text is still what the call was shown with, where it was shown.
    ///
    /// # Errors
    /// Where it is another one.
    pub(super) fn check(&self, call: &Value, before: Option<&str>) -> Result<(), ToolError> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match shown.remove(&call.to_string()) {
            Some(seen) if seen != mark(before) => Err(ToolError::Failed(
                "the file has changed since the person was shown this; look at it again".to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

fn mark(text: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
