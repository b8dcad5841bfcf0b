//! Tools that run programs and use the network: what they do, and what they are kept from.

mod commands;
mod contained;
mod ended;
mod own;
mod place;
