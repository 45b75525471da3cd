//! Checks whose configuration and keyring are used: those of the user who runs this, which may not
//! be the one who runs docker.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::{geteuid, getuid};

use super::check::Check;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};

/// Checks that this runs as the user, and in the home directory, that docker will run with.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    sudo(environment)
        .into_iter()
        .chain(home(environment))
        .collect()
}

fn sudo(environment: &Environment) -> Option<Check> {
    let caller = environment.variable("SUDO_USER").ok()??;
    let user = getuid();
    let number = environment.variable("SUDO_UID").ok().flatten();
    if number.and_then(|number| number.parse().ok()) == Some(user.as_raw()) {
        return None;
    }
    let (whose, store_as) = if user.is_root() {
        ("root has its", "root")
    } else {
        ("another user has their", "that user")
    };
    Some(Check::warning(
        "user",
        format!(
            "this runs with sudo: {whose} own docker configuration and keyring, not those of `{caller}`"
        ),
        format!("run docker as yourself, or store the key as {store_as} too"),
    ))
}

/// Checks the home directory: as root with `sudo`, or in a container, it can differ from docker's.
fn home(environment: &Environment) -> Option<Check> {
    let home = environment.home()?;
    let owner = fs::metadata(&home).ok()?.uid();
    let user = geteuid().as_raw();
    let shown = home.display();
    if owner != user {
        return Some(Check::warning(
            "home",
            format!(
                "{shown} belongs to another user, who may not be able to change files that are created now"
            ),
            "run this and docker as that user, or set HOME to your own (`sudo -H`)",
        ));
    }
    // docker does not read its configuration from there.
    if environment.path("DOCKER_CONFIG").is_some() {
        return None;
    }
    let own = home_of(
        user,
        &open::read_text("/etc/passwd".as_ref(), USUAL_LIMIT, Demand::Nothing).ok()?,
    )?;
    (fs::canonicalize(&home).ok() != fs::canonicalize(&own).ok()).then(|| {
        Check::warning(
            "home",
            format!("HOME is {shown}, but this user's home directory is {}; a docker with another HOME reads another configuration", own.display()),
            "run docker with the same HOME",
        )
    })
}

/// Returns the home directory of the user with this ID in `passwd`.
fn home_of(user: u32, passwd: &str) -> Option<PathBuf> {
    let fields = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let is_user = |fields: &Vec<&str>| fields.len() == 7 && fields[2].parse() == Ok(user);
    fields
        .into_iter()
        .find(is_user)
        .map(|fields| fields[5].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_is_looked_up_by_user_id() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken:x:7\n+::::::\nme:x:7:7::/home/me:\n";
        assert_eq!(home_of(0, passwd), Some("/root".into()));
        assert_eq!(home_of(7, passwd), Some("/home/me".into()));
        assert_eq!(home_of(8, passwd), None);
    }
}
