//! A kubelet's `CredentialProviderConfig` as text: which programs it asks for logins, and edits that
//! touch nothing else.
//!
//! What a kubelet would refuse is refused: with a file that it does not take it does not start.

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
