//! `config`: where the settings stand, what they are, and where each comes from.

use serde_json::{Map, Value, json};

use super::format::table;
use super::out::{Stdout, tell, warn};
use super::{Exit, Failure};
use crate::config::{self, Config, ConfigError, Loaded, Origin, Paths, Sources};
use crate::domain::sanitize::line;

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Told {
            exit: Exit::Usage,
            error: error.to_string(),
            hint: error.hint(),
        }
    }
}

/// Prints where the config file stands, whether it is there or not.
///
/// # Errors
/// Where the system does not say, or standard output fails.
pub fn path(sources: &Sources, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let paths = Paths::from_env(&sources.env)?;
    stdout.text(&paths.config_file.display().to_string())?;
    Ok(Exit::Done)
}

/// Writes the commented example where the config file belongs and prints where that is.
///
/// # Errors
/// Where there is a config file already, which is left alone, or it cannot be written.
pub fn init(sources: &Sources, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let written = config::init(&Paths::from_env(&sources.env)?)?;
    stdout.text(&written.display().to_string())?;
    tell("this file holds every setting with its default");
    Ok(Exit::Done)
}

/// Prints every setting, its value and where it comes from.
///
/// # Errors
/// Where the configuration is wrong, or standard output fails.
pub fn show(sources: &Sources, json: bool, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let loaded = Config::load(sources)?;
    loaded.warnings.iter().for_each(|warning| warn(warning));
    if json {
        let settings: Map<String, Value> = loaded
            .origins
            .iter()
            .map(|(name, value, origin)| (*name, value, origin))
            .chain(providers(&loaded))
            .map(|(name, value, origin)| {
                let setting = json!({"value": as_json(value), "origin": origin.to_string()});
                (name.to_owned(), setting)
            })
            .collect();
        stdout.json(&settings)?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = loaded
        .origins
        .iter()
        .map(|(name, value, origin)| (*name, value, origin))
        .chain(providers(&loaded))
        .map(|(name, value, origin)| {
            let origin = line(&origin.to_string()).into_owned();
            vec![name.to_owned(), line(value).into_owned(), origin]
        })
        .collect();
    stdout.text(&table(&["SETTING", "VALUE", "FROM"], &rows, None))?;
    Ok(Exit::Done)
}

/// What is set of named providers: of a key, where it is found.
fn providers(loaded: &Loaded) -> impl Iterator<Item = (&str, &String, &Origin)> {
    let providers = loaded.providers.iter();
    providers.map(|(name, value, origin)| (name.as_str(), value, origin))
}

/// A value of TOML as one of JSON.
fn as_json(value: &str) -> Value {
    toml::from_str::<Map<String, Value>>(&format!("value = {value}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()))
}
