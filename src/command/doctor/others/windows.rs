//! Other users' access to a file on Windows, by access-control list.

use std::path::Path;

use crate::system::acl::Access;
use crate::system::platform::Platform;

/// Decides which users are somebody else: neither the user nor those who control the machine.
pub(super) struct Others;

impl Others {
    pub(super) fn of_process() -> Self {
        Self
    }

    /// Whether a file is another user's, who may do anything with it; `None` if that cannot be
    /// known.
    pub(super) fn own(&self, file: &Path) -> Option<bool> {
        Some(Access::of_path(file).ok()?.is_foreign())
    }

    /// Whether they can change a file; `None` if that cannot be known.
    pub(super) fn may_write(&self, file: &Path) -> Option<bool> {
        Some(Access::of_path(file).ok()?.others_write())
    }

    /// Whether they can read a file.
    pub(super) fn may_read(&self, file: &Path) -> Option<bool> {
        Some(Access::of_path(file).ok()?.others_read())
    }

    /// Whether they can replace a file in a folder.
    pub(super) fn may_replace_in(&self, folder: &Path) -> Option<bool> {
        Some(Access::of_path(folder).ok()?.others_replace())
    }
}

/// Returns the command that makes a file private to its owner.
pub(super) fn close(path: &Path) -> String {
    Platform::Windows.make_private(path)
}

/// Returns the command after which nobody but this user and who rules the machine owns a file or
/// folder.
pub(super) fn take(path: &Path) -> String {
    format!("takeown /f \"{}\"", path.display())
}

/// Returns the command after which others can no longer write a file or folder.
pub(super) fn keep_from_writing(path: &Path) -> String {
    close(path)
}
