//! What the config file may say.
