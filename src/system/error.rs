//! Errors of the process and its files.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// Why something of the process or of its files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// A variable has a bad value.
    #[error("the variable {name} {why}")]
    Variable {
        /// The variable's name.
        name: Cow<'static, str>,
        /// What is wrong with the value. It never repeats the value.
        why: String,
    },
    /// No variable says where the user's files are.
    #[error("cannot find your home directory")]
    NoHome,
    /// This runs as root in another user's home directory.
    #[error("this runs as root, but the home directory {} belongs to user {owner}, so nothing is written", home.display())]
    OthersHome {
        /// The home directory.
        home: PathBuf,
        /// The user ID of its owner.
        owner: u32,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {}", path.display(), source)]
    File {
        /// The verb for the message: `read`, `write` or the like.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl SystemError {
    /// Returns the error of a variable. The message is its name, then `why`.
    pub fn variable(name: impl Into<Cow<'static, str>>, why: impl Into<String>) -> Self {
        let (name, why) = (name.into(), why.into());
        Self::Variable { name, why }
    }

    /// Returns the error of a file.
    pub fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
