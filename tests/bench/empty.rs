//! What every Rust program costs; built with the helper's own profile.

fn main() {}
