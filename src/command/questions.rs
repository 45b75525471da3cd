//! Questions to a person at the terminal.

use std::io::{self, ErrorKind};

use super::error::{Error, Result};
use super::message::hint;
use crate::console::clean::tell;
use crate::console::error::{ConsoleError, InputProblem, Missing};
use crate::console::terminal::Terminal;

/// Asks until `accept` accepts the answer. The reason for a refusal is shown.
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
            .ok_or(ConsoleError::Stopped)?;
        match accept(&answer) {
            Ok(value) => return Ok(value),
            Err(error) => complain(stderr, &error),
        }
    }
}

/// Asks whether to go on. Only a yes counts as one.
pub(super) fn agreed(terminal: &mut dyn Terminal, question: &str) -> Result<bool> {
    let answer = terminal
        .ask(&format!("{question} [y/N] "))
        .map_err(stopped)?;
    let answer = answer.unwrap_or_default().to_ascii_lowercase();
    Ok(matches!(&*answer, "y" | "yes"))
}

pub(super) fn complain(stderr: &mut dyn io::Write, error: &Error) {
    let hint = hint(error).map(|hint| format!(" ({hint})"));
    let line = format!("{error}{}", hint.unwrap_or_default());
    tell(stderr, &line);
}

pub(super) fn stopped(error: io::Error) -> ConsoleError {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => ConsoleError::Stopped,
        ErrorKind::InvalidData => ConsoleError::Answer(InputProblem::NotUtf8),
        ErrorKind::FileTooLarge => ConsoleError::Answer(InputProblem::TooLong),
        _ => ConsoleError::NoTerminal(Missing::Answer),
    }
}
