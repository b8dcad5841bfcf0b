//! (log, keys, screen).
