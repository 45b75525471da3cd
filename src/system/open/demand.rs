//! What is demanded of a file, and why one is not fit.

use std::io::{self, ErrorKind};
use std::path::Path;

/// Whose a file must be, to be read.
#[derive(Clone, Copy, Debug)]
pub enum Demand<'a> {
    /// Anybody's.
    Nothing,
    /// It holds a secret: nobody but its owner and its group may read or write it.
    Closed,
    /// It decides where a login goes: it and its folder are this user's or root's, and nobody else can write them, as ssh
    /// demands of its files. Root may also take those of the user whose home this is.
    Decides {
        /// The home.
        home: Option<&'a Path>,
    },
}

/// Why a file is not read. It stands inside of an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A pipe, a device, a folder or a socket.
    #[error("it is no regular file")]
    NotRegular,
    /// Over the limit.
    #[error("it holds more than {} KiB", limit / 1024)]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// Not text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Others can read it, or write it.
    #[error("others can read it; `chmod o-rwx` closes it")]
    Open,
    /// Others can write it.
    #[error("others than its owner can write it; `chmod go-w` closes it")]
    Writable,
    /// Others can write its folder.
    #[error("others can write its folder, and replace it; `chmod go-w` on the folder closes it")]
    Replaceable,
    /// Somebody else's file.
    #[error("it belongs to another user")]
    OfAnother,
    /// A file in somebody else's folder.
    #[error("its folder belongs to another user")]
    FolderOfAnother,
    /// A link that somebody else made.
    #[error("a link on the way to it belongs to another user")]
    LinkOfAnother,
    /// A path from wherever the program happens to be run.
    #[error("its path is relative, and would depend on the folder that this runs in")]
    Relative,
}

impl From<Unfit> for io::Error {
    fn from(unfit: Unfit) -> Self {
        Self::new(ErrorKind::InvalidInput, unfit)
    }
}

/// Returns the folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
