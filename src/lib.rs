//! Docker credential helper for Huawei Cloud's Software Repository for Container (SWR).
//!
//! Docker runs the helper to get a login. The helper answers with the username `<project>@<AK>` and
//! the login key, which it derives from an access key in the keyring of the operating system.
//! docs/architecture.md explains the layers: each module has one purpose, and only uses the modules
//! below it.

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
