//! Reads and edits docker's config.json as text: which helper serves which registry.
//!
//! A file that docker would refuse is refused. docker decodes it with Go's `encoding/json`, so
//! fields have the same meaning here: names match in any case, a second object of the same name is
//! merged with the first, and `null` clears it.

mod accept;
mod address;
mod config;
mod error;
mod json;
mod login;
mod splice;

pub use address::nerdctls_name;
pub use config::{Added, DockerConfig};
pub use error::DockerConfigError;
pub use login::FileLogin;
pub use splice::HELPER;
