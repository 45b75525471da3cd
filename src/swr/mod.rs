//! Huawei Cloud's services: signed requests to SWR, IAM, STS and the metadata service.
//!
//! [`request`] has requests and responses as plain data; [`sign`] is pure; [`transport`] defines
//! how sending can fail and when it is repeated; [`http`] sends, and is the only file that names
//! the HTTP crate; [`api`] has the calls; [`trial`] tries a login at a registry.

pub mod api;
pub mod endpoint;
pub mod http;
pub mod network;
pub mod request;
mod roots;
pub mod sign;
pub mod transport;
pub mod trial;

use std::time::Duration;

/// The time limit of a verb that uses the network.
pub const NETWORK_LIMIT: Duration = Duration::from_secs(10);
