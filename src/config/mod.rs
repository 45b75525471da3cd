//! Files that people and clients write: our settings, docker's configuration, credentials.csv.

pub mod auth_variable;
mod change;
pub mod client_file;
pub mod credentials_csv;
pub mod docker_config;
pub mod error;
pub mod ini;
pub mod kubelet_config;
pub mod kubelet_file;
pub mod settings;
mod variables;
