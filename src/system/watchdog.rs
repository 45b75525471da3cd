//! Ends a process that hangs. On a disk that does not answer, any call can block in spite of our
//! deadlines.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// The time after its deadline at which a verb is ended, so that whatever keeps the deadline can
/// report first.
const GRACE: Duration = Duration::from_secs(1);

/// The stack of a thread that only sleeps and writes a line, in bytes.
const STACK: usize = 32 * 1024;

/// Where the last line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Docker shows what is on stdout.
    Stdout,
    /// A kubelet logs what is on stderr.
    Stderr,
}

/// Ends this process with an error shortly after `limit`, unless it has ended before. If the system
/// cannot start a thread, the login still goes on.
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

/// Uses its own handle: the usual one may be locked by the thread that hangs.
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
