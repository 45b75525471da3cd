//! The certificates that are trusted.

#[cfg_attr(target_os = "linux", path = "roots/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "roots/native.rs")]
mod platform;

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::swr::network::Network;
use crate::system::open::{self, Demand};

/// The largest file of certificates that is read, in bytes. All of Mozilla's have 220 KB.
const CERTIFICATES_LIMIT: u64 = 16 * 1024 * 1024;

/// Returns the trusted certificates: those that `network` names, or the system's if it names none.
/// A file that cannot be read, or that others can write, is ignored, which only makes fewer hosts
/// trusted.
pub(super) fn trusted(network: &Network) -> Vec<CertificateDer<'static>> {
    let file = network.certificate_file.as_deref();
    let folders = &network.certificate_folders;
    if file.is_none() && folders.is_empty() {
        return platform::of_the_system(network.ignores_variables);
    }
    let of_folders = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()));
    let files = file.map(Path::to_owned).into_iter().chain(of_folders);
    files.flat_map(|file| certificates_in(&file)).collect()
}

/// Returns the certificates in a PEM file. A relative path is refused, because it would depend on
/// the current directory.
fn certificates_in(file: &Path) -> Vec<CertificateDer<'static>> {
    let demand = Demand::Decides { home: None };
    let text = match file.is_absolute() {
        true => open::read(file, CERTIFICATES_LIMIT, demand).unwrap_or_default(),
        false => Default::default(),
    };
    CertificateDer::pem_slice_iter(&text).flatten().collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{File, Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn certificates_are_read_only_where_others_cannot_change_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        write(&path, pem).expect("written");
        let mode = |mode| set_permissions(&path, Permissions::from_mode(mode)).expect("changed");
        mode(0o644);
        assert_eq!(certificates_in(&path).len(), 1);
        mode(0o646);
        assert_eq!(certificates_in(&path).len(), 0);
        mode(0o644);
        // The same file by a relative path: tests run in the folder of the crate.
        let up = Path::new(env!("CARGO_MANIFEST_DIR")).components().skip(1);
        let relative: PathBuf = up.map(|_| "..").collect();
        let relative = relative.join(path.strip_prefix("/").expect("absolute"));
        assert!(relative.is_file());
        assert_eq!(certificates_in(&relative).len(), 0);
        let file = File::options().append(true).open(&path).expect("the file");
        file.set_len(CERTIFICATES_LIMIT + 1).expect("a sparse file");
        assert_eq!(certificates_in(&path).len(), 0);
    }
}
