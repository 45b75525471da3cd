//! Who else may use a file on Windows: by its access-control list.

use std::path::Path;

use crate::system::acl::Access;
use crate::system::platform::Platform;

/// Who is somebody else: neither the user nor who rules the machine.
pub(super) struct Others;

impl Others {
    pub(super) fn of_process() -> Self {
        Self
    }

    /// Whether they can change a file; `None` where that cannot be told.
    pub(super) fn may_write(&self, file: &Path) -> Option<bool> {
        Some(Access::of_path(file).ok()?.others_write())
    }

    /// Whether they can read a file.
    pub(super) fn may_read(&self, file: &Path) -> Option<bool> {
        Some(Access::of_path(file).ok()?.others_read())
    }

    /// Whether they can put another file in the place of one in a folder.
    pub(super) fn may_replace_in(&self, folder: &Path) -> Option<bool> {
        Some(Access::of_path(folder).ok()?.others_replace())
    }
}

/// Returns the command that leaves a file to its owner alone.
pub(super) fn close(path: &Path) -> String {
    Platform::Windows.make_private(path)
}

/// Returns the command after which others can no longer write a file or folder.
pub(super) fn keep_from_writing(path: &Path) -> String {
    close(path)
}
