//! Text that means harm, and sizes that make no sense.
