//! The places that a credential can come from, and the order in which they are asked.
//!
//! The most specific place wins. A provider that has nothing passes on. One that is incomplete,
//! unreadable or refused stops the chain, because the next one could hold another identity. There
//! is one exception: if there is no keyring at all, it cannot hold anything, so the chain goes on;
//! the missing keyring is reported only if nobody else has a login.

mod account;
#[cfg(feature = "cloud")]
mod agency;
mod chain;
mod environment;
mod error;
mod federated;
mod files;
mod koocli;
mod outside;
pub mod pod;
mod pod_identity;
pub mod profile;
mod registry_slot;

pub use account::{chosen_account, credential, key_serves};
pub use chain::{ask, find, find_by, is_possible, without_agency};
pub use error::{ProfileProblem, ProviderError};
pub use federated::ignored;
