//! `store`: keeps a login. Docker's form reads JSON from stdin; the form for people asks.

pub(super) mod person;
pub(super) mod protocol;
mod target;
