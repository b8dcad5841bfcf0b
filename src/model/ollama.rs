//! Ollama over its native API.

use jiff::Timestamp;

/// One model that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// Its name with tag.
    pub name: String,
    /// Bytes on disk.
    pub size: u64,
    /// The family, such as `llama`.
    pub family: Option<String>,
    /// The size as the server words it, such as `8.0B`.
    pub parameter_size: Option<String>,
    /// The quantization, such as `Q4_K_M`.
    pub quantization: Option<String>,
    /// When it was last changed on the server.
    pub modified_at: Option<Timestamp>,
    /// Whether it is loaded now, and with which context length.
    pub loaded_context: Option<u32>,
}

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// What the server says it is doing.
    pub status: String,
    /// Bytes of the layer at work, where known.
    pub total: Option<u64>,
    /// Bytes of it that are there.
    pub completed: Option<u64>,
}
