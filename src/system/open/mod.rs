//! The only place that opens files for reading.
//!
//! A path can lead to a pipe that nobody writes to, to a device that never ends, or to another
//! user's file. So opening never waits, only regular files are read, and only up to a limit.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod platform;

mod demand;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use demand::{Demand, Unfit, folder_of};

/// The limit for settings and for the files of clients, in bytes.
pub const USUAL_LIMIT: u64 = 4 * 1024 * 1024;

/// What editors on Windows write in front of UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The number of links that Linux follows.
const MOST_LINKS: usize = 40;

/// Opens the regular file at `path` without waiting.
///
/// # Errors
///
/// Any error of the system, or [`Unfit`] if the file does not meet `demand`.
pub fn open(path: &Path, demand: Demand<'_>) -> io::Result<File> {
    let file = platform::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Unfit::NotRegular.into());
    }
    platform::check(path, &file, demand)?;
    Ok(file)
}

/// Opens the file at `path` to read it and to append to it. A missing file is created, accessible
/// by the owner only.
///
/// # Errors
///
/// Any error of the system, or [`Unfit`] unless it is a regular file that only this user can
/// access, with no other hard link.
pub fn append(path: &Path) -> io::Result<File> {
    let file = platform::append(path)?;
    if !file.metadata()?.is_file() {
        return Err(Unfit::NotRegular.into());
    }
    platform::check_own(&file)?;
    Ok(file)
}

/// Checks that only this user can access the folder, and that nobody else can replace it.
///
/// # Errors
///
/// Any error of the system, or [`Unfit`].
pub fn check_private_folder(folder: &Path) -> io::Result<()> {
    platform::check_private_folder(folder)
}

/// Checks that others cannot replace files in the folder.
///
/// # Errors
///
/// Any error of the system, or [`Unfit`].
pub fn check_folder(folder: &Path) -> io::Result<()> {
    platform::check_folder(folder, None)
}

/// Reads the whole regular file at `path`, if it is at most `limit` bytes long.
///
/// # Errors
///
/// As [`open`].
pub fn read(path: &Path, limit: u64, demand: Demand<'_>) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = open(path, demand)?;
    let length = file.metadata()?.len();
    if length > limit {
        return Err(Unfit::TooLarge { limit }.into());
    }
    read_to_end(file, length, limit)
}

/// Reads what a person has named, a regular file or a pipe, as a shell's `<(...)` is, if it holds
/// no more than `limit` bytes. It waits for a pipe's writer, so the caller keeps the deadline.
///
/// # Errors
///
/// As [`open`].
pub fn read_or_wait(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = platform::open_or_wait(path)?;
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !platform::is_pipe(kind) {
        return Err(Unfit::NotRegular.into());
    }
    read_to_end(file, limit, limit)
}

/// Reads the rest of a file of about `length` bytes.
fn read_to_end(file: File, length: u64, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // One more byte than needed: reading finds the end without growing the buffer, which would
    // leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Unfit::TooLarge { limit }.into());
    }
    Ok(bytes)
}

/// Reads the regular file at `path` as text, if it is at most `limit` bytes long. A byte order mark
/// in front is no part of the text.
///
/// # Errors
///
/// As [`read`], and [`Unfit::NotUtf8`].
pub fn read_text(path: &Path, limit: u64, demand: Demand<'_>) -> io::Result<Zeroizing<String>> {
    let mut bytes = read(path, limit, demand)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => {
            let mut text = Zeroizing::new(text);
            if text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len_utf8());
            }
            Ok(text)
        }
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Unfit::NotUtf8.into())
        }
    }
}

