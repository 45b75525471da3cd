//! Files on Unix: owners and modes.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::demand::{Demand, Unfit, folder_of};
use crate::system::user::{is_me, is_me_or_root, is_one, private_group};

/// Opens `path`. A pipe without a writer does not block.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

/// Opens what is at `path`; a pipe once it has a writer.
pub(super) fn open_or_wait(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NOCTTY.bits() as i32)
        .open(path)
}

pub(super) fn is_pipe(kind: FileType) -> bool {
    kind.is_fifo()
}

/// Opens the file at `path` itself, without following a link.
pub(super) fn append(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

/// Refuses a file that others could have put there or can read. A second hard link could make it
/// any other file of the user's.
pub(super) fn check_own(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !is_me(metadata.uid()) || metadata.nlink() != 1 {
        return Err(Unfit::OfAnother.into());
    }
    match metadata.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(Unfit::Open.into()),
    }
}

pub(super) fn check(path: &Path, file: &File, demand: Demand<'_>) -> io::Result<()> {
    match demand {
        Demand::Nothing => Ok(()),
        Demand::Closed => match file.metadata()?.mode() & 0o007 {
            0 => Ok(()),
            _ => Err(Unfit::Open.into()),
        },
        Demand::Decides { home } => decides(path, &file.metadata()?, home),
    }
}

pub(super) fn check_link(link: &Path) -> io::Result<()> {
    match is_ours(&link.symlink_metadata()?, None) {
        true => Ok(()),
        false => Err(Unfit::LinkOfAnother.into()),
    }
}

/// Checks both folders: that of the path, where a link could be replaced, and that of the file.
fn decides(path: &Path, file: &Metadata, home: Option<&Path>) -> io::Result<()> {
    if !is_ours(file, home) {
        return Err(Unfit::OfAnother.into());
    }
    if others_write(file) {
        return Err(Unfit::Writable.into());
    }
    check_folder(folder_of(path), home)?;
    if path.is_symlink() {
        check_link(path)?;
        check_folder(folder_of(&path.canonicalize()?), home)?;
    }
    Ok(())
}

pub(super) fn check_folder(folder: &Path, home: Option<&Path>) -> io::Result<()> {
    let folder = folder.metadata()?;
    if !is_ours(&folder, home) {
        return Err(Unfit::FolderOfAnother.into());
    }
    // With the sticky bit, as in /tmp, only the owner of a file can replace it.
    let is_sticky = folder.mode() & 0o1000 != 0;
    if !is_sticky && others_write(&folder) {
        return Err(Unfit::Replaceable.into());
    }
    Ok(())
}

pub(super) fn check_private_folder(folder: &Path) -> io::Result<()> {
    let metadata = folder.symlink_metadata()?;
    if !metadata.is_dir() || !is_me(metadata.uid()) {
        return Err(Unfit::OfAnother.into());
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(Unfit::Open.into());
    }
    check_folder(folder_of(folder), None)
}

fn others_write(file: &Metadata) -> bool {
    let by_group = || private_group() != Some(file.gid());
    file.mode() & 0o002 != 0 || file.mode() & 0o020 != 0 && by_group()
}

fn is_ours(file: &Metadata, home: Option<&Path>) -> bool {
    let owner = file.uid();
    let is_homes = || {
        let home = home.and_then(|home| home.metadata().ok());
        home.is_some_and(|home| home.uid() == owner) && is_one(owner)
    };
    is_me_or_root(owner) || geteuid().is_root() && is_homes()
}
