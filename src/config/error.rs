//! Why a file that people or clients write cannot be used.

use std::path::PathBuf;

use super::docker_config::DockerConfigError;
use super::kubelet_config::Refused;
use crate::model::access_key::Malformed;
use crate::system::error::SystemError;

/// Why a file that people or clients write cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable holds nonsense, or a file could not be read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The settings hold something that cannot be meant.
    #[error("{}:{line}: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// A client's configuration is not as the client would take it.
    #[error("{client} would not take {}: {source}", path.display())]
    Client {
        /// Such as `docker`.
        client: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DockerConfigError,
    },
    /// A kubelet's configuration is not as a kubelet would take it, or would not be after a change.
    #[error("{}: {source}", path.display())]
    Kubelet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Refused,
    },
    /// The file is not Huawei's credentials.csv.
    #[error("{}: {why}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What credentials.csv holds is no access key.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
}
