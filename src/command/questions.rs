//! Questions to a person at the terminal.

use std::io::{self, ErrorKind};

use crate::error::{Error, InputProblem, Result};
use crate::terminal::Terminal;

/// Asks until `accept` takes the answer; what it says against one is shown.
pub(super) fn ask_until<T>(
    terminal: &mut dyn Terminal,
    stderr: &mut dyn io::Write,
    question: &str,
    accept: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        let answer = terminal
            .ask(question)
            .map_err(stopped)?
            .ok_or(Error::Stopped)?;
        match accept(&answer) {
            Ok(value) => return Ok(value),
            Err(error) => complain(stderr, &error),
        }
    }
}

pub(super) fn complain(stderr: &mut dyn io::Write, error: &Error) {
    let hint = error
        .hint()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    let _ = writeln!(stderr, "{error}{hint}");
}

pub(super) fn stopped(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => Error::Stopped,
        ErrorKind::InvalidData => Error::Answer(InputProblem::NotUtf8),
        ErrorKind::FileTooLarge => Error::Answer(InputProblem::TooLong),
        _ => Error::NoTerminal("an answer"),
    }
}
