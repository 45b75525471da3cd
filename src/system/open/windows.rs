//! Files as Windows has them: access-control lists.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::demand::{Demand, Unfit, folder_of};
use crate::system::acl::Access;

/// Opens the file at `path`; that a folder is none, Windows would not say.
pub(super) fn open(path: &Path) -> io::Result<File> {
    match path.is_dir() {
        true => Err(Unfit::NotRegular.into()),
        false => File::open(path),
    }
}

/// Opens the file at `path` to add to it.
pub(super) fn append(path: &Path) -> io::Result<File> {
    // Whether others can read it is asked of the file that was opened.
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

/// What holds a secret is in a folder of the user's own choice here; nothing is mounted for a group, as elsewhere.
pub(super) fn check(path: &Path, file: &File, demand: Demand<'_>) -> io::Result<()> {
    if !matches!(demand, Demand::Decides { .. }) {
        return Ok(());
    }
    let access = Access::of_file(file)?;
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

/// Only an administrator makes links here, unless the machine is a developer's own.
pub(super) fn check_link(_link: &Path) -> io::Result<()> {
    Ok(())
}
