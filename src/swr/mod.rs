//! Huawei Cloud's side: signed requests to SWR, IAM and a server's metadata service.
//!
//! [`request`] says what is sent and received, as plain data; [`sign`] is pure;
//! [`transport`] says how sending can fail and when it is tried again; [`http`] does it, and is the
//! only file that names the HTTP crate; [`api`] knows the calls; [`trial`] tries a login at a registry.

pub mod api;
pub mod endpoint;
pub mod http;
pub mod network;
pub mod request;
pub mod sign;
pub mod transport;
pub mod trial;

use std::time::Duration;

/// How long a verb may take in all where the network is asked.
pub const NETWORK_LIMIT: Duration = Duration::from_secs(10);
