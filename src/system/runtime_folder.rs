//! The folder for small files that this user's runs share: locks and notes, and no secret.
//!
//! It is where no other user can make it first or take it away: what lies in a folder for all, such as `/tmp`, keeps
//! nobody from anything.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::atomic_file;
use super::deadline::Deadline;
use super::environment::Environment;
use super::error::SystemError;
use super::open::{self, Unfit};

/// Returns the folder, made where it is missing, open to its owner alone: the user's
/// [state folder](Environment::state_folder). Root has one of its own where its home is none or somebody else's.
///
/// # Errors
///
/// Whatever the system says; an [`Unfit`] if it is somebody else's, or in a folder that others can write.
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

/// Complains where the folder is there and cannot be trusted. One that cannot be made, as on a disk that is read-only,
/// is no reason to refuse a login.
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

/// What waiting for a lock came to.
pub enum Locked {
    /// It is ours until the file is dropped, or the process ends.
    Ours(File),
    /// Others hold it.
    Busy,
    /// There can be none here.
    Impossible(io::Error),
}

/// Waits until the deadline for the advisory lock called `name`.
pub fn lock(environment: &Environment, name: &str, deadline: Deadline) -> Locked {
    wait_for_lock(environment, name, deadline).0
}

/// Does the same, and tells whether somebody else held it first.
pub fn wait_for_lock(environment: &Environment, name: &str, deadline: Deadline) -> (Locked, bool) {
    match open(environment) {
        Ok(folder) => wait_for_file(&folder.join(format!("{name}.lock")), deadline),
        Err(error) => (Locked::Impossible(error), false),
    }
}

/// Waits until the deadline for the lock that is the file at `path`.
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
    // The system lets those who wait go on in their order; who asks again and again may never be lucky.
    let locked = match deadline.run(move || file.lock().map(|()| file)) {
        Some(Ok(file)) => Locked::Ours(file),
        Some(Err(error)) => Locked::Impossible(error),
        None => Locked::Busy,
    };
    (locked, true)
}

/// Nobody else can make a folder in /run.
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
    fn the_second_waits_until_the_deadline() {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = [
            ("XDG_STATE_HOME", folder.path().as_os_str()),
            ("HOME", folder.path().as_os_str()),
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
        let home = "/proc/no-folder-here";
        let environment = Environment::of([("XDG_STATE_HOME", home), ("HOME", home)]);
        let deadline = environment
            .deadline(Duration::from_secs(1))
            .expect("a deadline");
        assert!(matches!(
            lock(&environment, "a", deadline),
            Locked::Impossible(_)
        ));
    }
}
