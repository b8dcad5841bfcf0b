//! Walking a folder as git would: ignored and hidden files are passed over, links are not followed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;

use crate::domain::sanitize::visible;
use crate::tool::workspace::{Opened, Place, Workspace, failed};
use crate::tool::{CallContext, ToolError};

/// The longest walk.
const TIME: Duration = Duration::from_secs(15);

/// The most files that are looked at.
const MOST_FILES: usize = 200_000;

/// The deepest folder that is looked into, below the first one.
const MOST_DEPTH: usize = 60;

/// A walk, bounded in time and files.
pub(super) struct Tree {
    /// The folder, to open files through.
    pub(super) top: Opened,
    /// How files are named: relative to the workspace, or absolute outside.
    pub(super) name: String,
    walk: ignore::Walk,
    wanted: Option<GlobMatcher>,
    start: PathBuf,
    began: Instant,
    seen: usize,
    /// Why it ended before its end.
    pub(super) cut: Option<String>,
}

/// One entry of it.
pub(super) struct Entry {
    /// From the top folder on.
    pub(super) below: PathBuf,
    /// As it is named.
    pub(super) name: String,
    /// Its size in bytes.
    pub(super) size: u64,
}

impl Tree {
    /// The files below a folder; those that fit the glob where there is one.
    ///
    /// # Errors
    /// Where there is no such folder, it may not be used, or the glob is none.
    pub(super) fn new(
        workspace: &Workspace,
        folder: &str,
        glob: Option<&str>,
        hidden: bool,
        context: &CallContext,
    ) -> Result<Self, ToolError> {
        let top = workspace.enter(folder, context)?;
        let place = workspace.place(folder)?;
        let start = match &place {
            Place::Inside(below) => workspace.root().join(below),
            Place::Outside(whole) => whole.clone(),
        };
        let known = top
            .dir
            .metadata(&top.path)
            .map_err(|error| failed(folder, &error))?;
        if !known.is_dir() {
            let text = format!("`{}` is no folder", visible(folder));
            return Err(ToolError::BadArguments(text));
        }
        let mut walk = WalkBuilder::new(&start);
        walk.follow_links(false)
            .hidden(!hidden)
            .require_git(false)
            .git_global(false)
            .max_depth(Some(MOST_DEPTH))
            .sort_by_file_name(std::cmp::Ord::cmp);
        // What git keeps for itself is never meant.
        walk.filter_entry(|entry| entry.file_name() != ".git");
        let wanted = glob.map(str::trim).filter(|glob| !glob.is_empty());
        let wanted = wanted.map(matcher).transpose()?;
        Ok(Self {
            name: place.text(),
            top,
            walk: walk.build(),
            wanted,
            start,
            began: Instant::now(),
            seen: 0,
            cut: None,
        })
    }

    /// The next file that can be reached from the top folder without leaving it.
    pub(super) fn next(&mut self, context: &CallContext) -> Option<Entry> {
        loop {
            if context.cancel.is_cancelled() {
                self.cut = Some("it was stopped".to_owned());
                return None;
            }
            if self.began.elapsed() > TIME {
                self.cut = Some(format!("it ended after {} s", TIME.as_secs()));
                return None;
            }
            if self.seen >= MOST_FILES {
                self.cut = Some(format!("it ended after {MOST_FILES} files"));
                return None;
            }
            // Folders that may not be read are passed over.
            let Ok(entry) = self.walk.next()? else {
                continue;
            };
            self.seen += 1;
            let Ok(below) = entry.path().strip_prefix(&self.start) else {
                continue;
            };
            if self
                .wanted
                .as_ref()
                .is_some_and(|wanted| !wanted.is_match(below))
            {
                continue;
            }
            let below = below.to_owned();
            let through = self.top.path.join(&below);
            let Ok(known) = self.top.dir.symlink_metadata(&through) else {
                continue;
            };
            if !known.is_file() {
                continue;
            }
            let shown = below.to_string_lossy();
            let name = if self.name == "." {
                shown.into_owned()
            } else {
                format!("{}/{shown}", self.name)
            };
            return Some(Entry {
                below: through,
                name: visible(&name).into_owned(),
                size: known.len(),
            });
        }
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
