//! Recipes as files: `NAME.toml` in the folder `recipes` beside the config file, or wherever a path leads.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::Paths;
use super::given::quoted;
use crate::domain::recipe::{Recipe, RecipeProblem};

mod read;
mod write;

pub use read::parse;
pub use write::render;

/// No recipe file is longer.
const MAX_BYTES: u64 = 256 * 1024;

/// No more files of a folder are listed.
const MOST_LISTED: usize = 1_000;

/// Why a recipe cannot be had, or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {text}")]
pub struct RecipeError {
    /// The file, with the line where there is one to name.
    pub place: String,
    /// One sentence.
    pub text: String,
    /// The remedy.
    pub hint: String,
}

impl RecipeError {
    fn new(path: &Path, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            place: path.display().to_string(),
            text: text.into(),
            hint: hint.into(),
        }
    }
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What `--recipe` takes for it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it holds, or why that is no recipe.
    pub recipe: Result<Recipe, RecipeError>,
}

/// The folder of a person's recipes. It need not be there.
pub fn folder(paths: &Paths) -> PathBuf {
    paths.config_file.with_file_name("recipes")
}

/// Where the recipe stands that a person names: a file by its path, with a separator or the ending `.toml`, or a name in
/// [`folder`].
///
/// # Errors
/// Where it is neither.
pub fn locate(paths: &Paths, named: &str) -> Result<PathBuf, RecipeError> {
    let path = Path::new(named);
    let ending = path.extension().and_then(OsStr::to_str);
    if named.contains(std::path::is_separator) || ending == Some("toml") {
        return Ok(path.to_owned());
    }
    if !is_name(named) {
        return Err(RecipeError::new(
            &folder(paths),
            format!("{} cannot be the name of a recipe", quoted(named)),
            "a name has letters, digits, `-` and `_`, 60 at most; a file is named by its path",
        ));
    }
    Ok(folder(paths).join(format!("{named}.toml")))
}

/// Whether a recipe in the folder can be called so: letters, digits, `-` and `_`, 60 at most.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=60).contains(&text.len()) && !text.starts_with('-') && text.chars().all(fits)
}

/// The recipe in a file.
///
/// # Errors
/// Where it cannot be read, is longer than 256 KiB, or is no recipe; the file and the line are named.
pub fn load(path: &Path) -> Result<Recipe, RecipeError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => RecipeError::new(
            path,
            "there is no such recipe",
            "`planwright recipes list` shows the recipes there are",
        ),
        _ => unreadable(path, &error),
    })?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        let text = "this is longer than 256 KiB";
        return Err(RecipeError::new(
            path,
            text,
            "a recipe is a short TOML file",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        RecipeError {
            place: format!("{}:{line}", path.display()),
            text: "this is not UTF-8 text".to_owned(),
            hint: "save it as UTF-8".to_owned(),
        }
    })?;
    parse(path, &text)
}

/// The recipes in the folder, by name; the first 1000 files.
///
/// # Errors
/// Where there is a folder that cannot be read.
pub fn list(paths: &Paths) -> Result<Vec<Listed>, RecipeError> {
    let folder = folder(paths);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&folder, &error)),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new("toml")))
        .take(MOST_LISTED)
        .collect();
    files.sort();
    let listed = files.into_iter().map(|path| Listed {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        recipe: load(&path),
        path,
    });
    Ok(listed.collect())
}

/// Writes a recipe into the folder, making that where there is none; says where the file is.
///
/// # Errors
/// Where the recipe cannot be run or its name is no name, where there is such a file already, which stays as it is, or
/// where it cannot be written.
pub fn save(paths: &Paths, recipe: &Recipe) -> Result<PathBuf, RecipeError> {
    let named = &recipe.name;
    if !is_name(named) {
        return Err(RecipeError::new(
            &folder(paths),
            format!("{} cannot be the name of a recipe", quoted(named)),
            "a name has letters, digits, `-` and `_`, 60 at most",
        ));
    }
    let path = folder(paths).join(format!("{named}.toml"));
    recipe
        .check()
        .map_err(|RecipeProblem { key, text, hint }| RecipeError {
            place: format!("{} ({key})", path.display()),
            text,
            hint,
        })?;
    let text = render(recipe).map_err(|reason| RecipeError::new(&path, reason, "report this"))?;
    let write = || {
        fs::create_dir_all(folder(paths))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        file.write_all(text.as_bytes()).inspect_err(|_| {
            // Half a recipe is none.
            let _ = fs::remove_file(&path);
        })
    };
    match write() {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(RecipeError::new(
            &path,
            "this recipe is there already",
            "choose another name, or move the file away first",
        )),
        Err(error) => Err(RecipeError::new(
            &path,
            format!("cannot be written: {error}"),
            "`planwright config path` says where the config folder is",
        )),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> RecipeError {
    RecipeError::new(
        path,
        format!("cannot be read: {error}"),
        "give it another path",
    )
}
