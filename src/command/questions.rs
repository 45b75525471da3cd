//! Questions to a person at the terminal.

use std::io::{self, ErrorKind};

use super::error::{Error, Result};
use super::message::hint;
use crate::console::error::{ConsoleError, InputProblem, Missing};
use crate::console::person::Person;

/// Asks until `accept` accepts the answer. The reason for a refusal is shown.
pub(super) fn ask_until<T>(
    person: &mut Person<'_>,
    question: &str,
    accept: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        match accept(&answer(person, question)?) {
            Ok(value) => return Ok(value),
            Err(error) => complain(person, &error),
        }
    }
}

/// Asks once; the end of the input is an error.
pub(super) fn answer(person: &mut Person<'_>, question: &str) -> Result<String> {
    let answer = person.ask(question).map_err(stopped)?;
    Ok(answer.ok_or(ConsoleError::Stopped)?)
}

/// Asks whether to go on. Only a yes counts as one.
pub(super) fn agreed(person: &mut Person<'_>, question: &str) -> Result<bool> {
    let answer = person.ask(&format!("{question} [y/N]")).map_err(stopped)?;
    let answer = answer.unwrap_or_default().to_ascii_lowercase();
    Ok(matches!(&*answer, "y" | "yes"))
}

pub(super) fn complain(person: &mut Person<'_>, error: &Error) {
    let hint = hint(error).map(|hint| format!(" ({hint})"));
    person.tell(&format!("{error}{}", hint.unwrap_or_default()));
}

pub(super) fn stopped(error: io::Error) -> ConsoleError {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => ConsoleError::Stopped,
        ErrorKind::InvalidData => ConsoleError::Answer(InputProblem::NotUtf8),
        ErrorKind::FileTooLarge => ConsoleError::Answer(InputProblem::TooLong),
        _ => ConsoleError::NoTerminal(Missing::Answer),
    }
}
