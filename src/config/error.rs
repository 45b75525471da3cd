//! Errors of the files that people and clients write.

use std::path::PathBuf;

use super::docker_config::DockerConfigError;
use super::kubelet_config::Refused;
use crate::model::access_key::Malformed;
use crate::system::error::SystemError;

/// Why a file that people or clients write is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable has a bad value, or a file could not be read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A line of the settings is wrong.
    #[error("{}:{line}: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A client would not accept its configuration file.
    #[error("{client} would refuse {}: {source}", path.display())]
    Client {
        /// The client, such as `docker`.
        client: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DockerConfigError,
    },
    /// A kubelet would not accept its configuration file, or its state after a change.
    #[error("{}: {source}", path.display())]
    Kubelet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Refused,
    },
    /// The file is not Huawei's credentials.csv.
    #[error("{}: {why}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// The key in credentials.csv is malformed.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
}
