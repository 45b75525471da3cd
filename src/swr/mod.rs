//! Huawei Cloud's side: signed requests to SWR, IAM and a server's metadata service.
//!
//! [`request`] says what is sent and received, as plain data; [`sign`] and [`timestamp`] are pure.

pub mod endpoint;
pub mod request;
pub mod sign;
pub mod timestamp;
