//! The end of a process that nothing else ends: a disk that hangs holds up any call, and no deadline of ours.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// How much later than its deadline a verb is ended, so that whatever keeps that has its own word first.
const GRACE: Duration = Duration::from_secs(1);

/// The stack of a thread that sleeps and writes a line, in bytes.
const STACK: usize = 32 * 1024;

/// Where the last word goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Docker shows it.
    Stdout,
    /// A kubelet logs it.
    Stderr,
}

/// Ends this process with an error a moment after `limit`, unless it has ended by then. A system that has no thread left
/// is no reason to refuse a login.
pub fn start(limit: Duration, place: Place) {
    let _ = thread::Builder::new().stack_size(STACK).spawn(move || {
        thread::sleep(limit + GRACE);
        let seconds = limit.as_secs();
        let line = format!(
            "nothing came within {seconds} s: a file, the keyring or the network does not answer\n"
        );
        let _ = write(place, line.as_bytes());
        std::process::exit(1);
    });
}

/// Writes by a handle of its own: the usual one is locked by who hangs.
#[cfg(unix)]
fn write(place: Place, line: &[u8]) -> io::Result<()> {
    use std::os::fd::AsFd;

    let handle = match place {
        Place::Stdout => io::stdout().as_fd().try_clone_to_owned(),
        Place::Stderr => io::stderr().as_fd().try_clone_to_owned(),
    };
    std::fs::File::from(handle?).write_all(line)
}

#[cfg(windows)]
fn write(place: Place, line: &[u8]) -> io::Result<()> {
    use std::os::windows::io::AsHandle;

    let handle = match place {
        Place::Stdout => io::stdout().as_handle().try_clone_to_owned(),
        Place::Stderr => io::stderr().as_handle().try_clone_to_owned(),
    };
    std::fs::File::from(handle?).write_all(line)
}
