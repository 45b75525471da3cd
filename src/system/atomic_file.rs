//! Files that are whole, old or new, whenever the machine stops.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

/// How the name of a file begins that is to take another's place.
const PREFIX: &str = ".docker-credential-swr-";

/// Longer than any file takes to be written.
const LONGEST_WRITE: Duration = Duration::from_secs(60);

/// Replaces the file at `path` by one that holds `contents`. It is written beside its place, synced
/// and renamed over it; the mode of a file that was there is kept, a new one is the owner's alone.
///
/// # Errors
///
/// Whatever the system says; then the old file is untouched.
pub fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    replace_if(path, contents, || Ok(()))
}

/// The same for a file that others write too: asks `may_replace` right before the rename.
///
/// # Errors
///
/// Whatever the system or `may_replace` says; then the old file is untouched.
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
        keep_owner(file.as_file(), &old)?;
        file.as_file().set_permissions(old.permissions())?;
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

/// Where somebody reads the old file, Windows lets it be replaced as Unix does, if the reader allows for it; std's
/// rename asks for that, tempfile's does not. A reader that does not allow for it is soon done.
#[cfg(windows)]
fn move_over(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let (file, beside) = file.keep()?;
    drop(file);
    let mut tries = 0;
    loop {
        match fs::rename(&beside, path) {
            Err(error) if is_in_use(&error) && tries < MOST_TRIES => {
                tries += 1;
                std::thread::sleep(BETWEEN_TRIES);
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

// A second in all.
#[cfg(windows)]
const MOST_TRIES: u32 = 50;
#[cfg(windows)]
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Removes what runs that were killed left beside the file at `path`, which was just written: what is a good deal
/// older than that is no longer under way.
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
            // What cannot be removed is no reason to stop.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Creates `folder` with what is missing above it, open to its owner alone.
///
/// # Errors
///
/// Whatever the system says.
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
    // What is below it is as private as the first that was made.
    #[cfg(windows)]
    if let Some(first) = first {
        super::acl::make_private(first)?;
    }
    Ok(())
}

/// Gives the file to whom the old one belonged: root (sudo) must not take it away from its user.
#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(windows)]
fn keep_owner(_file: &File, _old: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Makes the rename itself last; Windows has no such call.
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
    fn a_new_file_is_its_owners_alone_and_an_old_ones_mode_is_kept() {
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
    fn a_no_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        replace(&path, b"one").expect("written");
        let no = || Err(io::Error::other("no"));
        assert!(replace_if(&path, b"two", no).is_err());
        assert_eq!(fs::read(&path).expect("read"), b"one");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn only_what_was_left_long_ago_is_swept() {
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
