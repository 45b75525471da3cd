//! A connection to the session bus that does nothing but ask and wait for answers.
//!
//! zbus writes and reads the messages. Its own connection starts three threads and waits for every
//! step of the handshake, and that took longer than all that the keyring does. Here the handshake
//! and the first calls leave in one write, as the D-Bus specification allows ("Authentication
//! Protocol": a client may send `BEGIN` without waiting), and every wait ends at the deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZeroU32;
use std::os::unix::net::UnixStream;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use zbus::Address;
use zbus::address::transport::{Transport, UnixSocket};
use zbus::message::{Header, Message, Type};
use zbus::zvariant::serialized::{Context, Data};
use zbus::zvariant::{DynamicDeserialize, DynamicType, Endian};
use zeroize::Zeroizing;

use crate::environment::Deadline;

/// The longest message that the specification allows, in bytes.
const MESSAGE_LIMIT: usize = 128 * 1024 * 1024;

/// The longest line of the handshake, in bytes.
const LINE_LIMIT: usize = 16 * 1024;

/// The part of a header whose length is fixed, with the length of the rest.
const FIXED_HEADER: usize = 16;

/// Why a call has no answer.
#[derive(Debug)]
pub(super) enum BusError {
    /// Nobody listens, or the bus hung up.
    Dead,
    /// The deadline passed.
    Silent,
    /// An error was the answer: its name and its text.
    Answer(String, String),
    /// What came is not what D-Bus is.
    Protocol(String),
}

/// The number of a call that was sent, or will be with the next one that is waited for.
pub(super) struct Call(NonZeroU32);

/// A connection on which this process asks and nobody asks this process.
pub(super) struct Bus {
    socket: UnixStream,
    deadline: Deadline,
    unsent: Vec<u8>,
    /// What came and was not looked at yet. It may hold secrets.
    received: Zeroizing<Vec<u8>>,
    /// Answers that came before another that was waited for.
    early: Vec<Answer>,
    hello: NonZeroU32,
    authenticated: bool,
}

impl Bus {
    /// Connects to the bus at `address`.
    pub(super) fn connect(address: &Address, deadline: Deadline) -> Result<Self, BusError> {
        let hello = message(
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "Hello",
            &(),
        )?;
        let user = rustix::process::geteuid().as_raw().to_string();
        let handshake = format!("\0AUTH EXTERNAL {}\r\nBEGIN\r\n", hex::encode(user));
        let mut bus = Self {
            socket: open(address, deadline)?,
            deadline,
            unsent: handshake.into_bytes(),
            received: Zeroizing::default(),
            early: Vec::new(),
            hello: hello.primary_header().serial_num(),
            authenticated: false,
        };
        bus.unsent.extend_from_slice(hello.data());
        Ok(bus)
    }

    /// From now on, waits until `deadline`.
    pub(super) fn until(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// Calls a method; the call leaves with the next wait for an answer.
    pub(super) fn call<B: serde::Serialize + DynamicType>(
        &mut self,
        destination: &str,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Call, BusError> {
        let message = message(destination, path, interface, method, body)?;
        self.unsent.extend_from_slice(message.data());
        Ok(Call(message.primary_header().serial_num()))
    }

    /// Waits for the answer to `call`.
    pub(super) fn answer<R>(&mut self, call: &Call) -> Result<R, BusError>
    where
        R: for<'de> DynamicDeserialize<'de>,
    {
        self.send()?;
        if let Some(at) = self.early.iter().position(|early| early.to == call.0) {
            return self.early.swap_remove(at).result();
        }
        loop {
            let Some(answer) = self.next()? else { continue };
            if answer.to == call.0 {
                return answer.result();
            }
            if answer.to != self.hello {
                self.early.push(answer);
            } else if answer.is_error {
                return answer.result();
            }
        }
    }

    fn send(&mut self) -> Result<(), BusError> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        wait_no_longer(&self.socket, Timeout::Send, self.deadline)?;
        self.socket.write_all(&self.unsent).map_err(failed)?;
        self.unsent.clear();
        Ok(())
    }

    /// Returns the next message if it is an answer.
    fn next(&mut self) -> Result<Option<Answer>, BusError> {
        if !self.authenticated {
            self.read_handshake()?;
        }
        self.receive(FIXED_HEADER)?;
        let fixed: &[u8; FIXED_HEADER] = self
            .received
            .first_chunk()
            .expect("as many bytes as were received");
        let endian = match fixed[0] {
            b'l' => Endian::Little,
            b'B' => Endian::Big,
            _ => return Err(BusError::Protocol("a message has no byte order".into())),
        };
        let body = (FIXED_HEADER + number(fixed, 12, endian)).next_multiple_of(8);
        let length = body + number(fixed, 4, endian);
        if length > MESSAGE_LIMIT {
            return Err(BusError::Protocol("a message is too long".into()));
        }
        self.receive(length)?;
        let rest = Zeroizing::new(self.received[length..].to_vec());
        let mut bytes = std::mem::replace(&mut self.received, rest);
        bytes.truncate(length);
        Answer::of(bytes, body, endian)
    }

    fn read_handshake(&mut self) -> Result<(), BusError> {
        let end = loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                break end;
            }
            if self.received.len() > LINE_LIMIT {
                return Err(BusError::Protocol("the handshake has no end".into()));
            }
            self.receive(self.received.len() + 1)?;
        };
        if !self.received.starts_with(b"OK ") {
            return Err(BusError::Protocol("the bus did not let us in".into()));
        }
        self.received.drain(..=end);
        self.authenticated = true;
        Ok(())
    }

    /// Receives until there are `length` bytes.
    fn receive(&mut self, length: usize) -> Result<(), BusError> {
        let mut chunk = Zeroizing::new([0; 4096]);
        while self.received.len() < length {
            wait_no_longer(&self.socket, Timeout::Recv, self.deadline)?;
            match self.socket.read(&mut *chunk).map_err(failed)? {
                0 => return Err(BusError::Dead),
                count => append(&mut self.received, &chunk[..count], length),
            }
        }
        Ok(())
    }
}

