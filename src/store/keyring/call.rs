//! Writes the calls that are sent over D-Bus. Source: the D-Bus specification, "Marshaling" and
//! "Message Format".
//!
//! zvariant, which reads the answers, leaves copies of what it writes in memory. What is written
//! here may be a secret.

use std::num::NonZeroU32;

use zeroize::Zeroizing;

/// The method to call, and the object that has it.
#[derive(Clone, Copy)]
pub(super) struct Method<'a> {
    pub(super) destination: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) name: &'a str,
}

/// The flag of a call that wants no answer.
const NO_REPLY_EXPECTED: u8 = 1;

/// Returns the bytes of a call.
pub(super) fn call(
    serial: NonZeroU32,
    method: Method<'_>,
    body: &Body,
    wants_answer: bool,
) -> Zeroizing<Vec<u8>> {
    let flags = if wants_answer { 0 } else { NO_REPLY_EXPECTED };
    let mut header = Writer::with_room_for(512 + body.values.0.len());
    // Little endian, a call, and the protocol's version.
    header.0.extend([b'l', 1, flags, 1]);
    header.number(body.values.0.len());
    header.0.extend(serial.get().to_le_bytes());
    header.array(8, |fields| {
        let texts = [
            (1, b'o', method.path),
            (2, b's', method.interface),
            (3, b's', method.name),
            (6, b's', method.destination),
        ];
        for (code, kind, text) in texts {
            fields.align(8);
            fields.0.push(code);
            fields.signature(&[kind]);
            fields.text(text);
        }
        if !body.signature.is_empty() {
            fields.align(8);
            fields.0.push(8);
            fields.signature(b"g");
            fields.signature(&body.signature);
        }
    });
    header.align(8);
    header.append(&body.values.0);
    header.0
}

/// The arguments of a call.
#[derive(Default)]
pub(super) struct Body {
    signature: Vec<u8>,
    values: Writer,
}

impl Body {
    /// Adds a string.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.signature.push(b's');
        self.values.text(text);
        self
    }

    /// Adds a string as a variant.
    pub(super) fn any_text(mut self, text: &str) -> Self {
        self.signature.push(b'v');
        self.values.signature(b"s");
        self.values.text(text);
        self
    }

    /// Adds a boolean.
    pub(super) fn flag(mut self, flag: bool) -> Self {
        self.signature.push(b'b');
        self.values.number(usize::from(flag));
        self
    }

    /// Adds an array of object paths.
    pub(super) fn paths<'a>(mut self, paths: impl IntoIterator<Item = &'a str>) -> Self {
        self.signature.extend(b"ao");
        self.values.array(4, |values| {
            paths.into_iter().for_each(|path| values.text(path))
        });
        self
    }

    /// Adds an object path.
    pub(super) fn path(mut self, path: &str) -> Self {
        self.signature.push(b'o');
        self.values.text(path);
        self
    }

    /// Adds the attributes of an item.
    pub(super) fn attributes(mut self, attributes: &[(&str, &str)]) -> Self {
        self.signature.extend(b"a{ss}");
        self.values.attributes(attributes);
        self
    }

    /// Adds the properties of a new item.
    pub(super) fn item(mut self, label: &str, attributes: &[(&str, &str)]) -> Self {
        self.signature.extend(b"a{sv}");
        self.values.array(8, |values| {
            values.align(8);
            values.text("org.freedesktop.Secret.Item.Label");
            values.signature(b"s");
            values.text(label);
            values.align(8);
            values.text("org.freedesktop.Secret.Item.Attributes");
            values.signature(b"a{ss}");
            values.attributes(attributes);
        });
        self
    }

    /// Adds a secret, as sent over a session without encryption.
    pub(super) fn secret(mut self, session: &str, secret: &[u8], content_type: &str) -> Self {
        self.signature.extend(b"(oayays)");
        self.values
            .make_room_for(secret.len() + session.len() + content_type.len() + 64);
        self.values.align(8);
        self.values.text(session);
        self.values.number(0);
        self.values.number(secret.len());
        self.values.append(secret);
        self.values.text(content_type);
        self
    }
}

/// Bytes in little endian. Each value is aligned to its own size.
#[derive(Default)]
struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    fn with_room_for(length: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(length)))
    }

    /// Makes room for more bytes. If the buffer has to grow, the old one is wiped.
    fn make_room_for(&mut self, more: usize) {
        if self.0.capacity() - self.0.len() < more {
            let mut larger = Self::with_room_for(self.0.len() + more);
            larger.0.extend_from_slice(&self.0);
            *self = larger;
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.make_room_for(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn align(&mut self, to: usize) {
        let length = self.0.len().next_multiple_of(to);
        self.0.resize(length, 0);
    }

    fn number(&mut self, number: usize) {
        let number = u32::try_from(number).expect("no message is that long");
        self.align(4);
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn signature(&mut self, signature: &[u8]) {
        self.0
            .push(u8::try_from(signature.len()).expect("ours are short"));
        self.0.extend(signature);
        self.0.push(0);
    }

    fn attributes(&mut self, attributes: &[(&str, &str)]) {
        self.array(8, |values| {
            for (name, value) in attributes {
                values.align(8);
                values.text(name);
                values.text(value);
            }
        });
    }

    /// Writes the array that `elements` writes. Its length, which comes first, does not include the
    /// padding before the first element.
    fn array(&mut self, alignment: usize, elements: impl FnOnce(&mut Self)) {
        self.number(0);
        let place = self.0.len() - 4;
        self.align(alignment);
        let start = self.0.len();
        elements(self);
        let length = u32::try_from(self.0.len() - start).expect("no message is that long");
        self.0[place..place + 4].copy_from_slice(&length.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use zvariant::serialized::{Context, Data};
    use zvariant::{LE, OwnedObjectPath, OwnedValue, Signature};

    #[test]
    fn another_implementation_reads_our_messages() {
        let attributes = [("service", "s"), ("username", "a.example.com")];
        let body = Body::default()
            .text("t")
            .any_text("")
            .flag(true)
            .paths(["/a", "/b/c"])
            .attributes(&attributes)
            .item("a label", &attributes)
            .secret("/session/1", b"{\"a\":1}", "text/plain");
        let signature: Signature = std::str::from_utf8(&body.signature)
            .expect("text")
            .try_into()
            .expect("a signature");
        let data = Data::new(&body.values.0[..], Context::new_dbus(LE, 0));
        type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);
        type Values = (
            String,
            OwnedValue,
            bool,
            Vec<OwnedObjectPath>,
            HashMap<String, String>,
            HashMap<String, OwnedValue>,
            Secret,
        );
        let (values, length): (Values, usize) = data
            .deserialize_for_dynamic_signature(&signature)
            .expect("values");
        assert_eq!(length, body.values.0.len());
        let (text, any, flag, paths, named, item, secret) = values;
        assert_eq!((text.as_str(), flag, paths.len()), ("t", true, 2));
        assert_eq!(String::try_from(any).ok(), Some(String::new()));
        assert_eq!(named["username"], "a.example.com");
        let label = item["org.freedesktop.Secret.Item.Label"]
            .try_clone()
            .expect("a value");
        assert_eq!(String::try_from(label).ok().as_deref(), Some("a label"));
        let again = item["org.freedesktop.Secret.Item.Attributes"]
            .try_clone()
            .expect("a value");
        assert_eq!(HashMap::<String, String>::try_from(again).ok(), Some(named));
        assert_eq!(
            (secret.0.as_str(), &secret.1[..], &secret.2[..]),
            ("/session/1", &b""[..], &b"{\"a\":1}"[..])
        );
    }
}
