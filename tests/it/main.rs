//! Everything that is tested from outside, in one binary.

mod cli;
mod program;
mod store;
mod store_sqlite;
