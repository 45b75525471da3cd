//! Files on Windows: access-control lists.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::path::Path;

use super::demand::{Demand, Unfit, folder_of};
use crate::system::acl::Access;

/// Opens the file at `path`. Windows opens folders too, so they are refused here.
pub(super) fn open(path: &Path) -> io::Result<File> {
    match path.is_dir() {
        true => Err(Unfit::NotRegular.into()),
        false => File::open(path),
    }
}

/// The same, as no pipe has a place among the files here.
pub(super) fn open_or_wait(path: &Path) -> io::Result<File> {
    open(path)
}

pub(super) fn is_pipe(_kind: FileType) -> bool {
    false
}

/// Opens the file at `path` to append to it.
pub(super) fn append(path: &Path) -> io::Result<File> {
    // Whether others can read it is checked on the open file.
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
}

pub(super) fn check_own(file: &File) -> io::Result<()> {
    let access = Access::of_file(file)?;
    if access.is_foreign() {
        return Err(Unfit::OfAnother.into());
    }
    match access.others_read() {
        true => Err(Unfit::Open.into()),
        false => Ok(()),
    }
}

pub(super) fn check(path: &Path, file: &File, demand: Demand<'_>) -> io::Result<()> {
    if matches!(demand, Demand::Nothing) {
        return Ok(());
    }
    let access = Access::of_file(file)?;
    if matches!(demand, Demand::Closed) {
        return match access.others_read() {
            true => Err(Unfit::Open.into()),
            false => Ok(()),
        };
    }
    if access.is_foreign() {
        return Err(Unfit::OfAnother.into());
    }
    if access.others_write() {
        return Err(Unfit::Writable.into());
    }
    check_folder(folder_of(path), None)
}

pub(super) fn check_folder(folder: &Path, _home: Option<&Path>) -> io::Result<()> {
    match Access::of_path(folder)?.others_replace() {
        true => Err(Unfit::Replaceable.into()),
        false => Ok(()),
    }
}

pub(super) fn check_private_folder(folder: &Path) -> io::Result<()> {
    let access = Access::of_path(folder)?;
    if !folder.symlink_metadata()?.is_dir() || access.is_foreign() {
        return Err(Unfit::OfAnother.into());
    }
    match access.others_read() {
        true => Err(Unfit::Open.into()),
        false => Ok(()),
    }
}

/// On Windows only administrators can create links, unless the machine is in developer mode.
pub(super) fn check_link(_link: &Path) -> io::Result<()> {
    Ok(())
}
