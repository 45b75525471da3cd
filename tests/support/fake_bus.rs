//! A bus with a keyring on it that holds one login, and that can misbehave at any step.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use super::Sandbox;

/// The ways in which it misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Not at all.
    Plain,
    /// It writes its numbers with the highest byte first.
    BigEndian,
    /// It sends each byte by itself.
    ByteByByte,
    /// It says other things before each answer: signals with the number of the call, messages of no
    /// known kind, answers that nobody asked for.
    Chatty,
    /// It sends so many megabytes of answers that nobody asked for.
    Flooding(usize),
    /// It hangs up in place of its answer of this number; the first two are of the handshake.
    HangsUp(usize),
    /// It lets nobody open a session.
    WithoutSessions,
    /// It announces a message that is longer than any.
    Boasting,
}

/// The number of times that a whole `get` is answered.
pub(crate) const STEPS: usize = 13;

/// Listens in `sandbox` for as long as the test process runs.
pub(crate) fn listen(sandbox: &mut Sandbox, manner: Manner, record: &'static str) {
    let path = sandbox.path("run/fake");
    // Left by the previous bus of the same test.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    sandbox.set(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", path.display()),
    );
    thread::spawn(move || {
        for connection in listener.incoming() {
            let talk = Talk {
                socket: connection.unwrap(),
                manner,
                record,
                step: 0,
            };
            thread::spawn(move || talk.run());
        }
    });
}

struct Talk {
    socket: UnixStream,
    manner: Manner,
    record: &'static str,
    step: usize,
}

impl Talk {
    /// Ends when the other side does, or when it hangs up itself.
    fn run(mut self) -> Option<()> {
        if self.hangs_up() {
            return None;
        }
        self.line()?;
        self.send(b"OK 00000000000000000000000000000000\r\n")?;
        assert_eq!(self.line()?, "BEGIN");
        loop {
            let call = self.message()?;
            if self.hangs_up() {
                return None;
            }
            let serial = u32::from_le_bytes(call[8..12].try_into().unwrap());
            self.misbehave(serial)?;
            let answer = self.answer(&call, serial);
            self.send(&answer)?;
        }
    }

    fn hangs_up(&mut self) -> bool {
        self.step += 1;
        self.manner == Manner::HangsUp(self.step)
    }

