//! Files that are always complete, old or new, even if the machine stops in the middle of a write.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;
#[cfg(windows)]
use std::time::Instant;

use tempfile::NamedTempFile;

#[cfg(windows)]
use super::chance::part_of;

/// The start of the name of a file that will replace another.
const PREFIX: &str = ".docker-credential-swr-";

/// More time than any write takes.
const LONGEST_WRITE: Duration = Duration::from_secs(60);

/// Replaces the file at `path` with `contents`: writes a new file beside it, syncs it and renames
/// it. An existing file keeps its mode; a new file is readable by its owner only.
///
/// # Errors
///
/// Any error of the system. The old file is then unchanged.
pub fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    replace_if(path, contents, || Ok(()))
}

/// Does the same for a file that other programs write too. Calls `may_replace` right before the
/// rename.
///
/// # Errors
///
/// Any error of the system or of `may_replace`. The old file is then unchanged.
pub fn replace_if(
    path: &Path,
    contents: &[u8],
    may_replace: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempfile_in(folder)?;
    file.write_all(contents)?;
    if let Ok(old) = fs::metadata(path) {
        keep_access(file.as_file(), &old)?;
    }
    file.as_file().sync_all()?;
    may_replace()?;
    move_over(file, path)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn move_over(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path)?;
    Ok(())
}

/// While somebody reads the old file, Windows can replace it as Unix does, if the reader opened it
/// for sharing. std's rename asks for that and tempfile's does not. A reader that does not share
/// the file is usually done soon.
#[cfg(windows)]
fn move_over(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let (file, beside) = file.keep()?;
    drop(file);
    let start = Instant::now();
    loop {
        match fs::rename(&beside, path) {
            Err(error) if is_in_use(&error) && start.elapsed() < LONGEST_RETRY => {
                // By chance, as a reader that comes back at equal times would be met each time.
                std::thread::sleep(part_of(PAUSE));
            }
            Err(error) => {
                let _ = fs::remove_file(&beside);
                return Err(error);
            }
            Ok(()) => return Ok(()),
        }
    }
}

/// Whether another program has the file open: `ERROR_ACCESS_DENIED` or `ERROR_SHARING_VIOLATION`.
#[cfg(windows)]
fn is_in_use(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32))
}

/// How long a file that is in use is tried to be replaced.
#[cfg(windows)]
const LONGEST_RETRY: Duration = Duration::from_secs(1);

/// The longest pause between two attempts.
#[cfg(windows)]
const PAUSE: Duration = Duration::from_millis(20);

/// Checks that the file at `path` could be replaced or made, and leaves nothing behind. Its folder
/// may be missing.
///
/// # Errors
///
/// Any error of the system.
pub fn check_replaceable(path: &Path) -> io::Result<()> {
    let is_missing = |folder: &Path| {
        fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    let folder = folder_of(path)
        .ancestors()
        .find(|folder| !is_missing(folder));
    let file = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))?;
    match fs::metadata(path) {
        Ok(old) => keep_access(&file, &old),
        Err(_) => Ok(()),
    }
}

/// Removes the files that killed runs left beside the file at `path`, which was just written. A
/// file that is much older than that one is not being written anymore.
pub fn sweep(path: &Path) {
    let modified = |metadata: io::Result<fs::Metadata>| metadata?.modified();
    let (Ok(now), Ok(entries)) = (modified(fs::metadata(path)), fs::read_dir(folder_of(path)))
    else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_left = || {
            let written = modified(entry.metadata()).ok();
            let age = written.and_then(|written| now.duration_since(written).ok());
            age.is_some_and(|age| age > LONGEST_WRITE)
        };
        if is_ours && is_left() {
            // A file that cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Creates `folder` and its missing parents, accessible by the owner only.
///
/// # Errors
///
/// Any error of the system.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    #[cfg(windows)]
    let first = folder
        .ancestors()
        .take_while(|folder| !folder.exists())
        .last();
    builder.create(folder)?;
    // Everything below the first folder that was created inherits its access.
    #[cfg(windows)]
    if let Some(first) = first {
        super::acl::make_private(first)?;
    }
    Ok(())
}

/// Keeps the mode of the old file, and its owner, so that `sudo` does not take the file away from
/// its user.
#[cfg(unix)]
fn keep_access(file: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let new = file.metadata()?;
    let mut permissions = old.permissions();
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        match fchown(file, Some(old.uid()), Some(old.gid())) {
            // The user is not in the old group, such as root's after `sudo`. The new group gets
            // nothing of what that one may do.
            Err(_) if new.uid() == old.uid() => permissions.set_mode(permissions.mode() & !0o070),
            result => result?,
        }
    }
    file.set_permissions(permissions)
}

#[cfg(windows)]
fn keep_access(file: &File, old: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(old.permissions())
}

/// Makes the rename durable. Windows has no such call.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(windows)]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).expect("the file").permissions().mode() & 0o777;
        replace(&path, b"one").expect("written");
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        replace(&path, b"two").expect("written");
        assert_eq!(
            (mode(), fs::read(&path).expect("read")),
            (0o640, b"two".to_vec())
        );
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_refused_commit_leaves_only_the_old_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        replace(&path, b"one").expect("written");
        let no = || Err(io::Error::other("no"));
        assert!(replace_if(&path, b"two", no).is_err());
        assert_eq!(fs::read(&path).expect("read"), b"one");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_check_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        for path in [file.clone(), folder.path().join("new/deep/file")] {
            check_replaceable(&path).expect("it could be written");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0);
        replace(&file, b"one").expect("written");
        check_replaceable(&file).expect("it could be written again");
        assert!(check_replaceable(&file.join("below")).is_err());
    }

    #[test]
    fn only_old_leftovers_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for name in [".docker-credential-swr-old", ".other-old"] {
            let file = File::create(at(name)).expect("made");
            file.set_modified(long_ago).expect("aged");
        }
        File::create(at(".docker-credential-swr-new")).expect("made");
        replace(&at("config.json"), b"{}").expect("written");
        sweep(&at("config.json"));
        assert!(!at(".docker-credential-swr-old").exists());
        assert!(at(".docker-credential-swr-new").exists() && at(".other-old").exists());
    }
}
