//! Errors of the streams and the terminal.

use std::fmt;
use std::io;

/// What can go wrong with the streams and the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Stdin does not hold what the verb reads.
    #[error("stdin {0}")]
    Input(InputProblem),
    /// An answer at the terminal is not usable.
    #[error("the answer {0}")]
    Answer(InputProblem),
    /// A question is necessary, and there is no terminal.
    #[error("{0} is missing, and there is no terminal to ask for it")]
    NoTerminal(Missing),
    /// The person ended the dialogue.
    #[error("stopped; nothing was changed")]
    Stopped,
    /// The answer could not be written.
    #[error("cannot write the answer: {0}")]
    Output(io::ErrorKind),
}

/// What is wrong with stdin or with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputProblem {
    /// It is larger than the limit.
    #[error("holds more than 64 KiB")]
    TooLong,
    /// It is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// It holds a control byte.
    #[error("holds a control byte")]
    ControlByte,
    /// It is not the JSON of a `store`.
    #[error("is not the JSON object that `store` reads (column {column})")]
    Json {
        /// The column of the mistake, counted from 1; 0 if unknown.
        column: usize,
    },
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It did not end before the deadline.
    #[error("did not end within {seconds} s")]
    Silent {
        /// The time that was allowed, in seconds.
        seconds: u64,
    },
}

/// What a person would be asked for.
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
