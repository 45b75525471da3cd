//! What can go wrong between this process and its machine.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// Why something of the process or of its files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// A variable holds nonsense.
    #[error("the variable {name} {why}")]
    Variable {
        /// Its name.
        name: Cow<'static, str>,
        /// What is wrong with it, never its value.
        why: String,
    },
    /// Nothing tells where the user's files are.
    #[error("cannot find your home directory")]
    NoHome,
    /// Root has another user's home.
    #[error("this runs as root, and the home {} belongs to user {owner}, so nothing is written", home.display())]
    OthersHome {
        /// The home.
        home: PathBuf,
        /// The number of its owner.
        owner: u32,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {}", path.display(), source)]
    File {
        /// `read`, `write` or the like.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SystemError {
    /// Returns the error of a variable; `why` goes on behind its name.
    pub fn variable(name: impl Into<Cow<'static, str>>, why: impl Into<String>) -> Self {
        let (name, why) = (name.into(), why.into());
        Self::Variable { name, why }
    }

    /// Returns the error of a file that could not be read, written or the like.
    pub fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
