//! The terminal interface: a log of records, keys, and the screen.

mod desk;
mod hostile;
mod keys;
mod log;
mod screens;
mod stories;
