//! Files that others can read or write, and whose home this is.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::Check;
use crate::environment::Environment;
use crate::settings;

/// Checks the files that decide about logins, and the home that they are looked for in. The file store
/// looks at itself, and takes nothing from a file that others can read.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let files = files(environment).into_iter();
    let mut checks: Vec<Check> = files
        .filter_map(|(path, is_secret)| opened(&path, is_secret))
        .collect();
    if checks.is_empty() {
        checks.push(Check::ok(
            "files",
            "nobody else can change what decides about logins",
        ));
    }
    checks.extend(home(environment));
    checks
}

/// Whether a file with this text must be read by nobody else.
type IsSecret = fn(&str) -> bool;

fn files(environment: &Environment) -> Vec<(PathBuf, IsSecret)> {
    let home = |name: &str| environment.home().map(|home| home.join(name));
    let docker = environment
        .path("DOCKER_CONFIG")
        .map(|folder| folder.join("config.json"))
        .or_else(|| home(".docker/config.json"));
    let podman = environment
        .path("REGISTRY_AUTH_FILE")
        .or_else(|| home(".config/containers/auth.json"));
    let profile = environment
        .path("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
        .or_else(|| home(".huaweicloud/credentials"));
    let files: [(Option<PathBuf>, IsSecret); 4] = [
        (settings::path(environment), |_| false),
        (docker, holds_login),
        (podman, holds_login),
        (profile, |_| true),
    ];
    let known = |(path, is_secret): (Option<PathBuf>, IsSecret)| Some((path?, is_secret));
    files.into_iter().filter_map(known).collect()
}

/// Whether a client's login stands in its configuration, and not just who is to be asked for it.
fn holds_login(text: &str) -> bool {
    ["\"auth\"", "\"identitytoken\"", "\"registrytoken\""]
        .iter()
        .any(|name| text.contains(name))
}

fn opened(path: &Path, is_secret: IsSecret) -> Option<Check> {
    // Reading a pipe might never end.
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    let shown = path.display();
    let (fault, mode) = if metadata.mode() & 0o022 != 0 {
        (format!("write {shown}"), "go-w")
    } else if metadata.mode() & 0o044 != 0
        && is_secret(&Zeroizing::new(fs::read_to_string(path).ok()?))
    {
        (format!("read {shown}, which holds a secret"), "go-rwx")
    } else {
        return None;
    };
    Some(Check::warning(
        "files",
        format!("others than its owner can {fault}"),
        format!("chmod {mode} '{shown}'"),
    ))
}

/// Returns what is odd about the home: root by sudo, or a container, may have another one than docker has.
fn home(environment: &Environment) -> Option<Check> {
    let home = environment.home()?;
    let owner = fs::metadata(&home).ok()?.uid();
    let user = geteuid().as_raw();
    let shown = home.display();
    if owner != user {
        return Some(Check::warning(
            "home",
            format!(
                "{shown} belongs to another user: files made in it now may be out of their reach"
            ),
            "run this, and docker, as the user whose home it is, or let HOME be your own (`sudo -H`)",
        ));
    }
    // What docker reads does not come from there.
    if environment.path("DOCKER_CONFIG").is_some() {
        return None;
    }
    let own = home_of(user, &fs::read_to_string("/etc/passwd").ok()?)?;
    (fs::canonicalize(&home).ok() != fs::canonicalize(&own).ok()).then(|| {
        Check::warning(
            "home",
            format!("HOME is {shown}, and this user's home is {}: docker started without this HOME reads another configuration", own.display()),
            "run docker with the same HOME",
        )
    })
}

/// Returns the home of the user with this number, as `passwd` has it.
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
    fn a_home_is_found_by_its_users_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken:x:7\n+::::::\nme:x:7:7::/home/me:\n";
        assert_eq!(home_of(0, passwd), Some("/root".into()));
        assert_eq!(home_of(7, passwd), Some("/home/me".into()));
        assert_eq!(home_of(8, passwd), None);
    }
}
