//! Other users' access to a file on Unix, by mode and group.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::geteuid;

use crate::console::shell;
use crate::system::user;

/// The bits of a mode, for the group and for everybody.
const WRITE: u32 = 0o022;
const READ: u32 = 0o044;

/// Decides which users are somebody else.
pub(super) struct Others {
    /// The group that only this user is in, as many systems create for each user.
    private_group: Option<u32>,
}

impl Others {
    pub(super) fn of_process() -> Self {
        Self {
            private_group: user::private_group(),
        }
    }

    /// Whether a file is another user's, who may do anything with it; `None` if that cannot be
    /// known.
    pub(super) fn own(&self, file: &Path) -> Option<bool> {
        let owner = fs::metadata(file).ok()?.uid();
        user::is_one(owner).then_some(!user::is_me_or_root(owner))
    }

    /// Whether they can change a file; `None` if that cannot be known.
    pub(super) fn may_write(&self, file: &Path) -> Option<bool> {
        Some(self.may(WRITE, &fs::metadata(file).ok()?))
    }

    /// Whether they can read a file.
    pub(super) fn may_read(&self, file: &Path) -> Option<bool> {
        Some(self.may(READ, &fs::metadata(file).ok()?))
    }

    /// Whether they can replace a file in a folder.
    pub(super) fn may_replace_in(&self, folder: &Path) -> Option<bool> {
        let metadata = fs::metadata(folder).ok()?;
        // With the sticky bit, as in /tmp, only the owner of a file can replace it.
        let is_sticky = metadata.mode() & 0o1000 != 0;
        Some(self.may(WRITE, &metadata) && !is_sticky)
    }

    fn may(&self, what: u32, file: &Metadata) -> bool {
        let is_private = self.private_group == Some(file.gid());
        let mode = file.mode() & if is_private { 0o007 } else { 0o077 };
        mode & what != 0
    }
}

/// Returns the command that makes a file private to its owner.
pub(super) fn close(path: &Path) -> String {
    format!("chmod go-rwx {}", word(path))
}

/// Returns the command after which nobody but this user and root owns a file or folder.
pub(super) fn take(path: &Path) -> String {
    let user = geteuid().as_raw();
    format!("sudo chown {user} {}", word(path))
}

/// Returns the command after which others can no longer write a file or folder.
pub(super) fn keep_from_writing(path: &Path) -> String {
    format!("chmod go-w {}", word(path))
}

fn word(path: &Path) -> String {
    shell::word(&path.to_string_lossy()).into_owned()
}
