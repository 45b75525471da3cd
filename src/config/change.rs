//! How a planned change of a file is made that other programs write, too.

use std::io;
use std::path::Path;

use super::error::ConfigError;
use crate::system::atomic_file;
use crate::system::error::SystemError;

/// Calls `write` if the contents of the file at `path` change, unless this is a dry run. Returns a
/// line that says what was done, or would be. A missing file has no contents.
///
/// # Errors
///
/// Those of `write`. A dry run tells whether the file could be written.
pub(super) fn carry_out(
    path: &Path,
    (before, after): (Option<&[u8]>, Option<&[u8]>),
    dry_run: bool,
    write: impl FnOnce() -> Result<(), ConfigError>,
) -> Result<String, ConfigError> {
    let change = match (before, after) {
        (before, after) if before == after => {
            return Ok(format!("nothing to change in {}", path.display()));
        }
        (None, _) => "create",
        (_, None) => "remove",
        _ => "change",
    };
    if dry_run {
        check_writable(path)?;
        return Ok(format!("would {change} {}", path.display()));
    }
    write()?;
    Ok(format!("{change}d {}", path.display()))
}

/// Checks that the file at `path` can be written.
///
/// # Errors
///
/// [`SystemError::File`] if not.
pub(super) fn check_writable(path: &Path) -> Result<(), ConfigError> {
    let checked = atomic_file::check_replaceable(path);
    Ok(checked.map_err(|source| SystemError::file("write", path, source))?)
}

/// Fails unless the file is still as it was read, because the change of another program would be
/// lost.
pub(super) fn check_as_read(is_as_read: bool) -> io::Result<()> {
    match is_as_read {
        true => Ok(()),
        false => Err(io::Error::other(
            "another program just changed it, so it was not written; run this again",
        )),
    }
}
