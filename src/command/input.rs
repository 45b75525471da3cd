//! What a verb reads, until its deadline.

use std::io::Read;

use zeroize::Zeroizing;

use crate::environment::Deadline;
use crate::error::{Error, InputProblem, Result};
use crate::protocol::read_input;

/// Something that is read once, and whole.
pub trait Input: Send {
    /// Reads all of it until the deadline, or as long as it takes where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if it does not end in time, is too long, or cannot be read.
    fn read_whole(self: Box<Self>, deadline: Option<Deadline>) -> Result<Zeroizing<Vec<u8>>>;
}

/// A read that blocks has a thread of its own.
impl<R: Read + Send + 'static> Input for R {
    fn read_whole(mut self: Box<Self>, deadline: Option<Deadline>) -> Result<Zeroizing<Vec<u8>>> {
        match deadline {
            None => read_input(&mut self),
            Some(deadline) => deadline
                .run(move || read_input(&mut self))
                .unwrap_or(Err(silent(deadline))),
        }
    }
}

/// Returns the stdin of this process.
#[cfg(not(unix))]
pub(super) fn of_process() -> Box<dyn Input> {
    Box::new(std::io::stdin())
}

/// Returns the stdin of this process.
#[cfg(unix)]
pub(super) fn of_process() -> Box<dyn Input> {
    Box::new(polled::Stdin)
}

fn silent(deadline: Deadline) -> Error {
    Error::Input(InputProblem::Silent {
        seconds: deadline.limit().as_secs(),
    })
}

/// Without a thread, whose start and end are a seventh of the time of a `get` that needs no keyring.
#[cfg(unix)]
mod polled {
    use std::io::ErrorKind;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    use super::*;

    pub(super) struct Stdin;

    impl Input for Stdin {
        fn read_whole(self: Box<Self>, deadline: Option<Deadline>) -> Result<Zeroizing<Vec<u8>>> {
            let result = read_input(&mut Polled(deadline));
            match (result, deadline) {
                (
                    Err(Error::Input(InputProblem::Unreadable(ErrorKind::TimedOut))),
                    Some(deadline),
                ) => Err(silent(deadline)),
                (result, _) => result,
            }
        }
    }

    /// Stdin, each piece of which is waited for until the deadline.
    struct Polled(Option<Deadline>);

    impl Read for Polled {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let stdin = rustix::stdio::stdin();
            loop {
                let left = self
                    .0
                    .map(|deadline| Timespec::try_from(deadline.left()))
                    .transpose()
                    .map_err(|_| Errno::INVAL)?;
                let mut wanted = [PollFd::new(&stdin, PollFlags::IN)];
                match poll(&mut wanted, left.as_ref()) {
                    Ok(0) => return Err(ErrorKind::TimedOut.into()),
                    Ok(_) => {}
                    Err(Errno::INTR) => continue,
                    Err(error) => return Err(error.into()),
                }
                match rustix::io::read(stdin, &mut *buffer) {
                    // Another process shares it, and was faster.
                    Err(Errno::AGAIN) => {}
                    result => return Ok(result?),
                }
            }
        }
    }
}
