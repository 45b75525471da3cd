//! Groups whose only member is their user.

use std::fs;

/// Returns the group that is named like the user with this ID, if nobody else is a member. Many
/// systems create one for each user and make everything that the user creates group-writable. ssh
/// treats such a group as the user, too.
pub fn private_group(user: u32) -> Option<u32> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    find(user, &read("/etc/passwd"), &read("/etc/group"))
}

fn find(user: u32, passwd: &str, groups: &str) -> Option<u32> {
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
    use super::find;

    #[test]
    fn a_private_group_has_the_users_name_and_no_other_member() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nme:x:7:8::/home/me:\n";
        let group = |groups: &str| find(7, passwd, groups);
        assert_eq!(group("root:x:0:\nme:x:8:\n"), Some(8));
        assert_eq!(group("me:x:8:me\n"), Some(8));
        assert_eq!(group("me:x:8:you\n"), None);
        assert_eq!(group("staff:x:8:\n"), None);
        assert_eq!(find(9, passwd, "me:x:8:\n"), None);
    }
}
