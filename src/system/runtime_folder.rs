//! The folder for small files that the runs of one user share: locks and notes. It holds no
//! secrets.
//!
//! No other user can create it first or replace it. In a shared folder such as `/tmp`, another user
//! could, and then a lock would protect nothing.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::atomic_file;
use super::deadline::Deadline;
use super::environment::Environment;
use super::error::SystemError;
use super::open::{self, Unfit};

/// Opens the user's [state folder](Environment::state_folder), creating it if it is missing,
/// accessible by the owner only. Root uses a folder of its own if it has no home directory or runs
/// in somebody else's.
///
/// # Errors
///
/// Any error of the system, or [`Unfit`] if the folder belongs to somebody else or others can
/// replace it.
pub fn open(environment: &Environment) -> io::Result<PathBuf> {
    let folder = match roots_own(environment) {
        Some(folder) => folder,
        None => environment
            .state_folder()
            .map_err(|_| io::ErrorKind::NotFound)?,
    };
    atomic_file::create_private_folder(&folder)?;
    open::check_private_folder(&folder)?;
    Ok(folder)
}

/// Refuses a folder that exists and cannot be trusted. A folder that cannot be created, as on a
/// read-only disk, does not prevent a login.
///
/// # Errors
///
/// [`SystemError::File`].
pub fn check(environment: &Environment) -> Result<(), SystemError> {
    match open(environment) {
        Err(source) if source.get_ref().is_some_and(|why| why.is::<Unfit>()) => {
            let folder = environment.state_folder()?;
            Err(SystemError::file("use", &folder, source))
        }
        _ => Ok(()),
    }
}

/// The result of waiting for a lock.
pub enum Locked {
    /// The lock is held until the file is dropped or the process ends.
    Ours(File),
    /// Another process holds it.
    Busy,
    /// Locks do not work here.
    Impossible(io::Error),
}

/// Waits until the deadline for the advisory lock called `name`.
pub fn lock(environment: &Environment, name: &str, deadline: Deadline) -> Locked {
    wait_for_lock(environment, name, deadline).0
}

/// Does the same, and returns whether another process held the lock first.
pub fn wait_for_lock(environment: &Environment, name: &str, deadline: Deadline) -> (Locked, bool) {
    match open(environment) {
        Ok(folder) => wait_for_file(&folder.join(format!("{name}.lock")), deadline),
        Err(error) => (Locked::Impossible(error), false),
    }
}

/// Waits until the deadline for a lock on the file at `path`.
pub fn lock_file(path: &Path, deadline: Deadline) -> Locked {
    wait_for_file(path, deadline).0
}

fn wait_for_file(path: &Path, deadline: Deadline) -> (Locked, bool) {
    let file = match open::append(path) {
        Ok(file) => file,
        Err(error) => return (Locked::Impossible(error), false),
    };
    match file.try_lock() {
        Ok(()) => return (Locked::Ours(file), false),
        Err(TryLockError::Error(error)) => return (Locked::Impossible(error), false),
        Err(TryLockError::WouldBlock) => {}
    }
    // The system serves those who wait in order. Trying again and again might never succeed.
    let locked = match deadline.run(move || file.lock().map(|()| file)) {
        Some(Ok(file)) => Locked::Ours(file),
        Some(Err(error)) => Locked::Impossible(error),
        None => Locked::Busy,
    };
    (locked, true)
}

/// Nobody but root can create a folder in /run.
#[cfg(unix)]
fn roots_own(environment: &Environment) -> Option<PathBuf> {
    let has_home = || environment.home().is_some() && environment.others_home().is_none();
    let is_root = rustix::process::geteuid().is_root();
    let folder = if cfg!(target_os = "macos") {
        "/var/run/docker-credential-swr"
    } else {
        "/run/docker-credential-swr"
    };
    (is_root && !has_home()).then(|| folder.into())
}

#[cfg(windows)]
fn roots_own(_environment: &Environment) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_lock_waits_until_the_deadline() {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = [
            ("XDG_STATE_HOME", folder.path().as_os_str()),
            ("HOME", folder.path().as_os_str()),
            ("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1".as_ref()),
        ];
        let environment = Environment::from_variables(variables);
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
        let home = "/proc/no-folder-here";
        let environment = Environment::from_variables([("XDG_STATE_HOME", home), ("HOME", home)]);
        let deadline = environment
            .deadline(Duration::from_secs(1))
            .expect("a deadline");
        assert!(matches!(
            lock(&environment, "a", deadline),
            Locked::Impossible(_)
        ));
    }
}
