//! The demo model, asked as a run asks it: documents written by hand, replies read as a person reads them.

mod amounts;
mod laws;
mod modes;
mod run;
mod talk;
mod words;
