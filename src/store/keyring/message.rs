//! Reads the messages that arrive over D-Bus. Source: the D-Bus specification, "Message Format".

use std::num::NonZeroU32;

use zeroize::Zeroizing;
use zvariant::serialized::{Context, Data};
use zvariant::{DynamicDeserialize, Endian, Signature, Value};

/// The longest message that is accepted, in bytes. A thousand records take a tenth of it. D-Bus
/// itself allows 128 MiB.
const LIMIT: usize = 16 * 1024 * 1024;

/// The size of the fixed part of a header, in bytes, including the length of the rest.
const FIXED_HEADER: usize = 16;

/// Returns the length of the message that begins with `start`, or how many bytes are needed to know
/// it.
///
/// # Errors
///
/// What is wrong with the message.
pub(super) fn length(start: &[u8]) -> Result<usize, &'static str> {
    let Some(fixed) = start.first_chunk() else {
        return Ok(FIXED_HEADER);
    };
    let (endian, body) = layout(fixed)?;
    match body.saturating_add(number(fixed, 4, endian)) {
        length @ 0..=LIMIT => Ok(length),
        _ => Err("a message is too long"),
    }
}

/// A message that arrived.
pub(super) struct Message {
    /// The bytes, which may hold secrets.
    bytes: Zeroizing<Vec<u8>>,
    body: usize,
    endian: Endian,
    signature: Signature,
    /// The kind of message.
    pub(super) kind: Kind,
}

/// The kind of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The answer to the call with this serial number.
    Return(NonZeroU32),
    /// The error of the call with this serial number, by name.
    Error(NonZeroU32, String),
    /// A signal.
    Signal {
        /// The object that sent it.
        path: String,
        /// Its name.
        member: String,
    },
    /// Anything else: a call, or a kind of a later version of D-Bus.
    Other,
}

/// The fixed part of a header, then its fields with their codes.
type Header<'a> = (u8, u8, u8, u8, u32, u32, Vec<(u8, Value<'a>)>);

impl Message {
    /// Parses a message of the [`length`] that was computed for it.
    ///
    /// # Errors
    ///
    /// What is wrong with the message.
    pub(super) fn read(bytes: Zeroizing<Vec<u8>>) -> Result<Self, String> {
        let fixed = bytes.first_chunk().ok_or("a message is too short")?;
        let (endian, body) = layout(fixed)?;
        let (kind, signature) = {
            let header = bytes.get(..body).ok_or("a message is too short")?;
            let data = Data::new(header, Context::new_dbus(endian, 0));
            let (header, _): (Header<'_>, _) =
                data.deserialize().map_err(|error| error.to_string())?;
            read_header(header)?
        };
        Ok(Self {
            bytes,
            body,
            endian,
            signature,
            kind,
        })
    }

    /// Returns the values of the message.
    ///
    /// # Errors
    ///
    /// What is wrong: the values have other types.
    pub(super) fn values<V: for<'de> DynamicDeserialize<'de>>(&self) -> Result<V, String> {
        self.read_values(|data, signature| {
            let (values, _) = data.deserialize_for_dynamic_signature(signature)?;
            Ok(values)
        })
    }

    /// Returns what `read` makes of the values, which may borrow from the message.
    ///
    /// # Errors
    ///
    /// What is wrong: the values have other types.
    pub(super) fn read_values<R>(
        &self,
        read: impl FnOnce(&Data<'_, '_>, &Signature) -> zvariant::Result<R>,
    ) -> Result<R, String> {
        let body = &self.bytes[self.body..];
        let data = Data::new(body, Context::new_dbus(self.endian, 0));
        read(&data, &self.signature).map_err(|error| error.to_string())
    }
}

/// Returns the byte order, and the start of the body.
fn layout(fixed: &[u8; FIXED_HEADER]) -> Result<(Endian, usize), &'static str> {
    let endian = match fixed[0] {
        b'l' => Endian::Little,
        b'B' => Endian::Big,
        _ => return Err("a message has no byte order"),
    };
    if fixed[3] != 1 {
        return Err("a message is not of the first version of D-Bus");
    }
    let fields = number(fixed, 12, endian);
    Ok((endian, (FIXED_HEADER + fields).next_multiple_of(8)))
}

/// Returns a number of a header. Above the limit, the exact value does not matter.
fn number(fixed: &[u8; FIXED_HEADER], at: usize, endian: Endian) -> usize {
    let bytes = [fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]];
    let number = match endian {
        Endian::Little => u32::from_le_bytes(bytes),
        Endian::Big => u32::from_be_bytes(bytes),
    };
    usize::try_from(number).map_or(LIMIT, |number| number.min(LIMIT))
}

/// Returns the kind of the message and the types of its values. Unknown fields are ignored.
fn read_header(header: Header<'_>) -> Result<(Kind, Signature), String> {
    let (_, kind, _, _, _, _, fields) = header;
    let mut signature = Signature::Unit;
    let (mut path, mut member, mut error, mut to) = (None, None, None, None);
    for (code, value) in fields {
        match (code, value) {
            (1, Value::ObjectPath(value)) => path = Some(value.to_string()),
            (3, Value::Str(value)) => member = Some(value.to_string()),
            (4, Value::Str(value)) => error = Some(value.to_string()),
            (5, Value::U32(value)) => to = NonZeroU32::new(value),
            (8, Value::Signature(value)) => signature = value,
            _ => {}
        }
    }
    let kind = match kind {
        0 => return Err("a message is of no kind".to_owned()),
        2 => Kind::Return(to.ok_or("an answer names no call")?),
        3 => Kind::Error(
            to.ok_or("an error names no call")?,
            error.ok_or("an error has no name")?,
        ),
        4 => {
            let path = path.ok_or("a signal has no path")?;
            let member = member.ok_or("a signal has no name")?;
            Kind::Signal { path, member }
        }
        _ => Kind::Other,
    };
    Ok((kind, signature))
}
