//! A connection to the session bus that makes calls and answers none.
//!
//! It exists for its deadline: zbus, rustbus and libsecret wait forever for a bus that does not
//! answer. It only talks to a bus of this user or of root.

use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZeroU32;
use std::os::unix::net::UnixStream;

use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use zeroize::Zeroizing;

use super::address::Place;
use super::bus_error::BusError;
use super::call::{Body, Method, call};
use super::message::{self, Kind, Message};
use crate::system::deadline::Deadline;
use crate::system::user::is_me_or_root;

/// The longest line of the handshake, in bytes.
const LINE_LIMIT: usize = 16 * 1024;

/// The serial number of a call that was sent, or that leaves with the next wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call(NonZeroU32);

/// A connection to the bus.
pub(super) struct Bus {
    socket: UnixStream,
    deadline: Deadline,
    unsent: Zeroizing<Vec<u8>>,
    /// Bytes that were received and not read yet. They may hold secrets.
    received: Zeroizing<Vec<u8>>,
    /// The calls that are still unanswered.
    open: Vec<Call>,
    /// Answers that arrived before the answer that was waited for.
    early: Vec<(Call, Message)>,
    last: NonZeroU32,
    hello: Call,
}

impl Bus {
    /// Connects to the first of `places` where somebody listens.
    pub(super) fn connect(places: &[Place], deadline: Deadline) -> Result<Self, BusError> {
        let last = NonZeroU32::MIN;
        let mut bus = Self {
            socket: open_first(places, deadline)?,
            deadline,
            unsent: Zeroizing::default(),
            received: Zeroizing::default(),
            open: Vec::new(),
            early: Vec::new(),
            last,
            hello: Call(last),
        };
        bus.log_in()?;
        let method = Method {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            name: "Hello",
        };
        bus.hello = bus.call(method, &Body::default());
        Ok(bus)
    }

    /// Sets the deadline of everything that follows.
    pub(super) fn until(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// Calls a method. The call is sent with the next wait for an answer.
    pub(super) fn call(&mut self, method: Method<'_>, body: &Body) -> Call {
        let call = self.enqueue(method, body, true);
        self.open.push(call);
        call
    }

    /// Calls a method that needs no answer. The call is sent at once.
    pub(super) fn tell(&mut self, method: Method<'_>, body: &Body) -> Result<(), BusError> {
        self.enqueue(method, body, false);
        self.send()
    }

    /// Waits for the answer to `call`.
    pub(super) fn answer(&mut self, call: Call) -> Result<Message, BusError> {
        self.send()?;
        let early = self.early.iter().position(|(to, _)| *to == call);
        let message = match early {
            Some(at) => self.early.swap_remove(at).1,
            None => self.receive_until(|kind| kind.answers(call))?,
        };
        answered(message)
    }

    /// Waits for the signal `member` of the object at `path`, or for the error of `call`, which
    /// causes the signal. The signal must have been subscribed to before.
    pub(super) fn signal(
        &mut self,
        path: &str,
        member: &str,
        call: Call,
    ) -> Result<Message, BusError> {
        self.send()?;
        let message = self.receive_until(|kind| match kind {
            Kind::Signal {
                path: of,
                member: name,
            } => of == path && name == member,
            Kind::Error(to, _) => *to == call.0,
            _ => false,
        });
        answered(message?)
    }

    /// Forgets the calls that are still unanswered.
    pub(super) fn forget(&mut self) {
        self.open.retain(|call| *call == self.hello);
        self.early.clear();
    }

    fn enqueue(&mut self, method: Method<'_>, body: &Body, wants_answer: bool) -> Call {
        let serial = self.last;
        self.last = serial.checked_add(1).expect("no verb calls that often");
        append(&mut self.unsent, &call(serial, method, body, wants_answer));
        Call(serial)
    }

    fn send(&mut self) -> Result<(), BusError> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        wait_no_longer(&self.socket, Timeout::Send, self.deadline)?;
        let sent = self.socket.write_all(&self.unsent).map_err(failed);
        self.unsent = Zeroizing::default();
        sent
    }

    /// Authenticates as this user, as seen from the other end of the socket.
    fn log_in(&mut self) -> Result<(), BusError> {
        let user = rustix::process::geteuid().as_raw().to_string();
        let named = format!("\0AUTH EXTERNAL {}\r\n", hex::encode(user));
        if !self.say(&named)?.starts_with("OK") {
            // In a user namespace, the bus sees another user ID than this process does. Without an
            // ID in the message, the bus takes the one it sees.
            let line = self.say("AUTH EXTERNAL\r\n")?;
            if !line.starts_with("DATA") || !self.say("DATA\r\n")?.starts_with("OK") {
                return Err(BusError::Protocol("the bus did not let us in".to_owned()));
            }
        }
        // xdg-dbus-proxy 0.1.4 loses what follows BEGIN if it has not seen the OK yet.
        append(&mut self.unsent, b"BEGIN\r\n");
        Ok(())
    }

