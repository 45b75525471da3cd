//! Docker credential helper for Huawei Cloud's Software Repository for Container (SWR).
//!
//! Docker runs it for a login; it answers with `<project>@<AK>` and the login key, derived from an
//! access key that stays in the OS keyring. docs/architecture.md draws how a `get` flows through the
//! modules; each of them is one room for one thing.

pub mod access_key;
pub mod atomic_file;
#[cfg(feature = "cloud")]
pub mod cache;
pub mod command;
pub mod config;
pub mod credentials_csv;
pub mod docker_config;
pub mod environment;
pub mod error;
pub mod harden;
pub mod identity;
pub mod login;
#[cfg(feature = "cloud")]
pub mod notes;
pub mod paint;
pub mod platform;
pub mod program;
pub mod protocol;
pub mod provider;
pub mod regions;
pub mod registry;
pub mod runtime_folder;
pub mod secret;
pub mod settings;
pub mod store;
#[cfg(feature = "cloud")]
pub mod swr;
pub mod terminal;
pub mod timestamp;
pub mod trace;
