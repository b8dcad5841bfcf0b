//! Walking a folder as git would: ignored and hidden files are passed over, links are not followed. Every folder is opened
//! through the one above it, so that a walk cannot be led away, and rules that ignore files are read like any other file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::vec::IntoIter;

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, DirEntry, File};
use globset::{GlobBuilder, GlobMatcher};

use super::ignored::{FILES, Ignored};
use crate::domain::sanitize::visible;
use crate::tool::workspace::{Workspace, is_made_up, ordinary};
use crate::tool::{CallContext, ToolError};

/// The longest walk.
const TIME: Duration = Duration::from_secs(15);

/// The most entries of folders that are looked at.
const MOST_ENTRIES: usize = 200_000;

/// The deepest folder that is looked into, below the first one.
const MOST_DEPTH: usize = 60;

/// What of a folder is wanted.
pub(super) struct Wanted<'a> {
    /// The folder; where it is a file, only that.
    pub(super) top: &'a str,
    /// Only what fits this glob.
    pub(super) glob: Option<&'a str>,
    /// Whether hidden and ignored files are, too.
    pub(super) hidden: bool,
    /// How many folders deep, the top counted; none for as deep as there are any.
    pub(super) depth: Option<usize>,
}

/// A walk, bounded in time and entries.
pub(super) struct Tree {
    levels: Vec<Level>,
    /// How the top is named: relative to the workspace, or absolute outside.
    name: String,
    glob: Option<GlobMatcher>,
    hidden: bool,
    depth: usize,
    ignored: Ignored,
    /// When it ends at the latest.
    pub(super) until: Instant,
    seen: usize,
    cut: Option<String>,
    unread: usize,
    too_deep: usize,
}

/// A folder that is being looked through.
struct Level {
    dir: Dir,
    /// From the top on.
    below: PathBuf,
    entries: IntoIter<(OsString, Kind)>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ordinary file of this many bytes.
    File(u64),
    /// A link, wherever it leads.
    Link,
    /// A folder that is not looked into.
    Folder,
}

