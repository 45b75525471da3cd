//! What comes over the session bus: any bytes are a message or an error, and a message is read
//! within its own length.

use zeroize::Zeroizing;
use zvariant::{OwnedObjectPath, OwnedValue};

#[allow(dead_code, reason = "the program uses all of it")]
#[path = "../../../src/store/keyring/message.rs"]
mod message;

use message::{Kind, Message, length};

/// Holds for any stream of bytes: whole messages, one behind the other.
pub fn holds(input: &[u8]) {
    let mut rest = input;
    loop {
        let needed = match length(rest) {
            Ok(needed) => needed,
            Err(why) => return super::is_one_line(why),
        };
        assert!(needed >= 16, "less than the fixed part of a header");
        if rest.len() >= 16 {
            assert_eq!(
                length(&rest[..16]),
                Ok(needed),
                "the first 16 bytes tell it"
            );
        }
        if rest.len() < needed {
            return;
        }
        let (bytes, behind) = rest.split_at(needed);
        if let Ok(message) = Message::read(Zeroizing::new(bytes.to_vec())) {
            read_as_everything(&message);
            if let Kind::Return(to) | Kind::Error(to, _) = &message.kind {
                assert!(
                    contains(bytes, &to.get().to_le_bytes())
                        || contains(bytes, &to.get().to_be_bytes())
                );
            }
        }
        rest = behind;
    }
}

/// Whatever its values are, taking them for others is an error and no more.
fn read_as_everything(message: &Message) {
    let _ = message.values::<String>();
    let _ = message.values::<bool>();
    let _ = message.values::<OwnedValue>();
    let _ = message.values::<OwnedObjectPath>();
    let _ = message.values::<Vec<OwnedObjectPath>>();
    let _ = message.values::<(OwnedValue, OwnedObjectPath)>();
    let _ = message.values::<(bool, OwnedValue)>();
    let secrets = message.read_values(|data, signature| {
        type Secret<'a> = (zvariant::ObjectPath<'a>, &'a [u8], &'a [u8], &'a str);
        type Secrets<'a> = std::collections::HashMap<zvariant::ObjectPath<'a>, Secret<'a>>;
        let (secrets, _): (Secrets<'_>, _) = data.deserialize_for_dynamic_signature(signature)?;
        Ok(secrets.values().map(|secret| secret.2.len()).sum::<usize>())
    });
    let _ = secrets;
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
