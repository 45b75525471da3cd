//! What a run found, for a person to read later: `DOCKER_CREDENTIAL_SWR_TRACE=FILE`.
//!
//! Stderr must be silent and Docker swallows errors, so this is how a `get` is debugged. No line holds
//! a secret: callers write names, states and statuses.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::open;

/// The variable that names the file.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_TRACE";

/// A file that lines are added to, or nothing.
#[derive(Clone, Default)]
pub struct Trace {
    file: Option<Arc<Mutex<File>>>,
}

impl Trace {
    /// Returns a trace to the file at `path`, which is this user's alone. One that cannot be opened, that is a link or
    /// somebody else's, that others could read, or that holds anything but a trace is left alone: a login must not fail
    /// for it, nor may whoever sets a variable have any file of the user's written to.
    pub fn to(path: &Path) -> Self {
        let file = open::append(path).ok().filter(is_trace);
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

/// Whether nothing is in the file, or it begins as each line of a trace does: with the number of a process.
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
    fn what_is_no_trace_is_left_as_it_is() {
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
