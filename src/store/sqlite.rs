//! Runs in SQLite.
