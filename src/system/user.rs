//! What the number of a user says.

/// The user that stands for all that a user namespace does not know: Linux's default of `overflowuid`.
const NOBODY_KNOWN: u32 = 65534;

/// Whether `user` is one user. In a user namespace it may be any that the namespace has no number for.
pub fn is_one(user: u32) -> bool {
    user != NOBODY_KNOWN || knows_every_user()
}

/// Whether this process's user namespace has a number of its own for every user, so that one number is one user.
fn knows_every_user() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map");
    // Only Linux has such namespaces.
    !cfg!(target_os = "linux")
        || map
            .unwrap_or_default()
            .split_whitespace()
            .eq(["0", "0", "4294967295"])
}
