//! Everything that is tested through the front door, in one binary.

mod sanitize;
mod text;