/// One entry of a walk.
pub(super) struct Entry {
    file: OsString,
    /// As it is named.
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Tree {
    /// A walk through what is wanted.
    ///
    /// # Errors
    /// Where there is no such folder, it may not be used, or the glob is none.
    pub(super) fn new(
        workspace: &Workspace,
        wanted: &Wanted<'_>,
        context: &CallContext,
    ) -> Result<Self, ToolError> {
        let place = workspace.place(wanted.top)?;
        let top = workspace.enter(wanted.top, context)?;
        let glob = wanted.glob.map(str::trim).filter(|glob| !glob.is_empty());
        let mut tree = Self {
            levels: Vec::new(),
            name: place.text(),
            glob: glob.map(matcher).transpose()?,
            hidden: wanted.hidden,
            depth: wanted.depth.unwrap_or(MOST_DEPTH).clamp(1, MOST_DEPTH),
            ignored: Ignored::above(workspace, &place),
            until: Instant::now() + TIME,
            seen: 0,
            cut: None,
            unread: 0,
            too_deep: 0,
        };
        let is_file = top.dir.symlink_metadata(&top.path);
        if is_file.is_ok_and(|known| !known.is_dir()) {
            top.file(wanted.top)?;
            let known = top.dir.symlink_metadata(&top.path);
            let size = known.map_or(0, |known| known.len());
            let entries = vec![(top.path.into_os_string(), Kind::File(size))];
            tree.glob = None;
            tree.hidden = true;
            tree.name = place.folder().text();
            tree.levels.push(Level {
                dir: top.dir,
                below: PathBuf::new(),
                entries: entries.into_iter(),
            });
            return Ok(tree);
        }
        tree.enter(top.folder(wanted.top)?, PathBuf::new());
        Ok(tree)
    }

    /// The next entry: a file, a link, or a folder beyond the wanted depth.
    pub(super) fn next(&mut self, context: &CallContext) -> Option<Entry> {
        loop {
            if context.cancel.is_cancelled() {
                self.cut = Some("it was stopped".to_owned());
                return None;
            }
            if Instant::now() > self.until {
                self.cut = Some(format!("it ended after {} s", TIME.as_secs()));
                return None;
            }
            let is_deepest = self.levels.len() >= self.depth;
            let level = self.levels.last_mut()?;
            let Some((file, kind)) = level.entries.next() else {
                self.levels.pop();
                self.ignored.leave();
                continue;
            };
            let below = level.below.join(&file);
            if !self.hidden && self.ignored.holds(&below, kind == Kind::Folder) {
                continue;
            }
            if kind == Kind::Folder {
                if is_deepest {
                    if self.depth == MOST_DEPTH {
                        self.too_deep += 1;
                    } else if self.glob.is_none() {
                        return Some(self.entry(file, &below, kind));
                    }
                    continue;
                }
                match level.dir.open_dir_nofollow(&file) {
                    Ok(dir) if is_made_up(&dir) => {}
                    Ok(dir) => self.enter(dir, below),
                    Err(_) => self.unread += 1,
                }
                continue;
            }
            if self
                .glob
                .as_ref()
                .is_some_and(|glob| !glob.is_match(&below))
            {
                continue;
            }
            let kind = match (kind, level.dir.symlink_metadata(&file)) {
                (Kind::File(_), Ok(known)) if known.is_file() => Kind::File(known.len()),
                (Kind::Link, Ok(_)) => Kind::Link,
                _ => continue,
            };
            return Some(self.entry(file, &below, kind));
        }
    }

    /// The entry that was told of last, opened.
    ///
    /// # Errors
    /// Where it is no ordinary file any more, or may not be read.
    pub(super) fn open(&self, entry: &Entry) -> Result<File, ToolError> {
        let level = self.levels.last();
        let level = level.ok_or_else(|| ToolError::Failed("the walk has ended".to_owned()))?;
        ordinary(&level.dir, Path::new(&entry.file), &entry.name)
    }

    /// What a reader must know of a walk that is at its end: each a line in brackets.
    pub(super) fn remarks(&self) -> String {
        let mut text = String::new();
        if let Some(why) = &self.cut {
            text.push_str(&format!("[not complete: {why}]\n"));
        }
        if self.unread > 0 {
            text.push_str(&format!("[{} folders could not be read]\n", self.unread));
        }
        if self.too_deep > 0 {
            text.push_str(&format!(
                "[{} folders lie deeper than {MOST_DEPTH} and were not looked into]\n",
                self.too_deep
            ));
        }
        text + &self.ignored.remarks()
    }

    fn entry(&self, file: OsString, below: &Path, kind: Kind) -> Entry {
        let below = below.to_string_lossy();
        let name = match self.name.as_str() {
            "." => below.into_owned(),
            top => format!("{}/{below}", top.trim_end_matches('/')),
        };
        Entry {
            file,
            name: visible(&name).into_owned(),
            kind,
        }
    }

    /// Looks into a folder: its entries by name, as many as may still be looked at.
    fn enter(&mut self, dir: Dir, below: PathBuf) {
        let Ok(found) = dir.entries() else {
            self.unread += 1;
            return;
        };
        let (mut entries, mut has_rules) = (Vec::new(), false);
        for entry in found {
            if self.seen >= MOST_ENTRIES {
                self.cut = Some(format!("it ended after {MOST_ENTRIES} files and folders"));
                break;
            }
            if self.seen.is_multiple_of(1_024) && Instant::now() > self.until {
                break;
            }
            let Ok(entry) = entry else {
                self.unread += 1;
                break;
            };
            self.seen += 1;
            let name = entry.file_name();
            has_rules |= FILES.iter().any(|file| name == *file);
            // What git keeps for itself is never meant.
            if name == ".git" || (!self.hidden && name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            if let Some(kind) = kind(&entry) {
                entries.push((name, kind));
            }
        }
        entries.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        self.ignored.enter(has_rules.then_some(&dir), &below);
        self.levels.push(Level {
            dir,
            below,
            entries: entries.into_iter(),
        });
    }
}

/// What an entry is, without following it; none for what is neither file, folder nor link.
fn kind(entry: &DirEntry) -> Option<Kind> {
    let kind = entry.file_type().ok()?;
    if kind.is_file() {
        Some(Kind::File(0))
    } else if kind.is_dir() {
        Some(Kind::Folder)
    } else if kind.is_symlink() {
        Some(Kind::Link)
    } else {
        None
    }
}

/// A glob as git reads it: without a `/` it is about names, in whatever folder.
fn matcher(glob: &str) -> Result<GlobMatcher, ToolError> {
    let glob = glob.trim_start_matches("./").trim_start_matches('/');
    let whole = if glob.contains('/') {
        glob.to_owned()
    } else {
        format!("**/{glob}")
    };
    let built = GlobBuilder::new(&whole).literal_separator(true).build();
    let glob = built.map_err(|_| {
        let text = format!(
            "the glob is none: `{}`; an example: src/**/*.rs",
            visible(glob)
        );
        ToolError::BadArguments(text)
    })?;
    Ok(glob.compile_matcher())
}
