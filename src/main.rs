//! planwright.

fn main() {}
