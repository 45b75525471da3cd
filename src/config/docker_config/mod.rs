//! docker's config.json as text: which helper it names for which registry, and edits that touch nothing else.
//!
//! What docker would refuse is refused. docker decodes the file with Go's `encoding/json`, so that is what the fields
//! mean here: names match in any case, a second object of the same name adds to the first, `null` empties it.

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