    fn misbehave(&mut self, serial: u32) -> Option<()> {
        match self.manner {
            Manner::Chatty => {
                let mut signal = self.body();
                signal.text("noise");
                self.send(&self.of_kind(4, serial, b"s", &signal))?;
                self.send(&self.of_kind(9, serial, b"", &self.body()))?;
                self.send(&self.of_kind(2, serial + 100, b"s", &signal))
            }
            Manner::Flooding(megabytes) => {
                let mut body = self.body();
                body.text(&"x".repeat(1 << 20));
                let unasked = self.of_kind(2, serial + 100, b"s", &body);
                (0..megabytes).try_for_each(|_| self.send(&unasked))?;
                self.manner = Manner::Plain;
                Some(())
            }
            Manner::Boasting => {
                let mut header = self.of_kind(2, serial, b"s", &self.body());
                header[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
                self.send(&header)
            }
            _ => Some(()),
        }
    }

    fn answer(&self, call: &[u8], serial: u32) -> Vec<u8> {
        let mut body = self.body();
        let says = |word: &str| call.windows(word.len()).any(|part| part == word.as_bytes());
        let signature: &[u8] = if says("Hello") {
            body.text(":1.7");
            b"s"
        } else if says("GetNameOwner") {
            body.text("nobody has that name");
            return self.of_kind(3, serial, b"s", &body);
        } else if says("Collections") {
            body.variant(b"ao");
            body.array(4, |body| body.text("/c"));
            b"v"
        } else if says("ReadAlias") {
            body.text("/c");
            b"o"
        } else if says("Locked") {
            body.variant(b"b");
            body.number(0);
            b"v"
        } else if says("SearchItems") {
            body.array(4, |body| body.text("/c/1"));
            b"ao"
        } else if says("OpenSession") && self.manner == Manner::WithoutSessions {
            body.text("no");
            return self.of_kind(3, serial, b"s", &body);
        } else if says("OpenSession") {
            body.variant(b"s");
            body.text("");
            body.text("/s");
            b"vo"
        } else if says("GetSecrets") {
            let record = self.record.as_bytes();
            body.array(8, |body| {
                body.text("/c/1");
                body.align(8);
                body.text("/s");
                body.number(0);
                body.number(record.len());
                body.bytes.extend(record);
                body.text("text/plain");
            });
            b"a{o(oayays)}"
        } else {
            panic!(
                "asked for something else: {}",
                String::from_utf8_lossy(call)
            );
        };
        self.of_kind(2, serial, signature, &body)
    }

    /// Returns a message of this kind that answers the call `serial`.
    fn of_kind(&self, kind: u8, serial: u32, signature: &[u8], body: &Body) -> Vec<u8> {
        let mut message = self.body();
        let order = if message.is_big { b'B' } else { b'l' };
        message.bytes.extend([order, kind, 0, 1]);
        message.number(body.bytes.len());
        message.number(1);
        message.array(8, |fields| {
            let texts: &[(u8, &[u8], &str)] = match kind {
                3 => &[(4, b"s", "org.example.Error")],
                4 => &[
                    (1, b"o", "/c"),
                    (2, b"s", "org.example"),
                    (3, b"s", "Noise"),
                ],
                _ => &[],
            };
            for (code, kind, text) in texts {
                fields.align(8);
                fields.bytes.push(*code);
                fields.variant(kind);
                fields.text(text);
            }
            fields.align(8);
            fields.bytes.push(5);
            fields.variant(b"u");
            fields.number(serial as usize);
            if !signature.is_empty() {
                fields.align(8);
                fields.bytes.push(8);
                fields.variant(b"g");
                fields.variant(signature);
            }
        });
        message.align(8);
        message.bytes.extend(&body.bytes);
        message.bytes
    }

    fn body(&self) -> Body {
        Body {
            bytes: Vec::new(),
            is_big: self.manner == Manner::BigEndian,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Option<()> {
        match self.manner {
            Manner::ByteByByte => bytes
                .iter()
                .try_for_each(|byte| self.socket.write_all(&[*byte])),
            _ => self.socket.write_all(bytes),
        }
        .ok()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(self.take(1)?);
        }
        Some(String::from_utf8_lossy(&line).trim().to_owned())
    }

    fn message(&mut self) -> Option<Vec<u8>> {
        let mut message = self.take(16)?;
        let number =
            |at: usize| u32::from_le_bytes(message[at..at + 4].try_into().unwrap()) as usize;
        let rest = (16 + number(12)).next_multiple_of(8) + number(4) - 16;
        let rest = self.take(rest)?;
        message.extend(rest);
        Some(message)
    }

    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.socket.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// Values as D-Bus has them.
struct Body {
    bytes: Vec<u8>,
    is_big: bool,
}

impl Body {
    fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, number: usize) {
        self.align(4);
        let number = self.in_order(number);
        self.bytes.extend(number);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
    }

    fn variant(&mut self, signature: &[u8]) {
        self.bytes.push(signature.len().try_into().unwrap());
        self.bytes.extend(signature);
        self.bytes.push(0);
    }

    fn array(&mut self, alignment: usize, elements: impl FnOnce(&mut Self)) {
        self.number(0);
        let place = self.bytes.len() - 4;
        self.align(alignment);
        let start = self.bytes.len();
        elements(self);
        let length = self.in_order(self.bytes.len() - start);
        self.bytes[place..place + 4].copy_from_slice(&length);
    }

    fn in_order(&self, number: usize) -> [u8; 4] {
        let number: u32 = number.try_into().unwrap();
        if self.is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
}
