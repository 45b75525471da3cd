//! What `get` and `erase` read: the server URL is what stands between white space, and has no
//! control byte.

use std::io::Read;

use docker_credential_swr::command::error::Error;
use docker_credential_swr::command::protocol::parse_server_url;
use docker_credential_swr::console::error::ConsoleError;
use docker_credential_swr::console::input::{INPUT_LIMIT, read_input};

/// Holds for any bytes on stdin.
pub fn holds(input: &[u8]) {
    is_read_whole(input);
    let trimmed = std::str::from_utf8(input).map(str::trim);
    match parse_server_url(input) {
        Ok(server_url) => {
            assert_eq!(Ok(server_url), trimmed);
            assert!(!server_url.is_empty());
            assert!(!server_url.bytes().any(|byte| byte < b' ' || byte == 0x7f));
            assert_eq!(
                parse_server_url(server_url.as_bytes()).ok(),
                Some(server_url)
            );
        }
        Err(Error::NoServerUrl) => assert_eq!(trimmed, Ok("")),
        Err(Error::Console(ConsoleError::Input(_))) => {
            let is_clean = |text: &str| !text.bytes().any(|byte| byte < b' ' || byte == 0x7f);
            assert!(!trimmed.is_ok_and(is_clean), "{trimmed:?} was refused");
        }
        Err(error) => panic!("{error}"),
    }
}

/// However the bytes come, they are read as they are, up to the limit.
fn is_read_whole(input: &[u8]) {
    let step = input.first().map_or(1, |byte| 1 + usize::from(*byte));
    let read = read_input(&mut Dribble { input, step });
    match read {
        Ok(read) => assert_eq!(&read[..], input),
        Err(_) => assert!(input.len() > INPUT_LIMIT),
    }
}

/// Gives a few bytes at a time.
struct Dribble<'a> {
    input: &'a [u8],
    step: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let room = buffer.len().min(self.step);
        self.input.read(&mut buffer[..room])
    }
}
