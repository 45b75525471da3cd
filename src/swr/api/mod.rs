//! The calls to Huawei Cloud, one file for each service, and what they share.
//!
//! Each call has a pure function from arguments to a request, one from a response to its result,
//! and a thin one that connects the two through an [`Api`].

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
pub use error::{ApiError, Need, Skew};
pub use fault::Fault;
