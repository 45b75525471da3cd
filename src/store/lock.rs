//! The advisory lock under which a slot is read, changed and written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::StoreError;
use crate::atomic_file;
use crate::environment::{Deadline, Environment};

/// Waits for the lock until the deadline. It is given back when the result is dropped, or by the
/// system when the process ends.
///
/// Without a folder to keep it in there is none, and the change goes on unlocked: losing a race is
/// better than no login at all.
///
/// # Errors
///
/// [`StoreError::Busy`] if others hold it until the deadline.
pub(super) fn acquire(
    environment: &Environment,
    deadline: Deadline,
) -> Result<Option<File>, StoreError> {
    let Ok(file) = open(environment) else {
        return Ok(None);
    };
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if deadline.left().is_zero() => {
                return Err(StoreError::Busy {
                    seconds: deadline.limit().as_secs(),
                });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn open(environment: &Environment) -> io::Result<File> {
    let folder = match environment.path("XDG_RUNTIME_DIR") {
        // By its specification the runtime folder is the user's alone.
        Some(runtime) if is_own(&runtime).is_ok() => runtime,
        _ => {
            let folder = own_folder(environment.temporary());
            atomic_file::create_private_folder(&folder)?;
            is_own(&folder)?;
            folder
        }
    };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join("docker-credential-swr.lock"))
}

#[cfg(unix)]
fn own_folder(temporary: &Path) -> PathBuf {
    temporary.join(format!(
        "docker-credential-swr-{}",
        rustix::process::geteuid().as_raw()
    ))
}

/// Windows and its users have a temporary folder each.
#[cfg(not(unix))]
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

#[cfg(not(unix))]
fn is_own(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
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
        let first = acquire(&environment, deadline)
            .expect("free")
            .expect("a lock");
        assert!(matches!(
            acquire(&environment, deadline),
            Err(StoreError::Busy { seconds: 1 })
        ));
        drop(first);
        assert!(
            acquire(&environment, deadline)
                .expect("free again")
                .is_some()
        );
    }

    #[test]
    fn without_a_folder_there_is_no_lock() {
        let environment = Environment::of([("TMPDIR", "/proc/no-folder-here")]);
        let deadline = environment
            .deadline(Duration::from_secs(1))
            .expect("a deadline");
        assert!(acquire(&environment, deadline).expect("unlocked").is_none());
    }
}