    /// Sends a line of the handshake and returns the answer.
    fn say(&mut self, line: &str) -> Result<String, BusError> {
        append(&mut self.unsent, line.as_bytes());
        self.send()?;
        let end = loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                break end;
            }
            if self.received.len() > LINE_LIMIT {
                return Err(BusError::Protocol("the handshake has no end".to_owned()));
            }
            self.receive(self.received.len() + 1)?;
        };
        let line = String::from_utf8_lossy(&self.received[..end]).into_owned();
        self.received.drain(..=end);
        Ok(line)
    }

    /// Returns the first message that `wanted` accepts. Keeps answers to other calls, and drops
    /// everything else.
    fn receive_until(&mut self, wanted: impl Fn(&Kind) -> bool) -> Result<Message, BusError> {
        loop {
            let message = self.next()?;
            let is_wanted = wanted(&message.kind);
            let Some(at) = self
                .open
                .iter()
                .position(|call| message.kind.answers(*call))
            else {
                match is_wanted {
                    true => return Ok(message),
                    false => continue,
                }
            };
            let call = self.open.swap_remove(at);
            match (is_wanted, call == self.hello) {
                (true, _) => return Ok(message),
                (false, true) => drop(answered(message)?),
                (false, false) => self.early.push((call, message)),
            }
        }
    }

    fn next(&mut self) -> Result<Message, BusError> {
        let length = loop {
            let wrong = |why: &str| BusError::Protocol(why.to_owned());
            let length = message::length(&self.received).map_err(wrong)?;
            if length <= self.received.len() {
                break length;
            }
            self.receive(length)?;
        };
        let rest = Zeroizing::new(self.received[length..].to_vec());
        let mut bytes = std::mem::replace(&mut self.received, rest);
        bytes.truncate(length);
        Message::read(bytes).map_err(BusError::Protocol)
    }

    /// Receives until `length` bytes are there.
    fn receive(&mut self, length: usize) -> Result<(), BusError> {
        let mut chunk = Zeroizing::new([0; 4096]);
        while self.received.len() < length {
            wait_no_longer(&self.socket, Timeout::Recv, self.deadline)?;
            match self.socket.read(&mut *chunk).map_err(failed)? {
                0 => return Err(BusError::HungUp),
                count => append(&mut self.received, &chunk[..count]),
            }
        }
        Ok(())
    }
}

impl Kind {
    fn answers(&self, call: Call) -> bool {
        matches!(self, Self::Return(to) | Self::Error(to, _) if *to == call.0)
    }
}

fn answered(message: Message) -> Result<Message, BusError> {
    match &message.kind {
        Kind::Error(_, name) => {
            let text = message.values::<String>().unwrap_or_default();
            Err(BusError::Answer(name.clone(), text))
        }
        _ => Ok(message),
    }
}

/// Connects to the first place where somebody listens.
fn open_first(places: &[Place], deadline: Deadline) -> Result<UnixStream, BusError> {
    let mut failure = match places {
        [] => BusError::NotNamed,
        _ => BusError::NotThere,
    };
    for place in places {
        match open(place, deadline) {
            Err(BusError::NotThere) => {}
            Err(error @ BusError::Unsupported(_)) => failure = error,
            result => return result,
        }
    }
    Err(failure)
}

fn open(place: &Place, deadline: Deadline) -> Result<UnixStream, BusError> {
    let address = match place {
        Place::Path(path) => SocketAddrUnix::new(path.as_path()),
        Place::Abstract(name) => SocketAddrUnix::new_abstract_name(name),
        Place::Unsupported(transport) => return Err(BusError::Unsupported(transport.clone())),
    };
    let address = address.map_err(|error| failed(error.into()))?;
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )
    .map(UnixStream::from)
    .map_err(|error| failed(error.into()))?;
    // The send limit also applies to connecting: a bus that accepts nobody would otherwise block
    // forever.
    wait_no_longer(&socket, Timeout::Send, deadline)?;
    connect(&socket, &address).map_err(|error| match io::Error::from(error) {
        error
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            ) =>
        {
            BusError::NotThere
        }
        error => failed(error),
    })?;
    check_peer(&socket)?;
    Ok(socket)
}

/// Fails unless the other end of the socket belongs to this user or to root.
fn check_peer(socket: &UnixStream) -> Result<(), BusError> {
    let owner = socket_peercred(socket)
        .map_err(|error| failed(error.into()))?
        .uid
        .as_raw();
    match is_me_or_root(owner) {
        true => Ok(()),
        false => Err(BusError::Foreign { owner }),
    }
}

fn wait_no_longer(socket: &UnixStream, what: Timeout, deadline: Deadline) -> Result<(), BusError> {
    let left = deadline.left();
    if left.is_zero() {
        return Err(BusError::Silent);
    }
    set_socket_timeout(socket, what, Some(left)).map_err(|error| failed(error.into()))
}

/// Appends `bytes`. If the buffer has to grow, the old one is wiped.
fn append(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let needed = buffer.len() + bytes.len();
    if needed > buffer.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(buffer.capacity() * 2)));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(bytes);
}

fn failed(error: io::Error) -> BusError {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => BusError::Silent,
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            BusError::HungUp
        }
        kind => BusError::System(kind),
    }
}
