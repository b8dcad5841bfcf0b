//! Floor 4: the terminal interface. Key → [`keymap`] → [`action::Action`] → [`update`] → [`effect::Effect`]; records come back
//! as [`effect::Msg`]; [`view`] draws `&App` and nothing else.

pub mod effect;
