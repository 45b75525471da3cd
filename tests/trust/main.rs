//! What another user of the machine, a file that they made or a variable that somebody set can do: the attacks of
//! docs/security.md, each done.
//!
//! Each guard was taken out once, and the test beside its name failed:
//!
//! | guard taken out | test that failed |
//! |---|---|
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

#[path = "../support/mod.rs"]
mod support;

mod files;
mod hangs;
mod homes;
mod install;
mod keys;
#[cfg(feature = "cloud")]
mod locks;
mod users;
#[cfg(feature = "cloud")]
mod variables;
mod words;
