//! Files and folders that others can read or write.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::check::Check;
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};

/// Checks the files that decide about logins, and the folders on the way to them, where a file can be replaced. The
/// file store looks at itself, and takes nothing from a file that others can read.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let others = Others::of_process();
    let files = files(environment);
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|(path, _)| folders_of(path))
        .collect();
    let mut checks: Vec<Check> = files
        .iter()
        .filter_map(|(path, is_secret)| of_file(path, *is_secret, &others))
        .chain(folders.iter().filter_map(|path| of_folder(path, &others)))
        .collect();
    if checks.is_empty() {
        checks.push(Check::ok(
            "files",
            "nobody else can change what decides about logins",
        ));
    }
    checks
}

/// Checks one file, or one folder, and the folders that lead to it.
pub(super) fn of_path(path: &Path) -> Vec<Check> {
    let others = Others::of_process();
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folders = folders_of(&path);
    let own = match path.is_dir() {
        true => of_folder(&path, &others),
        false => of_file(&path, |_| false, &others),
    };
    let above = folders
        .iter()
        .filter_map(|folder| of_folder(folder, &others));
    own.into_iter().chain(above).collect()
}

/// Whether a file with this text must be read by nobody else.
type IsSecret = fn(&str) -> bool;

fn files(environment: &Environment) -> Vec<(PathBuf, IsSecret)> {
    let profile = environment
        .path("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
        .or_else(|| Some(environment.home()?.join(".huaweicloud/credentials")));
    let docker = ConfigFile::of_docker(None, environment).ok();
    let clients = docker
        .into_iter()
        .chain(ConfigFile::all_of_podman(environment));
    let mut files: Vec<(PathBuf, IsSecret)> = Vec::new();
    files.extend(settings::path(environment).map(|path| (path, (|_| false) as IsSecret)));
    for client in clients {
        // docker's is one of podman's too.
        if files.iter().all(|(path, _)| path != client.path()) {
            files.push((client.path().to_owned(), holds_login));
        }
    }
    files.extend(profile.map(|path| (path, (|_| true) as IsSecret)));
    files
}

/// Returns the folders that lead to a file, whether it is there or not.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let there = path
        .ancestors()
        .skip(1)
        .find_map(|folder| folder.canonicalize().ok());
    let all = |folder: PathBuf| folder.ancestors().map(Path::to_owned).collect();
    there
        .filter(|_| path.is_absolute())
        .map(all)
        .unwrap_or_default()
}

/// Whether a client's login stands in its configuration, and not just who is to be asked for it.
fn holds_login(text: &str) -> bool {
    ["\"auth\"", "\"identitytoken\"", "\"registrytoken\""]
        .iter()
        .any(|name| text.contains(name))
}

fn of_file(path: &Path, is_secret: IsSecret, others: &Others) -> Option<Check> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    let shown = path.display();
    if others.may(WRITE, &metadata) {
        return Some(fault(&format!("write {shown}"), "go-w", path));
    }
    let text = || open::read_text(path, USUAL_LIMIT, Demand::Nothing);
    let is_read = others.may(READ, &metadata) && is_secret(&text().ok()?);
    is_read.then(|| {
        fault(
            &format!("read {shown}, which holds a secret"),
            "go-rwx",
            path,
        )
    })
}

fn of_folder(path: &Path, others: &Others) -> Option<Check> {
    let metadata = fs::metadata(path).ok()?;
    // There, as in /tmp, only the owner of a file can replace it.
    let is_sticky = metadata.mode() & 0o1000 != 0;
    (others.may(WRITE, &metadata) && !is_sticky).then(|| {
        let text = format!(
            "write the folder {}, and replace what is in it",
            path.display()
        );
        fault(&text, "go-w", path)
    })
}

fn fault(fault: &str, mode: &str, path: &Path) -> Check {
    Check::warning(
        "files",
        format!("others than its owner can {fault}"),
        format!("chmod {mode} '{}'", path.display()),
    )
}

/// The bits of a mode, for the group and for all.
const WRITE: u32 = 0o022;
const READ: u32 = 0o044;

/// Who is somebody else.
struct Others {
    /// The group that nobody but this user is in, which many systems make for each user.
    private_group: Option<u32>,
}

impl Others {
    fn of_process() -> Self {
        let read = |path: &str| {
            open::read_text(path.as_ref(), USUAL_LIMIT, Demand::Nothing).unwrap_or_default()
        };
        let user = geteuid().as_raw();
        Self {
            private_group: private_group(user, &read("/etc/passwd"), &read("/etc/group")),
        }
    }

    fn may(&self, what: u32, file: &Metadata) -> bool {
        let is_private = self.private_group == Some(file.gid());
        let mode = file.mode() & if is_private { 0o007 } else { 0o077 };
        mode & what != 0
    }
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
