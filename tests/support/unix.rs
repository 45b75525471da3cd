//! What tests need on Unix.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SHORT, Sandbox, have, helper_binary, run, skip};

/// The name of the variable that lists the folders of programs.
pub(crate) const PATH: &str = "PATH";

/// Makes a temporary folder with a short path, because a socket's path has at most 108 bytes.
pub(super) fn short_folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("swr-")
        .rand_bytes(5)
        .tempdir_in("/tmp")
        .unwrap()
}

/// Returns the variables that the system itself sets.
pub(super) fn environment(sandbox: &Sandbox) -> Vec<(&'static str, PathBuf)> {
    let mut variables = vec![("HOME", sandbox.path("home"))];
    if cfg!(target_os = "macos") {
        // Tests must not touch the user's keychain.
        variables.push(("DOCKER_CREDENTIAL_SWR_BACKEND", "file".into()));
        variables.push(("DOCKER_CREDENTIAL_SWR_CACHE", "off".into()));
    }
    variables
}

/// Makes a folder and its missing parents, accessible by their owner only.
pub(crate) fn make_private_folders(path: &Path) {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).unwrap();
}

/// Writes a file that only its owner can access.
pub(crate) fn write_private(path: &Path, content: &str) {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}

/// Returns whether tests can run programs as another user; skips the test aloud where they cannot.
pub(crate) fn can_change_user() -> bool {
    if !rustix::process::geteuid().is_root() {
        skip("only root can become another user");
        return false;
    }
    have(&["setpriv"])
}

/// Copies the helper. Another process does it: a test on another thread that starts a program would
/// inherit the open file, and a file that somebody can write to cannot be run.
pub(crate) fn copy_helper(place: &Path) {
    let mut copy = Command::new("/bin/cp");
    run(copy.arg(helper_binary()).arg(place), "", SHORT).ok();
}

/// Makes a program available at another place.
pub(crate) fn link(target: &Path, place: &Path) {
    std::os::unix::fs::symlink(target, place).unwrap();
}

/// Whether only its owner can read or write a file or folder.
pub(crate) fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}
