//! What a user ID says.

/// The user ID that stands for every user outside a user namespace: the default of Linux's
/// `overflowuid`.
const NOBODY_KNOWN: u32 = 65534;

/// Whether `user` is the ID of one user only.
pub fn is_one(user: u32) -> bool {
    user != NOBODY_KNOWN || knows_every_user()
}

/// Whether each user has an ID of its own in this user namespace, so that equal IDs mean the same
/// user. Only Linux has such namespaces.
fn knows_every_user() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}
