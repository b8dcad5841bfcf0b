//! The Ollama adapter against a server that does everything a real one has been seen to do.

mod server;
