//! A model server to test against: real HTTP/1.1 over a loopback socket, Ollama's wire format byte by byte, and every
//! fault that a real one has shown. It runs in a thread of its own, so that a test of the built binary can use it too.
#![allow(
    dead_code,
    unused_imports,
    reason = "a tool box: not every knob is in use at every time"
)]

mod api;
mod connection;
mod observed;
pub(crate) mod openai;
pub(crate) mod pty;
mod reply;
mod script;
mod seen;
mod server;
mod wire;

pub(crate) use reply::Reply;
pub(crate) use script::{FakeModel, Overflow, Script};
pub(crate) use seen::{ChatSeen, Kind, Recorded};
pub(crate) use server::FakeOllama;
pub(crate) use wire::Wire;
