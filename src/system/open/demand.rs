//! What is required of a file, and why a file is refused.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::system::platform::Platform;

/// Who must own a file, and who may access it.
#[derive(Clone, Copy, Debug)]
pub enum Demand<'a> {
    /// No requirement.
    Nothing,
    /// For a file with a secret: only its owner and its group may read or write it.
    Closed,
    /// For a file that decides where a login goes, the rule of ssh: the file and its folder belong
    /// to this user or to root, and nobody else can write them. Root also accepts files of the user
    /// whose home directory it runs in.
    Decides {
        /// The home directory.
        home: Option<&'a Path>,
    },
}

/// Why a file is not read. It is the source of an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is a pipe, a device, a folder or a socket.
    #[error("it is not a regular file")]
    NotRegular,
    /// It is larger than the limit.
    #[error("it holds more than {} KiB", limit / 1024)]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Others can read or write it.
    #[error("others can read it; fix that with `{}`", closing("o-rwx"))]
    Open,
    /// Others can write it.
    #[error("others can write it; fix that with `{}`", closing("go-w"))]
    Writable,
    /// Others can write its folder.
    #[error(
        "others can write its folder, and so replace it; fix that with `{}` on the folder",
        closing("go-w")
    )]
    Replaceable,
    /// It belongs to somebody else.
    #[error("it belongs to another user")]
    OfAnother,
    /// Its folder belongs to somebody else.
    #[error("its folder belongs to another user")]
    FolderOfAnother,
    /// A link on the way to it belongs to somebody else.
    #[error("a link on the way to it belongs to another user")]
    LinkOfAnother,
    /// Its path is relative, so it would depend on the current directory.
    #[error("its path is relative, so it would depend on the current directory")]
    Relative,
}

impl From<Unfit> for io::Error {
    fn from(unfit: Unfit) -> Self {
        Self::new(ErrorKind::InvalidInput, unfit)
    }
}

/// Returns the command that takes away from others what a mode as chmod has it says; its path is
/// the person's to fill in.
fn closing(mode: &str) -> String {
    match Platform::HERE {
        Platform::Windows => Platform::HERE.make_private(Path::new("PATH")),
        Platform::Linux | Platform::MacOs => format!("chmod {mode}"),
    }
}

/// Returns the folder of a file.
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
