//! Reads and edits a kubelet's `CredentialProviderConfig` as text: which programs it asks for
//! logins.
//!
//! A file that a kubelet would refuse is refused, because a kubelet does not start with it.

mod accept;
mod config;
pub mod duration;
pub mod images;
mod splice;
mod types;
mod yaml;

pub use config::{Added, KubeletConfig};
pub use types::{PLUGIN_VERSIONS, Provider, Refused, TokenAttributes};

#[cfg(test)]
mod tests;