/// Returns the path that the links at `path` lead to, whether that file exists or not. Replacing
/// that file leaves the links as they are.
///
/// # Errors
///
/// [`Unfit::LinkOfAnother`] for a link that belongs neither to this user nor to root.
pub fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        platform::check_link(&path)?;
        path = folder_of(&path).join(target);
    }
    Ok(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    const DECIDES: Demand<'_> = Demand::Decides { home: None };

    fn unfit<T: std::fmt::Debug>(result: io::Result<T>) -> Unfit {
        let error = result.expect_err("unfit");
        let inner = error.into_inner().expect("not the system's");
        *inner.downcast().expect("a reason of ours")
    }

    #[test]
    fn only_a_regular_file_of_bounded_size_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "12345678").expect("written");
        let limited = |limit| read(&path, limit, Demand::Nothing);
        assert_eq!(&limited(8).expect("in bounds")[..], b"12345678");
        assert_eq!(unfit(limited(7)), Unfit::TooLarge { limit: 7 });
        for path in [
            folder.path(),
            Path::new("/dev/zero"),
            Path::new("/dev/null"),
        ] {
            assert_eq!(unfit(open(path, Demand::Nothing)), Unfit::NotRegular);
        }
        fs::write(&path, b"\xff").expect("written");
        let text = read_text(&path, 8, Demand::Nothing);
        assert_eq!(unfit(text), Unfit::NotUtf8);
        fs::write(&path, "\u{feff}text").expect("written");
        let text = read_text(&path, 8, Demand::Nothing);
        assert_eq!(text.expect("in bounds").as_str(), "text");
    }

    #[test]
    fn what_a_person_names_is_a_file_or_a_pipe_of_bounded_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "12345678").expect("written");
        assert_eq!(&read_or_wait(&path, 8).expect("in bounds")[..], b"12345678");
        assert_eq!(unfit(read_or_wait(&path, 7)), Unfit::TooLarge { limit: 7 });
        for path in [folder.path(), Path::new("/dev/zero")] {
            assert_eq!(unfit(read_or_wait(path, 8)), Unfit::NotRegular);
        }
        for (written, limit) in [("12345678", 8), ("123456789", 8)] {
            let (reader, mut writer) = io::pipe().expect("a pipe");
            io::Write::write_all(&mut writer, written.as_bytes()).expect("written");
            drop(writer);
            let number = std::os::fd::AsRawFd::as_raw_fd(&reader);
            let read = read_or_wait(format!("/dev/fd/{number}").as_ref(), limit);
            match written.len() as u64 > limit {
                true => assert_eq!(unfit(read), Unfit::TooLarge { limit }),
                false => assert_eq!(&read.expect("in bounds")[..], written.as_bytes()),
            }
        }
    }

    #[test]
    fn a_file_that_others_can_write_is_not_trusted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "").expect("written");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
        };
        for fit in [0o644, 0o600, 0o444] {
            mode(&path, fit);
            open(&path, DECIDES).expect("nobody else can write it");
        }
        let is_root = rustix::process::geteuid().is_root();
        // Most users have a group of their own, which may write. Only root can give another one.
        let by_others = |modes: [u32; 2]| modes.into_iter().skip(usize::from(!is_root));
        for bad in by_others([0o664, 0o646]) {
            mode(&path, bad);
            if is_root {
                chown(&path, None, Some(64321)).expect("another group");
            }
            assert_eq!(unfit(open(&path, DECIDES)), Unfit::Writable);
        }
        mode(&path, 0o644);
        if is_root {
            chown(folder.path(), None, Some(64321)).expect("another group");
        }
        for bad in by_others([0o770, 0o707]) {
            mode(folder.path(), bad);
            assert_eq!(unfit(open(&path, DECIDES)), Unfit::Replaceable);
        }
        mode(folder.path(), 0o700);
        if is_root {
            chown(&path, Some(64321), None).expect("given away");
            assert_eq!(unfit(open(&path, DECIDES)), Unfit::OfAnother);
            chown(&path, Some(0), None).expect("taken back");
            chown(folder.path(), Some(64321), None).expect("given away");
            assert_eq!(unfit(open(&path, DECIDES)), Unfit::FolderOfAnother);
            // For root, files of the user whose home directory it runs in are fine.
            let home = Some(folder.path());
            open(&path, Demand::Decides { home }).expect("the home's");
        }
    }

    #[test]
    fn a_secret_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "").expect("written");
        for (mode, is_closed) in [(0o640, true), (0o604, false), (0o602, false)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("changed");
            assert_eq!(open(&path, Demand::Closed).is_ok(), is_closed, "{mode:o}");
        }
    }

    #[test]
    fn only_a_file_of_its_own_is_appended_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        append(&path).expect("created");
        assert_eq!(
            path.metadata().expect("a file").permissions().mode() & 0o777,
            0o600
        );
        for bad in [0o640, 0o620, 0o604, 0o602] {
            fs::set_permissions(&path, Permissions::from_mode(bad)).expect("changed");
            assert_eq!(unfit(append(&path)), Unfit::Open, "{bad:o}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("changed");
        let second = folder.path().join("second");
        fs::hard_link(&path, &second).expect("linked");
        assert_eq!(unfit(append(&path)), Unfit::OfAnother);
        fs::remove_file(&second).expect("removed");
        symlink(&path, &second).expect("linked");
        append(&second).expect_err("a link");
        assert_eq!(unfit(append(Path::new("/dev/null"))), Unfit::NotRegular);
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(64321), None).expect("given away");
            assert_eq!(unfit(append(&path)), Unfit::OfAnother);
        }
    }

    #[test]
    fn the_folder_behind_a_link_is_checked_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let (open_to_all, link) = (folder.path().join("open"), folder.path().join("link"));
        fs::create_dir(&open_to_all).expect("made");
        fs::write(open_to_all.join("file"), "").expect("written");
        fs::set_permissions(open_to_all.join("file"), Permissions::from_mode(0o600))
            .expect("changed");
        symlink(open_to_all.join("file"), &link).expect("linked");
        for (mode, is_fit) in [(0o755, true), (0o777, false)] {
            fs::set_permissions(&open_to_all, Permissions::from_mode(mode)).expect("changed");
            assert_eq!(open(&link, DECIDES).is_ok(), is_fit, "{mode:o}");
        }
    }

    #[test]
    fn a_private_folder_is_closed_to_others_and_cannot_be_replaced() {
        let above = tempfile::tempdir().expect("a folder");
        let folder = above.path().join("private");
        fs::create_dir(&folder).expect("made");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
        };
        mode(&folder, 0o700);
        check_private_folder(&folder).expect("private");
        for bad in [0o750, 0o705, 0o701] {
            mode(&folder, bad);
            assert_eq!(unfit(check_private_folder(&folder)), Unfit::Open, "{bad:o}");
        }
        mode(&folder, 0o700);
        mode(above.path(), 0o707);
        assert_eq!(unfit(check_private_folder(&folder)), Unfit::Replaceable);
        mode(above.path(), 0o700);
        let link = above.path().join("link");
        symlink(&folder, &link).expect("linked");
        assert_eq!(unfit(check_private_folder(&link)), Unfit::OfAnother);
    }

    #[test]
    fn links_are_followed_even_to_a_missing_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        symlink("two", at("one")).expect("linked");
        symlink(at("three"), at("two")).expect("linked");
        assert_eq!(followed(&at("one")).expect("own links"), at("three"));
        assert_eq!(followed(&at("three")).expect("no link"), at("three"));
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::lchown(at("two"), Some(64321), None).expect("given away");
            assert_eq!(unfit(followed(&at("one"))), Unfit::LinkOfAnother);
        }
    }
}
