//! The trace: what a run did, for a person to read later. `DOCKER_CREDENTIAL_SWR_TRACE=FILE` turns
//! it on.
//!
//! Stderr must be silent and Docker hides errors, so this is how to debug a `get`. No line holds a
//! secret: callers write names, states and statuses.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::open;

/// The variable that names the file.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_TRACE";

/// The file that lines are appended to, if there is one.
#[derive(Clone, Default)]
pub struct Trace {
    file: Option<Arc<Mutex<File>>>,
}

impl Trace {
    /// Opens the trace at `path`, which must be a file that only this user can access. It is
    /// ignored if it cannot be opened, is a link, belongs to somebody else, is readable by others,
    /// or holds anything but a trace: a login must not fail because of it, and whoever sets the
    /// variable must not be able to damage other files of the user.
    pub fn to(path: &Path) -> Self {
        let file = open::append(path).ok().filter(is_trace);
        Self {
            file: file.map(|file| Arc::new(Mutex::new(file))),
        }
    }

    /// Appends the line that `text` makes, if the trace is on.
    pub fn note(&self, text: impl FnOnce() -> String) {
        let Some(file) = &self.file else {
            return;
        };
        let line = text().replace(|c: char| c.is_control(), "?");
        let line = format!("[{}] {line}\n", std::process::id());
        if let Ok(mut file) = file.lock() {
            // Each line is one write, so that lines of parallel processes do not mix.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

/// Whether the file is empty or starts like a line of a trace: with a process ID.
fn is_trace(file: &File) -> bool {
    let mut start = [0; 16];
    let mut file = file;
    let Ok(length) = file.rewind().and_then(|()| file.read(&mut start)) else {
        return false;
    };
    let number = start[..length].strip_prefix(b"[").unwrap_or_default();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    length == 0 || digits > 0 && number[digits..].starts_with(b"] ")
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

    #[test]
    fn a_file_that_is_no_trace_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trace");
        Trace::to(&path).note(|| "one".into());
        let begun = std::fs::read(&path).expect("the file");
        for other in [
            &b"docker-credential-swr"[..],
            b"{}",
            b"[a]",
            b"[] ",
            b"[12]",
        ] {
            std::fs::write(&path, other).expect("written");
            Trace::to(&path).note(|| unreachable!("nobody reads"));
            assert_eq!(std::fs::read(&path).expect("the file"), other);
        }
        std::fs::write(&path, &begun).expect("written");
        Trace::to(&path).note(|| "two".into());
        let text = std::fs::read_to_string(&path).expect("the file");
        assert_eq!(text.lines().count(), 2);
    }
}
