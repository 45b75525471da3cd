//! Why the bus gave no answer.

use std::io::ErrorKind;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BusError {
    /// No bus is named.
    NotNamed,
    /// Nothing is at the address: no such file, or nobody listens.
    NotThere,
    /// The address cannot be read: whose it is, and why.
    Address(String),
    /// The address names a transport that is not a unix socket.
    Unsupported(String),
    /// The bus is not this user's.
    Foreign {
        /// Whose it is.
        owner: u32,
    },
    /// The deadline passed.
    Silent,
    /// The bus went away behind the connection.
    HungUp,
    /// An error was the answer: its name and its text.
    Answer(String, String),
    /// What came is not what D-Bus is.
    Protocol(String),
    /// The system refused something else.
    System(ErrorKind),
}
