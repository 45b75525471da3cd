//! `store`: keeps a login. Docker's form reads JSON from stdin; the form for people asks.

mod credential;
pub(super) mod person;
pub(super) mod protocol;
mod questions;
mod target;
