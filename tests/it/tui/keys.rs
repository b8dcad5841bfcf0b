//! The keymap.
