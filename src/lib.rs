//! Docker credential helper for Huawei Cloud's Software Repository for Container (SWR).
//!
//! Docker runs it for a login; it answers with `<project>@<AK>` and the login key, derived from an
//! access key that stays in the OS keyring. docs/architecture.md draws how a `get` flows through the
//! rooms; each of them is for one thing, and uses only those below it.

pub mod cli;
pub mod command;
pub mod config;
pub mod console;
pub mod login;
pub mod model;
pub mod provider;
pub mod state;
pub mod store;
#[cfg(feature = "cloud")]
pub mod swr;
pub mod system;
