//! Floor 4: the terminal interface. Key → keymap → action → [`update`] → [`effect::Effect`]; what happens comes back
//! as [`effect::Msg`]; [`view`] draws `&App` and nothing else.

pub mod app;
pub mod effect;
mod markdown;
pub mod text;
pub mod update;
pub mod view;
mod wrap;
