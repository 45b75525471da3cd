//! Turns an identity into a login.

mod derive;
mod error;
mod issued;
mod request;
#[cfg(feature = "cloud")]
pub mod temporary;

#[cfg(feature = "cloud")]
pub use derive::who;
pub use derive::{issue, obtain, offline, project};
pub use error::LoginError;
pub use issued::{End, Issued};
pub use request::Request;
