//! Which file a program's name stands for: found before it is started, so that a person can see it, and so that nothing in
//! the workspace can slip in under the name of something else.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The file: a word with a slash is a path from `folder`, any other is looked for on `path`, in which relative folders
/// count for nothing.
///
/// # Errors
/// What is wrong, for the one who asked.
pub(in crate::tool) fn find(word: &str, folder: &Path, path: &OsStr) -> Result<PathBuf, String> {
    if word.is_empty() {
        return Err("the program has no name".to_owned());
    }
    if word.contains('\0') {
        return Err("the name of a program cannot hold a zero byte".to_owned());
    }
    if word.contains('/') {
        let file = folder.join(word);
        return if is_program(&file) {
            Ok(file)
        } else {
            Err(format!("there is no program `{word}`"))
        };
    }
    let mut folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let found = folders.find_map(|folder| {
        let file = folder.join(word);
        is_program(&file).then_some(file)
    });
    found.ok_or_else(|| {
        if word.contains('=') {
            format!(
                "there is no program `{word}`: variables are set with the program `env`, as in [\"env\", \"NAME=value\", \"program\"]"
            )
        } else {
            format!("there is no program `{word}` on this machine")
        }
    })
}

/// The name under which rules know a program: `/usr/bin/git` is `git` where `git` means that file.
pub(in crate::tool) fn known_as(word: &str, path: &OsStr) -> String {
    let file = Path::new(word);
    let name = file.file_name().and_then(OsStr::to_str).unwrap_or(word);
    let is_found = file.is_absolute() && find(name, file, path).is_ok_and(|found| found == file);
    let known = if is_found { name } else { word };
    known.to_owned()
}

fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{find, known_as};

    #[test]
    fn names_are_found_on_the_path_and_paths_from_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join("tool");
        fs::write(&tool, "#!/bin/sh\n").unwrap();
        let find = |word, path: &str| find(word, folder.path(), OsStr::new(path));
        assert!(find("./tool", "/usr/bin:/bin").is_err(), "it cannot be run");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find("./tool", ""), Ok(folder.path().join("./tool")));
        assert!(find("tool", ":.:/usr/bin:/bin").is_err(), "not from here");
        assert!(find("sh", "/usr/bin:/bin").is_ok());
        assert!(find("A=b", "/usr/bin:/bin").unwrap_err().contains("`env`"));
        assert!(find("", "/bin").is_err() && find("a\0b", "/bin").is_err());
    }

    #[test]
    fn a_path_to_a_known_program_is_known_by_its_name() {
        let path = OsStr::new("/usr/bin:/bin");
        let sh = find("sh", Path::new("/"), path).unwrap();
        for (word, name) in [
            (sh.to_str().unwrap(), "sh"),
            ("sh", "sh"),
            ("./sh", "./sh"),
            ("/elsewhere/sh", "/elsewhere/sh"),
        ] {
            assert_eq!(known_as(word, path), name);
        }
    }
}