/// The answer to a call.
struct Answer {
    to: NonZeroU32,
    is_error: bool,
    bytes: Zeroizing<Vec<u8>>,
    body: usize,
    endian: Endian,
}

impl Answer {
    /// Returns the message in `bytes` if it is an answer; signals are none.
    fn of(
        bytes: Zeroizing<Vec<u8>>,
        body: usize,
        endian: Endian,
    ) -> Result<Option<Self>, BusError> {
        let (to, is_error) = {
            let data = Data::new(&bytes[..], Context::new_dbus(endian, 0));
            let (header, _): (Header<'_>, _) = data.deserialize().map_err(malformed)?;
            (header.reply_serial(), header.message_type() == Type::Error)
        };
        Ok(to.map(|to| Self {
            to,
            is_error,
            bytes,
            body,
            endian,
        }))
    }

    fn result<R: for<'de> DynamicDeserialize<'de>>(self) -> Result<R, BusError> {
        let data = Data::new(&self.bytes[..], Context::new_dbus(self.endian, 0));
        let (header, _): (Header<'_>, _) = data.deserialize().map_err(malformed)?;
        let body = Data::new(&self.bytes[self.body..], Context::new_dbus(self.endian, 0));
        if self.is_error {
            let name = header.error_name().map(ToString::to_string);
            let text = body.deserialize::<String>().map(|(text, _)| text);
            return Err(BusError::Answer(
                name.unwrap_or_default(),
                text.unwrap_or_default(),
            ));
        }
        body.deserialize_for_dynamic_signature(header.signature())
            .map(|(result, _)| result)
            .map_err(malformed)
    }
}

fn message<B: serde::Serialize + DynamicType>(
    destination: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<Message, BusError> {
    Message::method_call(path, method)
        .and_then(|message| message.destination(destination))
        .and_then(|message| message.interface(interface))
        .and_then(|message| message.build(body))
        .map_err(|error| BusError::Protocol(error.to_string()))
}

/// Opens the socket of the bus. `plain` secrets go only where nobody but this host can listen.
fn open(address: &Address, deadline: Deadline) -> Result<UnixStream, BusError> {
    let place = match address.transport() {
        Transport::Unix(unix) => match unix.path() {
            UnixSocket::File(path) => SocketAddrUnix::new(path.as_path()),
            #[cfg(target_os = "linux")]
            UnixSocket::Abstract(name) => {
                SocketAddrUnix::new_abstract_name(name.as_encoded_bytes())
            }
            _ => return Err(BusError::Dead),
        },
        _ => return Err(BusError::Protocol("it is not a unix socket".into())),
    };
    let open = || {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        Ok(UnixStream::from(socket))
    };
    let socket = open().map_err(failed)?;
    // The limit for sending is that for connecting: a bus that accepts nobody would hold us for ever.
    wait_no_longer(&socket, Timeout::Send, deadline)?;
    place
        .and_then(|place| connect(&socket, &place))
        .map_err(|error| failed(error.into()))?;
    Ok(socket)
}

fn wait_no_longer(socket: &UnixStream, what: Timeout, deadline: Deadline) -> Result<(), BusError> {
    let left = deadline.left();
    if left.is_zero() {
        return Err(BusError::Silent);
    }
    set_socket_timeout(socket, what, Some(left)).map_err(|error| failed(error.into()))
}

/// Appends `bytes`, leaving no copy behind where the buffer has to move; `length` bytes are expected.
fn append(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8], length: usize) {
    let needed = buffer.len() + bytes.len();
    if needed > buffer.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(
            needed
                .max(buffer.capacity() * 2)
                .max(length.min(LINE_LIMIT)),
        ));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(bytes);
}

fn number(header: &[u8; FIXED_HEADER], at: usize, endian: Endian) -> usize {
    let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
    let number = match endian {
        Endian::Little => u32::from_le_bytes(bytes),
        Endian::Big => u32::from_be_bytes(bytes),
    };
    // Any number past the limit is as good as another.
    usize::try_from(number).map_or(MESSAGE_LIMIT, |number| number.min(MESSAGE_LIMIT))
}

fn malformed(error: zbus::zvariant::Error) -> BusError {
    BusError::Protocol(error.to_string())
}

fn failed(error: io::Error) -> BusError {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => BusError::Silent,
        _ => BusError::Dead,
    }
}
