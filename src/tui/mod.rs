//! Floor 4: the terminal interface. Key → [`keymap`] → action → [`update`] → [`effect::Effect`]; what happens comes back
//! as [`effect::Msg`]; [`view`] draws `&App` and nothing else.

pub mod action;
pub mod app;
mod chord;
mod context;
pub mod effect;
mod field;
pub mod keymap;
mod layout;
mod markdown;
mod screens;
pub mod text;
mod theme;
pub mod update;
pub mod view;
mod wrap;
