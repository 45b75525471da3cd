//! The calls: one file a service, and here what they share.
//!
//! Each is a pure function from arguments to a request, one from a response to what it says, and a
//! thin one that puts an [`Api`] between them.

mod auth;
mod call;
pub mod cce;
mod echo;
pub mod enterprise;
mod error;
mod fault;
pub mod github;
pub mod iam;
pub mod metadata;
pub mod pod_identity;
pub mod secret;
pub mod sts;

pub use auth::Auth;
pub use call::{Api, TemporaryLogin};
pub use error::{ApiError, Skew};
pub use fault::Fault;
