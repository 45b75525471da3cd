//! What a run found, for a person to read later: `DOCKER_CREDENTIAL_SWR_TRACE=FILE`.
//!
//! Stderr must be silent and Docker swallows errors, so this is how a `get` is debugged. No line holds
//! a secret: callers write names, states and statuses.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

#[cfg(windows)]
use super::acl::Access;

/// The variable that names the file.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_TRACE";

/// A file that lines are added to, or nothing.
#[derive(Clone, Default)]
pub struct Trace {
    file: Option<Arc<Mutex<File>>>,
}

impl Trace {
    /// Returns a trace to the file at `path`, which only its owner can read. One that cannot be
    /// opened, or that others could read, is left alone: a login must not fail for it.
    pub fn to(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        // Whether others can read it is asked of the file that was opened.
        options.read(true).create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).ok().filter(is_private);
        Self {
            file: file.map(|file| Arc::new(Mutex::new(file))),
        }
    }

    /// Adds the line that `text` makes, if anybody reads.
    pub fn note(&self, text: impl FnOnce() -> String) {
        let Some(file) = &self.file else {
            return;
        };
        let line = text().replace(|c: char| c.is_control(), "?");
        let line = format!("[{}] {line}\n", std::process::id());
        if let Ok(mut file) = file.lock() {
            // One write a line, so that the lines of several processes do not mix.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

#[cfg(unix)]
fn is_private(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;

    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o077 == 0)
}

#[cfg(windows)]
fn is_private(file: &File) -> bool {
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let is_own = |access: Access| !access.is_foreign() && !access.others_read();
    is_file && Access::of_file(file).is_ok_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::Trace;

    #[test]
    fn lines_are_added_to_a_private_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trace");
        Trace::to(&path).note(|| "one\ntwo".into());
        Trace::to(&path).note(|| "three".into());
        let text = std::fs::read_to_string(&path).expect("the file");
        let lines: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once("] "))
            .map(|(_, line)| line)
            .collect();
        assert_eq!(lines, ["one?two", "three"]);
        Trace::default().note(|| unreachable!("nobody reads"));
    }
}
