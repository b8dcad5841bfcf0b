//! Where config, data and cache stand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::ConfigError;

/// The variable that moves config, data and cache together.
pub(super) const HOME: &str = "PLANWRIGHT_HOME";

/// The log, below the folder of the data.
const LOG: &str = "logs/planwright.log";

/// Where config, data and cache stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The config file.
    pub config_file: PathBuf,
    /// The folder of the database and logs.
    pub data_dir: PathBuf,
    /// The database.
    pub database: PathBuf,
    /// What the program did and met.
    pub log_file: PathBuf,
}

impl Paths {
    /// Everything under one folder.
    pub fn under(home: &Path) -> Self {
        Self {
            config_file: home.join("config.toml"),
            data_dir: home.to_owned(),
            database: home.join("planwright.db"),
            log_file: home.join(LOG),
        }
    }

    /// Under `PLANWRIGHT_HOME` where `env` has it, else where this system keeps such files.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] where the system does not say where that is.
    pub fn from_env(env: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        if let Some(home) = env.get(HOME).filter(|home| !home.is_empty()) {
            let home = Path::new(home);
            // Made absolute at once, so that a change of the working folder moves nothing.
            return Ok(Self::under(
                &std::path::absolute(home).unwrap_or_else(|_| home.to_owned()),
            ));
        }
        let dirs = ProjectDirs::from("", "", "planwright").ok_or(ConfigError::NoHome)?;
        Ok(Self {
            config_file: dirs.config_dir().join("config.toml"),
            data_dir: dirs.data_dir().to_owned(),
            database: dirs.data_dir().join("planwright.db"),
            log_file: dirs.data_dir().join(LOG),
        })
    }
}
