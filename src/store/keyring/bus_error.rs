//! Errors of the bus.

use std::io::ErrorKind;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BusError {
    /// There is no address of a bus.
    NotNamed,
    /// There is no such file, or nobody listens there.
    NotThere,
    /// The address is malformed; the text names the variable and the mistake.
    Address(String),
    /// The address uses a transport other than a unix socket.
    Unsupported(String),
    /// The bus belongs to another user.
    Foreign {
        /// The user ID of its owner.
        owner: u32,
    },
    /// The deadline passed.
    Silent,
    /// The bus closed the connection.
    HungUp,
    /// The answer is an error, with this name and text.
    Answer(String, String),
    /// The bus sent something that is not D-Bus.
    Protocol(String),
    /// Any other error of the system.
    System(ErrorKind),
}
