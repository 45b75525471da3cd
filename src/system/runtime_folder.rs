//! The folder for small files that belong to this user's session: locks and notes, and no secret.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(windows)]
use super::acl::Access;
use super::atomic_file;
use super::deadline::Deadline;
use super::environment::Environment;

/// Returns the folder, made where it is missing: in the runtime folder where there is one, else under
/// the temporary folder, open to its owner alone.
///
/// # Errors
///
/// Whatever the system says; [`io::ErrorKind::PermissionDenied`] if somebody else made it first.
pub fn open(environment: &Environment) -> io::Result<PathBuf> {
    let folder = match environment.path("XDG_RUNTIME_DIR") {
        // By its specification the runtime folder is the user's alone.
        Some(runtime) if is_own(&runtime).is_ok() => runtime.join("docker-credential-swr"),
        // A relative one would be wherever docker happens to run us.
        _ if environment.temporary().is_relative() => return Err(io::ErrorKind::NotFound.into()),
        _ => own_folder(environment.temporary()),
    };
    atomic_file::create_private_folder(&folder)?;
    is_own(&folder)?;
    Ok(folder)
}

/// What waiting for a lock came to.
pub enum Locked {
    /// It is ours until the file is dropped, or the process ends.
    Ours(File),
    /// Others hold it.
    Busy,
    /// There can be none here.
    Impossible,
}

/// Waits until the deadline for the advisory lock called `name`.
pub fn lock(environment: &Environment, name: &str, deadline: Deadline) -> Locked {
    wait_for_lock(environment, name, deadline).0
}

/// Does the same, and tells whether somebody else held it first.
pub fn wait_for_lock(environment: &Environment, name: &str, deadline: Deadline) -> (Locked, bool) {
    let Ok(file) = open_lock(environment, name) else {
        return (Locked::Impossible, false);
    };
    match file.try_lock() {
        Ok(()) => return (Locked::Ours(file), false),
        Err(TryLockError::Error(_)) => return (Locked::Impossible, false),
        Err(TryLockError::WouldBlock) => {}
    }
    // The system lets those who wait go on in their order; who asks again and again may never be lucky.
    let locked = match deadline.run(move || file.lock().map(|()| file)) {
        Some(Ok(file)) => Locked::Ours(file),
        Some(Err(_)) => Locked::Impossible,
        None => Locked::Busy,
    };
    (locked, true)
}

fn open_lock(environment: &Environment, name: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(open(environment)?.join(format!("{name}.lock")))
}

#[cfg(unix)]
fn own_folder(temporary: &Path) -> PathBuf {
    temporary.join(format!(
        "docker-credential-swr-{}",
        rustix::process::geteuid().as_raw()
    ))
}

/// Each user of Windows has a temporary folder of their own.
#[cfg(windows)]
fn own_folder(temporary: &Path) -> PathBuf {
    temporary.join("docker-credential-swr")
}

/// Somebody else could have made the folder first, in a place where all may write.
#[cfg(unix)]
fn is_own(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let metadata = folder.symlink_metadata()?;
    let own = metadata.is_dir()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o077 == 0;
    if own {
        Ok(())
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(windows)]
fn is_own(folder: &Path) -> io::Result<()> {
    let access = Access::of_path(folder)?;
    let is_folder = folder.symlink_metadata()?.is_dir();
    if is_folder && !access.is_foreign() && !access.others_read() {
        Ok(())
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_second_waits_until_the_deadline() {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = [
            ("TMPDIR", folder.path().as_os_str()),
            ("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1".as_ref()),
        ];
        let environment = Environment::of(variables);
        let deadline = environment.deadline(Duration::ZERO).expect("a deadline");
        let first = lock(&environment, "a", deadline);
        assert!(matches!(first, Locked::Ours(_)));
        assert!(matches!(lock(&environment, "b", deadline), Locked::Ours(_)));
        assert!(matches!(lock(&environment, "a", deadline), Locked::Busy));
        drop(first);
        assert!(matches!(lock(&environment, "a", deadline), Locked::Ours(_)));
    }

    #[test]
    fn without_a_folder_there_is_no_lock() {
        for temporary in ["/proc/no-folder-here", "", "relative"] {
            is_impossible(temporary);
        }
    }

    fn is_impossible(temporary: &str) {
        let environment = Environment::of([("TMPDIR", temporary)]);
        let deadline = environment
            .deadline(Duration::from_secs(1))
            .expect("a deadline");
        assert!(matches!(
            lock(&environment, "a", deadline),
            Locked::Impossible
        ));
    }
}
