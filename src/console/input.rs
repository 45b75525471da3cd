//! Reads the input of a verb, within its deadline.

use std::io::Read;

use zeroize::Zeroizing;

use super::error::{ConsoleError, InputProblem};
use crate::system::deadline::Deadline;

/// The longest input that is read, in bytes.
pub const INPUT_LIMIT: usize = 64 * 1024;

/// The usual size of the buffer, in bytes; nearly every input fits. Wiping a larger buffer would
/// take longer than the rest of a `get`.
const USUAL_INPUT: usize = 1024;

/// An input that is read once and completely.
pub trait Input: Send {
    /// Reads everything until the deadline, or without a time limit if there is none.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Input`] if it does not end in time, is too long or cannot be read.
    fn read_whole(
        self: Box<Self>,
        deadline: Option<Deadline>,
    ) -> Result<Zeroizing<Vec<u8>>, ConsoleError>;
}

/// A read that blocks runs on a thread of its own.
impl<R: Read + Send + 'static> Input for R {
    fn read_whole(
        mut self: Box<Self>,
        deadline: Option<Deadline>,
    ) -> Result<Zeroizing<Vec<u8>>, ConsoleError> {
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
pub fn of_process() -> Box<dyn Input> {
    Box::new(std::io::stdin())
}

/// Returns the stdin of this process.
#[cfg(unix)]
pub fn of_process() -> Box<dyn Input> {
    Box::new(polled::Stdin)
}

/// What Windows PowerShell writes in front of UTF-8 that it pipes.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads all of stdin, but for a byte order mark in front.
///
/// # Errors
///
/// Any error of reading, or [`InputProblem::TooLong`] beyond [`INPUT_LIMIT`].
pub fn read_input(stdin: &mut dyn Read) -> Result<Zeroizing<Vec<u8>>, ConsoleError> {
    let mut input = Zeroizing::new(Vec::with_capacity(USUAL_INPUT));
    loop {
        let room = input.capacity() - input.len();
        let read = stdin.take(room as u64).read_to_end(&mut input);
        read.map_err(|error| ConsoleError::Input(InputProblem::Unreadable(error.kind())))?;
        if input.len() < input.capacity() || input.len() > INPUT_LIMIT {
            break;
        }
        // Copied by hand, because growing the buffer would leave a copy of a secret behind.
        let mut larger = Zeroizing::new(Vec::with_capacity(INPUT_LIMIT + 1));
        larger.extend_from_slice(&input);
        input = larger;
    }
    if input.len() > INPUT_LIMIT {
        return Err(ConsoleError::Input(InputProblem::TooLong));
    }
    if input.starts_with(BYTE_ORDER_MARK) {
        input.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(input)
}

fn silent(deadline: Deadline) -> ConsoleError {
    ConsoleError::Input(InputProblem::Silent {
        seconds: deadline.limit().as_secs(),
    })
}

/// This needs no thread. Starting and ending one would take a seventh of a `get` without a keyring.
#[cfg(unix)]
mod polled {
    use std::io::ErrorKind;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    use super::*;

    pub(super) struct Stdin;

    impl Input for Stdin {
        fn read_whole(
            self: Box<Self>,
            deadline: Option<Deadline>,
        ) -> Result<Zeroizing<Vec<u8>>, ConsoleError> {
            let result = read_input(&mut Polled(deadline));
            match (result, deadline) {
                (
                    Err(ConsoleError::Input(InputProblem::Unreadable(ErrorKind::TimedOut))),
                    Some(deadline),
                ) => Err(silent(deadline)),
                (result, _) => result,
            }
        }
    }

    /// Stdin, polled until the deadline before each read.
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
                    // Another process shares stdin and read it first.
                    Err(Errno::AGAIN) => {}
                    result => return Ok(result?),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_it() {
        let input = read_input(&mut &b"\xef\xbb\xbfname\r\n"[..]).expect("in bounds");
        assert_eq!(&input[..], b"name\r\n");
        let input = read_input(&mut &b"\xef\xbbname"[..]).expect("in bounds");
        assert_eq!(&input[..], b"\xef\xbbname");
    }

    #[test]
    fn input_is_limited_in_size() {
        assert_eq!(
            read_input(&mut &[b'a'; INPUT_LIMIT][..])
                .expect("in bounds")
                .len(),
            INPUT_LIMIT
        );
        let error = read_input(&mut std::io::repeat(b'a')).expect_err("too long");
        assert!(matches!(error, ConsoleError::Input(InputProblem::TooLong)));
    }
}
