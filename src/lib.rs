//! `docker-credential-swr`: the Docker credential helper for Huawei Cloud's Software Repository for
//! Container (SWR).
//!
//! Docker runs the helper to get a login. The helper answers with the username `<project>@<AK>` and
//! the login key, which it derives from an access key in the keyring of the operating system. The
//! README shows how to install and use it.
//!
//! This crate is a program. It is also a library, so that its tests can call every part of it, but
//! it has no API for other programs: anything in it can change with any release. [`cli::run`] is
//! the whole program. The other modules are hidden here; docs/architecture.md describes them, and
//! `cargo doc --document-private-items` shows them.

pub mod cli;
#[doc(hidden)]
pub mod command;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod console;
#[doc(hidden)]
pub mod login;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod provider;
#[doc(hidden)]
pub mod state;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
#[cfg(feature = "cloud")]
pub mod swr;
#[doc(hidden)]
pub mod system;
