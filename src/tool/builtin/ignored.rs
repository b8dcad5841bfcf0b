//! What git is told to ignore: the `.gitignore` of each folder on the way, and `.ignore` beside it.

use std::io::Read;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::tool::workspace::{Place, Workspace, ordinary};

/// The most bytes of such a file that are heeded.
const MOST_BYTES: u64 = 64 * 1024;

/// The files, the one that counts less first.
pub(super) const FILES: [&str; 2] = [".gitignore", ".ignore"];

/// The rules in force in one folder of a walk and above it.
#[derive(Default)]
pub(super) struct Ignored {
    /// From above the walk: the rules, and the way from their folder to its top.
    above: Vec<(Gitignore, PathBuf)>,
    /// Of each folder of the walk on the way to the present one: its path from the top.
    levels: Vec<(Gitignore, PathBuf)>,
    cut: usize,
}

impl Ignored {
    /// The rules that hold at a place from above it: from the root of its repository on, which may lie above the
    /// workspace, or from the workspace on.
    pub(super) fn above(workspace: &Workspace, place: &Place) -> Self {
        let mut ignored = Self::default();
        let Place::Inside(below) = place else {
            return ignored;
        };
        let whole = workspace.root().join(below);
        let is_root = |folder: &&Path| folder.join(".git").exists();
        let repository = whole.ancestors().find(is_root);
        let start = repository.unwrap_or(workspace.root());
        let mut folders: Vec<&Path> = whole.ancestors().skip(1).collect();
        folders.retain(|folder| folder.starts_with(start));
        for folder in folders.into_iter().rev() {
            let Ok(dir) = Dir::open_ambient_dir(folder, ambient_authority()) else {
                continue;
            };
            let way = whole.strip_prefix(folder).unwrap_or(&whole).to_owned();
            if let Some(rules) = ignored.rules(&dir) {
                ignored.above.push((rules, way));
            }
        }
        ignored
    }

    /// Takes up the rules of a folder of the walk, where it has any; it lies at this path from the top.
    pub(super) fn enter(&mut self, dir: Option<&Dir>, below: &Path) {
        let rules = dir.and_then(|dir| self.rules(dir));
        let rules = rules.unwrap_or_else(Gitignore::empty);
        self.levels.push((rules, below.to_owned()));
    }

    /// Drops those of the last folder again.
    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// Whether what lies at this path from the top of the walk is ignored: the nearest rule counts.
    pub(super) fn holds(&self, path: &Path, is_folder: bool) -> bool {
        let levels = self.levels.iter().rev().filter_map(|(rules, below)| {
            let path = path.strip_prefix(below).ok()?;
            Some(rules.matched(path, is_folder))
        });
        let above = self.above.iter().rev();
        let above = above.map(|(rules, way)| rules.matched(way.join(path), is_folder));
        levels
            .chain(above)
            .find(|found| !found.is_none())
            .is_some_and(|found| matches!(found, Match::Ignore(_)))
    }

    /// What a reader must know of it, a line in brackets.
    pub(super) fn remarks(&self) -> String {
        match self.cut {
            0 => String::new(),
            cut => format!("[{cut} .gitignore files are too large and were heeded in part]\n"),
        }
    }

    fn rules(&mut self, dir: &Dir) -> Option<Gitignore> {
        let mut builder = GitignoreBuilder::new("");
        let mut any = false;
        for name in FILES {
            // A link, a pipe or a device of this name holds no rules: git reads none from them either.
            let Ok(file) = ordinary(dir, Path::new(name), name) else {
                continue;
            };
            let mut bytes = Vec::new();
            if file.take(MOST_BYTES + 1).read_to_end(&mut bytes).is_err() {
                continue;
            }
            self.cut += usize::from(bytes.len() as u64 > MOST_BYTES);
            bytes.truncate(usize::try_from(MOST_BYTES).unwrap_or(usize::MAX));
            let text = String::from_utf8_lossy(&bytes);
            for line in text.trim_start_matches('\u{feff}').lines() {
                // One line that is no glob takes none of the others away, as in git.
                let _ = builder.add_line(None, line);
                any = true;
            }
        }
        any.then(|| builder.build().ok()).flatten()
    }
}
