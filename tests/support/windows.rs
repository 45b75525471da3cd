//! What tests need on Windows or in wine.

use std::path::{Path, PathBuf};

use docker_credential_swr::system::acl::Access;
use windows_permissions::constants::{SeObjectType, SecurityInformation};
use windows_permissions::wrappers::SetNamedSecurityInfo;
use windows_permissions::{LocalBox, SecurityDescriptor};

use super::{Sandbox, told};

/// The name of the variable that lists the folders of programs, as Windows writes it.
pub(crate) const PATH: &str = "Path";

/// Makes a temporary folder.
pub(super) fn short_folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("swr-").tempdir();
    folder.unwrap()
}

/// Returns the variables that the system itself sets.
pub(super) fn environment(sandbox: &Sandbox) -> Vec<(&'static str, PathBuf)> {
    let system = told("SystemRoot").expect("every process has it");
    vec![
        // Tests must not touch the user's keyring.
        ("DOCKER_CREDENTIAL_SWR_BACKEND", "file".into()),
        ("DOCKER_CREDENTIAL_SWR_CACHE", "off".into()),
        // Sockets and random numbers need it.
        ("SystemRoot", system.into()),
        ("USERPROFILE", sandbox.path("home")),
        ("APPDATA", sandbox.path("home/AppData/Roaming")),
        ("LOCALAPPDATA", sandbox.path("home/AppData/Local")),
        ("TEMP", sandbox.path("run")),
        ("TMP", sandbox.path("run")),
    ]
}

/// Makes a folder and its missing parents; below the user's profile, only the user can access them.
pub(crate) fn make_private_folders(path: &Path) {
    std::fs::create_dir_all(path).unwrap();
}

/// Writes a file that only its owner can access.
pub(crate) fn write_private(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
}

/// Makes a program available at another place.
pub(crate) fn link(target: &Path, place: &Path) {
    // Not every user may make symbolic links, and no link to a program that runs can be removed.
    std::fs::copy(target, place).unwrap();
}

/// Whether only its owner can read or write a file or folder.
pub(crate) fn is_private(path: &Path) -> bool {
    let access = Access::of_path(path).unwrap();
    !access.others_read() && !access.others_write() && !access.is_foreign()
}

/// Gives everybody every right to a file.
pub(crate) fn share_with_everybody(path: &Path) {
    let descriptor: LocalBox<SecurityDescriptor> = "D:P(A;;FA;;;WD)".parse().unwrap();
    let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
    let file = SeObjectType::SE_FILE_OBJECT;
    let dacl = descriptor.dacl();
    SetNamedSecurityInfo(path, file, what, None, None, dacl, None).unwrap();
}
