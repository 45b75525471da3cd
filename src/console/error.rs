//! What can go wrong with the streams and at the terminal.

use std::fmt;
use std::io;

/// What can go wrong with the streams and at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Stdin cannot be what the verb reads.
    #[error("stdin {0}")]
    Input(InputProblem),
    /// What a person answered cannot be taken as an answer.
    #[error("the answer {0}")]
    Answer(InputProblem),
    /// Something must be asked, and nobody is there.
    #[error("{0} is not given, and there is no terminal to ask at")]
    NoTerminal(Missing),
    /// The person ended the questions.
    #[error("stopped; nothing was changed")]
    Stopped,
    /// The answer could not be written.
    #[error("cannot write the answer: {0}")]
    Output(io::ErrorKind),
}

/// What is wrong with stdin, or with an answer at the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputProblem {
    /// Over the limit.
    #[error("holds more than 64 KiB")]
    TooLong,
    /// Not text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A control byte inside the trimmed text.
    #[error("holds a control byte")]
    ControlByte,
    /// Not the JSON of a `store`.
    #[error("is not the JSON object that `store` reads (column {column})")]
    Json {
        /// Where, from 1; 0 where it is unknown.
        column: usize,
    },
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It never ended.
    #[error("did not end within {seconds} s")]
    Silent {
        /// The deadline.
        seconds: u64,
    },
}

/// What a person would have been asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The access key ID.
    Ak,
    /// The secret access key.
    Sk,
    /// The password of an IAM user.
    Password,
    /// The security token of a temporary key.
    SecurityToken,
    /// The answer to any other question.
    Answer,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ak => "the AK",
            Self::Sk => "the SK",
            Self::Password => "the password",
            Self::SecurityToken => "the security token",
            Self::Answer => "an answer",
        })
    }
}
