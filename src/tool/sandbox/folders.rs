//! Which files and folders a program may read and write.
//!
//! Landlock can only grant, and a grant holds for all below. So where a folder holds something that is to stay closed, what
//! is in it is granted piece by piece, and the closed thing left out.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::known::{AT_HOME, DEVICES, SECRETS_AT_HOME, SECRETS_OF_SYSTEM, SYSTEM};
use super::{Allowance, SandboxOptions};

/// Something that a program may touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub(super) path: PathBuf,
    pub(super) right: Right,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// See the names in it and below.
    List,
    /// Read and run.
    Read,
    /// Read, run, write, make and remove, but no devices.
    Write,
    /// Read and write a device.
    Device,
}

/// The most entries that are looked at to go around what is closed.
const MOST_ENTRIES: usize = 20_000;

/// Where everything is. Paths are real ones, without symbolic links.
#[derive(Debug)]
pub(super) struct Folders {
    workspace: PathBuf,
    temporary: PathBuf,
    home: Option<PathBuf>,
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
    secrets: Vec<PathBuf>,
}

impl Folders {
    pub(super) fn new(
        workspace: &Path,
        temporary: &Path,
        home: Option<&Path>,
        path: &OsStr,
        options: &SandboxOptions,
    ) -> Self {
        let home = home.map(real).filter(|home| home.parent().is_some());
        let below_home = |names: &[&str]| -> Vec<PathBuf> {
            let home = home.iter();
            home.flat_map(|home| names.iter().map(move |name| home.join(name)))
                .collect()
        };
        let at_home = |path: &PathBuf| real(below(path, home.as_deref()));
        let mut readable: Vec<PathBuf> = SYSTEM.iter().map(|path| real(Path::new(path))).collect();
        readable.extend(below_home(AT_HOME).iter().map(real));
        readable.extend(
            std::env::split_paths(path).filter_map(|folder| installation(&folder, home.as_deref())),
        );
        readable.extend(options.readable.iter().map(at_home));
        readable.sort();
        readable.dedup();
        let writable = options.writable.iter().map(at_home).collect();
        let mut secrets: Vec<PathBuf> = options.protected.iter().map(real).collect();
        secrets.extend(below_home(SECRETS_AT_HOME));
        secrets.extend(SECRETS_OF_SYSTEM.iter().map(PathBuf::from));
        Self {
            workspace: workspace.to_owned(),
            temporary: temporary.to_owned(),
            readable,
            writable,
            secrets,
            home,
        }
    }

    pub(super) fn at_home(&self, path: &Path) -> PathBuf {
        below(path, self.home.as_deref())
    }

    pub(super) fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Whether the workspace itself is closed to programs.
    pub(super) fn workspace_is_closed(&self) -> bool {
        self.secrets.contains(&self.workspace)
    }

    /// What the workspace holds that has to stay closed, in words.
    pub(super) fn goes_around(&self) -> Option<&'static str> {
        if self.is_around_home(&self.workspace) {
            return Some("your home folder");
        }
        let mut secrets = self.secrets.iter();
        secrets
            .any(|secret| secret.starts_with(&self.workspace))
            .then_some("files that are closed to programs")
    }

    /// What a program may touch, as things are now.
    pub(super) fn grants(&self, allowance: &Allowance) -> Vec<Grant> {
        let mut grants = Vec::new();
        let mut entries = MOST_ENTRIES;
        let mut grant = |path: &Path, right| self.grant(path, right, &mut entries, &mut grants);
        for path in &self.readable {
            grant(path, Right::Read);
        }
        let own = if allowance.write {
            Right::Write
        } else {
            Right::Read
        };
        grant(&self.workspace, own);
        grant(&self.temporary, Right::Write);
        for path in self.writable.iter().chain(&allowance.folder) {
            grant(&real(path), own);
        }
        grants.extend(DEVICES.iter().map(|path| Grant {
            path: PathBuf::from(path),
            right: Right::Device,
        }));
        grants
    }

    fn grant(&self, path: &Path, right: Right, entries: &mut usize, grants: &mut Vec<Grant>) {
        let mut secrets = self.secrets.iter();
        if path != self.workspace && secrets.any(|secret| path.starts_with(secret)) {
            return;
        }
        let around_home = self.is_around_home(path);
        let mut secrets = self.secrets.iter();
        if !around_home && !secrets.any(|secret| secret.starts_with(path)) {
            let path = path.to_owned();
            grants.push(Grant { path, right });
            return;
        }
        grants.push(Grant {
            path: path.to_owned(),
            right: Right::List,
        });
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            if link || hidden && self.home.as_deref() == Some(path) {
                continue;
            }
            let Some(left) = entries.checked_sub(1) else {
                return;
            };
            *entries = left;
            self.grant(&entry.path(), right, entries, grants);
        }
    }

    fn is_around_home(&self, path: &Path) -> bool {
        self.home
            .as_deref()
            .is_some_and(|home| home.starts_with(path))
    }
}

