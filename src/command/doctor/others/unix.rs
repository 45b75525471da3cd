//! Who else may use a file on Unix: by its mode and its group.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::geteuid;

use crate::system::open::{self, Demand, USUAL_LIMIT};

/// The bits of a mode, for the group and for all.
const WRITE: u32 = 0o022;
const READ: u32 = 0o044;

/// Who is somebody else.
pub(super) struct Others {
    /// The group that nobody but this user is in, which many systems make for each user.
    private_group: Option<u32>,
}

impl Others {
    pub(super) fn of_process() -> Self {
        let read = |path: &str| {
            open::read_text(path.as_ref(), USUAL_LIMIT, Demand::Nothing).unwrap_or_default()
        };
        let user = geteuid().as_raw();
        Self {
            private_group: private_group(user, &read("/etc/passwd"), &read("/etc/group")),
        }
    }

    /// Whether they can change a file; `None` where that cannot be told.
    pub(super) fn may_write(&self, file: &Path) -> Option<bool> {
        Some(self.may(WRITE, &fs::metadata(file).ok()?))
    }

    /// Whether they can read a file.
    pub(super) fn may_read(&self, file: &Path) -> Option<bool> {
        Some(self.may(READ, &fs::metadata(file).ok()?))
    }

    /// Whether they can put another file in the place of one in a folder.
    pub(super) fn may_replace_in(&self, folder: &Path) -> Option<bool> {
        let metadata = fs::metadata(folder).ok()?;
        // There, as in /tmp, only the owner of a file can replace it.
        let is_sticky = metadata.mode() & 0o1000 != 0;
        Some(self.may(WRITE, &metadata) && !is_sticky)
    }

    fn may(&self, what: u32, file: &Metadata) -> bool {
        let is_private = self.private_group == Some(file.gid());
        let mode = file.mode() & if is_private { 0o007 } else { 0o077 };
        mode & what != 0
    }
}

/// Returns the command that leaves a file to its owner alone.
pub(super) fn close(path: &Path) -> String {
    format!("chmod go-rwx '{}'", path.display())
}

/// Returns the command after which others can no longer write a file or folder.
pub(super) fn keep_from_writing(path: &Path) -> String {
    format!("chmod go-w '{}'", path.display())
}

/// Returns the group that is named like the user with this number, if no other is a member.
fn private_group(user: u32, passwd: &str, groups: &str) -> Option<u32> {
    let lines = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let name = lines
        .filter(|fields| fields.len() == 7 && fields[2].parse() == Ok(user))
        .map(|fields| fields[0])
        .next()?;
    let mut groups = groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let own = groups.find(|fields| fields.len() == 4 && fields[0] == name)?;
    let is_alone = own[3].is_empty() || own[3] == name;
    own[2].parse().ok().filter(|_| is_alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_group_has_its_users_name_and_no_other_member() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nme:x:7:8::/home/me:\n";
        let group = |groups: &str| private_group(7, passwd, groups);
        assert_eq!(group("root:x:0:\nme:x:8:\n"), Some(8));
        assert_eq!(group("me:x:8:me\n"), Some(8));
        assert_eq!(group("me:x:8:you\n"), None);
        assert_eq!(group("staff:x:8:\n"), None);
        assert_eq!(private_group(9, passwd, "me:x:8:\n"), None);
    }
}
