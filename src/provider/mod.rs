//! Where a credential can come from, and the order in which the places are asked.
//!
//! The most specific wins. A provider that has nothing passes on; one that is half filled, unreadable
//! or refused stops the chain, because the next one might hold another identity. The one exception:
//! where there is no keyring at all, nothing can be in it, so the chain goes on, and says so if nobody
//! else has a login.

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
mod registry;

pub use account::{chosen_account, key_serves};
pub use chain::{ask, find, find_by, without_agency};
pub use error::{ProfileProblem, ProviderError};
pub use federated::ignored;
