//! The verbs. Each is a function of its options, its streams and an environment.

pub mod accounts;
pub mod configure;
mod context;
mod credential;
pub mod doctor;
mod downloads;
pub mod erase;
pub mod error;
pub mod get;
mod incoming;
pub mod kubelet;
pub mod list;
pub mod message;
pub mod print;
pub mod protocol;
mod questions;
pub mod rotate;
mod served;
pub mod store;
pub mod unlock;
mod unused;
mod verify;

/// The name that clients call the helper by.
pub const NAME: &str = "docker-credential-swr";
