//! The folder that file tools are kept to. A path is looked at once to say where it leads, and opened through a handle of
//! the folder afterwards: whatever is swapped in between, what is opened lies below the folder, or nothing is.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};

use super::{CallContext, ToolError};
use crate::domain::chat::Effect;
use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;

/// The longest path, in bytes.
const MOST_PATH: usize = 4096;

/// A folder and the way into it.
#[derive(Debug)]
pub struct Workspace {
    /// Without links in it.
    root: PathBuf,
    dir: Dir,
}

/// Where a path leads, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Below the workspace: the path from there; empty for the workspace itself.
    Inside(PathBuf),
    /// Beyond it: the whole path.
    Outside(PathBuf),
}

/// A place that may be used, and the folder to use it through.
pub struct Opened {
    /// The folder.
    pub dir: Dir,
    /// The path from there.
    pub path: PathBuf,
}

impl Workspace {
    /// The workspace at this folder.
    ///
    /// # Errors
    /// Where it is none, or cannot be opened.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let dir = Dir::open_ambient_dir(&root, ambient_authority())?;
        Ok(Self { root, dir })
    }

    /// The folder, as an absolute path without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path that a model wrote leads. What is not there yet lies where its nearest existing folder does.
    ///
    /// # Errors
    /// [`ToolError::BadArguments`] for what is no path.
    pub fn place(&self, given: &str) -> Result<Place, ToolError> {
        let given = given.trim();
        if given.len() > MOST_PATH || given.contains('\0') {
            return Err(ToolError::BadArguments("this is no path".to_owned()));
        }
        if given == "~" || given.starts_with("~/") {
            let text = "`~` is not known here; give a path within the workspace, or a whole one";
            return Err(ToolError::BadArguments(text.to_owned()));
        }
        let whole = resolved(&self.root.join(given));
        Ok(match whole.strip_prefix(&self.root) {
            Ok(inside) => Place::Inside(inside.to_owned()),
            Err(_) => Place::Outside(whole),
        })
    }

    /// What a call with this effect on these paths would touch. A path that is none reaches nothing.
    pub fn reach<'a>(&self, effect: Effect, paths: impl IntoIterator<Item = &'a str>) -> Reach {
        let places = paths.into_iter().filter_map(|path| self.place(path).ok());
        let places: Vec<Place> = places.collect();
        Reach {
            effect,
            outside: places
                .iter()
                .any(|place| matches!(place, Place::Outside(_))),
            paths: places.iter().map(Place::text).collect(),
            ..Reach::harmless()
        }
    }

    /// The way to a path, where it leads to what the call was decided on.
    ///
    /// # Errors
    /// [`ToolError::Refused`] where it leads elsewhere by now.
    pub fn enter(&self, given: &str, context: &CallContext) -> Result<Opened, ToolError> {
        let place = self.place(given)?;
        let moved = || {
            let text = format!(
                "`{}` leads elsewhere than it did when it was asked about",
                visible(given)
            );
            ToolError::Refused(text)
        };
        if !context.reach.paths.contains(&place.text()) {
            return Err(moved());
        }
        match place {
            Place::Inside(path) => {
                let dir = self
                    .dir
                    .try_clone()
                    .map_err(|error| failed(given, &error))?;
                let path = if path.as_os_str().is_empty() {
                    ".".into()
                } else {
                    path
                };
                Ok(Opened { dir, path })
            }
            // It was allowed by name: from its folder on, nothing may lead out of it.
            Place::Outside(_) if !context.reach.outside => Err(moved()),
            Place::Outside(whole) => {
                let (folder, name) = match (whole.parent(), whole.file_name()) {
                    (Some(folder), Some(name)) => (folder.to_owned(), PathBuf::from(name)),
                    _ => (whole.clone(), PathBuf::from(".")),
                };
                let dir = Dir::open_ambient_dir(&folder, ambient_authority());
                let dir = dir.map_err(|error| failed(given, &error))?;
                if resolved(&whole) != whole {
                    return Err(moved());
                }
                Ok(Opened { dir, path: name })
            }
        }
    }
}

impl Place {
    /// As it is shown and as rules see it: relative within the workspace, `.` for itself, absolute outside.
    pub fn text(&self) -> String {
        match self {
            Self::Inside(path) if path.as_os_str().is_empty() => ".".to_owned(),
            Self::Inside(path) | Self::Outside(path) => path.to_string_lossy().into_owned(),
        }
    }
}

impl Opened {
    /// The file, for reading. Never waits: what is no ordinary file is refused.
    ///
    /// # Errors
    /// [`ToolError::Failed`] where there is none, [`ToolError::Refused`] for anything but a file.
    pub fn file(&self, given: &str) -> Result<File, ToolError> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt;
            // A pipe without a writer would wait for one.
            options.custom_flags(NONBLOCK);
        }
        let file = self.dir.open_with(&self.path, &options);
        let file = file.map_err(|error| failed(given, &error))?;
        let kind = file.metadata().map_err(|error| failed(given, &error))?;
        if kind.is_dir() {
            let text = format!("`{}` is a folder: use list_files", visible(given));
            return Err(ToolError::BadArguments(text));
        }
        if !kind.is_file() {
            let text = format!("`{}` is no ordinary file", visible(given));
            return Err(ToolError::Refused(text));
        }
        Ok(file)
    }
}

#[cfg(unix)]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// What the system said of a path, in words for a model.
pub fn failed(given: &str, error: &io::Error) -> ToolError {
    let given = visible(given);
    match error.kind() {
        ErrorKind::NotFound => ToolError::Failed(format!(
            "there is no `{given}`; list_files shows what there is"
        )),
        ErrorKind::PermissionDenied => {
            ToolError::Failed(format!("`{given}` may not be opened: {error}"))
        }
        _ => ToolError::Failed(format!("`{given}`: {error}")),
    }
}

/// The path with its links followed as far as it is there; what is behind stands as it is. A link that leads nowhere is
/// not followed: it is written over, and never through.
fn resolved(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut there = plain(path);
    loop {
        let found = there.canonicalize();
        let (found, is_end) = match (found, there.parent(), there.file_name()) {
            (Ok(found), ..) => (found, true),
            (Err(_), Some(parent), Some(name)) => {
                rest.push(name.to_owned());
                (parent.to_owned(), false)
            }
            _ => (there.clone(), true),
        };
        there = found;
        if is_end {
            rest.iter().rev().for_each(|name| there.push(name));
            return there;
        }
    }
}

/// The path without `.` and with each `..` taking away what is before it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