/// The path, where `~/` at its beginning stands for the home folder.
fn below(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Without symbolic links where it is there, as it is where not.
fn real(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The folder on `PATH`, or all that was installed with it: `/x/tool` for `/x/tool/bin`. Never the home folder itself, and
/// nothing that is more than a program's own.
fn installation(folder: &Path, home: Option<&Path>) -> Option<PathBuf> {
    if !folder.is_absolute() {
        return None;
    }
    let folder = real(folder);
    let name = folder.file_name().and_then(OsStr::to_str);
    let parent = folder
        .parent()
        .filter(|_| matches!(name, Some("bin" | "sbin" | "shims")));
    let too_much = |parent: &&Path| {
        let is_home = home.is_some_and(|home| home.starts_with(parent));
        let is_local = home.is_some_and(|home| *parent == home.join(".local"));
        is_home || is_local || parent.components().count() < 3
    };
    let found = parent.filter(|parent| !too_much(parent));
    let found = found.map_or(folder.clone(), Path::to_owned);
    let is_home = home.is_some_and(|home| home.starts_with(&found));
    (!is_home).then_some(found)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::{Allowance, SandboxOptions};
    use super::{Folders, Right, installation};

    /// A home with a key, a toolchain and a project, and the folders as seen from this workspace in it.
    fn folders(workspace: &str) -> (tempfile::TempDir, Folders) {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().canonicalize().unwrap().join("home");
        for folder in [
            ".ssh",
            ".cargo/bin",
            ".config/planwright",
            "project/src",
            "tmp",
        ] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        fs::write(home.join(".cargo/credentials.toml"), "token").unwrap();
        fs::write(home.join(".bashrc"), "").unwrap();
        std::os::unix::fs::symlink(home.join(".ssh"), home.join("link")).unwrap();
        let options = SandboxOptions {
            protected: vec![home.join(".config/planwright")],
            ..SandboxOptions::default()
        };
        let path = home.join(".cargo/bin").into_os_string();
        let workspace = home.join(workspace);
        let made = Folders::new(&workspace, &home.join("tmp"), Some(&home), &path, &options);
        (root, made)
    }

    /// What may be done with a path: the strongest right that is granted on it or on a folder around it.
    fn right(folders: &Folders, path: &str) -> Option<Right> {
        let path = folders.home.as_ref().unwrap().join(path);
        let write = Allowance {
            write: true,
            ..Allowance::default()
        };
        let grants = folders.grants(&write).into_iter();
        let on = grants.filter(|grant| path.starts_with(&grant.path));
        on.map(|grant| grant.right)
            .filter(|right| *right != Right::List)
            .max()
    }

    #[test]
    fn a_project_is_written_toolchains_are_read_and_keys_are_closed() {
        let (_root, folders) = folders("project");
        assert_eq!(folders.goes_around(), None);
        for (path, expected) in [
            ("project/src/main.rs", Some(Right::Write)),
            ("project/new", Some(Right::Write)),
            (".cargo/bin/cargo", Some(Right::Read)),
            (".cargo/credentials.toml", None),
            (".ssh/id", None),
            (".config/planwright/config.toml", None),
            (".bashrc", None),
            ("other/letter.txt", None),
        ] {
            assert_eq!(right(&folders, path), expected, "{path}");
        }
    }

    #[test]
    fn a_workspace_around_the_home_leaves_out_what_is_hidden_and_follows_no_link() {
        let (_root, folders) = folders(".");
        let folders = Folders {
            workspace: folders.home.clone().unwrap(),
            ..folders
        };
        assert_eq!(folders.goes_around(), Some("your home folder"));
        for (path, expected) in [
            ("project/src/main.rs", Some(Right::Write)),
            (".bashrc", None),
            (".ssh/id", None),
            ("link/id", None),
            (".config/planwright/config.toml", None),
            (".cargo/bin/cargo", Some(Right::Read)),
        ] {
            assert_eq!(right(&folders, path), expected, "{path}");
        }
    }

    #[test]
    fn a_program_that_only_reads_writes_nowhere_but_in_its_temporary_folder() {
        let (_root, folders) = folders("project");
        let grants = folders.grants(&Allowance::default());
        let written = grants.iter().filter(|grant| grant.right == Right::Write);
        let written: Vec<&Path> = written.map(|grant| grant.path.as_path()).collect();
        assert_eq!(written, [folders.temporary.as_path()]);
    }

    #[test]
    fn what_is_on_the_path_brings_its_installation_and_never_the_home() {
        let home = Path::new("/home/me");
        let found = |folder: &str| installation(Path::new(folder), Some(home));
        for (folder, expected) in [
            ("/home/me/tool-1/bin", Some("/home/me/tool-1")),
            ("/home/me/bin", Some("/home/me/bin")),
            ("/home/me/.local/bin", Some("/home/me/.local/bin")),
            ("/home/bin", Some("/home/bin")),
            ("/home/me", None),
            ("/home", None),
            ("/", None),
            ("bin", None),
            ("", None),
            ("/x/bin", Some("/x/bin")),
            ("/x/y/bin", Some("/x/y")),
        ] {
            assert_eq!(found(folder), expected.map(PathBuf::from), "{folder}");
        }
        assert_eq!(installation(Path::new(OsStr::new(".")), None), None);
    }
}
