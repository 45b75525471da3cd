//! Who owns a file or a socket. In a user namespace, such as rootless podman's, all users that the
//! namespace does not map share one ID, so that ID must not be trusted.

use std::fs;

use rustix::process::geteuid;

/// The ID of all users that a user namespace does not map: Linux's default of `overflowuid`.
const UNMAPPED: u32 = 65534;

/// The map of a namespace that maps every user.
const EVERYBODY: [&str; 3] = ["0", "0", "4294967295"];

/// Whether the owner with this ID is the current user.
pub fn is_me(owner: u32) -> bool {
    owner == geteuid().as_raw() && is_one(owner)
}

/// Whether the owner with this ID is the current user or root.
pub fn is_me_or_root(owner: u32) -> bool {
    owner == 0 || is_me(owner)
}

/// Whether the ID belongs to one user only. Only Linux has user namespaces.
pub fn is_one(owner: u32) -> bool {
    let is_mapped = || map("uid").split_whitespace().eq(EVERYBODY);
    owner != UNMAPPED || !cfg!(target_os = "linux") || is_mapped()
}

/// Returns the group that is named like the current user, if nobody else is a member. Many systems
/// create one for each user and make everything that the user creates group-writable. ssh treats
/// such a group as the user, too.
pub fn private_group() -> Option<u32> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let user = outside(geteuid().as_raw(), &map("uid"))?;
    let group = group_of(user, &read("/etc/passwd"), &read("/etc/group"))?;
    inside(group, &map("gid"))
}

/// Returns the ID map of the current user namespace: in each line the first ID inside, the first ID
/// outside, and the count. It is empty if the system has no user namespaces.
fn map(of: &str) -> String {
    fs::read_to_string(format!("/proc/self/{of}_map")).unwrap_or_default()
}

/// Returns the user ID outside the namespace, as `/etc/passwd` has it. There is none for root
/// outside, which may be the root of another namespace and thus any user.
fn outside(id: u32, map: &str) -> Option<u32> {
    if maps_everybody(map) {
        return Some(id);
    }
    ranges(map)
        .find_map(|[first, first_outside, count]| shifted(id, first, first_outside, count))
        .filter(|outside| *outside != 0)
}

/// Returns the ID inside the namespace of a group in `/etc/group`.
fn inside(id: u32, map: &str) -> Option<u32> {
    if maps_everybody(map) {
        return Some(id);
    }
    ranges(map).find_map(|[first, first_outside, count]| shifted(id, first_outside, first, count))
}

fn maps_everybody(map: &str) -> bool {
    map.is_empty() || map.split_whitespace().eq(EVERYBODY)
}

fn ranges(map: &str) -> impl Iterator<Item = [u32; 3]> {
    map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
        Some([numbers.next()?, numbers.next()?, numbers.next()?])
    })
}

fn shifted(id: u32, from: u32, to: u32, count: u32) -> Option<u32> {
    let distance = id.checked_sub(from).filter(|distance| *distance < count)?;
    to.checked_add(distance)
}

fn group_of(user: u32, passwd: &str, groups: &str) -> Option<u32> {
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
    fn a_private_group_has_the_users_name_and_no_other_member() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nme:x:7:8::/home/me:\n";
        let group = |groups: &str| group_of(7, passwd, groups);
        assert_eq!(group("root:x:0:\nme:x:8:\n"), Some(8));
        assert_eq!(group("me:x:8:me\n"), Some(8));
        assert_eq!(group("me:x:8:you\n"), None);
        assert_eq!(group("staff:x:8:\n"), None);
        assert_eq!(group_of(9, passwd, "me:x:8:\n"), None);
    }

    #[test]
    fn ids_are_mapped_into_and_out_of_a_namespace() {
        const PODMANS: &str =
            "         0       1000          1\n         1     100000      65536\n";
        assert_eq!(outside(0, PODMANS), Some(1000));
        assert_eq!(outside(7, PODMANS), Some(100_006));
        assert_eq!(outside(65_537, PODMANS), None);
        assert_eq!(inside(1000, PODMANS), Some(0));
        assert_eq!(inside(100, PODMANS), None);
        // Root of a namespace inside another one.
        assert_eq!(outside(0, "0 0 1\n"), None);
        for everybody in ["", "         0          0 4294967295\n"] {
            assert_eq!(outside(0, everybody), Some(0));
            assert_eq!(inside(1000, everybody), Some(1000));
        }
    }
}
