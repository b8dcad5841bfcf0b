//! Where config, data and cache stand.

use std::path::PathBuf;

/// Where config, data and cache stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The config file.
    pub config_file: PathBuf,
    /// The folder of the database and logs.
    pub data_dir: PathBuf,
    /// The database.
    pub database: PathBuf,
}
