//! Huawei Cloud's side: signed requests to SWR, IAM and a server's metadata service.
//!
//! [`request`] says what is sent and received, as plain data; [`sign`] is pure;
//! [`transport`] says how sending can fail and when it is tried again; [`http`] does it, and is the
//! only file that names the HTTP crate; [`api`] knows the calls.

pub mod api;
pub mod endpoint;
pub mod http;
pub mod network;
pub mod request;
pub mod sign;
pub mod transport;
