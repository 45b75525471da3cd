//! Files that the helper would refuse when rootless podman runs it: in podman's user namespace it
//! cannot tell root's files from those of any other user.
//!
//! This looks at the owners and does not try a `get` there. A process with more than one thread
//! (one keeps the deadline) cannot enter a user namespace, and this program starts no other.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::check::Check;
use super::files::profile;
use crate::config::settings;
use crate::store;
use crate::system::environment::Environment;
use crate::system::open::folder_of;
use crate::system::program;

/// Checks the owners, if podman is installed and the current user is not root.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let is_there = |name: &&str| program::find(environment, name).is_some();
    if geteuid().is_root() || !["podman", "buildah"].iter().any(is_there) {
        return Vec::new();
    }
    let files = [
        settings::path(environment),
        profile(environment),
        environment.path("SSL_CERT_FILE"),
    ];
    let files = files
        .into_iter()
        .flatten()
        .filter(|file| depends_on_root(file));
    let sockets = store::sockets(environment);
    let sockets = sockets.into_iter().filter(|socket| is_roots(socket));
    let refused: Vec<PathBuf> = files.chain(sockets).collect();
    if refused.is_empty() {
        return vec![Check::ok(
            "podman",
            "no login depends on a file that its user namespace cannot trust",
        )];
    }
    refused.iter().map(|path| refusal(path)).collect()
}

/// Whether root owns an existing file, a folder that it is in, or the link to it.
fn depends_on_root(file: &Path) -> bool {
    let Ok(followed) = file.canonicalize() else {
        return false;
    };
    let is_roots_link = fs::symlink_metadata(file).is_ok_and(|link| link.uid() == 0);
    is_roots_link
        || [&followed, folder_of(file), folder_of(&followed)]
            .into_iter()
            .any(is_roots)
}

fn is_roots(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.uid() == 0)
}

fn refusal(path: &Path) -> Check {
    Check::warning(
        "podman",
        format!(
            "{} belongs to root, so the helper refuses it in rootless podman's user namespace",
            path.display()
        ),
        "make it your own file, in a folder of your own",
    )
}
