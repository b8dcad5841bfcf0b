//! The folder that file tools are kept to. A path is looked at once to say where it leads. It is opened without following
//! a single link, folder by folder, from a handle that was open before: whatever is swapped in between, what is opened is
//! what was asked about, or nothing is.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
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

/// A place that may be used.
pub struct Opened {
    /// The last folder on the way that is there.
    pub dir: Dir,
    /// The path from there: a name, or `.`; more where folders are missing. No link on it is to be followed.
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
        let place = match whole.strip_prefix(&self.root) {
            Ok(inside) => Place::Inside(inside.to_owned()),
            Err(_) => Place::Outside(whole),
        };
        let (Place::Inside(path) | Place::Outside(path)) = &place;
        if path.to_str().is_none() {
            // Rules and persons are shown text: two names that look the same must not be two.
            let text = format!("`{}` leads to a name that is no UTF-8", visible(given));
            return Err(ToolError::BadArguments(text));
        }
        Ok(place)
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
        let (top, way) = match &place {
            Place::Inside(way) => (self.dir.try_clone(), way.as_path()),
            Place::Outside(_) if !context.reach.outside => return Err(moved()),
            Place::Outside(whole) => {
                let top = whole.ancestors().last().unwrap_or(whole);
                let dir = Dir::open_ambient_dir(top, ambient_authority());
                (dir, whole.strip_prefix(top).unwrap_or(whole))
            }
        };
        let mut dir = top.map_err(|error| failed(given, &error))?;
        let mut rest = way;
        while let Some((name, below)) = first(rest) {
            match dir.open_dir_nofollow(name) {
                Ok(next) => (dir, rest) = (next, below),
                Err(error) if error.kind() == ErrorKind::NotFound => break,
                Err(error) if is_no_folder(&dir, name) => {
                    let text = format!(
                        "`{}` leads through `{}`, which is no folder: {error}",
                        visible(given),
                        visible(name)
                    );
                    return Err(ToolError::Refused(text));
                }
                Err(error) => return Err(failed(given, &error)),
            }
        }
        let path = if rest.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            rest.to_owned()
        };
        Ok(Opened { dir, path })
    }
}

/// The first folder of a path, and what is behind it; none where only a name is left.
fn first(path: &Path) -> Option<(&str, &Path)> {
    let mut parts = path.components();
    let name = parts.next()?.as_os_str().to_str()?;
    let below = parts.as_path();
    (!below.as_os_str().is_empty()).then_some((name, below))
}

fn is_no_folder(dir: &Dir, name: &str) -> bool {
    dir.symlink_metadata(name)
        .is_ok_and(|known| !known.is_dir())
}

impl Place {
    /// As it is shown and as rules see it: relative within the workspace, `.` for itself, absolute outside.
    pub fn text(&self) -> String {
        match self {
            Self::Inside(path) if path.as_os_str().is_empty() => ".".to_owned(),
            Self::Inside(path) | Self::Outside(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> Self {
        let above = |path: &Path| path.parent().unwrap_or(path).to_owned();
        match self {
            Self::Inside(path) => Self::Inside(above(path)),
            Self::Outside(path) => Self::Outside(above(path)),
        }
    }
}

impl Opened {
    /// The file, for reading. Never waits: what is no ordinary file is refused.
    ///
    /// # Errors
    /// [`ToolError::Failed`] where there is none, [`ToolError::Refused`] for anything but a file.
    pub fn file(&self, given: &str) -> Result<File, ToolError> {
        if first(&self.path).is_some() {
            return Err(failed(given, &ErrorKind::NotFound.into()));
        }
        ordinary(&self.dir, &self.path, given)
    }

    /// The way with its missing folders made.
    ///
    /// # Errors
    /// Where one cannot be made, or is none.
    pub fn made(self, given: &str) -> Result<Self, ToolError> {
        let Self { mut dir, mut path } = self;
        let wrong = |error: io::Error| failed(given, &error);
        while let Some((name, below)) = first(&path) {
            match dir.create_dir(name) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(wrong(error)),
                _ => {}
            }
            dir = dir.open_dir_nofollow(name).map_err(wrong)?;
            path = below.to_owned();
        }
        Ok(Self { dir, path })
    }

    /// The folder, for looking through.
    ///
    /// # Errors
    /// Where there is none.
    pub fn folder(&self, given: &str) -> Result<Dir, ToolError> {
        let dir = if self.path == Path::new(".") {
            self.dir.try_clone()
        } else if first(&self.path).is_some() {
            Err(ErrorKind::NotFound.into())
        } else {
            self.dir.open_dir_nofollow(&self.path)
        };
        dir.map_err(|error| failed(given, &error))
    }
}

/// The file of this name in a folder, for reading. Links are not followed, nothing waits, and what the kernel makes up is no
/// file: `/proc/self/environ` holds keys.
///
/// # Errors
/// As [`Opened::file`].
pub fn ordinary(dir: &Dir, name: &Path, given: &str) -> Result<File, ToolError> {
    let known = dir.symlink_metadata(name);
    // Before it is opened: opening alone makes some devices act.
    let known = known.map_err(|error| failed(given, &error))?;
    let check = |is_dir: bool, is_link: bool, is_file: bool| {
        let given = visible(given);
        match (is_dir, is_link, is_file) {
            (true, ..) => Err(ToolError::BadArguments(format!(
                "`{given}` is a folder: use list_files"
            ))),
            (_, true, _) => Err(ToolError::Refused(format!(
                "`{given}` is a link that leads nowhere, or elsewhere than it did when it was asked about"
            ))),
            (.., false) => Err(ToolError::Refused(format!("`{given}` is no ordinary file"))),
            _ => Ok(()),
        }
    };
    check(known.is_dir(), known.is_symlink(), known.is_file())?;
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        // A pipe without a writer would wait for one.
        options.custom_flags(QUIET);
    }
    let file = dir.open_with(name, &options);
    let file = file.map_err(|error| failed(given, &error))?;
    let known = file.metadata().map_err(|error| failed(given, &error))?;
    check(known.is_dir(), known.is_symlink(), known.is_file())?;
    if is_made_up(&file) {
        let text = format!(
            "`{}` is no file on a disk, the kernel makes it up",
            visible(given)
        );
        return Err(ToolError::Refused(text));
    }
    Ok(file)
}

#[cfg(unix)]
const QUIET: i32 = rustix::fs::OFlags::NONBLOCK
    .union(rustix::fs::OFlags::NOCTTY)
    .bits()
    .cast_signed();

/// Whether a file or folder lies in `/proc`, `/sys` or the like.
#[cfg(target_os = "linux")]
pub fn is_made_up(file: &impl std::os::fd::AsFd) -> bool {
    /// As `linux/magic.h` has them.
    const KINDS: [u32; 10] = [
        0x0000_9fa0, // proc
        0x6265_6572, // sysfs
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x7363_6673, // securityfs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x6265_6570, // configfs
        0xcafe_4a11, // bpf
        0xde5e_81e4, // efivarfs
    ];
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the kinds are numbers of 32 bits, in a field whose type is the platform's"
    )]
    // What cannot be told is taken for a file: it was opened as one.
    rustix::fs::fstatfs(file).is_ok_and(|known| KINDS.contains(&(known.f_type as u32)))
}

/// Whether a file or folder lies in `/proc`, `/sys` or the like: there are none here.
#[cfg(not(target_os = "linux"))]
pub fn is_made_up<T>(_: &T) -> bool {
    false
}

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
/// not followed: it is neither read nor written through.
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
